import { ActorEnvironment, conditional, gt, mapTask, workflow } from "lambent";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Json } from "../../../sdk/base/json.ts";
import { compile } from "../../../infra/compile/compile.ts";
import { replicaEvents } from "../../../infra/compile/replica-states.ts";
import { FunctionServiceError } from "../../../infra/emulator/index.ts";
import type { Integration } from "../../../infra/emulator/integrations/integrations.ts";
import { StateError } from "../../../infra/language/state-error.ts";
import { createFixture, until } from "../../support/replica-fixture.ts";
import { World, type TestActor } from "../../support/replicas-for-run.ts";

const START = "arn:aws:states:::states:startExecution";
const STOP = "arn:aws:states:::aws-sdk:sfn:stopExecution";

const MATH = { name: "math", replicaCount: 2, ttlSeconds: 300 };
const math = new ActorEnvironment(MATH);
const add = math.task(async function add({ n }: { n: number }) {
  return n;
});
const wf = workflow({ n: 1 }, function wf({ n }) {
  return add({ n });
});
/** Lasts 1,000 s: its task fails, and is tried again. */
const long = workflow({ n: 1 }, function long({ n }) {
  return add.withOverrides({ retries: { maxAttempts: 1, intervalSeconds: 1000 } })({ n });
});

function world(actors: readonly TestActor[] = [MATH], handler?: (task: string, inputs: Json) => Json): World {
  const made = new World(actors, handler);
  onTestFinished(() => made.states.close());
  return made;
}

/** Fails at every other call. */
function flaky(): () => Json {
  let calls = 0;
  return () => {
    calls += 1;
    if (calls % 2 === 1) throw new Error("not yet");
    return calls;
  };
}

