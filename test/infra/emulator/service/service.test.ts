import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Json } from "../../../../sdk/base/json.ts";
import type { Functions } from "../../../../infra/emulator/lambda/functions.ts";
import { StepFunctions, type StepFunctionsOptions } from "../../../../infra/emulator/index.ts";
import type { CreateStateMachineInput } from "../../../../infra/emulator/service/state-machine-requests.ts";
import { type Definition, jsonata, localFunctions, only, run } from "../../../support/emulator.ts";

const roleArn = "arn:aws:iam::000000000000:role/test";

function service(options: Partial<StepFunctionsOptions> = {}): StepFunctions {
  return new StepFunctions({ functions: localFunctions(), ...options });
}

function create(states: StepFunctions, definition: Definition, name = "machine"): string {
  return states.createStateMachine({ name, definition: JSON.stringify(definition), roleArn }).stateMachineArn;
}

function start(states: StepFunctions, stateMachineArn: string, input: Json = {}): string {
  return states.startExecution({ stateMachineArn, input: JSON.stringify(input) }).executionArn;
}

function typesOf(states: StepFunctions, executionArn: string): string[] {
  return states.getExecutionHistory({ executionArn, maxResults: 1000 }).events.map(({ type }) => type);
}

async function until<T>(look: () => T | undefined): Promise<T> {
  for (;;) {
    const found = look();
    if (found !== undefined) return found;
    await new Promise((done) => setTimeout(done, 5));
  }
}

/** Promise.withResolvers, which Node 20 has not. */
function withResolvers<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  const box: { resolve?: (value: T) => void } = {};
  const promise = new Promise<T>((resolve) => {
    box.resolve = resolve;
  });
  return { promise, resolve: (value) => box.resolve?.(value) };
}

function waiting(more: Definition = {}): Definition {
  return only({
    Type: "Task",
    Resource: "arn:aws:states:::lambda:invoke.waitForTaskToken",
    Arguments: { FunctionName: "ask", Payload: { token: "{% $states.context.Task.Token %}" } },
    ...more,
  });
}

function asking(definition: Definition): { states: StepFunctions; executionArn: string; token: Promise<string> } {
  const { promise: token, resolve: tell } = withResolvers<string>();
  const states = service({
    functions: localFunctions({
      ask(payload) {
        tell(String(new Map(Object.entries(payload ?? {})).get("token")));
        return null;
      },
    }),
  });
  return { states, executionArn: start(states, create(states, definition)), token };
}

function calling(suffix: string, stateMachineArn: string): Definition {
  return only({
    Type: "Task",
    Resource: `arn:aws:states:::states:startExecution${suffix}`,
    Arguments: { StateMachineArn: stateMachineArn, Input: { n: 1 } },
  });
}

function say(word: string): Definition {
  return only({ Type: "Pass", Output: word });
}

function wait(seconds: number): Definition {
  return {
    StartAt: `W${seconds}`,
    States: { [`W${seconds}`]: { Type: "Wait", Seconds: seconds, End: true } },
  };
}

async function call(suffix: string, child: Definition): Promise<Json> {
  const states = service();
  const childArn = create(states, child, "child");
  const end = await states.executionEnd(start(states, create(states, calling(suffix, childArn), "parent")));
  return JSON.parse(end.output ?? end.cause ?? "null");
}

it("hands a trace header on to each function, in child executions too, and tells of it", async () => {
  const headers: (string | undefined)[] = [];
  const functions: Functions = {
    invoke({ traceHeader }) {
      headers.push(traceHeader);
      return Promise.resolve({ statusCode: 200, payload: "1", executedVersion: "1", requestId: "r" });
    },
  };
  const call = { Type: "Task", Resource: "arn:aws:states:::lambda:invoke", Arguments: { FunctionName: "f" } };
  const states = service({ functions });
  const stateMachineArn = create(states, {
    QueryLanguage: "JSONata",
    StartAt: "Call",
    States: {
      Call: { ...call, Next: "Each" },
      Each: {
        Type: "Map",
        Items: [1],
        ItemProcessor: {
          ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" },
          StartAt: "Item",
          States: { Item: { ...call, End: true } },
        },
        End: true,
      },
    },
  });
  const traceHeader = "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1";
  const { executionArn } = states.startExecution({ stateMachineArn, traceHeader });
  expect((await states.executionEnd(executionArn)).status).toBe("SUCCEEDED");
  expect(headers).toEqual([traceHeader, traceHeader]);
  expect(states.describeExecution({ executionArn })).toMatchObject({ traceHeader });
});

describe("a task that waits for its token", () => {
  it("succeeds with what SendTaskSuccess brings", async () => {
    const { states, executionArn, token } = asking(waiting());
    states.taskTokens.succeed({ taskToken: await token, output: '{"approved":true}' });
    expect(await states.executionEnd(executionArn)).toMatchObject({ status: "SUCCEEDED", output: '{"approved":true}' });
    expect(typesOf(states, executionArn).slice(2, 6)).toEqual([
      "TaskScheduled",
      "TaskStarted",
      "TaskSubmitted",
      "TaskSucceeded",
    ]);
  });

  it("fails with what SendTaskFailure brings", async () => {
    const { states, executionArn, token } = asking(waiting());
    states.taskTokens.fail({ taskToken: await token, error: "Denied", cause: "too dear" });
    expect(await states.executionEnd(executionArn)).toMatchObject({
      status: "FAILED",
      error: "Denied",
      cause: "too dear",
    });
  });

  it("times out when no heartbeat comes", async () => {
    const { states, executionArn, token } = asking(waiting({ HeartbeatSeconds: 1 }));
    const taskToken = await token;
    expect(await states.executionEnd(executionArn)).toMatchObject({
      status: "FAILED",
      error: "States.HeartbeatTimeout",
    });
    expect(() => states.taskTokens.heartbeat({ taskToken })).toThrow("Provided task does not exist anymore");
  });

  it("refuses tokens that never were, and output that is not JSON", async () => {
    const { states, token } = asking(waiting());
    expect(() => states.taskTokens.succeed({ taskToken: "x", output: "{}" })).toThrow("Invalid token");
    const taskToken = await token;
    expect(() => states.taskTokens.succeed({ taskToken, output: "{" })).toThrow("Invalid Output");
    states.close();
  });
});

