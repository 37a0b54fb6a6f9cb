import { describe, expect, it } from "vitest";
import { StepFunctions } from "../../../../infra/emulator/index.ts";
import { type Definition, jsonata, localFunctions, only, run } from "../../../support/emulator.ts";

function invoke(payload: string) {
  return {
    Type: "Task",
    Resource: "arn:aws:states:::lambda:invoke",
    Arguments: { FunctionName: "work", Payload: payload },
  };
}

describe("a JSONata state machine", () => {
  it("passes on its input, or what Output says", async () => {
    expect(await run(only({ Type: "Pass" }), { a: 1 })).toMatchObject({ status: "SUCCEEDED", output: { a: 1 } });
    expect(
      await run(only({ Type: "Pass", Output: { sum: "{% $states.input.a + 1 %}", text: "a" } }), { a: 1 }),
    ).toMatchObject({
      output: { sum: 2, text: "a" },
    });
  });

  it("records a Lambda task's five events and gives the result to Output", async () => {
    const task = { ...invoke("{% $states.input %}"), Output: "{% $states.result.Payload %}" };
    const outcome = await run(only(task), { n: 3 }, { work: (payload) => ({ got: payload }) });
    expect(outcome.output).toEqual({ got: { n: 3 } });
    expect(outcome.events).toEqual([
      "ExecutionStarted",
      "TaskStateEntered:State",
      "TaskScheduled",
      "TaskStarted",
      "TaskSucceeded",
      "TaskStateExited",
      "ExecutionSucceeded",
    ]);
  });

  it("calls a function by its ARN with the Arguments as the payload", async () => {
    const outcome = await run(
      only({
        Type: "Task",
        Resource: "arn:aws:lambda:us-east-1:000000000000:function:work",
        Arguments: { x: "{% $states.input %}" },
      }),
      5,
      { work: (payload) => payload },
    );
    expect(outcome).toMatchObject({ output: { x: 5 } });
    expect(outcome.events).toContain("LambdaFunctionScheduled");
  });

  it("passes on a task's null, not its input", async () => {
    const task = { Type: "Task", Resource: "arn:aws:lambda:us-east-1:000000000000:function:f" };
    expect(await run(only(task), { a: 1 }, { f: () => null })).toMatchObject({ status: "SUCCEEDED", output: null });
  });

  it("assigns variables for later states, all from the values before", async () => {
    const outcome = await run(
      jsonata({
        First: { Type: "Pass", Assign: { x: 1, y: "{% $states.input.y %}" }, Next: "Swap" },
        Swap: { Type: "Pass", Assign: { x: "{% $y %}", y: "{% $x %}" }, Next: "Last" },
        Last: { Type: "Pass", Output: "{% [$x, $y] %}", End: true },
      }),
      { y: 2 },
    );
    expect(outcome.output).toEqual([2, 1]);
  });

  it("chooses by Condition, with the rule's own Assign and Output", async () => {
    const machine = jsonata({
      Choose: {
        Type: "Choice",
        Choices: [
          {
            Condition: "{% $states.input.n > 10 %}",
            Assign: { size: "big" },
            Output: "{% $states.input.n %}",
            Next: "Big",
          },
        ],
        Default: "Small",
      },
      Big: { Type: "Pass", Output: "{% [$size, $states.input] %}", End: true },
      Small: { Type: "Succeed" },
    });
    expect(await run(machine, { n: 11 })).toMatchObject({ output: ["big", 11] });
    expect(await run(machine, { n: 10 })).toMatchObject({ output: { n: 10 } });
  });

  it("leaves a Choice by the Default with the state's own Assign and Output", async () => {
    const machine = jsonata({
      Choose: {
        Type: "Choice",
        Choices: [{ Condition: "{% $states.input = 1 %}", Next: "End" }],
        Default: "End",
        Assign: { way: "default" },
        Output: "else",
      },
      End: { Type: "Pass", Output: "{% [$states.input, $exists($way)] %}", End: true },
    });
    expect(await run(machine, 1)).toMatchObject({ output: [1, false] });
    expect(await run(machine, 2)).toMatchObject({ output: ["else", true] });
  });

  it("fails with Error and Cause", async () => {
    expect(await run(only({ Type: "Fail", Error: "{% 'No' & 'Way' %}", Cause: "because" }))).toMatchObject({
      status: "FAILED",
      error: "NoWay",
      cause: "because",
    });
  });

  it("names the expression, the field and the state of a failed evaluation", async () => {
    const outcome = await run(only({ Type: "Pass", Output: { a: { b: "{% $states.input.missing %}" } } }));
    expect(outcome).toMatchObject({
      error: "States.QueryEvaluationError",
      cause:
        "An error occurred while executing the state 'State' (entered at the event id #2). The JSONata expression " +
        "'$states.input.missing' specified for the field 'Output/a/b' returned nothing (undefined).",
    });
    expect(outcome.events.slice(-2)).toEqual(["EvaluationFailed", "ExecutionFailed"]);
  });
});