describe("a run", () => {
  test("brings replicas up, is warm from its first task on, and they go when idle for ttlSeconds, not before", async () => {
    const here = world();
    here.looks = 6;
    const { status, takenBack, stopDate } = await here.run(here.deploy(wf.graph));
    expect(status).toBe("SUCCEEDED");
    expect(here.calls).toEqual(["put math 2", "invoke math.add warm", "delete math"]);
    expect(takenBack).toHaveLength(1);
    expectIdle(takenBack, stopDate);
  });

  test("within ttlSeconds of another finds the replicas, and pushes their end forward", async () => {
    const here = world();
    const stateMachineArn = here.deploy(wf.graph);
    const run = { StateMachineArn: stateMachineArn };
    await here.at([
      [1, START, run],
      [250, START, run],
      [500, START, run],
    ]);
    const warm = "invoke math.add warm";
    expect(here.calls).toEqual(["put math 2", warm, warm, warm, "delete math"]);
    expect(here.takenBack()).toHaveLength(1);
    expectIdle(here.takenBack(), here.lastEnd(stateMachineArn));
  });

  test("after that starts them anew", async () => {
    const here = world();
    const run = { StateMachineArn: here.deploy(wf.graph) };
    await here.at([
      [1, START, run],
      [400, START, run],
    ]);
    expect(here.calls.filter((call) => call.startsWith("put"))).toHaveLength(2);
    expect(here.takenBack()).toHaveLength(2);
  });

  test("that is longer than ttlSeconds keeps its replicas", async () => {
    const here = world([MATH], flaky());
    const { status, takenBack, stopDate, startDate } = await here.run(here.deploy(long.graph));
    expect(status).toBe("SUCCEEDED");
    expect((stopDate?.getTime() ?? 0) - startDate.getTime()).toBeGreaterThan(900_000);
    expect(here.calls).toEqual(["put math 2", "invoke math.add warm", "invoke math.add warm", "delete math"]);
    expectIdle(takenBack, stopDate);
  });

  test("that ends first leaves the replicas to one that is still at work", async () => {
    const here = world([MATH], flaky());
    const [slow, quick] = [here.deploy(long.graph), here.deploy(wf.graph)];
    await here.at([
      [1, START, { StateMachineArn: slow }],
      [10, START, { StateMachineArn: quick }],
      [20, START, { StateMachineArn: quick }],
    ]);
    expect(here.calls.filter((call) => call.endsWith("cold"))).toEqual([]);
    expect(here.takenBack()).toHaveLength(1);
    expectIdle(here.takenBack(), here.lastEnd(slow));
  });

  test("that fails leaves none: they go ttlSeconds after it", async () => {
    const here = world([MATH], () => {
      throw new RangeError("never");
    });
    const { status, takenBack, stopDate } = await here.run(here.deploy(long.graph));
    expect(status).toBe("FAILED");
    expect(takenBack).toHaveLength(1);
    expectIdle(takenBack, stopDate);
  });

  test("that is stopped leaves none: they go ttlSeconds after it", async () => {
    const here = world([MATH], flaky());
    const stateMachineArn = here.deploy(long.graph);
    const ExecutionArn = `${stateMachineArn.replace(":stateMachine:", ":execution:")}:run`;
    await here.at([
      [1, START, { StateMachineArn: stateMachineArn, Name: "run" }],
      [420, STOP, { ExecutionArn }],
    ]);
    expect(here.states.describeExecution({ executionArn: ExecutionArn }).status).toBe("ABORTED");
    expect(here.takenBack()).toHaveLength(1);
    expectIdle(here.takenBack(), here.lastEnd(stateMachineArn));
  });

  test("whose state machine is deleted meanwhile leaves none", async () => {
    const here = world([MATH], flaky());
    const stateMachineArn = here.deploy(long.graph);
    await here.at([
      [1, START, { StateMachineArn: stateMachineArn }],
      [100, "arn:aws:states:::aws-sdk:sfn:deleteStateMachine", { StateMachineArn: stateMachineArn }],
    ]);
    expect(here.provisioned.size).toBe(0);
  });

  test("with warmStart: false begins at once", async () => {
    const here = world([{ ...MATH, warmStart: false }]);
    here.looks = 6;
    const { startDate, stopDate, takenBack } = await here.run(here.deploy(wf.graph));
    expect(stopDate).toEqual(startDate);
    expect(here.calls).toEqual(["put math 2", "invoke math.add cold", "delete math"]);
    expect(takenBack).toHaveLength(1);
  });

  test("of type EXPRESS needs warmStart: false, and its replicas go ttlSeconds after it must have ended", async () => {
    const express = workflow({ n: 1 }, ({ n }) => add({ n }), { name: "quick", type: "EXPRESS" });
    expect(() => world().deploy(express.graph)).toThrow(
      "workflow quick is of type EXPRESS, which ends after 300 s, and it would wait minutes for the replicas of actor math, which has ttlSeconds: give the actor warmStart: false",
    );
    const here = world([{ ...MATH, warmStart: false }]);
    here.deploy(express.graph);
    const stateMachineArn = "arn:aws:states:us-east-1:000000000000:stateMachine:quick";
    const { startDate } = await here.states.startSyncExecution({ stateMachineArn });
    await here.settled();
    expect((Number(here.takenBack()) - startDate.getTime()) / 1000).toBe(600);
  });

  test("with many others is counted page by page", async () => {
    const here = world();
    const run = { StateMachineArn: here.deploy(wf.graph) };
    await here.at(Array.from({ length: 230 }, (_, index) => [1 + index, START, run]));
    expect(here.takenBack()).toHaveLength(1);
    expectIdle(here.takenBack(), here.lastEnd(run.StateMachineArn));
    expect(here.coolings()).toEqual(expect.arrayContaining(["SUCCEEDED"]));
    expect(here.coolings()).not.toContain("FAILED");
    expect(await here.schedules()).toBe(0);
  });
});