describe("an activity", () => {
  it("hands its tasks to workers", async () => {
    const states = service();
    const { activityArn } = states.activities.create({ name: "paint" });
    const arn = create(
      states,
      only({ Type: "Task", Resource: activityArn, Arguments: { colour: "{% $states.input %}" } }),
    );
    const executionArn = start(states, arn, "red");
    const task = await states.activities.take({ activityArn, workerName: "w" });
    expect(task.input).toBe('{"colour":"red"}');
    states.taskTokens.succeed({ taskToken: task.taskToken ?? "", output: '"done"' });
    expect(await states.executionEnd(executionArn)).toMatchObject({ output: '"done"' });
    expect(typesOf(states, executionArn)).toContain("ActivityStarted");
  });

  it("fails a task whose activity does not exist", async () => {
    const outcome = await run(only({ Type: "Task", Resource: "arn:aws:states:us-east-1:000000000000:activity:none" }));
    expect(outcome).toMatchObject({ status: "FAILED", error: "States.Runtime" });
  });
});

describe("states:startExecution", () => {
  it("gives the execution's ARN at once", async () => {
    expect(await call("", only({ Type: "Pass" }))).toMatchObject({
      ExecutionArn: expect.stringContaining(":execution:child:"),
    });
  });

  it("waits with .sync, and parses the output with .sync:2", async () => {
    const child = only({ Type: "Pass", Output: { twice: "{% $states.input.n * 2 %}" } });
    expect(await call(".sync", child)).toMatchObject({ Status: "SUCCEEDED", Output: '{"twice":2}' });
    expect(await call(".sync:2", child)).toMatchObject({ Status: "SUCCEEDED", Output: { twice: 2 } });
  });

  it("fails with the child's description", async () => {
    expect(await call(".sync", only({ Type: "Fail", Error: "No" }))).toMatchObject({ Status: "FAILED", Error: "No" });
  });

  it("stops the child when the parent is stopped", async () => {
    const states = service();
    const childArn = create(states, only({ Type: "Wait", Seconds: 600 }), "child");
    const parent = start(states, create(states, calling(".sync", childArn), "parent"));
    await until(() => states.listExecutions({ stateMachineArn: childArn }).executions[0]);
    states.stopExecution({ executionArn: parent });
    const [child] = states.listExecutions({ stateMachineArn: childArn }).executions;
    expect(child?.status).toBe("ABORTED");
  });
});

describe("versions and aliases", () => {
  it("run what was published, whatever the machine has become", async () => {
    const states = service();
    const arn = create(states, say("one"));
    const { stateMachineVersionArn: one } = states.stateMachines.publishVersion({ stateMachineArn: arn });
    states.updateStateMachine({ stateMachineArn: arn, definition: JSON.stringify(say("two")) });
    const { stateMachineVersionArn: two } = states.stateMachines.publishVersion({ stateMachineArn: arn });
    expect([one, two]).toEqual([`${arn}:1`, `${arn}:2`]);
    const { stateMachineAliasArn } = states.stateMachines.createAlias({
      name: "live",
      routingConfiguration: [{ stateMachineVersionArn: one, weight: 100 }],
    });
    async function outputOf(of: string): Promise<string | undefined> {
      return (await states.executionEnd(start(states, of))).output;
    }
    expect(await outputOf(arn)).toBe('"two"');
    expect(await outputOf(stateMachineAliasArn)).toBe('"one"');
    states.stateMachines.updateAlias({
      stateMachineAliasArn,
      routingConfiguration: [{ stateMachineVersionArn: two, weight: 100 }],
    });
    expect(await outputOf(stateMachineAliasArn)).toBe('"two"');
    expect(states.listExecutions({ stateMachineArn: stateMachineAliasArn }).executions).toHaveLength(2);
    expect(() => states.stateMachines.deleteVersion({ stateMachineVersionArn: two })).toThrow("referenced by an alias");
  });
});