describe("Parallel", () => {
  it("gives the branches' outputs in their order; a branch's variables stay in it", async () => {
    const one = {
      StartAt: "One",
      States: { One: { Type: "Pass", Assign: { y: 9 }, Output: "{% $x + 1 %}", End: true } },
    };
    const two = { StartAt: "Two", States: { Two: { Type: "Pass", Output: "{% $x + 2 %}", End: true } } };
    const outcome = await run(
      jsonata({
        Start: { Type: "Pass", Assign: { x: 10 }, Next: "Both" },
        Both: { Type: "Parallel", Branches: [one, two], Next: "After" },
        After: { Type: "Pass", Output: "{% [$states.input, $x, $exists($y)] %}", End: true },
      }),
    );
    expect(outcome.output).toEqual([11, 12, 10, false]);
  });

  it("stops the other branches when one fails", async () => {
    const outcome = await run(
      only({
        Type: "Parallel",
        Branches: [
          { StartAt: "Long", States: { Long: { Type: "Wait", Seconds: 3600, End: true } } },
          { StartAt: "Bad", States: { Bad: { Type: "Fail", Error: "Bad" } } },
        ],
      }),
    );
    expect(outcome).toMatchObject({ status: "FAILED", error: "Bad" });
    expect(outcome.events.slice(-3)).toEqual(["WaitStateAborted", "ParallelStateFailed", "ExecutionFailed"]);
  });
});

describe("an inline Map", () => {
  const items = { Type: "Map", Items: "{% $states.input %}" };

  it("gives the outputs in the order of the items, whatever ends first", async () => {
    const outcome = await run(
      only({
        ...items,
        ItemProcessor: {
          StartAt: "One",
          States: { One: { ...invoke("{% $states.input %}"), Output: "{% $states.result.Payload %}", End: true } },
        },
      }),
      [30, 10, 20],
      { work: async (payload) => (await new Promise((done) => setTimeout(done, Number(payload))), payload) },
    );
    expect(outcome.output).toEqual([30, 10, 20]);
  });

  it("honours MaxConcurrency", async () => {
    let running = 0;
    let most = 0;
    await run(
      only({
        ...items,
        MaxConcurrency: 3,
        ItemProcessor: { StartAt: "One", States: { One: { ...invoke("{% $states.input %}"), End: true } } },
      }),
      Array.from({ length: 20 }, (_, index) => index),
      {
        async work() {
          most = Math.max(most, ++running);
          await new Promise((done) => setImmediate(done));
          running--;
          return null;
        },
      },
    );
    expect(most).toBe(3);
  });

  it("gives ItemSelector the item and its index", async () => {
    const outcome = await run(
      only({
        ...items,
        ItemSelector: { at: "{% $states.context.Map.Item.Index %}", value: "{% $states.context.Map.Item.Value %}" },
        ItemProcessor: { StartAt: "One", States: { One: { Type: "Pass", End: true } } },
      }),
      ["a", "b"],
    );
    expect(outcome.output).toEqual([
      { at: 0, value: "a" },
      { at: 1, value: "b" },
    ]);
  });

  it.each([true, 1, "text", { foo: "bar" }, null])("refuses an input that is no list: %j", async (input) => {
    const processor = { StartAt: "P", States: { P: { Type: "Pass", End: true } } };
    expect(await run(only({ Type: "Map", ItemProcessor: processor }), input)).toMatchObject({
      error: "States.QueryEvaluationError",
      cause: `An error occurred while executing the state 'State' (entered at the event id #2). Map state input must be an array but was: ${JSON.stringify(input)}`,
    });
  });

  it("aborts the running iterations when one fails", async () => {
    const outcome = await run(
      only({
        ...items,
        ItemProcessor: {
          StartAt: "Which",
          States: {
            Which: {
              Type: "Choice",
              Choices: [{ Condition: "{% $states.input = 1 %}", Next: "Bad" }],
              Default: "Long",
            },
            Bad: { Type: "Fail", Error: "Bad" },
            Long: { Type: "Wait", Seconds: 60, End: true },
          },
        },
      }),
      [0, 1],
    );
    expect(outcome.error).toBe("Bad");
    expect(outcome.events.slice(-5)).toEqual([
      "MapIterationFailed",
      "WaitStateAborted",
      "MapIterationAborted",
      "MapStateFailed",
      "ExecutionFailed",
    ]);
  });
});

