import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { Json } from "../../../../sdk/base/json.ts";
import { type HistoryEvent, StepFunctions, type StepFunctionsOptions } from "../../../../infra/emulator/index.ts";
import { type Definition, jsonata, localFunctions, only } from "../../../support/emulator.ts";

const roleArn = "arn:aws:iam::000000000000:role/test";
const DAY = 24 * 60 * 60;

/** A function that fails for the payloads in `broken`, and what it has been called with. */
class Work {
  readonly calls: string[] = [];
  readonly broken = new Set<string>();

  options(more: Partial<StepFunctionsOptions> = {}): StepFunctionsOptions {
    const work = (payload: Json): Json => {
      const text = JSON.stringify(payload);
      this.calls.push(text);
      if (this.broken.has(text)) throw new Error(`${text} is broken`);
      return payload;
    };
    return { functions: localFunctions({ work }), skipWaits: true, ...more };
  }

  /** What it has been called with since the last time. */
  take(): string[] {
    return this.calls.splice(0).toSorted();
  }
}

function call(payload: Json, more: Definition = {}): Definition {
  return { Type: "Task", Resource: "arn:aws:lambda:us-east-1:000000000000:function:work", Arguments: payload, ...more };
}

function chain(name: string, ...payloads: readonly Json[]): Definition {
  const states = payloads.map((payload, index) => {
    const next = index + 1 === payloads.length ? { End: true } : { Next: `${name}${index + 1}` };
    return [`${name}${index}`, call(payload, next)] as const;
  });
  return { StartAt: `${name}0`, States: Object.fromEntries(states) };
}

function start(states: StepFunctions, definition: Definition, input: Json = {}): string {
  const text = JSON.stringify(definition);
  const { stateMachineArn } = states.createStateMachine({ name: "machine", definition: text, roleArn });
  return states.startExecution({ stateMachineArn, input: JSON.stringify(input) }).executionArn;
}

async function redriven(states: StepFunctions, executionArn: string): Promise<string | undefined> {
  states.redriveExecution({ executionArn });
  const { status, output, error, cause } = await states.executionEnd(executionArn);
  return status === "SUCCEEDED" ? output : `${status} ${error} ${cause}`;
}

function eventsOf(states: StepFunctions, executionArn: string): readonly HistoryEvent[] {
  return states.getExecutionHistory({ executionArn, maxResults: 1000 }).events;
}

/** What a redrive has added: `id type<previous`. */
function sinceRedrive(states: StepFunctions, executionArn: string): string[] {
  const events = eventsOf(states, executionArn);
  const from = events.findLastIndex(({ type }) => type === "ExecutionRedriven");
  return events.slice(from).map(({ id, type, previousEventId }) => `${id} ${type}<${previousEventId}`);
}

function mapRunOf(states: StepFunctions, executionArn: string): string {
  const { mapRuns } = states.listMapRuns({ executionArn });
  return mapRuns.map((run) => String(new Map(Object.entries(run)).get("mapRunArn"))).join(",");
}

function directory(): string {
  const data = mkdtempSync(join(tmpdir(), "lambent-redrive-"));
  onTestFinished(() => rmSync(data, { recursive: true }));
  return data;
}

