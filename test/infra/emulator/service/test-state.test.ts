import { describe, expect, it } from "vitest";
import type { Json } from "../../../../sdk/base/json.ts";
import { StepFunctions } from "../../../../infra/emulator/index.ts";
import type { TestStateOutput } from "../../../../infra/emulator/service/test-state.ts";
import type { TestStateInput } from "../../../../infra/emulator/service/test-state-request.ts";
import { type Definition, jsonpath, localFunctions } from "../../../support/emulator.ts";

const functions = localFunctions({ f: () => "real" });

function test(definition: Json, request: Omit<TestStateInput, "definition"> = {}): Promise<TestStateOutput> {
  return new StepFunctions({ functions }).testState({ definition: JSON.stringify(definition), ...request });
}

const pass = { Type: "Pass", End: true };
function integration(resource: string): Definition {
  return {
    Type: "Task",
    Resource: `arn:aws:states:::${resource}`,
    Parameters: { FunctionName: "f", StateMachineArn: "m" },
    End: true,
  };
}
function map(fields: Definition = {}): Definition {
  return {
    Type: "Map",
    ItemProcessor: {
      ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" },
      ...jsonpath({ Inner: pass }),
    },
    End: true,
    ...fields,
  };
}

describe("TestState refuses", () => {
  it.each<[Definition, string]>([
    [{ Type: "Choice" }, "These fields are required: [Choices] at /States/StateName"],
    [
      { Type: "Choice", Choices: [{ Variable: "n", IsNull: true, Next: "A" }] },
      "Value is not a Reference Path: Reference path didn't start with '$' at /States/StateName/Choices[0]/Variable",
    ],
    [{ Type: "Task", End: true }, "These fields are required: [Resource]"],
    [{ Type: "Task", Resource: "bogus", End: true }, "Value is not a valid resource ARN"],
    [{ ...pass, Parameters: { "a.$": "bad(" } }, "The value for the field 'a.$' must be a valid JSONPath"],
    [{ ...pass, QueryLanguage: "JSONata", Output: "{% ( %}" }, "INVALID_JSONATA_EXPRESSION"],
    [{ ...pass, QueryLanguage: "XX" }, "Value should be one of the following: [JSONPath, JSONata]"],
    [{ ...pass, InputPath: "$[" }, "Value is not a valid JSONPath: $["],
    [{ Type: "Wait", End: true }, "This object should have only one of the following fields: [SecondsPath, Seconds"],
    [{ ...integration("lambda:invoke"), Retry: 5 }, "Expected value of type Array at /States/StateName/Retry"],
    [{ Type: "Pass" }, "This object should have only one of the following fields: [Next, End]"],
    [{ Type: "Nope" }, "Value should be one of the following: [Pass, Task"],
  ])("a state that CreateStateMachine would refuse: %j", async (state, message) => {
    await expect(test(state)).rejects.toMatchObject({
      name: "InvalidDefinition",
      message: expect.stringContaining(message),
    });
  });

  it.each([
    "activity:a",
    "lambda:invoke.waitForTaskToken",
    "states:startExecution.sync",
    "states:startExecution.sync:2",
  ])("to run %s without a mock", async (resource) => {
    const state = { ...integration(resource), Resource: `arn:aws:states:us-east-1:000000000000:${resource}` };
    await expect(test(state)).rejects.toMatchObject({
      name: "ValidationException",
      message: expect.stringContaining("can be tested with a mock only: set mock.result or mock.errorOutput"),
    });
    expect(await test(state, { mock: { result: "{}", fieldValidationMode: "NONE" } })).toMatchObject({
      status: "SUCCEEDED",
    });
  });

  it("to run a Map or a Parallel without a mock", async () => {
    await expect(test(map())).rejects.toMatchObject({ name: "InvalidDefinition" });
  });

  const invoke = integration("lambda:invoke");
  it.each<[string, Definition, NonNullable<TestStateInput["mock"]>, string]>([
    ["on a Pass", pass, { result: "1" }, "State type 'Pass' is not supported when a mock is specified"],
    ["with both outcomes", invoke, { result: "{}", errorOutput: { error: "E" } }, "[result, errorOutput]"],
    ["whose error has no name", invoke, { errorOutput: { cause: "c" } }, "set mock.errorOutput.error"],
    ["that is no JSON", invoke, { result: "{" }, "Mocked result must be valid JSON"],
    ["of a Map that is no list", map(), { result: "{}" }, "Mocked result must be an array."],
    [
      "of a written Map that is no object",
      map({ ResultWriter: { Resource: "arn:aws:states:::s3:putObject" } }),
      { result: "[]" },
      "Mocked result must be a JSON object.",
    ],
    [
      "of another type than the service's",
      invoke,
      { result: '{"StatusCode":"200"}' },
      "Field 'StatusCode' must be a number",
    ],
    [
      "without what the service always answers",
      integration("states:startExecution"),
      { result: '{"ExecutionArn":"a"}' },
      "Required field 'StartDate' is missing",
    ],
  ])("a mock %s", async (_, state, mock, message) => {
    await expect(test(state, { mock })).rejects.toMatchObject({
      name: "ValidationException",
      message: expect.stringContaining(message),
    });
  });

  it("a state's name that only objects have", async () => {
    const request = { stateName: "toString" };
    await expect(test(jsonpath({ P: pass }), request)).rejects.toThrow(
      "There is no state 'toString' in the definition",
    );
  });

  it("variables that are larger than variables may be", async () => {
    const variables = JSON.stringify({ large: "x".repeat(300_000) });
    await expect(test(pass, { variables })).rejects.toMatchObject({ name: "ValidationException" });
  });

  it("an errorCausedByState that is not within the state", async () => {
    const mock = { errorOutput: { error: "E" } };
    const request = { mock, input: "[1]", stateConfiguration: { errorCausedByState: "Nowhere" } };
    await expect(test(map(), request)).rejects.toThrow("There is no state 'Nowhere' within the tested state");
  });
});