describe("Retry and Catch", () => {
  class Flaky extends Error {
    override readonly name = "Flaky";
  }

  it("retries as often as MaxAttempts says, then catches", async () => {
    let calls = 0;
    const outcome = await run(
      jsonata({
        Work: {
          ...invoke("{% $states.context.State.RetryCount %}"),
          Retry: [{ ErrorEquals: ["Flaky"], MaxAttempts: 2, IntervalSeconds: 100 }],
          Catch: [
            {
              ErrorEquals: ["States.ALL"],
              Assign: { error: "{% $states.errorOutput.Error %}" },
              Output: "caught",
              Next: "After",
            },
          ],
          Next: "Never",
        },
        Never: { Type: "Fail" },
        After: { Type: "Pass", Output: "{% [$states.input, $error] %}", End: true },
      }),
      {},
      {
        work() {
          calls++;
          throw new Flaky("not yet");
        },
      },
    );
    expect(calls).toBe(3);
    expect(outcome.output).toEqual(["caught", "Flaky"]);
  });

  it("does not match another error's name", async () => {
    const outcome = await run(
      only({ ...invoke("{}"), Retry: [{ ErrorEquals: ["Other"] }] }),
      {},
      { work: () => Promise.reject(new Flaky("no")) },
    );
    expect(outcome).toMatchObject({
      status: "FAILED",
      error: "Flaky",
      cause: '{"errorType":"Flaky","errorMessage":"no"}',
    });
  });

  it("ends a Task at TimeoutSeconds with States.Timeout", async () => {
    const outcome = await run(only({ ...invoke("{}"), TimeoutSeconds: 1 }), {}, { work: () => new Promise(() => {}) });
    expect(outcome).toMatchObject({ status: "FAILED", error: "States.Timeout" });
    expect(outcome.events).toContain("TaskTimedOut");
  });

  it("names an unknown function as AWS does", async () => {
    expect(await run(only(invoke("{}")))).toMatchObject({ error: "Lambda.ResourceNotFoundException" });
  });
});