describe("at the moment of the cooling", () => {
  test("a run that begins gets its replicas back", async () => {
    const here = world();
    const stateMachineArn = here.deploy(wf.graph);
    let second: Promise<unknown> | undefined;
    here.before = async (operation) => {
      if (operation !== "delete" || second !== undefined) return;
      // The leases have been looked at. The run finds its replicas, and goes on.
      const { executionArn } = here.states.startExecution({ stateMachineArn });
      second = here.states.executionEnd(executionArn);
      await second;
    };
    const { takenBack } = await here.run(stateMachineArn);
    const warm = "invoke math.add warm";
    expect(here.calls).toEqual(["put math 2", warm, warm, "delete math", "put math 2", "delete math"]);
    expectIdle(takenBack, here.lastEnd(stateMachineArn));
  });

  test("what cannot be taken back is tried again", async () => {
    const here = world();
    let refusals = 0;
    here.before = (operation) => {
      if (operation !== "delete" || refusals > 20) return;
      refusals += 1;
      throw new FunctionServiceError("ServiceException", 500, "not now");
    };
    await here.run(here.deploy(wf.graph));
    expect(here.coolings()).toContain("FAILED");
    expect(here.provisioned.size).toBe(0);
    expect(await here.schedules()).toBe(0);
  });
});

describe("the cooling", () => {
  const ITEM = JSON.stringify({ key: "math", FunctionName: "math", Qualifier: "live", replicas: 2, ttlSeconds: 300 });

  /** Where Step Functions does not tell of executions. */
  function untold(error: string, cause: string, times = Number.POSITIVE_INFINITY): World {
    let left = times;
    const describeExecution: Integration = async ({ ExecutionArn }) => {
      if (left-- > 0) throw new StateError(error, cause);
      const { status, stopDate } = here.states.describeExecution({ executionArn: String(ExecutionArn) });
      return { Status: status, StopDate: stopDate?.toISOString() ?? null };
    };
    const here = new World([MATH], undefined, undefined, { "aws-sdk:sfn:describeExecution": describeExecution });
    onTestFinished(() => here.states.close());
    return here;
  }

  test("that a schedule starts twice, early or late, takes nothing from a run and leaves nothing", async () => {
    const here = world([MATH], flaky());
    const run = { StateMachineArn: here.deploy(long.graph) };
    const cooling = { StateMachineArn: here.cooling, Input: ITEM };
    await here.at([
      [1, START, run],
      [50, START, cooling],
      [50, START, cooling],
      [700, START, cooling],
      [5000, START, cooling],
      [5000, START, cooling],
    ]);
    const warm = "invoke math.add warm";
    expect(here.calls).toEqual(["put math 2", warm, warm, "delete math", "delete math", "delete math"]);
    expectIdle(here.takenBack().slice(0, 1), here.lastEnd(run.StateMachineArn));
    expect(here.coolings()).not.toContain("FAILED");
    expect(await here.schedules()).toBe(0);
  });

  test("that runs twice at once, while a run begins, leaves that its replicas", async () => {
    const here = world();
    const stateMachineArn = here.deploy(wf.graph);
    let others: Promise<unknown> | undefined;
    here.before = async (operation) => {
      if (operation !== "delete" || others !== undefined) return;
      const first = here.states.startExecution({ stateMachineArn });
      const second = here.states.startExecution({ stateMachineArn: here.cooling, input: ITEM });
      others = Promise.all([first, second].map(({ executionArn }) => here.states.executionEnd(executionArn)));
      await others;
    };
    const { takenBack } = await here.run(stateMachineArn);
    expect(here.calls.filter((call) => call.startsWith("invoke"))).not.toContain("invoke math.add cold");
    expectIdle(takenBack, here.lastEnd(stateMachineArn));
    expect(await here.schedules()).toBe(0);
  });

  test.each([
    ["Sfn.SfnException", "User: role is not authorized to perform: states:DescribeExecution"],
    ["Sfn.AccessDeniedException", "no"],
    ["Sfn.InvalidArnException", "Invalid Arn"],
  ])("that cannot learn of a run (%s) leaves it its replicas for a day, and no longer", async (error, cause) => {
    const here = untold(error, cause);
    const { takenBack, startDate } = await here.run(here.deploy(wf.graph));
    expect(((takenBack.at(-1) ?? 0) - startDate.getTime()) / 1000 - 86_400).toBeGreaterThanOrEqual(MATH.ttlSeconds);
    expect(((takenBack.at(-1) ?? 0) - startDate.getTime()) / 1000 - 86_400).toBeLessThan(3 * MATH.ttlSeconds);
    expect(here.coolings()).not.toContain("FAILED");
    expect(await here.schedules()).toBe(0);
  });

  test("that is throttled asks again later", async () => {
    const here = untold("Sfn.ThrottlingException", "Rate exceeded", 20);
    const { takenBack, startDate } = await here.run(here.deploy(wf.graph));
    expect(((takenBack.at(-1) ?? 0) - startDate.getTime()) / 1000).toBeLessThan(5 * MATH.ttlSeconds);
    expect(here.coolings()).not.toContain("FAILED");
  });

  test.each([
    ["AccessDeniedException", "User: role is not authorized to perform: lambda:DeleteProvisionedConcurrencyConfig"],
    ["ResourceNotFoundException", "Function not found"],
  ])("of an actor that is gone, or has lost ttlSeconds (%s), ends for good", async (name, message) => {
    const here = world();
    const stateMachineArn = here.deploy(wf.graph);
    here.before = (operation, functionName) => {
      if (operation !== "delete") return;
      here.provisioned.delete(functionName); // for the test to settle: it is for the deployment to have done
      throw new FunctionServiceError(name, 403, message);
    };
    await here.run(stateMachineArn);
    expect(here.takenBack()).toHaveLength(1);
    expect(here.coolings()).not.toContain("FAILED");
    expect(await here.schedules()).toBe(0);
  });
});