describe("what is out of its range", () => {
  it("is refused in an alias: names that could be a version's number, and routes that are none", () => {
    const states = service();
    const arn = create(states, say("one"));
    const { stateMachineVersionArn: one } = states.stateMachines.publishVersion({ stateMachineArn: arn });
    states.updateStateMachine({ stateMachineArn: arn, definition: JSON.stringify(say("two")) });
    const { stateMachineVersionArn: two } = states.stateMachines.publishVersion({ stateMachineArn: arn });
    function alias(name: string, ...routes: readonly [version: string, weight: number][]): () => unknown {
      const routingConfiguration = routes.map(([stateMachineVersionArn, weight]) => ({
        stateMachineVersionArn,
        weight,
      }));
      return () => states.stateMachines.createAlias({ name, routingConfiguration });
    }
    for (const name of ["2", "5", "a b", "a:1", "ä", ""]) expect(alias(name, [one, 100])).toThrow("at 'name' failed");
    expect(alias("live", [one, -1], [two, 101])).toThrow(
      "Value '-1' at 'routingConfiguration.1.member.weight' failed to satisfy constraint: Member must have value greater than or equal to 0",
    );
    expect(alias("live", [one, 99.5], [two, 0.5])).toThrow("weight must be an integer");
    expect(alias("live", [one, 50], [one, 50])).toThrow(
      `Routing configuration must contain distinct state machine version ARNs. Received: [${one}, ${one}]`,
    );
    for (const name of ["1.0", "_1", "-", "v2"]) expect(alias(name, [one, 0], [two, 100])).not.toThrow();
    const stateMachineAliasArn = `${arn}:v2`;
    const twice = [one, one].map((stateMachineVersionArn) => ({ stateMachineVersionArn, weight: 50 }));
    expect(() => states.stateMachines.updateAlias({ stateMachineAliasArn, routingConfiguration: twice })).toThrow(
      "must contain distinct",
    );
  });

  it("is refused in a Map Run's settings, pages, logging and tags", () => {
    const states = service();
    const mapRunArn = "arn:aws:states:us-east-1:000000000000:mapRun:m/l:1";
    expect(() => states.mapRuns.update({ mapRunArn, maxConcurrency: -1 })).toThrow("greater than or equal to 0");
    expect(() => states.mapRuns.update({ mapRunArn, toleratedFailureCount: 0.5 })).toThrow("must be an integer");
    expect(() => states.mapRuns.update({ mapRunArn, toleratedFailurePercentage: 101 })).toThrow(
      "less than or equal to 100",
    );
    expect(() => states.listStateMachines({ maxResults: -1 })).toThrow(
      "Value '-1' at 'maxResults' failed to satisfy constraint: Member must have value greater than or equal to 0",
    );
    expect(() => states.listStateMachines({ maxResults: 1.5 })).toThrow("maxResults must be an integer");
    const asked = { name: "logging", definition: JSON.stringify(say("one")), roleArn };
    expect(() => states.createStateMachine({ ...asked, loggingConfiguration: { level: "NOPE" } })).toThrow(
      "[ALL, ERROR,",
    );
    expect(() => states.createStateMachine({ ...asked, tags: [{ key: "AWS:a", value: "" }] })).toThrow("by AWS alone");
    expect(() => states.createActivity({ name: "a", tags: [{ key: "aws:a", value: "" }] })).toThrow("by AWS alone");
    expect([...states.listStateMachines().stateMachines, ...states.activities.list({}).activities]).toEqual([]);
  });
});

describe("redrive", () => {
  it("goes on from the state that failed, with its input and the variables", async () => {
    let broken = true;
    const states = service({
      functions: localFunctions({
        work(payload) {
          if (broken) throw new Error("not yet");
          return payload;
        },
      }),
    });
    const arn = create(
      states,
      jsonata({
        First: { Type: "Pass", Assign: { x: 1 }, Output: 2, Next: "Work" },
        Work: {
          Type: "Task",
          Resource: "arn:aws:states:::lambda:invoke",
          Arguments: { FunctionName: "work", Payload: { x: "{% $x %}", input: "{% $states.input %}" } },
          Output: "{% $states.result.Payload %}",
          End: true,
        },
      }),
    );
    const executionArn = start(states, arn);
    expect(await states.executionEnd(executionArn)).toMatchObject({ status: "FAILED", redriveStatus: "REDRIVABLE" });
    broken = false;
    states.redriveExecution({ executionArn });
    expect(await states.executionEnd(executionArn)).toMatchObject({
      status: "SUCCEEDED",
      output: '{"x":1,"input":2}',
      redriveCount: 1,
    });
    expect(typesOf(states, executionArn)).toEqual(
      expect.arrayContaining(["ExecutionFailed", "ExecutionRedriven", "ExecutionSucceeded"]),
    );
    expect(() => states.redriveExecution({ executionArn })).toThrow("SUCCEEDED and cannot be redriven");
  });
});

describe("redrive of a Map or a Parallel state", () => {
  it("runs those again that had not succeeded, and them alone", async () => {
    const calls: Json[] = [];
    let broken = true;
    /** Whether all others have ended, so that none is stopped for the one that fails. */
    let areOthersDone: () => boolean;
    const states = service({
      functions: localFunctions({
        async work(payload) {
          calls.push(payload);
          if (payload !== 2 || !broken) return payload;
          await until(() => areOthersDone() || undefined);
          throw new Error("not yet");
        },
      }),
    });
    const task = { Type: "Task", Resource: "arn:aws:lambda:us-east-1:000000000000:function:work", End: true };
    function one(value: number): Definition {
      return {
        StartAt: `T${value}`,
        States: { [`T${value}`]: { ...task, Arguments: value } },
      };
    }
    const map = {
      Type: "Map",
      Items: [1, 2, 3],
      MaxConcurrency: 1,
      ItemProcessor: { StartAt: "T", States: { T: task } },
    };
    const parallel = { Type: "Parallel", Branches: [one(1), one(2), one(3)] };
    for (const { state, others, again } of [
      { state: map, others: 1, again: [2, 3] },
      { state: parallel, others: 2, again: [2] },
    ]) {
      broken = true;
      const executionArn = start(states, create(states, only(state), `after-${calls.length}`));
      areOthersDone = () =>
        typesOf(states, executionArn).filter((type) => type === "TaskStateExited").length === others;
      await states.executionEnd(executionArn);
      const before = calls.length;
      broken = false;
      states.redriveExecution({ executionArn });
      expect(await states.executionEnd(executionArn)).toMatchObject({ status: "SUCCEEDED", output: "[1,2,3]" });
      expect(calls.slice(before)).toEqual(again);
    }
  });
});

