import { describe, expect, it } from "vitest";
import { StepFunctions } from "../../../../infra/emulator/index.ts";
import { type Definition, jsonata, jsonpath, localFunctions, type Outcome, run } from "../../../support/emulator.ts";

const caught = { Type: "Pass", Output: "caught", End: true };
const large = "{% $pad('', 262143, 'x') %}";

function task(more: Definition = {}): Definition {
  return {
    Type: "Task",
    Resource: "arn:aws:states:::lambda:invoke",
    Arguments: { FunctionName: "work" },
    End: true,
    ...more,
  };
}

function catching(name: string): Definition {
  return { Catch: [{ ErrorEquals: [name], Next: "Caught" }] };
}

/** States that give more than a payload may hold, each in a way of its own. */
const TOO_LARGE: Readonly<Record<string, Definition>> = {
  "a Task's output": task({ Output: large }),
  "a Task's arguments": task({ Arguments: { FunctionName: "work", Payload: large } }),
  "a Map's output": {
    Type: "Map",
    Items: "{% [1..30] %}",
    ItemProcessor: jsonpath({ Item: { Type: "Pass", Output: "{% $pad('', 10000, 'x') %}", End: true } }),
    End: true,
  },
  "a Task's variable": task({ Assign: { all: "{% $pad('', 262143, 'x') %}" } }),
  "a branch's output": {
    Type: "Parallel",
    Branches: [jsonpath({ Branch: { Type: "Pass", Output: large, End: true } })],
    End: true,
  },
};

function attempt(state: Definition, more: Definition): Promise<Outcome> {
  return run(jsonata({ State: { ...state, ...more }, Caught: caught }), {}, { work: () => "done" });
}

describe.each(Object.entries(TOO_LARGE))("States.DataLimitExceeded of %s", (_, state) => {
  it.each(["States.ALL", "States.TaskFailed"])("is not caught by %s", async (wildcard) => {
    expect(await attempt(state, catching(wildcard))).toMatchObject({
      status: "FAILED",
      error: "States.DataLimitExceeded",
    });
  });

  it("is not retried by States.ALL", async () => {
    const outcome = await attempt(state, { Retry: [{ ErrorEquals: ["States.ALL"] }], ...catching("States.ALL") });
    const { events } = await attempt(state, catching("States.ALL"));
    expect(outcome.events).toHaveLength(events.length);
  });

  it("is caught by its name", async () => {
    expect(await attempt(state, catching("States.DataLimitExceeded"))).toMatchObject({ output: "caught" });
  });
});

it.each(["States.ALL", "States.TaskFailed", "States.DataLimitExceeded"])(
  "a function's answer that is too large is caught by %s",
  async (name) => {
    const states = jsonata({ State: task(catching(name)), Caught: caught });
    expect(await run(states, {}, { work: () => "x".repeat(262_144) })).toMatchObject({ output: "caught" });
  },
);

it.each(["States.ALL", "States.TaskFailed", "States.Runtime"])("States.Runtime is not caught by %s", async (name) => {
  const state = {
    Type: "Task",
    Resource: "arn:aws:lambda:us-east-1:000000000000:function:work",
    OutputPath: "$.not.there",
    Retry: [{ ErrorEquals: [name] }],
    ...catching(name),
    End: true,
  };
  const outcome = await run(jsonpath({ State: state, Caught: { Type: "Pass", End: true } }), {}, { work: () => ({}) });
  expect(outcome).toMatchObject({ status: "FAILED", error: "States.Runtime" });
  expect(outcome.events.filter((type) => type === "LambdaFunctionStarted")).toHaveLength(1);
});

describe("TestState", () => {
  function test(error: string, named: string): Promise<{ readonly status: string }> {
    return new StepFunctions({ functions: localFunctions() }).testState({
      definition: JSON.stringify({
        ...task({ QueryLanguage: "JSONata", ...catching(named) }),
        Retry: [{ ErrorEquals: [named], MaxAttempts: 0 }],
      }),
      mock: { errorOutput: { error, cause: "" } },
    });
  }

  it.each([
    ["States.DataLimitExceeded", "States.ALL", "FAILED"],
    ["States.DataLimitExceeded", "States.TaskFailed", "FAILED"],
    ["States.DataLimitExceeded", "States.DataLimitExceeded", "CAUGHT_ERROR"],
    ["States.Runtime", "States.ALL", "FAILED"],
    ["States.Runtime", "States.Runtime", "FAILED"],
    ["States.Timeout", "States.TaskFailed", "FAILED"],
    ["States.Timeout", "States.ALL", "CAUGHT_ERROR"],
  ])("of %s with a catcher of %s ends %s", async (error, named, status) => {
    expect(await test(error, named)).toMatchObject({ status });
  });
});