describe("several actors", () => {
  const TEXT = { name: "text", replicaCount: 1, ttlSeconds: 60, warmStart: false };
  const text = new ActorEnvironment(TEXT);
  const shorten = text.task(async function shorten({ n }: { n: number }) {
    return n;
  });

  test("each come up once and go by their own time, wherever in the workflow they are used", async () => {
    const inner = workflow({ n: 1 }, function inner({ n }) {
      return conditional(
        gt(n, 5),
        () => mapTask(shorten)({ n: [n] }),
        () => [n],
      );
    });
    const outer = workflow({ n: 1 }, function outer({ n }) {
      return { first: add({ n }), second: inner({ n }), third: add({ n }) };
    });
    const here = world([MATH, TEXT]);
    await here.run(here.deploy(outer.graph));
    expect(here.calls.slice(0, 2).toSorted()).toEqual(["put math 2", "put text 1"]);
    expect(here.calls.filter((call) => call.startsWith("put"))).toHaveLength(2);
    const [first = 0, last = 0] = here.takenBack();
    expect((last - first) / 1000).toBeCloseTo(240, -1);
    expect(here.calls.filter((call) => call.startsWith("delete"))).toEqual(["delete text", "delete math"]);
  });

  test("of which one is always there: the first state leaves it alone", async () => {
    const here = world([TEXT]);
    const both = workflow({ n: 1 }, function both({ n }) {
      return shorten({ n: add({ n }) });
    });
    await here.run(here.deploy(both.graph));
    expect(here.calls.filter((call) => call.startsWith("put"))).toEqual(["put text 1"]);
  });
});