describe("redrive of an iteration that gave null", () => {
  it("does not run it again", async () => {
    const calls: Json[] = [];
    function work(payload: Json): Json {
      calls.push(payload);
      if (payload === 2 && calls.length === 2) throw new Error("not yet");
      return null;
    }
    const states = service({ functions: localFunctions({ work }) });
    const task = { Type: "Task", Resource: "arn:aws:lambda:us-east-1:000000000000:function:work", End: true };
    const map = only({
      Type: "Map",
      Items: [1, 2],
      MaxConcurrency: 1,
      ItemProcessor: { StartAt: "T", States: { T: task } },
    });
    const executionArn = start(states, create(states, map));
    await states.executionEnd(executionArn);
    states.redriveExecution({ executionArn });
    expect(await states.executionEnd(executionArn)).toMatchObject({ output: "[null,null]" });
    expect(calls).toEqual([1, 2, 2]);
  });
});

describe("what is asked for by name", () => {
  it("refuses a Task without a handler when the definition is created", () => {
    const states = service();
    const definition = only({
      Type: "Task",
      Resource: "arn:aws:states:::sqs:sendMessage",
      Arguments: { QueueUrl: "q", MessageBody: "b" },
    });
    expect(() => create(states, definition)).toThrow(
      'register a handler as integrations["sqs:sendMessage"], by --integrations of the command line, or mock the state by --mock at /States/State/Resource',
    );
    const handled = service({
      integrations: { "sqs:sendMessage": async ({ MessageBody }) => ({ sent: MessageBody ?? null }) },
    });
    expect(create(handled, definition)).toContain("stateMachine:machine");
  });

  it("keeps tags, and knows nothing of resources that are not there", () => {
    const states = service();
    const resourceArn = create(states, only({ Type: "Pass" }));
    states.tags.tag({ resourceArn, tags: [{ key: "team", value: "a" }] });
    states.tags.tag({ resourceArn, tags: [{ key: "stage", value: "dev" }] });
    states.tags.untag({ resourceArn, tagKeys: ["team"] });
    expect(states.tags.list({ resourceArn })).toEqual({ tags: [{ key: "stage", value: "dev" }] });
    expect(() => states.tags.list({ resourceArn: `${resourceArn}x` })).toThrow("Resource not found");
  });
});

describe("a text that is no JSON", () => {
  const fault =
    "Unexpected character ('}' (code 125)): was expecting double-quote to start field name\n" +
    ' at [Source: (String)"{"a":1,}"; line: 1, column: 9]';

  it("is told as AWS tells it, wherever JSON is wanted", async () => {
    const { states, executionArn, token } = asking(waiting());
    const definition = '{"a":1,}';
    expect(() => states.createStateMachine({ name: "n", definition, roleArn })).toThrow(
      `Invalid State Machine Definition: 'INVALID_JSON_DESCRIPTION: ${fault} at null'`,
    );
    await expect(states.testState({ definition })).rejects.toThrow(`INVALID_JSON_DESCRIPTION: ${fault}`);
    const { stateMachineArn } = states.describeExecution({ executionArn });
    expect(() => states.startExecution({ stateMachineArn, input: definition })).toThrow(
      `Invalid State Machine Execution Input: '${fault}'`,
    );
    const taskToken = await token;
    expect(() => states.taskTokens.succeed({ taskToken, output: definition })).toThrow(`Invalid Output: '${fault}'`);
    states.close();
  });
});

describe("CreateStateMachine of a name that is there", () => {
  const asked = { name: "machine", definition: JSON.stringify(only({ Type: "Pass" })), roleArn };

  it("gives the state machine that is there, whatever the role and the tags, and changes nothing of it", () => {
    const states = service();
    const created = states.createStateMachine({ ...asked, tags: [{ key: "team", value: "a" }] });
    const { stateMachineArn } = created;
    const before = states.describeStateMachine({ stateMachineArn });
    const tags = [{ key: "team", value: "b" }];
    expect(states.createStateMachine({ ...asked, roleArn: `${roleArn}/other`, tags })).toEqual(created);
    expect(states.describeStateMachine({ stateMachineArn })).toEqual(before);
    expect(states.tags.list({ resourceArn: stateMachineArn })).toEqual({ tags: [{ key: "team", value: "a" }] });
  });

  it("takes what is not given for its default", () => {
    const states = service();
    const created = states.createStateMachine(asked);
    const defaults = {
      type: "STANDARD" as const,
      loggingConfiguration: { includeExecutionData: false, level: "OFF" },
      tracingConfiguration: { enabled: false },
      encryptionConfiguration: { type: "AWS_OWNED_KEY" },
    };
    expect(states.createStateMachine({ ...asked, ...defaults })).toEqual(created);
    expect(states.createStateMachine({ ...asked, loggingConfiguration: { level: "OFF" } })).toEqual(created);
  });

  it.each<[Partial<CreateStateMachineInput>]>([
    [{ definition: JSON.stringify(only({ Type: "Succeed" })) }],
    [{ type: "EXPRESS" }],
    [{ loggingConfiguration: { level: "ALL" } }],
    [{ tracingConfiguration: { enabled: true } }],
    [{ encryptionConfiguration: { type: "CUSTOMER_MANAGED_KMS_KEY", kmsKeyId: "k" } }],
  ])("is refused when it asks for another: %j", (other) => {
    const states = service();
    states.createStateMachine(asked);
    expect(() => states.createStateMachine({ ...asked, ...other })).toThrow("State Machine Already Exists");
  });
});

