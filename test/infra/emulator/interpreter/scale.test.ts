import { expect, it } from "vitest";
import { StepFunctions } from "../../../../infra/emulator/index.ts";
import { jsonpath, localFunctions, only, run } from "../../../support/emulator.ts";

it("a long chain of states lets others in", async () => {
  const states = new StepFunctions({ functions: localFunctions(), limits: { historyEvents: 200_000 } });
  const loop = jsonpath({
    Count: { Type: "Pass", Parameters: { "n.$": "States.MathAdd($.n, -1)" }, Next: "More" },
    More: { Type: "Choice", Choices: [{ Variable: "$.n", NumericGreaterThan: 0, Next: "Count" }], Default: "End" },
    End: { Type: "Succeed" },
  });
  function create(name: string, definition: object): string {
    return states.createStateMachine({ name, definition: JSON.stringify(definition), roleArn: "r" }).stateMachineArn;
  }
  const long = states.startExecution({ stateMachineArn: create("long", loop), input: '{"n":40000}' }).executionArn;
  const short = states.startExecution({ stateMachineArn: create("short", only({ Type: "Pass" })) }).executionArn;
  await states.executionEnd(short);
  expect(states.describeExecution({ executionArn: long }).status).toBe("RUNNING");
  expect((await states.executionEnd(long)).status).toBe("SUCCEEDED");
});

it("an inline Map runs at most 40 iterations at once, and keeps their order", async () => {
  let running = 0;
  let most = 0;
  const task = { Type: "Task", Resource: "arn:aws:lambda:us-east-1:000000000000:function:f", End: true };
  const outcome = await run(
    only({ Type: "Map", Items: "{% [1..500] %}", ItemProcessor: { StartAt: "T", States: { T: task } } }),
    {},
    {
      async f(payload) {
        most = Math.max(most, ++running);
        await new Promise((done) => setImmediate(done));
        running--;
        return payload;
      },
    },
  );
  expect(most).toBe(40);
  expect(outcome.output).toEqual(Array.from({ length: 500 }, (_, index) => index + 1));
});

it("an endless recursion in an expression fails its state, and nothing else", { timeout: 60_000 }, async () => {
  const outcome = await run(only({ Type: "Pass", Output: "{% ($f := function($n) { $f($n + 1) }; $f(0)) %}" }));
  expect(outcome).toMatchObject({ status: "FAILED", error: "States.QueryEvaluationError" });
});
