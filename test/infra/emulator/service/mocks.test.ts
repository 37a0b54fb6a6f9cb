import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ajv } from "ajv";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Json } from "../../../../sdk/base/json.ts";
import {
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

const PAID: Responses = { "0": returned({ StatusCode: 200, Payload: { paid: true } }) };
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
      events: [
        "ExecutionStarted",
        ...["TaskStateEntered", "TaskScheduled", "TaskStarted", "TaskSucceeded", "TaskStateExited"],
        ...["TaskStateEntered", "TaskScheduled", "TaskStarted", "TaskSucceeded", "TaskStateExited"],
        "ExecutionSucceeded",
      ],
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
        "3": PAID["0"] ?? ({} as never),
      },
      Tell: SENT,
    });
    expect({ status, output }).toEqual({ status: "SUCCEEDED", output: { MessageId: "m-1" } });
    expect(events.filter((type) => type === "TaskFailed")).toHaveLength(3);
  });

  it("calls what a state names that it does not mock", async () => {
    const { output } = await runCase({ ...ORDER, States: { Charge: { ...only("Charge"), End: true } } }, {});
    expect(output).toEqual({ paid: "in truth" });
  });
});

/** A state of ORDER, without where it leads. */
function only(name: "Charge"): Definition {
  const { [name]: state } = ORDER.States as { readonly [name: string]: Definition }; // as it is written above
  const { Next: _next, ...rest } = state ?? {};
  return rest;
}