describe("with affinity", () => {
  const MANY = { name: "many", replicaCount: 40, affinity: true, ttlSeconds: 300 };
  const many = new ActorEnvironment(MANY);
  const place = many.task(
    async function place({ n }: { n: number }) {
      return n;
    },
    { affinityKey: ({ n }) => n },
  );
  const each = workflow({ n: 1 }, function each({ n }) {
    return place({ n });
  });

  test("the function of each replica is leased, brought up once, and taken back", async () => {
    const here = world([{ ...MANY, replicaCount: 3 }]);
    here.looks = 9;
    const few = new ActorEnvironment({ ...MANY, replicaCount: 3 });
    const one = few.task(async ({ n }: { n: number }) => n, { affinityKey: ({ n }) => n, name: "one" });
    const stateMachineArn = here.deploy(workflow({ n: 1 }, ({ n }) => one({ n }), { name: "few" }).graph);
    let leases = 0;
    here.before = async (operation) => {
      if (operation === "put") leases = Math.max(leases, await here.schedules());
    };
    const { status, stopDate, takenBack } = await here.run(stateMachineArn);
    expect(status).toBe("SUCCEEDED");
    expect(here.calls.slice(0, 3).toSorted()).toEqual(["put many-0 1", "put many-1 1", "put many-2 1"]);
    expect(here.calls.slice(3, 4)).toEqual([expect.stringMatching(/^invoke many-[012]\.one warm$/)]);
    expect(here.calls.slice(4).toSorted()).toEqual(["delete many-0", "delete many-1", "delete many-2"]);
    expect(leases).toBe(6);
    expectIdle(takenBack, stopDate);
    expect(await here.schedules()).toBe(0);
  });

  test("however many functions never come up, it is said after 30 minutes, and the history has room", async () => {
    const here = world([{ ...MANY, ttlSeconds: 3600 }]); // no cooling meanwhile
    here.becomes = "IN_PROGRESS";
    for (let index = 0; index < 40; index++) here.provisioned.set(`many-${index}`, { Status: "IN_PROGRESS", count: 1 });
    const { executionArn } = here.states.startExecution({ stateMachineArn: here.deploy(each.graph) });
    const { error, cause, startDate, stopDate } = await here.states.executionEnd(executionArn);
    expect(error).toBe("ReplicasNotStarted");
    expect(cause).toContain("after 1800 s they are IN_PROGRESS");
    expect(((stopDate?.getTime() ?? 0) - startDate.getTime()) / 1000).toBeLessThan(1820);
    const { asking, waiting } = replicaEvents(each.graph, here.target());
    expect(asking + waiting).toBeLessThan(8000);
    expect(here.events(executionArn)).toBeLessThan(asking + waiting);
  });

  test("functions that come up one after the other are waited for on one clock", async () => {
    const here = world([MANY]);
    here.becomes = "IN_PROGRESS";
    let looks = 0;
    here.before = (operation, name) => {
      const found = here.provisioned.get(name);
      if (operation === "get" && found !== undefined && ++looks % 2 === 0) found.Status = "READY";
    };
    const { executionArn } = here.states.startExecution({ stateMachineArn: here.deploy(each.graph) });
    const { status } = await here.states.executionEnd(executionArn);
    expect(status).toBe("SUCCEEDED");
    const { asking, waiting } = replicaEvents(each.graph, here.target());
    expect(here.events(executionArn)).toBeLessThan(asking + waiting);
  });

  test("what the rest of the history has room for is less by the wait", () => {
    const items = workflow({ of: [0] }, function items({ of }) {
      return mapTask(place.withOverrides({ retries: { maxAttempts: 20, intervalSeconds: 1 } }))({ n: of });
    });
    function most(actors: readonly TestActor[]): number {
      const text = JSON.stringify(compile(items.graph, world(actors).target()));
      return Number(/\$count\([^)]*\) > (\d+)/.exec(text)?.[1]);
    }
    expect([most([]), most([MANY])]).toEqual([62, 39]);
  });

  test("more functions than a history has room for are refused", () => {
    const actors = [0, 1, 2, 3, 4].map((index) => ({ ...MANY, name: `crowd${index}` }));
    const tasks = actors.map((actor, index) =>
      new ActorEnvironment(actor).task(async ({ n }: { n: number }) => n, {
        affinityKey: ({ n }) => n,
        name: `task${index}`,
      }),
    );
    const crowded = workflow({ n: 1 }, ({ n }) => tasks.map((one) => one({ n })), {
      name: "crowded",
    });
    expect(() => world(actors).deploy(crowded.graph)).toThrow(
      /^workflow crowded: its actors with ttlSeconds have 200 functions, and to bring them up takes up to \d+ events/,
    );
  });
});

test("replicas that are processes start, serve the run warm, and end", async () => {
  const fixture = createFixture();
  onTestFinished(() => fixture.cleanUp());
  const source = `export const handler = async () => ({ output: process.env.AWS_LAMBDA_INITIALIZATION_TYPE });`;
  const pool = await fixture.pool(source, { name: "math", replicaCount: 0 });
  const here = new World([MATH], undefined, pool);
  onTestFinished(() => here.states.close());
  const stateMachineArn = here.deploy(wf.graph);
  const { output } = await here.states.executionEnd(here.states.startExecution({ stateMachineArn }).executionArn);
  expect(output).toBe('"provisioned-concurrency"');
  await until(() => pool.describe().length === 0);
  expectIdle(here.takenBack(), here.lastEnd(stateMachineArn));
});