describe("CreateActivity of a name that is there", () => {
  it("gives the activity that is there, with the tags that it was created with", () => {
    const states = service();
    const created = states.createActivity({ name: "a", tags: [{ key: "team", value: "a" }] });
    expect(states.createActivity({ name: "a", tags: [{ key: "team", value: "b" }] })).toEqual(created);
    expect(states.tags.list({ resourceArn: created.activityArn })).toEqual({ tags: [{ key: "team", value: "a" }] });
  });
});

describe("CreateStateMachineAlias of a name that is there", () => {
  it("gives the alias that is there, in whatever order the members of its routes stand, or is refused", () => {
    const states = service();
    const definition = JSON.stringify(only({ Type: "Pass" }));
    const { stateMachineVersionArn = "" } = states.createStateMachine({
      name: "m",
      definition,
      roleArn,
      publish: true,
    });
    const routingConfiguration = [{ stateMachineVersionArn, weight: 100 }];
    const created = states.stateMachines.createAlias({ name: "live", routingConfiguration });
    const again = { name: "live", routingConfiguration: [{ weight: 100, stateMachineVersionArn }] };
    expect(states.stateMachines.createAlias(again)).toEqual(created);
    expect(() => states.stateMachines.createAlias({ ...again, description: "other" })).toThrow("already exists");
  });
});

describe("a start that is repeated", () => {
  it("is the same execution while it runs with the same input, and refused otherwise", async () => {
    const states = service();
    const stateMachineArn = create(states, only({ Type: "Wait", Seconds: 600 }));
    const once = states.startExecution({ stateMachineArn, name: "n", input: "{}" });
    expect(states.startExecution({ stateMachineArn, name: "n", input: "{}" })).toEqual(once);
    expect(() => states.startExecution({ stateMachineArn, name: "n", input: "1" })).toThrow("Execution Already Exists");
    states.close();
  });
});

describe("EXPRESS", () => {
  it("answers StartSyncExecution with the end", async () => {
    const states = service();
    const definition = JSON.stringify(only({ Type: "Pass", Output: 1 }));
    const { stateMachineArn } = states.createStateMachine({ name: "e", definition, roleArn, type: "EXPRESS" });
    expect(await states.startSyncExecution({ stateMachineArn })).toMatchObject({ status: "SUCCEEDED", output: "1" });
    const standard = create(states, only({ Type: "Pass" }));
    await expect(states.startSyncExecution({ stateMachineArn: standard })).rejects.toThrow(
      "not supported by this type",
    );
  });
});

describe("limits", () => {
  it("ends an execution at the history's limit with event 25,000", async () => {
    const states = service({ skipWaits: true });
    const loop = jsonata({
      A: { Type: "Choice", Choices: [{ Condition: "{% $states.input.stop = true %}", Next: "End" }], Default: "A" },
      End: { Type: "Succeed" },
    });
    const executionArn = start(states, create(states, loop));
    const cause = "The execution reached the maximum number of history events (25000).";
    expect(await states.executionEnd(executionArn)).toMatchObject({ status: "FAILED", error: "States.Runtime", cause });
    const [last] = states.getExecutionHistory({ executionArn, reverseOrder: true, maxResults: 1 }).events;
    expect(last).toMatchObject({ id: 25_000, previousEventId: 24_999, type: "ExecutionFailed" });
  });

  it("fails a task that returns too much with States.DataLimitExceeded", async () => {
    const task = { Type: "Task", Resource: "arn:aws:states:::lambda:invoke", Arguments: { FunctionName: "big" } };
    const outcome = await run(only(task), {}, { big: () => "x".repeat(262_144) });
    expect(outcome).toMatchObject({
      error: "States.DataLimitExceeded",
      cause:
        "The state/task 'lambda' returned a result with a size exceeding the maximum number of bytes service limit.",
    });
  });
});

describe("an error that is too long", () => {
  it("is cut to what AWS keeps", async () => {
    const outcome = await run(only({ Type: "Fail", Error: "e".repeat(300), Cause: "c".repeat(40_000) }));
    expect([outcome.error?.length, outcome.cause?.length]).toEqual([256, 32_768]);
  });
});

describe("time and chance", () => {
  it("skips waits in their order, with the timestamps they would have had", async () => {
    const states = service({ skipWaits: true });
    const executionArn = start(
      states,
      create(states, only({ Type: "Parallel", Branches: [wait(7200), wait(60), wait(3600)] })),
    );
    const { startDate, stopDate } = await states.executionEnd(executionArn);
    expect(Math.round(((stopDate?.getTime() ?? 0) - startDate.getTime()) / 1000)).toBe(7200);
    const exits = states
      .getExecutionHistory({ executionArn, maxResults: 1000 })
      .events.filter(({ type }) => type === "WaitStateExited")
      .map(({ stateExitedEventDetails: details }) => details?.name);
    expect(exits).toEqual(["W60", "W3600", "W7200"]);
  });

  it("is the same in every run of a seed, event for event", async () => {
    const definition = jsonata({
      Draw: {
        Type: "Pass",
        Output:
          "{% [$uuid(), $random(), $now(), $millis(), $now('[Y]', '+0000'), $shuffle([1..9]), $toMillis('10', '[H]')] %}",
        Next: "Wait",
      },
      Wait: { Type: "Wait", Seconds: 100, End: true },
    });
    const histories = [];
    for (const seed of [7, 7, 8]) {
      const states = service({ seed });
      const executionArn = start(states, create(states, definition));
      await states.executionEnd(executionArn);
      histories.push(JSON.stringify([executionArn, states.getExecutionHistory({ executionArn })]));
    }
    expect(histories[1]).toBe(histories[0]);
    // The time that a picture leaves out is the run's too, and that begins with the year.
    expect(histories[0]).toContain(String(Date.UTC(2026, 0, 1, 10)));
    expect(histories[2]).not.toBe(histories[0]);
  });
});