/** Each case is redriven by the process that ran it, and by another one that has its data directory. */
describe.each(["by the same process", "after a restart with --data"])("a redrive %s", (how) => {
  function setUp(
    work: Work,
    more: Partial<StepFunctionsOptions> = {},
  ): {
    first: StepFunctions;
    second: () => StepFunctions;
  } {
    if (how === "by the same process") {
      const states = new StepFunctions(work.options(more));
      return { first: states, second: () => states };
    }
    const data = directory();
    const first = new StepFunctions(work.options({ ...more, data }));
    return {
      first,
      second() {
        first.close();
        const states = new StepFunctions(work.options({ ...more, data }));
        onTestFinished(() => states.close());
        return states;
      },
    };
  }

  it("goes on in the state that failed, as AWS tells it: without entering it again, with its entry as the predecessor", async () => {
    const work = new Work();
    const { first, second } = setUp(work);
    work.broken.add('{"x":1}');
    const definition = jsonata({
      First: { Type: "Pass", Assign: { x: 1 }, Next: "Work" },
      Work: call({ x: "{% $x %}" }, { End: true, Output: "{% $states.context.Execution.RedriveCount %}" }),
    });
    const executionArn = start(first, definition);
    await first.executionEnd(executionArn);
    const states = second();
    work.broken.clear();
    expect(await redriven(states, executionArn)).toBe("1");
    expect(sinceRedrive(states, executionArn)).toEqual([
      "9 ExecutionRedriven<8",
      "10 LambdaFunctionScheduled<4",
      "11 LambdaFunctionStarted<10",
      "12 LambdaFunctionSucceeded<11",
      "13 TaskStateExited<12",
      "14 ExecutionSucceeded<13",
    ]);
  });

  it("resumes each branch and each branch within it at the state that failed, with its variables and new retries", async () => {
    const work = new Work();
    const { first, second } = setUp(work);
    work.broken.add('{"deep":7}');
    const retry = [{ ErrorEquals: ["States.ALL"], MaxAttempts: 1 }];
    const inner = {
      Type: "Parallel",
      Branches: [
        chain("quick", "quick"),
        {
          StartAt: "set",
          States: {
            set: { Type: "Pass", Assign: { n: 7 }, Next: "before" },
            before: call("before", { Next: "deep" }),
            deep: call({ deep: "{% $n %}" }, { Retry: retry, Next: "after" }),
            after: call({ after: "{% $n %}" }, { End: true }),
          },
        },
      ],
      End: true,
    };
    const branch = { StartAt: "own", States: { own: call("own", { Next: "inner" }), inner } };
    const executionArn = start(first, only({ Type: "Parallel", Branches: [chain("other", "other", "last"), branch] }));
    await first.executionEnd(executionArn);
    expect(work.take().filter((one) => one === '{"deep":7}')).toHaveLength(2);
    const states = second();
    expect(await redriven(states, executionArn)).toMatch(/^FAILED Error/);
    expect(work.take().filter((one) => one === '{"deep":7}')).toHaveLength(2);
    work.broken.clear();
    expect(await redriven(states, executionArn)).toBe('["last",["quick",{"after":7}]]');
    expect(work.take()).toEqual(['{"after":7}', '{"deep":7}']);
    const types = sinceRedrive(states, executionArn).join();
    expect(types).not.toMatch(/ParallelStateEntered|ParallelStateStarted/);
  });

  it("resumes the iterations of a Map within a Map at the states that failed, and keeps the items", async () => {
    const work = new Work();
    const { first, second } = setUp(work);
    work.broken.add('"2b"');
    function task(letter: string): Definition {
      return call(`{% $string($states.input) & '${letter}' %}`);
    }
    const iteration = {
      StartAt: "a",
      States: {
        a: { ...task("a"), Output: "{% $states.input %}", Next: "b" },
        b: { ...task("b"), Output: "{% $states.input %}", End: true },
      },
    };
    const inner = { Type: "Map", Items: "{% $states.input %}", MaxConcurrency: 1, ItemProcessor: iteration, End: true };
    // Items that are other ones each time they are worked out.
    const items = "{% ($r := $floor($random() * 1e9); [[1, 2, $r], [9]]) %}";
    const outer = { Type: "Map", Items: items, ItemProcessor: { StartAt: "in", States: { in: inner } } };
    const executionArn = start(first, only({ ...outer, MaxConcurrency: 1 }));
    await first.executionEnd(executionArn);
    expect(work.take()).toEqual(['"1a"', '"1b"', '"2a"', '"2b"']);
    const states = second();
    work.broken.clear();
    const [[, , random] = []] = JSON.parse((await redriven(states, executionArn)) ?? "");
    expect(work.take()).toEqual([`"${random}a"`, `"${random}b"`, '"2b"', '"9a"', '"9b"'].toSorted());
    const started = eventsOf(states, executionArn).filter(({ type }) => type === "MapIterationStarted");
    expect(started).toHaveLength(6);
  });

  it("runs all of a Map again when it had too much data", async () => {
    const work = new Work();
    const { first, second } = setUp(work, { limits: { payloadBytes: 2000 } });
    const large = { Type: "Map", Items: [1, 2], ItemProcessor: chain("w", "x".repeat(1500)) };
    const executionArn = start(first, only(large));
    expect(await first.executionEnd(executionArn)).toMatchObject({ error: "States.DataLimitExceeded" });
    expect(work.take()).toHaveLength(2);
    const states = second();
    expect(await redriven(states, executionArn)).toMatch(/States.DataLimitExceeded/);
    expect(work.take()).toHaveLength(2);
  });

  describe.each(["STANDARD", "EXPRESS"])("of a Map Run of %s children", (type) => {
    function distributed(more: Definition = {}): Definition {
      const steps = {
        a: call(["a", "{% $states.input %}"], { Next: "b", Output: "{% $states.input %}" }),
        b: call(["b", "{% $states.input %}"], { End: true, Output: "{% $states.input %}" }),
      };
      const config = { Mode: "DISTRIBUTED", ExecutionType: type };
      return only({
        Type: "Map",
        Label: "Each",
        Items: [1, 2, 3, 4, 5],
        MaxConcurrency: 1,
        ItemProcessor: { ProcessorConfig: config, StartAt: "a", States: steps },
        ...more,
      });
    }

    it("redrives what did not succeed, under the ARNs that it had, and starts what had not begun", async () => {
      const work = new Work();
      const { first, second } = setUp(work);
      work.broken.add('["b",2]').add('["b",4]');
      const executionArn = start(first, distributed({ ToleratedFailureCount: 1 }));
      await first.executionEnd(executionArn);
      work.take();
      const mapRunArn = mapRunOf(first, executionArn);
      expect(first.mapRuns.describe(mapRunArn)).toMatchObject({
        status: "FAILED",
        redriveCount: 0,
        itemCounts: { total: 5, succeeded: 2, failed: 2, pending: 1, pendingRedrive: 0, failuresNotRedrivable: 0 },
      });
      const before = first.listExecutions({ mapRunArn, statusFilter: "FAILED" }).executions;
      const [failed] = before;
      const failedArn = failed?.executionArn ?? "";
      expect(first.describeExecution({ executionArn: failedArn }).redriveStatus).toBe("REDRIVABLE_BY_MAP_RUN");

      const states = second();
      work.broken.delete('["b",2]');
      expect(await redriven(states, executionArn)).toBe("[1,2,3,5]");
      expect(work.take()).toEqual(
        (type === "STANDARD"
          ? ['["b",2]', '["b",4]', '["a",5]', '["b",5]']
          : ['["a",2]', '["b",2]', '["a",4]', '["b",4]', '["a",5]', '["b",5]']
        ).toSorted(),
      );
      expect(mapRunOf(states, executionArn)).toBe(mapRunArn);
      expect(states.mapRuns.describe(mapRunArn)).toMatchObject({
        status: "SUCCEEDED",
        redriveCount: 1,
        redriveDate: expect.any(Date),
        itemCounts: { total: 5, succeeded: 4, failed: 1, pending: 0, running: 0, pendingRedrive: 0 },
        executionCounts: { total: 5, succeeded: 4, failed: 1, pending: 0, running: 0, pendingRedrive: 0 },
      });
      const after = states.listExecutions({ mapRunArn }).executions;
      expect(after).toHaveLength(5);
      for (const { executionArn: arn } of before) expect(after.map((one) => one.executionArn)).toContain(arn);
      const again = states.listExecutions({ mapRunArn, redriveFilter: "REDRIVEN" }).executions;
      expect(again).toHaveLength(type === "STANDARD" ? 2 : 0);
      const events = eventsOf(states, executionArn);
      const begun = events.find((event) => event.type === "MapStateStarted");
      const redrive = events.find((event) => event.type === "MapRunRedriven");
      expect(redrive).toMatchObject({
        previousEventId: begun?.id,
        mapRunRedrivenEventDetails: { mapRunArn, redriveCount: 1 },
      });
      expect(() => states.redriveExecution({ executionArn: failedArn })).toThrow("Labeled Execution ARNs");
    });

    it("goes on with the run when an expression failed after the children", async () => {
      const work = new Work();
      const { first, second } = setUp(work);
      const definition = distributed({ Items: [1], Output: "{% $error('not yet') %}" });
      const executionArn = start(first, { ...definition, QueryLanguage: "JSONata" });
      await first.executionEnd(executionArn);
      const states = second();
      expect(await redriven(states, executionArn)).toMatch(/^FAILED/);
      expect(mapRunOf(states, executionArn).split(",")).toHaveLength(1);
      expect(work.take()).toHaveLength(2);
    });
  });
});