describe("what Lambda refuses", () => {
  test.each([
    [
      "InvalidParameterValueException",
      "Specified ConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [100].",
    ],
    ["InvalidParameterValueException", "Requested Provisioned Concurrency should not be greater than the reserved"],
    ["ResourceNotFoundException", "Alias not found"],
  ])("as %s: %s, is told with the actor and what to do", async (name, message) => {
    const here = world();
    here.before = (operation) => {
      if (operation === "put") throw new FunctionServiceError(name, 400, message);
    };
    const { status, error, cause } = await here.run(here.deploy(wf.graph));
    expect({ status, error }).toEqual({ status: "FAILED", error: "ReplicasNotStarted" });
    expect(cause).toContain(
      `actor math: 2 replicas of math are not there for the run: Lambda refused them: Lambda.${name}: ${message}`,
    );
    expect(cause).toContain("Give the actor a smaller replicaCount");
    expect(await here.schedules()).toBe(0);
  });

  test("is looked at again where another run is just doing the same", async () => {
    const here = world();
    let conflicts = 0;
    here.before = (operation) => {
      if (operation !== "put" || conflicts++ > 0) return;
      here.provisioned.set("math", { Status: "IN_PROGRESS", count: 2 });
      throw new FunctionServiceError("ResourceConflictException", 409, "An update is in progress");
    };
    expect(await here.run(here.deploy(wf.graph))).toMatchObject({ status: "SUCCEEDED" });
    expect(here.calls).toEqual(["invoke math.add warm", "delete math"]);
  });

  test("is told where they cannot be initialised, and the next run tries again", async () => {
    const here = world();
    here.becomes = "FAILED";
    const stateMachineArn = here.deploy(wf.graph);
    await here.at([
      [1, START, { StateMachineArn: stateMachineArn }],
      [10, START, { StateMachineArn: stateMachineArn }],
    ]);
    const { executions } = here.states.listExecutions({ stateMachineArn });
    const causes = executions.map(({ executionArn }) => here.states.describeExecution({ executionArn }).cause);
    expect(causes[0]).toBe(
      "actor math: 2 replicas of math are not there for the run: they could not be initialised: FUNCTION_ERROR_INIT_FAILURE. The function's log has the error: its modules do not load, or take too long or too much memory",
    );
    expect(here.calls).toEqual(["put math 2", "put math 2", "delete math"]);
  });

  test("is not waited for without end", async () => {
    const here = world();
    here.becomes = "IN_PROGRESS";
    here.provisioned.set("math", { Status: "IN_PROGRESS", count: 2 }); // by another run
    const { cause, startDate, stopDate } = await here.run(here.deploy(wf.graph));
    expect(cause).toContain("after 1800 s they are IN_PROGRESS");
    expect(((stopDate?.getTime() ?? 0) - startDate.getTime()) / 1000).toBeLessThan(1820);
  });

  test("is put again where it is taken away while a run waits, and where another number is there", async () => {
    const here = world();
    here.looks = 6;
    let looks = 0;
    here.before = (operation) => {
      if (operation === "get" && ++looks === 3) here.provisioned.delete("math");
    };
    here.provisioned.set("math", { Status: "READY", count: 1 });
    expect(await here.run(here.deploy(wf.graph))).toMatchObject({ status: "SUCCEEDED" });
    expect(here.calls).toEqual(["put math 2", "put math 2", "invoke math.add warm", "delete math"]);
  });
});

/** Replicas went `ttlSeconds` of math after the last run: a schedule's time is in whole seconds. */
function expectIdle(takenBack: readonly number[], stopDate: Date | undefined): void {
  const seconds = ((takenBack.at(-1) ?? Number.NaN) - (stopDate?.getTime() ?? Number.NaN)) / 1000;
  expect(seconds).toBeGreaterThanOrEqual(MATH.ttlSeconds);
  expect(seconds).toBeLessThanOrEqual(MATH.ttlSeconds + 1);
}