describe("ended executions", () => {
  it("go, the earliest end first, when there are more than are kept; what runs stays", async () => {
    const states = service({ keep: 3 });
    const arn = create(states, only({ Type: "Wait", Seconds: "{% $states.input %}" }));
    const running = start(states, arn, 600);
    const ended: string[] = [];
    for (let index = 0; index < 4; index++) {
      const executionArn = start(states, arn, 0);
      await states.executionEnd(executionArn);
      ended.push(executionArn);
    }
    const { executions } = states.listExecutions({ stateMachineArn: arn });
    expect(executions.map(({ executionArn }) => executionArn)).toEqual([ended[3], ended[2], running]);
    expect(() => states.describeExecution({ executionArn: ended[1] ?? "" })).toThrow("Execution Does Not Exist");
    states.close();
  });

  it("go with their Map Runs and the children of these, and with their state machine", async () => {
    const states = service({ keep: 3 });
    const processor = { ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" }, ...branch("A") };
    const arn = create(states, only({ Type: "Map", Items: [1, 2, 3, 4], ItemProcessor: processor }));
    const first = start(states, arn);
    await states.executionEnd(first);
    const [run] = states.listMapRuns({ executionArn: first }).mapRuns;
    const mapRunArn = String(new Map(Object.entries(run ?? {})).get("mapRunArn"));
    expect(states.listExecutions({ mapRunArn }).executions).toHaveLength(4);
    const second = start(states, arn);
    await states.executionEnd(second);
    expect(states.listExecutions({ mapRunArn }).executions).toEqual([]);
    expect(() => states.mapRuns.describe(mapRunArn)).toThrow("Resource not found");
    states.deleteStateMachine({ stateMachineArn: arn });
    expect(() => states.describeExecution({ executionArn: second })).toThrow("Execution Does Not Exist");
  });
});

describe("the memory for executions", () => {
  const large = JSON.stringify("x".repeat(200_000));

  it("is shared: what ended longest ago goes when there is too little", async () => {
    const states = service({ keepBytes: 3_000_000 });
    const arn = create(states, only({ Type: "Pass" }));
    const ended: string[] = [];
    for (let index = 0; index < 30; index++) {
      const { executionArn } = states.startExecution({ stateMachineArn: arn, input: large });
      await states.executionEnd(executionArn);
      ended.push(executionArn);
    }
    const { executions } = states.listExecutions({ stateMachineArn: arn });
    expect(executions.length).toBeGreaterThan(3);
    expect(executions.length).toBeLessThan(16);
    expect(states.describeExecution({ executionArn: ended[29] ?? "" }).output).toBe(large);
    expect(() => states.describeExecution({ executionArn: ended[0] ?? "" })).toThrow("Execution Does Not Exist");
    expect(() => states.getExecutionHistory({ executionArn: ended[0] ?? "" })).toThrow("Execution Does Not Exist");
  });

  it("is refused to new executions when what runs takes it all, until some of that ends", async () => {
    const states = service({ keepBytes: 1_000_000 });
    const arn = create(states, only({ Type: "Wait", Seconds: 600 }));
    const running: string[] = [];
    function starting(): void {
      for (let index = 0; index < 10; index++)
        running.push(states.startExecution({ stateMachineArn: arn, input: large }).executionArn);
    }
    expect(starting).toThrow("The executions that run take more than 1 MiB: wait for them to end");
    for (const executionArn of running) expect(states.describeExecution({ executionArn }).status).toBe("RUNNING");
    states.stopExecution({ executionArn: running[0] ?? "" });
    expect(states.startExecution({ stateMachineArn: arn, input: large }).executionArn).toContain(":execution:");
    states.close();
  });

  it("is kept to by one execution with many large values: its oldest events lose their data and say so", async () => {
    const states = service({ keepBytes: 2_000_000 });
    const filled = "{% $pad($string($states.input.n), 200000, '-') %}";
    const arn = create(
      states,
      jsonata({
        Fill: { Type: "Pass", Output: { n: "{% $states.input.n + 1 %}", filled }, Next: "Again" },
        Again: {
          Type: "Choice",
          Choices: [{ Condition: "{% $states.input.n < 40 %}", Next: "Fill" }],
          Default: "End",
        },
        End: { Type: "Pass", Output: "{% $states.input.n %}", End: true },
      }),
    );
    const { executionArn } = states.startExecution({ stateMachineArn: arn, input: '{"n":0}' });
    expect(await states.executionEnd(executionArn)).toMatchObject({ status: "SUCCEEDED", output: "40" });
    const { events } = states.getExecutionHistory({ executionArn, maxResults: 1000 });
    expect(events).toHaveLength(164);
    expect(events[2]?.stateExitedEventDetails).toEqual({ name: "Fill", outputDetails: { truncated: true } });
    expect(events.at(-4)?.stateExitedEventDetails).toMatchObject({ outputDetails: { truncated: false } });
  });

  const comment = "c".repeat(200_000);

  it("is shared by definitions, each of which counts once for all executions that run it", async () => {
    const states = service({ keepBytes: 3_000_000 });
    const arn = create(states, only({ Type: "Pass" }));
    const ended: string[] = [];
    for (let index = 0; index < 20; index++) {
      const definition = JSON.stringify({ ...only({ Type: "Pass" }), Comment: `${index}${comment}` });
      states.updateStateMachine({ stateMachineArn: arn, definition });
      for (let again = 0; again < 5; again++) {
        const { executionArn } = states.startExecution({ stateMachineArn: arn });
        await states.executionEnd(executionArn);
        ended.push(executionArn);
      }
    }
    const kept = states.listExecutions({ stateMachineArn: arn }).executions.length;
    expect(kept).toBeGreaterThan(40);
    expect(kept).toBeLessThan(80);
    expect(() => states.describeExecution({ executionArn: ended[0] ?? "" })).toThrow("Execution Does Not Exist");
  });

  it("is refused to state machines and versions that would take more than half of it, until others are deleted", () => {
    const states = service({ keepBytes: 2_000_000 });
    function createNext(index: number): string {
      const definition = JSON.stringify({ ...only({ Type: "Pass" }), Comment: `${index}${comment}` });
      return states.createStateMachine({ name: `m${index}`, definition, roleArn }).stateMachineArn;
    }
    const [first = ""] = [0, 1, 2, 3].map(createNext);
    const refused = "would take more than 1 MiB, half of the memory that there is: delete some of them, or allow more";
    expect(() => createNext(4)).toThrow(refused);
    const definition = JSON.stringify({ ...only({ Type: "Pass" }), Comment: comment });
    states.updateStateMachine({ stateMachineArn: first, definition });
    states.stateMachines.publishVersion({ stateMachineArn: first });
    expect(() => states.updateStateMachine({ stateMachineArn: first, definition })).toThrow(refused);
    expect(states.listStateMachines().stateMachines).toHaveLength(4);
    states.deleteStateMachine({ stateMachineArn: first });
    expect(createNext(4)).toContain("m4");
  });

  it("is not taken by the outputs of a Map that could not hand them on", async () => {
    const states = service({ keepBytes: 2_000_000, limits: { payloadBytes: 30_000 } });
    const filled = "{% $pad($string($states.input), 25000) %}";
    const processor = { StartAt: "A", States: { A: { Type: "Pass", Output: filled, End: true } } };
    const map = { Type: "Map", Items: "{% [1..500] %}", ItemProcessor: processor, Output: 1 };
    const executionArn = start(states, create(states, only(map)));
    expect(await states.executionEnd(executionArn)).toMatchObject({ error: "States.DataLimitExceeded" });
    const { events } = states.getExecutionHistory({ executionArn, maxResults: 1000 });
    expect(events.filter(({ type }) => type === "MapIterationSucceeded").length).toBeLessThan(400);
  });

  it("counts the children of a Map Run that goes on, of which those that have ended go first", async () => {
    const states = service({ keepBytes: 2_000_000 });
    const processor = { ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" }, ...branch("A") };
    const selected = { text: "{% $pad($string($states.context.Map.Item.Value), 150000) %}" };
    const map = {
      Type: "Map",
      Items: "{% [1..40] %}",
      ItemSelector: selected,
      MaxConcurrency: 2,
      ItemProcessor: processor,
    };
    const arn = create(states, only({ ...map, Output: "{% $count($states.result) %}" }));
    const executionArn = start(states, arn);
    expect(await states.executionEnd(executionArn)).toMatchObject({ status: "SUCCEEDED", output: "40" });
  });
});

describe("a data directory", () => {
  it("that is none is refused with what a user of the class can do", () => {
    const data = join(mkdtempSync(join(tmpdir(), "lambent-")), "file");
    writeFileSync(data, "");
    expect(() => service({ data })).toThrow(
      expect.objectContaining({
        name: "LambentError",
        message: expect.stringMatching(/EEXIST.*choose another directory with --data, or data of the class$/),
      }),
    );
  });

  it("is tidied at a start: one line for each execution that is kept", async () => {
    const data = mkdtempSync(join(tmpdir(), "lambent-"));
    onTestFinished(() => rmSync(data, { recursive: true }));
    const first = service({ data });
    const gone = create(first, only({ Type: "Pass" }), "gone");
    const arn = create(first, only({ Type: "Pass" }));
    const ended: string[] = [];
    for (const machine of [arn, gone, arn, arn]) {
      const executionArn = start(first, machine, "ü".repeat(9));
      await first.executionEnd(executionArn);
      ended.push(executionArn);
    }
    first.deleteStateMachine({ stateMachineArn: gone });
    first.close();
    const { executions } = service({ data, keep: 2 }).listExecutions({ stateMachineArn: arn });
    expect(executions.map(({ executionArn }) => executionArn)).toEqual([ended[3], ended[2]]);
    expect(readFileSync(join(data, "executions.jsonl"), "utf8").trim().split("\n")).toHaveLength(2);
  });

  it("brings back state machines and executions; what is STANDARD and was running goes on", async () => {
    const data = mkdtempSync(join(tmpdir(), "lambent-"));
    onTestFinished(() => rmSync(data, { recursive: true }));
    const first = service({ data });
    const arn = create(first, only({ Type: "Wait", Seconds: "{% $states.input %}" }));
    const { stateMachineVersionArn } = first.stateMachines.publishVersion({ stateMachineArn: arn });
    const routingConfiguration = [{ stateMachineVersionArn, weight: 100 }];
    const { stateMachineAliasArn } = first.stateMachines.createAlias({ name: "live", routingConfiguration });
    const { activityArn } = first.activities.create({ name: "paint" });
    first.tags.tag({ resourceArn: activityArn, tags: [{ key: "a", value: "b" }] });
    const ended = start(first, arn, 0);
    const running = start(first, arn, 600);
    const before = await first.executionEnd(ended);
    // As if the process had been killed.
    const copy = `${data}.copy`;
    cpSync(data, copy, { recursive: true });
    rmSync(join(copy, "lock"));
    onTestFinished(() => rmSync(copy, { recursive: true }));
    const second = service({ data: copy });
    expect(second.describeStateMachine({ stateMachineArn: arn }).name).toBe("machine");
    expect(second.stateMachines.describeAlias({ stateMachineAliasArn })).toEqual(
      first.stateMachines.describeAlias({ stateMachineAliasArn }),
    );
    expect(second.describeStateMachine({ stateMachineArn: stateMachineVersionArn })).toEqual(
      first.describeStateMachine({ stateMachineArn: stateMachineVersionArn }),
    );
    expect(second.tags.list({ resourceArn: activityArn }).tags).toEqual([{ key: "a", value: "b" }]);
    expect(second.describeExecution({ executionArn: ended })).toMatchObject({
      status: "SUCCEEDED",
      output: before.output,
    });
    expect(typesOf(second, ended)).toEqual(typesOf(first, ended));
    expect(second.describeExecution({ executionArn: running })).toMatchObject({ status: "RUNNING" });
    first.close();
    second.close();
  });
});

function branch(name: string): Definition {
  return { StartAt: name, States: { [name]: { Type: "Pass", End: true } } };
}

describe("a child that is waited for", () => {
  it("has its waits skipped too", async () => {
    const states = service({ skipWaits: true });
    const child = create(states, only({ Type: "Wait", Seconds: 3600 }), "child");
    const parent = create(states, calling(".sync", child), "parent");
    expect(await states.executionEnd(start(states, parent))).toMatchObject({ status: "SUCCEEDED" });
  });
});

describe("a definition", () => {
  it("is left out when only metadata is asked for, and so are a synchronous execution's data", async () => {
    const states = service();
    const definition = JSON.stringify(say("one"));
    const { stateMachineArn } = states.createStateMachine({ name: "m", type: "EXPRESS", definition, roleArn });
    const includedData = "METADATA_ONLY";
    expect(states.describeStateMachine({ stateMachineArn, includedData }).definition).toBe("{}");
    const ended = await states.startSyncExecution({ stateMachineArn, includedData });
    expect(ended).toMatchObject({ status: "SUCCEEDED", outputDetails: { included: false } });
    expect(ended).not.toHaveProperty("output");
    const executionArn = start(states, create(states, say("one"), "standard"));
    expect(states.describeStateMachineForExecution({ executionArn, includedData }).definition).toBe("{}");
    expect(states.describeStateMachineForExecution({ executionArn }).definition).toBe(definition);
  });
});

describe("what a description leaves out", () => {
  it("is the data, when only metadata is asked for", async () => {
    const states = service();
    const executionArn = start(states, create(states, only({ Type: "Pass" })), "secret");
    await states.executionEnd(executionArn);
    const described = states.describeExecution({ executionArn, includedData: "METADATA_ONLY" });
    expect(described).toMatchObject({ inputDetails: { included: false }, outputDetails: { included: false } });
    expect(JSON.stringify(described)).not.toContain("secret");
    const { events } = states.getExecutionHistory({ executionArn, includeExecutionData: false });
    expect(JSON.stringify(events)).not.toContain("secret");
  });
});

describe("the history's chain", () => {
  it("passes over the events that nothing follows on AWS", async () => {
    const states = service();
    const definition = only({ Type: "Parallel", Branches: [branch("A"), branch("B")] });
    const executionArn = start(states, create(states, definition));
    await states.executionEnd(executionArn);
    const { events } = states.getExecutionHistory({ executionArn });
    expect(events.map(({ id, previousEventId, type }) => `${id} after ${previousEventId}: ${type}`)).toEqual([
      "1 after 0: ExecutionStarted",
      "2 after 1: ParallelStateEntered",
      "3 after 2: ParallelStateStarted",
      "4 after 3: PassStateEntered",
      "5 after 4: PassStateExited",
      "6 after 3: PassStateEntered",
      "7 after 6: PassStateExited",
      "8 after 7: ParallelStateSucceeded",
      "9 after 7: ParallelStateExited",
      "10 after 9: ExecutionSucceeded",
    ]);
  });

  it("ends with the error that nothing catches, wherever it was thrown", async () => {
    const inner = {
      StartAt: "Look",
      States: { Look: { Type: "Pass", QueryLanguage: "JSONPath", InputPath: "$.no", End: true } },
    };
    const machine = { StartAt: "P", States: { P: { Type: "Parallel", Branches: [inner], End: true } } };
    const outcome = await run(machine, {});
    expect(outcome).toMatchObject({
      error: "States.Runtime",
      cause: expect.stringContaining("the state 'Look' (entered at the event id #4)"),
    });
    expect(outcome.events.slice(-3)).toEqual(["ParallelStateStarted", "PassStateEntered:Look", "ExecutionFailed"]);
  });
});

describe("a field named __proto__", () => {
  it("is a field like any other", async () => {
    const outcome = await run(only({ Type: "Pass", Output: JSON.parse('{"__proto__":"{% $states.input %}"}') }), 1);
    expect(JSON.stringify(outcome.output)).toBe('{"__proto__":1}');
  });
});