describe("a child execution that waits for its Map Run's redrive", () => {
  it("is PENDING_REDRIVE, and counted so", async () => {
    const work = new Work();
    let seen: unknown;
    const states: StepFunctions = new StepFunctions({
      ...work.options(),
      functions: localFunctions({
        work(payload) {
          if (!isBroken && payload === 1) {
            const mapRunArn = mapRunOf(states, executionArn);
            const { executions } = states.listExecutions({ mapRunArn, statusFilter: "PENDING_REDRIVE" });
            const { itemCounts, status } = states.mapRuns.describe(mapRunArn);
            seen = { status, pending: executions.length, itemCounts };
          }
          if (isBroken) throw new Error("not yet");
          return payload;
        },
      }),
    });
    let isBroken = true;
    const config = { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" };
    const processor = { ...chain("w", "{% $states.input %}"), ProcessorConfig: config };
    const map = { Type: "Map", Items: [1, 2], MaxConcurrency: 1, ToleratedFailureCount: 1, ItemProcessor: processor };
    const executionArn = start(states, only(map));
    await states.executionEnd(executionArn);
    isBroken = false;
    expect(await redriven(states, executionArn)).toBe("[1,2]");
    expect(seen).toMatchObject({
      status: "RUNNING",
      pending: 1,
      itemCounts: { failed: 0, running: 1, pendingRedrive: 1, pending: 0 },
    });
    expect(() =>
      states.listExecutions({
        stateMachineArn: states.listStateMachines().stateMachines[0]?.stateMachineArn ?? "",
        redriveFilter: "REDRIVEN",
      }),
    ).toThrow("give mapRunArn");
  });
});

describe("what cannot be redriven", () => {
  it("says why in AWS's words", async () => {
    const work = new Work();
    const states = new StepFunctions(work.options({ limits: { historyEvents: 12 } }));
    work.broken.add('"x"');
    const wait = { Type: "Wait", Seconds: "{% $states.input %}", Next: "w0" };
    const after = { ...chain("w", "x"), QueryLanguage: "JSONata" };
    const failing = { ...after, StartAt: "Wait", States: { Wait: wait, w0: call("x", { End: true }) } };
    const executionArn = start(states, failing, 366 * DAY);
    await states.executionEnd(executionArn);
    expect(() => states.redriveExecution({ executionArn })).toThrow("Execution has exceeded the max execution time");
    const { stateMachineArn } = states.describeExecution({ executionArn });
    const late = states.startExecution({ stateMachineArn, input: "0" });
    await states.executionEnd(late.executionArn);
    const later = states.startExecution({ stateMachineArn, input: String(15 * DAY) });
    await states.executionEnd(later.executionArn);
    expect(() => states.redriveExecution(late)).toThrow("Execution redrivable period exceeded");
    expect(states.describeExecution(later)).toMatchObject({ redriveStatus: "REDRIVABLE" });
    states.redriveExecution(later);
    await states.executionEnd(later.executionArn);
    expect(states.describeExecution(later)).toMatchObject({
      redriveStatus: "NOT_REDRIVABLE",
      redriveStatusReason: "Execution history event limit exceeded",
    });
  });
});

describe("a client token", () => {
  it("makes a request that is repeated within 15 minutes answer as the first one did", async () => {
    const work = new Work();
    const states = new StepFunctions(work.options());
    work.broken.add('"x"');
    const executionArn = start(states, only(call("x")));
    await states.executionEnd(executionArn);
    const clientToken = "once";
    const first = states.redriveExecution({ executionArn, clientToken });
    expect(states.redriveExecution({ executionArn, clientToken })).toEqual(first);
    await states.executionEnd(executionArn);
    expect(states.redriveExecution({ executionArn, clientToken })).toEqual(first);
    expect(states.describeExecution({ executionArn }).redriveCount).toBe(1);
    states.redriveExecution({ executionArn, clientToken: "other" });
    await states.executionEnd(executionArn);
    expect(states.describeExecution({ executionArn }).redriveCount).toBe(2);
  });
});

describe("an execution that was stopped", () => {
  it("is redriven in all branches that had not ended", async () => {
    const work = new Work();
    const states = new StepFunctions(work.options({ skipWaits: false }));
    const long = { StartAt: "long", States: { long: { Type: "Wait", Seconds: 600, End: true } } };
    const executionArn = start(states, only({ Type: "Parallel", Branches: [chain("s", "s"), long, chain("q", "q")] }));
    await expect.poll(() => work.calls.length).toBe(2);
    await expect
      .poll(() => eventsOf(states, executionArn).filter(({ type }) => type === "TaskStateExited").length)
      .toBe(2);
    states.stopExecution({ executionArn });
    states.redriveExecution({ executionArn });
    await expect.poll(() => sinceRedrive(states, executionArn)[0]).toMatch("ExecutionRedriven");
    expect(work.take()).toEqual(['"q"', '"s"']);
    states.stopExecution({ executionArn });
  });
});

describe("an execution that runs when its process ends", () => {
  /** A directory as it is when the process is killed now. */
  function killed(data: string, change: (progress: string) => string = (text) => text): string {
    const copy = `${directory()}/copy`;
    cpSync(data, copy, { recursive: true });
    rmSync(join(copy, "lock"));
    const file = join(copy, "progress.jsonl");
    writeFileSync(file, change(readFileSync(file, "utf8")));
    return copy;
  }

  function open(options: StepFunctionsOptions): StepFunctions {
    const states = new StepFunctions(options);
    onTestFinished(() => states.close());
    return states;
  }

  it("waits and retries as long as was left, as often as was left", async () => {
    const work = new Work();
    const data = directory();
    const first = open({ ...work.options({ data, skipWaits: false }), fsync: "always" });
    work.broken.add('"x"');
    const retry = [
      { ErrorEquals: ["Never"] },
      { ErrorEquals: ["States.ALL"], IntervalSeconds: 600, MaxAttempts: 2, BackoffRate: 1 },
    ];
    const flaky = call("{% $states.context.State.RetryCount = 9 ? 'y' : 'x' %}", { Retry: retry, Next: "nap" });
    const executionArn = start(first, jsonata({ flaky, nap: { Type: "Wait", Seconds: 600, End: true } }));
    await expect.poll(() => readFileSync(join(data, "progress.jsonl"), "utf8")).toContain('"resumesAt"');
    // The times have come while no process was there.
    function past(text: string): string {
      return text.replace(/"(resumesAt|until)":\d+/g, '"$1":1');
    }
    const again = killed(data, past);
    const second = open(work.options({ data: again, skipWaits: false }));
    await expect.poll(() => work.calls.length).toBe(2);
    await expect.poll(() => readFileSync(join(again, "progress.jsonl"), "utf8")).toMatch(/"resumesAt":\d{10}/);
    // The second retry is the last one.
    const third = open(work.options({ data: killed(again, past), skipWaits: false }));
    expect(await third.executionEnd(executionArn)).toMatchObject({ status: "FAILED" });
    expect(work.take()).toHaveLength(3);
    work.broken.clear();
    third.redriveExecution({ executionArn });
    await expect.poll(() => eventsOf(third, executionArn).at(-1)?.type).toBe("WaitStateEntered");
    third.close();
    second.close();
    first.close();
  });

  it("goes on from where it is, too, when its steps could not be written for a while, which is told once", async () => {
    const data = directory();
    const file = join(data, "progress.jsonl");
    const told = vi.spyOn(console, "error").mockImplementation(() => {});
    onTestFinished(() => told.mockRestore());
    const copies: string[] = [];
    function work(payload: Json): Json {
      if (payload === 3) rmSync(file, { recursive: true }); // there is room again
      if (payload === 5) copies.push(killed(data));
      return payload;
    }
    const first = open({ functions: localFunctions({ work }), data });
    mkdirSync(file); // nothing can be written there
    const executionArn = start(first, { QueryLanguage: "JSONata", ...chain("w", 0, 1, 2, 3, 4, 5, 6) });
    expect(await first.executionEnd(executionArn)).toMatchObject({ status: "SUCCEEDED" });
    const messages = told.mock.calls.map(([message]) => String(message));
    expect(messages).toEqual([expect.stringMatching(/^What executions do is not saved, .*progress\.jsonl: EISDIR/)]);

    const calls: Json[] = [];
    const again = localFunctions({ work: (payload) => (calls.push(payload), payload) });
    const second = open({ functions: again, data: copies[0] ?? "" });
    expect(await second.executionEnd(executionArn)).toMatchObject({ status: "SUCCEEDED", output: "6" });
    expect(calls).toEqual([5, 6]);
  });

  it("is left to the next process when the emulator is closed, and aborted without a data directory", async () => {
    const work = new Work();
    const data = directory();
    const first = open(work.options({ data, skipWaits: false }));
    const states = { Before: { Type: "Pass", Output: 7, Next: "Nap" }, Nap: { Type: "Wait", Seconds: 600, End: true } };
    const executionArn = start(first, jsonata(states));
    await expect.poll(() => eventsOf(first, executionArn).length).toBe(4);
    first.close();
    const second = open(work.options({ data, skipWaits: false }));
    expect(second.describeExecution({ executionArn }).status).toBe("RUNNING");
    expect(eventsOf(second, executionArn).map(({ type }) => type)).toEqual([
      "ExecutionStarted",
      "PassStateEntered",
      "PassStateExited",
      "WaitStateEntered",
    ]);
    second.stopExecution({ executionArn });
    const third = new StepFunctions(work.options({ skipWaits: false }));
    const other = start(third, jsonata(states));
    third.close();
    expect(third.describeExecution({ executionArn: other }).status).toBe("ABORTED");
  });

  it("has the end that its state machine's TimeoutSeconds gives it, counted from its start", async () => {
    const data = directory();
    const first = open(new Work().options({ data, skipWaits: false }));
    const wait = only({ Type: "Wait", Seconds: 600 });
    const executionArn = start(first, { ...wait, TimeoutSeconds: 300 });
    await expect.poll(() => eventsOf(first, executionArn).length).toBe(2);
    const copy = killed(data);
    const file = join(copy, "executions.jsonl");
    writeFileSync(file, readFileSync(file, "utf8").replace(/"startDate":\d+/, '"startDate":1700000000000'));
    const second = open(new Work().options({ data: copy, skipWaits: false }));
    expect(await second.executionEnd(executionArn)).toMatchObject({ status: "TIMED_OUT" });
  });

  it("ends as if nothing had happened, whichever call it was killed at: no state is entered twice, or left out", async () => {
    const data = directory();
    const copies: string[] = [];
    const attempts = new Map<string, number>();
    /** Fails what is to be caught, and what is to be tried again twice. @param seen Which attempts there have been. */
    function functions(seen: Map<string, number>, called: () => void): StepFunctionsOptions["functions"] {
      return localFunctions({
        work(payload) {
          called();
          const text = JSON.stringify(payload);
          seen.set(text, (seen.get(text) ?? 0) + 1);
          if (text === '"boom"' || (text === '"flaky"' && (seen.get(text) ?? 0) < 3)) throw new Error(text);
          return payload;
        },
      });
    }
    const iteration = {
      StartAt: "A",
      States: {
        A: call("{% $states.input %}", { Assign: { v: "{% $states.input * 10 %}" }, Next: "C" }),
        C: { Type: "Choice", Choices: [{ Condition: "{% $v > 15 %}", Next: "B" }], Default: "D" },
        B: call("{% $v + $states.context.Map.Item.Index %}", { End: true }),
        D: { Type: "Pass", Output: "{% $v %}", End: true },
      },
    };
    const flaky = {
      StartAt: "F",
      States: {
        F: call("flaky", { Retry: [{ ErrorEquals: ["Error"], MaxAttempts: 3 }], Next: "Boom" }),
        Boom: call("boom", { Catch: [{ ErrorEquals: ["Error"], Next: "G", Assign: { n: 4 } }], End: true }),
        G: call("{% $n %}", { End: true }),
      },
    };
    const processor = {
      ...chain("w", 5, "{% $states.input + 1 %}"),
      ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" },
    };
    const map = { Type: "Map", Items: [1, 2, 3], MaxConcurrency: 2, ItemProcessor: iteration, End: true };
    const children = { Type: "Map", Items: [1, 2], MaxConcurrency: 1, ItemProcessor: processor, End: true };
    const branches = [{ StartAt: "M", States: { M: map } }, flaky, { StartAt: "Z", States: { Z: children } }];
    const definition = jsonata({
      Par: { Type: "Parallel", Branches: branches, Assign: { all: "{% $states.result %}" }, Next: "Last" },
      Last: call("{% $all %}", { End: true }),
    });
    const first = open({
      data,
      skipWaits: true,
      functions: functions(attempts, () => copies.push(killed(data))),
    });
    const executionArn = start(first, definition);
    const { output } = await first.executionEnd(executionArn);
    expect(output).toBe("[[10,21,32],4,[6,6]]");
    function entered(states: StepFunctions): string {
      const events = eventsOf(states, executionArn);
      expect(events.every(({ id, previousEventId }) => previousEventId < id)).toBe(true);
      return events
        .flatMap(({ stateEnteredEventDetails: one }) => (one === undefined ? [] : [one["name"]]))
        .toSorted()
        .join();
    }
    expect(copies).toHaveLength(15);
    for (const copy of copies) {
      const states = open({ data: copy, skipWaits: true, functions: functions(new Map([['"flaky"', 2]]), () => {}) });
      expect(await states.executionEnd(executionArn)).toMatchObject({ status: "SUCCEEDED", output });
      expect(entered(states)).toBe(entered(first));
      const { itemCounts } = states.mapRuns.describe(mapRunOf(states, executionArn));
      expect(itemCounts).toMatchObject({ total: 2, succeeded: 2, running: 0, pending: 0, failuresNotRedrivable: 0 });
    }
  });
});
