import { expect, it, onTestFinished, vi } from "vitest";
import { StepFunctions } from "../../../../infra/emulator/index.ts";
import { jsonpath, localFunctions } from "../../../support/emulator.ts";

// Alone in its file, for the interpreter goes on by the time that this test makes up.
it("executions that run at once make progress together", async () => {
  // Only looking at this clock moves it on: a turn is as many states long on any machine.
  let now = performance.now();
  const clock = vi.spyOn(performance, "now").mockImplementation(() => ++now);
  onTestFinished(() => clock.mockRestore());
  const names = Array.from({ length: 200 }, (_, index) => `execution${index}`);
  const progress: number[] = [];
  const states: StepFunctions = new StepFunctions({
    functions: localFunctions({
      last() {
        if (progress.length === 0) progress.push(...names.map(lengthOf));
        return null;
      },
    }),
  });
  const passes = Array.from({ length: 400 }, (_, index) => [`S${index}`, { Type: "Pass", Next: `S${index + 1}` }]);
  const task = { Type: "Task", Resource: "arn:aws:lambda:us-east-1:000000000000:function:last", End: true };
  const { stateMachineArn } = states.createStateMachine({
    name: "chain",
    definition: JSON.stringify(jsonpath({ ...Object.fromEntries(passes), S400: task })),
    roleArn: "r",
  });
  function lengthOf(name: string): number {
    const executionArn = `${stateMachineArn.replace(":stateMachine:", ":execution:")}:${name}`;
    return states.getExecutionHistory({ executionArn, reverseOrder: true, maxResults: 1 }).events[0]?.id ?? 0;
  }
  const arns = names.map((name) => states.startExecution({ stateMachineArn, name }).executionArn);
  await Promise.all(arns.map((arn) => states.executionEnd(arn)));
  // When the first of them comes to its last state, after 800 events, the others are at most half of the way behind.
  expect(progress).toHaveLength(names.length);
  expect(Math.min(...progress)).toBeGreaterThan(400);
});
