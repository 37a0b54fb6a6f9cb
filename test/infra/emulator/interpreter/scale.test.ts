import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
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

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

it.each(["STANDARD", "EXPRESS"])(
  "a Distributed Map of %s children takes no more memory the more of them there are, once the histories kept fill their share",
  { timeout: 60_000 },
  async (ExecutionType) => {
    const inUse: { bytes: number; kept: number }[] = [];
    let ended = 0;
    const handlers = {
      // Each child has some 20 kB in its history, and its output is a number.
      f(): string {
        if (++ended % 800 === 0) {
          collectGarbage();
          inUse.push({ bytes: process.memoryUsage().heapUsed, kept: states.kept.bytes });
        }
        return String(ended).padStart(20_000);
      },
    };
    const states = new StepFunctions({ functions: localFunctions(handlers), keepBytes: 3_000_000 });
    const task = { Type: "Task", Resource: "arn:aws:lambda:us-east-1:000000000000:function:f", Output: 1, End: true };
    const definition = only({
      Type: "Map",
      Items: "{% [1..3200] %}",
      MaxConcurrency: 10,
      ItemProcessor: {
        ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType },
        StartAt: "T",
        States: { T: task },
      },
      Output: "{% $count($states.result) %}",
    });
    const { stateMachineArn } = states.createStateMachine({
      name: "many",
      definition: JSON.stringify(definition),
      roleArn: "r",
    });
    const { executionArn } = states.startExecution({ stateMachineArn });
    expect((await states.executionEnd(executionArn)).output).toBe("3200");
    const [first, , , last] = inUse;
    if (first === undefined || last === undefined) throw new Error("the function was called less than 3200 times");
    expect(first.kept).toBeGreaterThan(2_500_000);
    expect(last.kept).toBeLessThan(states.kept.most + 100_000);
    // 2,400 more histories would be some 50 MB; with 1 kB for each child that the Map keeps until its end it were 2.4 MB.
    expect(last.bytes - first.bytes).toBeLessThan(2_000_000);
  },
);