describe("a JSONata field that counts", () => {
  it.each([-1, 1.5, "1"])("refuses %j", async (seconds) => {
    const outcome = await run(only({ Type: "Wait", Seconds: "{% $states.input %}" }), seconds);
    expect(outcome).toMatchObject({
      error: "States.QueryEvaluationError",
      cause: expect.stringContaining("the field 'Seconds'"),
    });
  });

  const task = { Type: "Task", Resource: "arn:aws:lambda:us-east-1:000000000000:function:f" };
  const map = {
    Type: "Map",
    Items: [1, 2],
    ItemProcessor: {
      ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" },
      StartAt: "P",
      States: { P: { Type: "Pass", End: true } },
    },
  };
  const given = "{% $states.input %}";

  it.each<[string, Definition, number]>([
    ["a timeout", { ...task, TimeoutSeconds: given }, 0],
    ["a timeout", { ...task, TimeoutSeconds: given }, 100_000_000],
    ["a heartbeat", { ...task, HeartbeatSeconds: given }, 0],
    ["a wait", { Type: "Wait", Seconds: given }, 100_000_000],
    ["a batch", { ...map, ItemBatcher: { MaxItemsPerBatch: given } }, 0],
    ["a batch", { ...map, ItemBatcher: { MaxInputBytesPerBatch: given } }, 0],
  ])("refuses what would be refused of %s if it stood in the definition: %j with %j", async (_, state, value) => {
    expect(await run(only(state), value, { f: () => 1 })).toMatchObject({ error: "States.QueryEvaluationError" });
  });
});

describe("what Step Functions adds to JSONata, and takes away", () => {
  it.each<[string, unknown]>([
    ["$partition([1, 2, 3], 2)", [[1, 2], [3]]],
    ["$range(0, 6, 2)", [0, 2, 4, 6]],
    ["$range(5, 1, -1.5)", [5, 4, 3, 2, 1]],
    ["$range(-1.7, 2, 1)", [-1, 0, 1, 2]],
    ["$count($range(1, 200000, 1))", 200_000],
    ["1/0", "Infinity"],
    ["{'k': [0/0]}", { k: ["NaN"] }],
    ["$hash('input', 'SHA-1')", "140f86aae51ab9e1cda9b4254fe98a74eb54c1a1"],
    ["$random(42)", 0.7275636800328681],
    ["$parse('{\"a\": 1}').a", 1],
    ["$length($uuid())", 36],
    ["$sort($shuffle([3, 1, 2]))", [1, 2, 3]],
    ["$match('ab1ab2', /(a(b))+([0-9])/).groups[2]", ["1", "2"]],
    ["$replace($pad('', 2000, 'ab'), /b+/, '')", "a".repeat(1000)],
    ["$exists($states.result)", false],
  ])("%s is %j", async (expression, expected) => {
    const outcome = await run(
      only({
        Type: "Task",
        Resource: "arn:aws:lambda:us-east-1:000000000000:function:f",
        Arguments: { v: `{% ${expression.replace("result", "input.none")} %}` },
      }),
      {},
      { f: (payload) => payload },
    );
    expect(outcome.output).toEqual({ v: expected });
  });

  it.each([
    ["$eval('1')", "threw an error during evaluation. T1006: "],
    ["$hash('x', 'CRC')", "threw an error during evaluation: $hash: unknown algorithm CRC"],
    ["1 + 'a'", "threw an error during evaluation. T2002: "],
    [
      "$range(1, 360146, 1)",
      "threw an error during evaluation: Expression evaluation memory limit exceeded: Check for",
    ],
    ["$range(5, 1, 1)", "returned nothing (undefined)"],
    ["$range(1, 5, 0)", "returned nothing (undefined)"],
    ["$range(1, 5)", "returned nothing (undefined)"],
    ["$range(1)", "$range: first, last and step must be numbers"],
    ["$string(1/0)", "threw an error during evaluation. D3001: "],
    ["($f := function($x) { 1 + $f($x) }; $f(1))", "threw an error during evaluation: Stack overflow error: Check for"],
    [Array(200).fill(1).join("+"), "threw an error during evaluation: Stack overflow error: Check for"],
    ["$sum([1..900000])", "threw an error during evaluation: Expression evaluation memory limit exceeded: Check for"],
  ])("%s fails", async (expression, cause) => {
    const outcome = await run(only({ Type: "Pass", Output: `{% ${expression} %}` }));
    expect(outcome).toMatchObject({ error: "States.QueryEvaluationError", cause: expect.stringContaining(cause) });
  });
});

