import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../../sdk/base/json.ts";
import {
  type Integration,
  type IntegrationContext,
  StateError,
  StepFunctions,
} from "../../../../infra/emulator/index.ts";
import { jsonpath, localFunctions, type Outcome, run } from "../../../support/emulator.ts";

/** What AWS refuses a Task without, whichever of these actions it is. */
const REQUIRED = { TableName: "t", Key: {}, Item: {}, TaskDefinition: "d", JobName: "j" };

function task(
  resource: string,
  integrations: Readonly<Record<string, Integration>>,
  more: JsonObject = {},
): Promise<Outcome> {
  const state = { Type: "Task", Resource: `arn:aws:states:::${resource}`, Parameters: REQUIRED, End: true, ...more };
  const caught = more["Catch"] === undefined ? {} : { Caught: { Type: "Pass", End: true } };
  return run(jsonpath({ T: state, ...caught }), {}, {}, { integrations });
}

function throwing(error: unknown): Integration {
  return async () => {
    throw error;
  };
}

class LimitExceeded extends Error {
  override readonly name = "Quota.LimitExceeded";
}

describe("what a handler throws", () => {
  it.each<[string, unknown, string, string]>([
    [
      "a StateError",
      new StateError("DynamoDB.ConditionalCheckFailedException", "no"),
      "DynamoDB.ConditionalCheckFailedException",
      "no",
    ],
    ["an error of a class with a name", new LimitExceeded("9 of 8"), "Quota.LimitExceeded", "9 of 8"],
    ["an error", new TypeError("x is none"), "TypeError", "x is none"],
    ["an object with a name", { name: "Odd", message: "thing" }, "Odd", "thing"],
  ])("%s is the Task's error, which Retry and Catch match", async (_, thrown, error, cause) => {
    const integrations = { "dynamodb:putItem": throwing(thrown) };
    expect(await task("dynamodb:putItem", integrations)).toMatchObject({ error, cause });
    const caught = { Catch: [{ ErrorEquals: [error], Next: "Caught" }] };
    expect(await task("dynamodb:putItem", integrations, caught)).toMatchObject({
      output: { Error: error, Cause: cause },
    });
  });

  it("without a name is told with the handler", async () => {
    expect(await task("sqs:sendMessage", { "sqs:sendMessage": throwing("no") }, PARAMETERS)).toMatchObject({
      error: "States.Runtime",
      cause: expect.stringContaining('The handler integrations["sqs:sendMessage"] threw no.'),
    });
  });

  it("is retried", async () => {
    let calls = 0;
    const integrations = {
      "dynamodb:getItem": async () => {
        if (++calls < 3) throw new LimitExceeded("not yet");
        return { Item: {} };
      },
    };
    const Retry = [{ ErrorEquals: ["Quota.LimitExceeded"] }];
    expect(await task("dynamodb:getItem", integrations, { Retry })).toMatchObject({ output: { Item: {} } });
  });
});

const PARAMETERS = { Parameters: { QueueUrl: "q", MessageBody: "b" } };

describe("which handler is called", () => {
  function naming(name: string): Integration {
    return async (_input, { action }) => `${name} for ${action}`;
  }
  const integrations = {
    "*": naming("any"),
    "dynamodb:*": naming("table"),
    "dynamodb:getItem": naming("get"),
    "ecs:runTask.sync": naming("job"),
  };

  it.each([
    ["dynamodb:getItem", "get for dynamodb:getItem"],
    ["dynamodb:putItem", "table for dynamodb:putItem"],
    ["aws-sdk:dynamodb:getItem", "any for aws-sdk:dynamodb:getItem"],
    ["ecs:runTask.sync", "job for ecs:runTask"],
    ["ecs:runTask", "any for ecs:runTask"],
    ["glue:startJobRun.sync", "any for glue:startJobRun"],
  ])("for %s", async (resource, output) => {
    expect(await task(resource, integrations)).toMatchObject({ output });
  });

  it("of the emulator's own actions, only that of their service or their own", async () => {
    const arn = "arn:aws:states:us-east-1:000000000000:stateMachine:none";
    const start = { Parameters: { StateMachineArn: arn } };
    expect(await task("states:startExecution", { "*": naming("any") }, start)).toMatchObject({
      error: "StepFunctions.StateMachineDoesNotExistException",
    });
    expect(await task("states:startExecution", { "states:*": naming("all") }, start)).toMatchObject({
      output: "all for states:startExecution",
    });
  });

  it.each([
    ["arn:aws:states:::sqs:sendMessage", "is named by what follows arn:aws:states:::"],
    ["sqs", "is named by what follows arn:aws:states:::"],
    ["sqs:send*", '"dynamodb:*" for all of a service'],
    ["sqs:sendMessage.waitForTaskToken", 'the handler of "sqs:sendMessage" is called for it, with a taskToken'],
  ])("none by the name %s", (key, message) => {
    const integrations = { [key]: naming("x") };
    expect(() => new StepFunctions({ functions: localFunctions(), integrations })).toThrow(message);
  });
});

const CIRCLE: Record<string, unknown> = {};
CIRCLE["self"] = CIRCLE;

describe("what a handler returns", () => {
  it.each<[string, unknown, string]>([
    ["nothing", undefined, "undefined, which is no JSON: null is for no result"],
    ["a function", () => 1, "function, which is no JSON"],
    ["a bigint", 1n, "what is no JSON: "],
    ["in a circle", CIRCLE, "what is no JSON: Converting circular structure"],
    ["a number that is none", { n: Number.NaN }, "what cannot be carried on: Numeric value out of range"],
  ])("is refused when it is %s, with the handler's name", async (_, result, fault) => {
    // What JavaScript may return, whatever the type says.
    const handler = (async () => result) as Integration;
    expect(await task("dynamodb:getItem", { "dynamodb:*": handler })).toMatchObject({
      error: "States.Runtime",
      cause: expect.stringContaining(`The handler integrations["dynamodb:*"] returned for dynamodb:getItem ${fault}`),
    });
  });

  it("is what its JSON is", async () => {
    const handler = (async () => ({ at: new Date(0), none: undefined })) as unknown as Integration;
    expect(await task("dynamodb:getItem", { "dynamodb:getItem": handler })).toMatchObject({
      output: { at: "1970-01-01T00:00:00.000Z" },
    });
    expect(await task("dynamodb:getItem", { "dynamodb:getItem": async () => null })).toMatchObject({ output: null });
  });
});

it("a handler of a Task that waits for its token is given that, and need not return anything", async () => {
  const tokens: string[] = [];
  // What it returns is not the Task's result.
  const handler = (async (_input: JsonObject, { taskToken = "" }: IntegrationContext) =>
    void tokens.push(taskToken)) as unknown as Integration;
  const states = new StepFunctions({
    functions: localFunctions(),
    integrations: {
      "sqs:sendMessage": handler,
    },
  });
  const Resource = "arn:aws:states:::sqs:sendMessage.waitForTaskToken";
  const { stateMachineArn } = states.createStateMachine({
    name: "machine",
    definition: JSON.stringify(jsonpath({ T: { Type: "Task", Resource, ...PARAMETERS, End: true } })),
    roleArn: "arn:aws:iam::000000000000:role/test",
  });
  const { executionArn } = states.startExecution({ stateMachineArn, input: "{}" });
  await expect.poll(() => tokens.length).toBe(1);
  states.taskTokens.succeed({ taskToken: tokens[0] ?? "", output: "7" });
  expect(await states.executionEnd(executionArn)).toMatchObject({ output: "7" });
});