describe("TestState takes a mock's result", () => {
  it("for fields that the service does not have, and leaves out what only STRICT wants", async () => {
    const start = integration("states:startExecution");
    const mock = { result: '{"ExecutionArn":"a","Later":1}', fieldValidationMode: "PRESENT" } as const;
    expect(await test(start, { mock })).toMatchObject({ status: "SUCCEEDED", output: mock.result });
  });

  it("and mapItemReaderData for the items that failures are a share of", async () => {
    const state = map({
      ItemReader: { Resource: "arn:aws:states:::s3:getObject", Parameters: { Bucket: "b", Key: "k" } },
      ToleratedFailurePercentage: 40,
    });
    function failing(mapIterationFailureCount: number): Promise<TestStateOutput> {
      return test(state, {
        mock: { result: "[]" },
        stateConfiguration: { mapIterationFailureCount, mapItemReaderData: "[1,2,3,4]" },
      });
    }
    expect(await failing(1)).toMatchObject({ status: "SUCCEEDED" });
    expect(await failing(2)).toMatchObject({ error: "States.ExceedToleratedFailureThreshold" });
  });

  it("and an object for a Distributed Map's items, one for each field", async () => {
    const state = map({ ItemsPath: "$.of", ToleratedFailurePercentage: 40 });
    function failing(mapIterationFailureCount: number): Promise<TestStateOutput> {
      return test(state, {
        mock: { result: "[]" },
        input: '{"of":{"a":1,"b":2,"c":3,"d":4}}',
        stateConfiguration: { mapIterationFailureCount },
      });
    }
    expect(await failing(1)).toMatchObject({ status: "SUCCEEDED" });
    expect(await failing(2)).toMatchObject({ error: "States.ExceedToleratedFailureThreshold" });
  });
});

it("TestState gives a Pass no $states.result, which it does not have in an execution either", async () => {
  const state = { ...pass, QueryLanguage: "JSONata", Output: "{% $exists($lookup($states, 'result')) %}" };
  expect(await test(state, { input: "{}" })).toMatchObject({ status: "SUCCEEDED", output: "false" });
});

describe("TestState tells which retrier matched", () => {
  const retried = {
    ...integration("lambda:invoke"),
    Retry: [{ ErrorEquals: ["Other"] }, { ErrorEquals: ["E"], MaxAttempts: 2 }],
  };
  const mock = { errorOutput: { error: "E", cause: "" } };

  it.each<[number, Definition, Json]>([
    [1, {}, { retryIndex: 1, retryBackoffIntervalSeconds: 2 }],
    [2, {}, { retryIndex: 1 }],
    [2, { Catch: [{ ErrorEquals: ["States.ALL"], Next: "N" }] }, { retryIndex: 1, catchIndex: 0 }],
  ])("after %i attempts, though it have none left: %j", async (retrierRetryCount, fields, errorDetails) => {
    const outcome = await test(
      { ...retried, ...fields },
      { mock, stateConfiguration: { retrierRetryCount }, inspectionLevel: "DEBUG" },
    );
    expect(outcome.inspectionData?.errorDetails).toEqual(errorDetails);
  });

  it("and none when none did", async () => {
    const other = { errorOutput: { error: "Another", cause: "" } };
    const outcome = await test(retried, { mock: other, inspectionLevel: "DEBUG" });
    expect(outcome.inspectionData).not.toHaveProperty("errorDetails");
  });
});

it("an error that a catcher's ResultPath cannot be put into fails the state, as in an execution", async () => {
  const Catch = [{ ErrorEquals: ["E"], ResultPath: "$.e", Next: "Later" }];
  const tested = await test(
    { ...integration("lambda:invoke"), Catch },
    { input: "[]", mock: { errorOutput: { error: "E" } } },
  );
  expect(tested).toMatchObject({
    status: "FAILED",
    cause: expect.stringContaining("Unable to apply ReferencePath $.e to input []"),
  });
});
