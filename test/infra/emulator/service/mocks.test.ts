import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ajv } from "ajv";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Json } from "../../../../sdk/base/json.ts";
import {
  type Integration,
  type MockConfiguration,
  type MockedResponse,
  StepFunctions,
  type StepFunctionsOptions,
} from "../../../../infra/emulator/index.ts";
import { type Definition, jsonata, localFunctions } from "../../../support/emulator.ts";

const roleArn = "arn:aws:iam::000000000000:role/test";

/** Two Tasks: a function, which is retried, and a queue, which has no handler here. */
const ORDER: Definition = {
  StartAt: "Charge",
  States: {
    Charge: {
      Type: "Task",
      Resource: "arn:aws:states:::lambda:invoke",
      Parameters: { FunctionName: "charge", "Payload.$": "$" },
      OutputPath: "$.Payload",
      Retry: [{ ErrorEquals: ["States.ALL"], MaxAttempts: 3 }],
      Next: "Tell",
    },
    Tell: {
      Type: "Task",
      Resource: "arn:aws:states:::sqs:sendMessage",
      Parameters: { QueueUrl: "http://queue", "MessageBody.$": "$" },
      End: true,
    },
  },
};

/** Whether the shipped JSON Schema, which editors go by, takes a file's content. */
const inEditors = new Ajv().compile(JSON.parse(readFileSync("schemas/mocks.json", "utf8")));

type Responses = Readonly<Record<string, MockedResponse>>;

function returned(value: Json): MockedResponse {
  return { Return: value };
}

function thrown(error: string, cause = "so it was said"): MockedResponse {
  return { Throw: { Error: error, Cause: cause } };
}

/** One test case, `Case`, of the machine `order`: each state with the responses of its own. */
function mocksOf(states: Readonly<Record<string, Responses>>): MockConfiguration {
  const names = Object.fromEntries(Object.keys(states).map((state) => [state, `of ${state}`]));
  const responses = Object.fromEntries(Object.entries(states).map(([state, own]) => [`of ${state}`, own]));
  return { StateMachines: { order: { TestCases: { Case: names } } }, MockedResponses: responses };
}

const WHOLE_TASK = ["TaskStateEntered", "TaskScheduled", "TaskStarted", "TaskSucceeded", "TaskStateExited"];
const PAYMENT = returned({ StatusCode: 200, Payload: { paid: true } });
const PAID: Responses = { "0": PAYMENT };
const SENT: Responses = { "0": returned({ MessageId: "m-1" }) };

function service(mocks: StepFunctionsOptions["mocks"], options: Partial<StepFunctionsOptions> = {}): StepFunctions {
  const states = new StepFunctions({
    functions: localFunctions({ charge: () => ({ paid: "in truth" }) }),
    skipWaits: true,
    ...(mocks === undefined ? {} : { mocks }),
    ...options,
  });
  onTestFinished(() => states.close());
  return states;
}

function create(states: StepFunctions, definition: Definition = ORDER, type?: "EXPRESS"): string {
  const request = { name: "order", definition: JSON.stringify(definition), roleArn, type };
  return states.createStateMachine(request).stateMachineArn;
}

interface Ended {
  readonly status: string;
  readonly output?: Json;
  readonly error?: string | undefined;
  readonly cause?: string | undefined;
  readonly events: readonly string[];
}

async function end(states: StepFunctions, executionArn: string): Promise<Ended> {
  const { status, output, error, cause } = await states.executionEnd(executionArn);
  const { events } = states.getExecutionHistory({ executionArn, maxResults: 1000 });
  return {
    status,
    ...(output === undefined ? {} : { output: JSON.parse(output) }),
    ...(error === undefined ? {} : { error, cause }),
    events: events.map(({ type }) => type),
  };
}

/** Runs the test case `Case` of a definition. */
async function runCase(
  definition: Definition,
  mocked: Readonly<Record<string, Responses>>,
  input: Json = {},
): Promise<Ended> {
  const states = service(mocksOf(mocked));
  const stateMachineArn = `${create(states, definition)}#Case`;
  return end(states, states.startExecution({ stateMachineArn, input: JSON.stringify(input) }).executionArn);
}