it("a condition that is no number of JSON's is no condition", async () => {
  function choice(Condition: string): Definition {
    return jsonata({
      C: { Type: "Choice", Choices: [{ Condition, Next: "Yes" }], Default: "No" },
      Yes: { Type: "Pass", Output: "yes", End: true },
      No: { Type: "Pass", Output: "no", End: true },
    });
  }
  expect(await run(choice("{% 1/0 > 5 %}"))).toMatchObject({ output: "yes" });
  expect(await run(choice("{% 1/0 %}"))).toMatchObject({ error: "States.QueryEvaluationError" });
});

describe("an evaluation that takes long", () => {
  it("lets other executions go on, and ends when its own is stopped", async () => {
    const states = new StepFunctions({ functions: localFunctions() });
    function start(name: string, expression: string): string {
      const definition = JSON.stringify(only({ Type: "Pass", Output: `{% ${expression} %}` }));
      const { stateMachineArn } = states.createStateMachine({ name, definition, roleArn: "r" });
      return states.startExecution({ stateMachineArn }).executionArn;
    }
    const endless = [
      start("endless", "($f := function($x) { $f($x + 1) }; $f(1))"),
      start("backtracking", `$contains($pad('', 45, 'a'), /${"a?".repeat(45)}${"a".repeat(44)}b/)`),
    ];
    await states.executionEnd(start("short", "$sum([1..10])"));
    for (const executionArn of endless) {
      expect(states.describeExecution({ executionArn }).status).toBe("RUNNING");
      states.stopExecution({ executionArn });
      expect(await states.executionEnd(executionArn)).toMatchObject({ status: "ABORTED" });
    }
  });
});

describe("$states", () => {
  it("has a result only where the state had others work", async () => {
    const keys = { End: true, Output: "{% $keys($states) %}" };
    expect((await run(only({ Type: "Pass", ...keys }))).output).toEqual(["input", "context"]);
    expect((await run(only({ Type: "Wait", Seconds: 0, ...keys }))).output).toEqual(["input", "context"]);
    const branch = { StartAt: "A", States: { A: { Type: "Pass", End: true } } };
    expect((await run(only({ Type: "Parallel", Branches: [branch], ...keys }))).output).toEqual([
      "input",
      "result",
      "context",
    ]);
  });
});

describe("Arguments", () => {
  it("may come to 256 KiB", async () => {
    const branch = { StartAt: "In", States: { In: { Type: "Pass", Output: "done", End: true } } };
    function given(count: number) {
      return run(only({ Type: "Parallel", Arguments: `{% $pad('x', ${count}) %}`, Branches: [branch] }));
    }
    expect(await given(262_142)).toMatchObject({ status: "SUCCEEDED", output: ["done"] });
    expect(await given(262_143)).toMatchObject({
      status: "FAILED",
      error: "States.DataLimitExceeded",
      cause: expect.stringContaining("was given an input with a size exceeding the maximum number of bytes"),
    });
  });
});

describe("variables", () => {
  it("may hold 256 KiB each, and 10 MiB together", async () => {
    function fill(count: number): string {
      return `{% $pad('x', ${count}) %}`;
    }
    function assign(values: Record<string, string>) {
      return only({ Type: "Pass", Assign: values, Output: 1 });
    }
    expect(await run(assign({ a: fill(262_000) }))).toMatchObject({ status: "SUCCEEDED" });
    expect(await run(assign({ a: fill(262_144) }))).toMatchObject({
      status: "FAILED",
      error: "States.DataLimitExceeded",
    });
    const many = Object.fromEntries(Array.from({ length: 41 }, (_, index) => [`v${index}`, fill(262_000)]));
    expect(await run(assign(many))).toMatchObject({
      status: "FAILED",
      cause: expect.stringContaining("The total size of the variables"),
    });
  });
});