function folder(): string {
  const directory = mkdtempSync(join(tmpdir(), "lambent-mocks-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  return directory;
}

function fileOf(content: unknown): string {
  const file = join(folder(), "mocks.json");
  writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
  return file;
}

describe("a test case", () => {
  it("runs with mocked results, and has the history and the ARNs of a real execution", async () => {
    const states = service(fileOf(mocksOf({ Charge: PAID, Tell: SENT })));
    const stateMachineArn = create(states);
    const { executionArn } = states.startExecution({ stateMachineArn: `${stateMachineArn}#Case`, name: "first" });
    expect(executionArn).toBe("arn:aws:states:us-east-1:000000000000:execution:order:first");
    expect(await end(states, executionArn)).toEqual({
      status: "SUCCEEDED",
      output: { MessageId: "m-1" },
      events: ["ExecutionStarted", ...WHOLE_TASK, ...WHOLE_TASK, "ExecutionSucceeded"],
    });
    expect(states.describeExecution({ executionArn }).stateMachineArn).toBe(stateMachineArn);
    expect(states.listExecutions({ stateMachineArn }).executions).toHaveLength(1);
    const { events } = states.getExecutionHistory({ executionArn });
    expect(events.find(({ type }) => type === "TaskScheduled")).toMatchObject({
      taskScheduledEventDetails: {
        resource: "invoke",
        parameters: '{"FunctionName":"charge","Payload":{}}',
      },
    });
  });

  it("goes through Retry and Catch with mocked errors, each attempt with the response of its number", async () => {
    const { status, output, events } = await runCase(ORDER, {
      Charge: {
        "0": thrown("Lambda.TooManyRequestsException"),
        "1-2": thrown("Lambda.TimeoutException"),
        "3": PAYMENT,
      },
      Tell: SENT,
    });
    expect({ status, output }).toEqual({ status: "SUCCEEDED", output: { MessageId: "m-1" } });
    expect(events.filter((type) => type === "TaskFailed")).toHaveLength(3);
  });

  it("calls what a state names that it does not mock", async () => {
    const { output } = await runCase(task({ Resource: "arn:aws:lambda:us-east-1:000000000000:function:charge" }), {});
    expect(output).toEqual({ paid: "in truth" });
  });

  it("counts one invocation after the other over retries, iterations and rounds of a loop", async () => {
    const work = task({ Retry: [{ ErrorEquals: ["Busy"] }] });
    const mapped = {
      StartAt: "Each",
      States: { Each: { Type: "Map", MaxConcurrency: 1, ItemProcessor: work, End: true } },
    };
    const responses = { "0": thrown("Busy"), "1": returned("one"), "2-3": returned("more") };
    const { output } = await runCase(mapped, { Work: responses }, [1, 2, 3]);
    expect(output).toEqual(["one", "more", "more"]);

    const { QueryLanguage: _language, ...loop } = jsonata({
      Ask: { Type: "Task", Resource: "arn:aws:states:::aws-sdk:batch:describeJobs", Next: "Done?" },
      "Done?": {
        Type: "Choice",
        Choices: [{ Variable: "$.status", StringEquals: "DONE", Next: "End" }],
        Default: "Ask",
      },
      End: { Type: "Succeed" },
    });
    const asked = { "0-1": returned({ status: "RUNNING" }), "2": returned({ status: "DONE" }) };
    expect(await runCase(loop, { Ask: asked })).toMatchObject({ status: "SUCCEEDED", output: { status: "DONE" } });
  });

  it("mocks states within branches, iterations of the former Iterator and Map Runs, which count together", async () => {
    const distributed = { ...task(), ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "EXPRESS" } };
    const definition = {
      StartAt: "Both",
      States: {
        Both: {
          Type: "Parallel",
          Branches: [
            {
              StartAt: "Runs",
              States: { Runs: { Type: "Map", MaxConcurrency: 1, ItemProcessor: distributed, End: true } },
            },
            { StartAt: "Each", States: { Each: { Type: "Map", Iterator: task({}, "Inner"), End: true } } },
          ],
          End: true,
        },
      },
    };
    const { output } = await runCase(
      definition,
      { Work: { "0": returned("a"), "1": returned("b") }, Inner: { "0-1": returned("i") } },
      [1, 2],
    );
    expect(output).toEqual([
      ["a", "b"],
      ["i", "i"],
    ]);
  });

  it("fails the execution at an invocation that has no response, which nothing catches", async () => {
    const definition = task({
      Retry: [{ ErrorEquals: ["Busy"] }],
      Catch: [{ ErrorEquals: ["States.ALL"], Next: "Saved" }],
    });
    const caught = { ...definition, States: { ...statesOf(definition), Saved: { Type: "Succeed" } } };
    const { status, error, cause } = await runCase(caught, { Work: { "0": thrown("Busy") } });
    expect({ status, error }).toEqual({ status: "FAILED", error: "States.Runtime" });
    expect(cause).toBe(
      'An error occurred while executing the state \'Work\' (entered at the event id #2). No response is mocked for invocation 1 of this state, counted from 0 over the whole execution: add "1" to MockedResponses["of Work"].',
    );
    expect(await runCase(task(), { Work: {} })).toMatchObject({ status: "FAILED", error: "States.Runtime" });
  });

  it.each([
    [
      "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
      ["TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskSucceeded"],
    ],
    ["arn:aws:states:::batch:submitJob.sync", ["TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskSucceeded"]],
    [
      "arn:aws:states:::states:startExecution.sync:2",
      ["TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskSucceeded"],
    ],
    ["arn:aws:states:::aws-sdk:s3:getObject", ["TaskScheduled", "TaskStarted", "TaskSucceeded"]],
    [
      "arn:aws:lambda:us-east-1:000000000000:function:gone",
      ["LambdaFunctionScheduled", "LambdaFunctionStarted", "LambdaFunctionSucceeded"],
    ],
    [
      "arn:aws:states:us-east-1:000000000000:activity:gone",
      ["ActivityScheduled", "ActivityStarted", "ActivitySucceeded"],
    ],
  ])("mocks %s with the events of a real one", async (resource, own) => {
    const definition = task({ Resource: resource, Parameters: PARAMETERS });
    const { output, events } = await runCase(definition, { Work: { "0": returned(["any", "JSON"]) } });
    expect(output).toEqual(["any", "JSON"]);
    expect(events).toEqual(["ExecutionStarted", "TaskStateEntered", ...own, "TaskStateExited", "ExecutionSucceeded"]);
  });

  it("gives a task that waits for its token a token, and a mocked timeout the event of one", async () => {
    const states = service(mocksOf({ Work: { "0": thrown("States.Timeout") } }));
    const Resource = "arn:aws:states:::sqs:sendMessage.waitForTaskToken";
    const stateMachineArn = create(
      states,
      task({ Resource, Parameters: { QueueUrl: "u", MessageBody: { "token.$": "$$.Task.Token" } } }),
    );
    const { executionArn } = states.startExecution({ stateMachineArn: `${stateMachineArn}#Case` });
    const { error, events } = await end(states, executionArn);
    expect(error).toBe("States.Timeout");
    expect(events).toContain("TaskTimedOut");
    const scheduled = states.getExecutionHistory({ executionArn }).events.find(({ type }) => type === "TaskScheduled");
    expect(JSON.stringify(scheduled)).toMatch(/MessageBody.*token.*\w{20,}/);
  });

  it("gives results to JSONata as $states.result", async () => {
    const definition = jsonata({
      Work: {
        Type: "Task",
        Resource: "arn:aws:states:::dynamodb:getItem",
        Arguments: { TableName: "orders", Key: { id: { S: "{% $states.input.id %}" } } },
        Assign: { found: "{% $states.result.Item.name.S %}" },
        Output: "{% $uppercase($states.result.Item.name.S) %}",
        End: true,
      },
    });
    const item = returned({ Item: { name: { S: "lamp" } } });
    expect(await runCase(definition, { Work: { "0": item } }, { id: "1" })).toMatchObject({ output: "LAMP" });
  });

  it("is run by StartSyncExecution, by a nested startExecution, and of a version", async () => {
    const states = service(mocksOf({ Work: { "0": returned("mocked") } }));
    const express = create(states, task(), "EXPRESS");
    const { status, output, stateMachineArn } = await states.startSyncExecution({ stateMachineArn: `${express}#Case` });
    expect({ status, output, stateMachineArn }).toEqual({
      status: "SUCCEEDED",
      output: '"mocked"',
      stateMachineArn: express,
    });

    const parent = {
      StartAt: "Start",
      States: {
        Start: {
          Type: "Task",
          Resource: "arn:aws:states:::aws-sdk:sfn:startSyncExecution",
          Parameters: { StateMachineArn: `${express}#Case` },
          OutputPath: "$.Output",
          End: true,
        },
      },
    };
    const nested = states.createStateMachine({ name: "parent", definition: JSON.stringify(parent), roleArn });
    const { executionArn } = states.startExecution({ stateMachineArn: nested.stateMachineArn });
    expect((await end(states, executionArn)).output).toBe('"mocked"');

    const standard = service(mocksOf({ Work: { "0": returned("of a version") } }));
    const version = standard.stateMachines.publishVersion({ stateMachineArn: create(standard, task()) });
    const started = standard.startExecution({ stateMachineArn: `${version.stateMachineVersionArn}#Case` });
    expect((await end(standard, started.executionArn)).output).toBe("of a version");
  });

  it("is no part of the execution's name: the same name with another test case is taken", () => {
    const config = mocksOf({ Work: { "0": returned(1) } });
    const cases = { ...config.StateMachines.order?.TestCases, Other: {} };
    const states = service({ ...config, StateMachines: { order: { TestCases: cases } } }, { skipWaits: false });
    const arn = create(states, task());
    const { executionArn } = states.startExecution({ stateMachineArn: `${arn}#Case`, name: "one" });
    expect(states.startExecution({ stateMachineArn: `${arn}#Case`, name: "one" }).executionArn).toBe(executionArn);
    expect(() => states.startExecution({ stateMachineArn: `${arn}#Other`, name: "one" })).toThrow(
      /Execution Already Exists/,
    );
  });

  it("goes on with its next response in a redrive, and needs no mock file to be remembered", async () => {
    const data = folder();
    const states = service(mocksOf({ Work: { "0": thrown("Busy"), "1": thrown("Gone"), "2": returned("at last") } }), {
      data,
    });
    const lambda = task({ Resource: "arn:aws:states:::lambda:invoke", Parameters: { FunctionName: "charge" } });
    const { executionArn } = states.startExecution({ stateMachineArn: `${create(states, lambda)}#Case` });
    expect((await end(states, executionArn)).error).toBe("Busy");
    states.redriveExecution({ executionArn });
    expect((await end(states, executionArn)).error).toBe("Gone");
    states.redriveExecution({ executionArn });
    expect((await end(states, executionArn)).output).toBe("at last");
    states.close();
    const again = service(undefined, { data });
    expect((await end(again, executionArn)).output).toBe("at last");
  });
});

it("a test case that ran when the emulator was closed goes on with its next response, without the mock file", async () => {
  const data = folder();
  const counted = { "0": returned(1), "1": thrown("Busy"), "2": returned(2), "3-9": returned(3) };
  const called: Integration = () => Promise.reject(new Error("It is mocked."));
  const first = service(mocksOf({ Work: counted }), { data, skipWaits: false, integrations: { "*": called } });
  const definition = {
    StartAt: "Work",
    States: {
      Work: {
        Type: "Task",
        Resource: "arn:aws:states:::glue:startJobRun.sync",
        Parameters: { JobName: "etl" },
        Retry: [{ ErrorEquals: ["Busy"], IntervalSeconds: 1 }],
        ResultPath: "$.n",
        Next: "Enough",
      },
      Enough: { Type: "Choice", Choices: [{ Variable: "$.n", NumericEquals: 2, Next: "Done" }], Default: "Nap" },
      Nap: { Type: "Wait", Seconds: 600, Next: "Work" },
      Done: { Type: "Succeed" },
    },
  };
  const { executionArn } = first.startExecution({ stateMachineArn: `${create(first, definition)}#Case` });
  await expect.poll(() => first.getExecutionHistory({ executionArn }).events.at(-1)?.type).toBe("WaitStateEntered");
  first.close();
  const second = service(undefined, { data, integrations: { "*": called } });
  expect(await end(second, executionArn)).toMatchObject({ status: "SUCCEEDED", output: { n: 2 } });
});

it("the data directory has the mocks of an execution once, whatever Map Runs it has", async () => {
  const data = folder();
  const states = service(mocksOf({ Work: { "0-8": returned("mocked") } }), { data });
  const processor = { ...task(), ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" } };
  const each = { StartAt: "Each", States: { Each: { Type: "Map", ItemProcessor: processor, End: true } } };
  const { executionArn } = states.startExecution({ stateMachineArn: `${create(states, each)}#Case`, input: "[1,2,3]" });
  expect((await end(states, executionArn)).output).toEqual(["mocked", "mocked", "mocked"]);
  states.close();
  const lines = readFileSync(join(data, "executions.jsonl"), "utf8").trim().split("\n");
  const withMocks = lines.filter((line) => line.includes('"of Work"'));
  // One line at its start and one at its end; of the three children there are as many each.
  expect(lines).toHaveLength(8);
  expect(withMocks).toHaveLength(2);
  expect(withMocks.at(-1)).toContain('"made":3');
});

describe("refused", () => {
  it("a test case that there is not, with those there are", () => {
    const file = fileOf(mocksOf({ Charge: PAID }));
    const states = service(file);
    const arn = create(states);
    expect(() => states.startExecution({ stateMachineArn: `${arn}#Cas` })).toThrow(
      `The test case 'Cas' of 'order' is not in the mock file ${file}: it has Case`,
    );
    expect(() => states.startExecution({ stateMachineArn: `${arn}#__proto__` })).toThrow(/is not in the mock file/);
    const other = states.createStateMachine({
      name: "other",
      definition: JSON.stringify({ StartAt: "S", States: { S: { Type: "Succeed" } } }),
      roleArn,
    });
    expect(() => states.startExecution({ stateMachineArn: `${other.stateMachineArn}#Case` })).toThrow(
      /it has none of this state machine/,
    );
    expect(() =>
      states.startExecution({ stateMachineArn: "arn:aws:states:us-east-1:000000000000:stateMachine:no#Case" }),
    ).toThrow(expect.objectContaining({ name: "StateMachineDoesNotExist" }));
  });

  it("a test case without any mocks, as on AWS, where # is a part of the name", () => {
    const states = service(undefined);
    const definition = task({ Resource: "arn:aws:states:::lambda:invoke", Parameters: { FunctionName: "charge" } });
    const stateMachineArn = `${create(states, definition)}#Case`;
    expect(() => states.startExecution({ stateMachineArn })).toThrow(
      expect.objectContaining({
        name: "StateMachineDoesNotExist",
        message: expect.stringContaining("give one with --mock FILE, SFN_MOCK_CONFIG or the option mocks"),
      }),
    );
  });

  it.each([
    ["Chrage", "which is no state of it: its Task states can be mocked, which are Charge, Tell"],
    ["Rest", "which is a Wait state: its Task states can be mocked, which are Charge, Tell"],
  ])("a test case that mocks %s", (state, message) => {
    const states = service(mocksOf({ [state]: PAID }));
    const arn = create(states, {
      StartAt: "Rest",
      States: { Rest: { Type: "Wait", Seconds: 1, Next: "Charge" }, ...statesOf(ORDER) },
    });
    expect(() => states.startExecution({ stateMachineArn: `${arn}#Case` })).toThrow(
      expect.objectContaining({ name: "ValidationException", message: expect.stringContaining(message) }),
    );
  });

  it("a file that is not there, or no JSON, with its place", () => {
    const missing = join(folder(), "none.json");
    expect(() => service(missing)).toThrow(`the mock file ${missing} cannot be read: ENOENT`);
    const broken = fileOf('{\n  "StateMachines": {,}\n}');
    expect(() => service(broken)).toThrow(/is no JSON: .*[^]*line: 2, column: 2\d/);
  });

  const bad = { "0": { Return: 1 } };
  it.each<[fault: string, content: Json]>([
    ["it is [], and must be an object with StateMachines", []],
    ["StateMachines is missing, and must be an object", { MockedResponses: {} }],
    ["StateMachines.a is 1, and must be an object with TestCases", { StateMachines: { a: 1 } }],
    ["StateMachines.a.TestCases is missing, and must be an object", { StateMachines: { a: {} } }],
    [
      "StateMachines.a.TestCase is not known: only TestCases can be here",
      { StateMachines: { a: { TestCases: {}, TestCase: {} } } },
    ],
    [
      'StateMachines["a b"].TestCases.C is [], and must be an object',
      { StateMachines: { "a b": { TestCases: { C: [] } } } },
    ],
    [
      'StateMachines.a.TestCases.C["My State"] is {}, and must be a name of MockedResponses',
      { StateMachines: { a: { TestCases: { C: { "My State": {} } } } } },
    ],
    [
      'StateMachines.a.TestCases.C.S is "gone", which MockedResponses does not have',
      { StateMachines: { a: { TestCases: { C: { S: "gone" } } } }, MockedResponses: { there: bad } },
    ],
    ["MockedResponses is null, and must be an object", { StateMachines: {}, MockedResponses: null }],
    ["MockedResponses.r is 7, and must be an object", { StateMachines: {}, MockedResponses: { r: 7 } }],
    ...["-1", "a", "1-", "0,1", "0 - 1", "2-1", ""].map((key): [string, Json] => [
      `MockedResponses.r${/^[a-z]/.test(key) ? `.${key}` : `["${key}"]`} is no number of an invocation`,
      { StateMachines: {}, MockedResponses: { r: { [key]: { Return: 1 } } } },
    ]),
    [
      'MockedResponses.r["0-2"] is for invocations that "1" is for too',
      { StateMachines: {}, MockedResponses: { r: { "0-2": { Return: 1 }, "1": { Return: 1 } } } },
    ],
    ...[1, [], {}, { Returns: 1 }, { Return: 1, Throw: { Error: "E", Cause: "" } }].map((response): [string, Json] => [
      'MockedResponses.r["0"] must be an object with either Return or Throw',
      { StateMachines: {}, MockedResponses: { r: { "0": response } } },
    ]),
    [
      'MockedResponses.r["0"].Delay is not known: only Return and Throw can be here',
      { StateMachines: {}, MockedResponses: { r: { "0": { Return: 1, Delay: 1 } } } },
    ],
    ...[
      ['"x", and must be an object with Error and Cause', "", "x"] as const,
      ["missing, and must be a text", ".Cause", { Error: "E" }] as const,
      ["404, and must be a text", ".Error", { Error: 404, Cause: "" }] as const,
    ].map(([fault, at, Throw]): [string, Json] => [
      `MockedResponses.r["0"].Throw${at} is ${fault}`,
      { StateMachines: {}, MockedResponses: { r: { "0": { Throw } } } },
    ]),
  ])("a file in which %s, by editors too", (fault, content) => {
    const file = fileOf(content);
    expect(() => service(file)).toThrow(`the mock file ${file} cannot be used: `);
    expect(() => service(file)).toThrow(fault);
    // JSON Schema cannot compare a range's ends, ranges with each other, or names with keys elsewhere.
    const isBeyondSchemas = /invocations that|does not have$|\["2-1"\]/.test(fault);
    expect(inEditors(content)).toBe(isBeyondSchemas);
  });

  it("a Task that nothing answers for, if no test case is of its state machine; otherwise it fails when it is reached unmocked", async () => {
    const elsewhere: MockConfiguration = { StateMachines: { another: { TestCases: { Case: {} } } } };
    expect(() => create(service(elsewhere))).toThrow(
      /NOT_EMULATED: .* or mock the state by --mock at \/States\/Tell\/Resource/,
    );
    const states = service(mocksOf({ Charge: PAID }));
    const stateMachineArn = create(states);
    const mocked = await end(
      states,
      states.startExecution({ stateMachineArn: `${stateMachineArn}#Case` }).executionArn,
    );
    expect(mocked).toMatchObject({ status: "FAILED", error: "States.Runtime" });
    expect(mocked.cause).toContain(
      "No handler is registered for arn:aws:states:::sqs:sendMessage, and the test case Case does not mock this state: mock it, name an endpoint (--endpoint-url) or give",
    );
    for (const unmocked of [stateMachineArn, `${stateMachineArn}#`]) {
      const { cause } = await end(states, states.startExecution({ stateMachineArn: unmocked }).executionArn);
      expect(cause).toContain(
        "No handler is registered for arn:aws:states:::sqs:sendMessage, and no test case mocks this state: mock it,",
      );
    }
  });
});

it("the file is read again when a test case is started, and one that is no mock file any more is told then", async () => {
  const file = fileOf(mocksOf({ Work: { "0": returned("before") } }));
  const states = service(file);
  const stateMachineArn = `${create(states, task())}#Case`;
  async function outputOfNext(): Promise<Json | undefined> {
    return (await end(states, states.startExecution({ stateMachineArn }).executionArn)).output;
  }
  expect(await outputOfNext()).toBe("before");
  writeFileSync(file, JSON.stringify(mocksOf({ Work: { "0": returned("after!") } })));
  expect(await outputOfNext()).toBe("after!");
  writeFileSync(file, '{"StateMachines": 1}');
  expect(() => states.startExecution({ stateMachineArn })).toThrow(
    expect.objectContaining({
      name: "ValidationException",
      message: `the mock file ${file} cannot be used: StateMachines is 1, and must be an object`,
    }),
  );
});

it("what the emulator's page shows is taken", () => {
  const blocks = readFileSync("docs/emulator.md", "utf8").matchAll(/```json\n([^]*?)```/g);
  const shown = [...blocks].map(([, text = ""]): Json => JSON.parse(text)).filter((one) => hasStateMachines(one));
  expect(shown).toHaveLength(1);
  for (const one of shown) {
    expect(service(fileOf(one)).listStateMachines()).toEqual({ stateMachines: [] });
    expect(inEditors(one)).toBe(true);
  }
});

it("AWS's own form of the file, with what other programs keep in it, is taken by editors too", () => {
  const file: Json = {
    $schema: "./node_modules/lambent/schemas/mocks.json",
    Assert: [{ HappyPath: [] }],
    StateMachines: { order: { TestCases: { Case: { Charge: "Retried" }, Nothing: {} } } },
    MockedResponses: {
      Retried: { "0": { Throw: { Error: "E", Cause: "C" } }, "1-2": { Return: null }, "07": { Return: [] } },
      NeverReached: {},
    },
  };
  expect(service(fileOf(`\uFEFF${JSON.stringify(file)}`)).listStateMachines()).toEqual({ stateMachines: [] });
  expect(inEditors(file)).toBe(true);
});

const PARAMETERS: Definition = {
  QueueUrl: "u",
  MessageBody: { "token.$": "$$.Execution.Id" },
  JobName: "j",
  JobDefinition: "d",
  JobQueue: "q",
  StateMachineArn: "m",
  Bucket: "b",
  Key: "k",
};

/** A machine of one Task, which nothing here answers for. */
function task(more: Definition = {}, name = "Work"): Definition {
  const Resource = "arn:aws:states:::aws-sdk:glue:getTables";
  return { StartAt: name, States: { [name]: { Type: "Task", Resource, Parameters: {}, End: true, ...more } } };
}

function hasStateMachines(value: Json): boolean {
  return typeof value === "object" && value !== null && "StateMachines" in value;
}

function statesOf({ States }: Definition): Definition {
  return States as Definition; // of a definition that is written here
}
