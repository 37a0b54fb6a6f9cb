import { expect, onTestFinished, test } from "vitest";
import type { Json } from "../../../sdk/base/json.ts";
import { launcherDefinition, launchInput } from "../../../infra/compile/launcher.ts";
import { StepFunctions } from "../../../infra/emulator/index.ts";
import { localFunctions } from "../../support/emulator.ts";

const plan = { name: "nightly", input: { n: 1 }, expression: "rate(1 day)", maxConcurrent: 2 };
const roleArn = "arn:aws:iam::123456789012:role/r";

/** A workflow whose executions last until they are stopped, and what launches them. */
function service(): { readonly states: StepFunctions; readonly machine: string; launch(at: string): Promise<Json> } {
  const states = new StepFunctions({ functions: localFunctions() });
  onTestFinished(() => states.close());
  const wait = { StartAt: "Wait", States: { Wait: { Type: "Wait", Seconds: 10_000, End: true } } };
  const definition = JSON.stringify(wait);
  const { stateMachineArn: machine } = states.createStateMachine({ name: "shop-dev-sales", definition, roleArn });
  const { stateMachineArn } = states.createStateMachine({
    name: "shop-dev-nightly-launcher",
    definition: JSON.stringify(launcherDefinition(plan, "shop-dev-sales")),
    roleArn,
  });
  async function launch(at: string): Promise<Json> {
    const input = launchInput(plan).replace("<aws.scheduler.scheduled-time>", at);
    const { executionArn } = states.startExecution({ stateMachineArn, input });
    const { status, output = "null", error, cause } = await states.executionEnd(executionArn);
    expect({ status, error, cause }).toEqual({ status: "SUCCEEDED" });
    return JSON.parse(output) as Json;
  }
  return { states, machine, launch };
}

function day(number: number): string {
  return `2026-01-0${number}T03:00:00Z`;
}

test("a launcher starts executions of the plan until as many run as may, and says when it starts none", async () => {
  const { states, machine, launch } = service();
  states.startExecution({ stateMachineArn: machine, name: "by-hand", input: "{}" }); // it is not the schedule's
  expect(await launch(day(1))).toMatchObject({ launched: true });
  expect(await launch(day(2))).toEqual({
    launched: true,
    execution: `${machine.replace(":stateMachine:", ":execution:")}:nightly-2026-01-02T030000Z`,
  });
  const skipped = { launched: false, why: "2 executions run, and maxConcurrent is 2" };
  expect(await launch(day(3))).toEqual(skipped);
  const { executions } = states.listExecutions({ stateMachineArn: machine });
  const last = executions.find(({ name }) => name.startsWith("nightly-"));
  expect(JSON.parse(states.describeExecution({ executionArn: last?.executionArn ?? "" }).input ?? "")).toEqual({
    n: 1,
  });
  states.stopExecution({ executionArn: last?.executionArn ?? "" });
  expect(await launch(day(4))).toMatchObject({ launched: true });
});

test("a schedule that fires twice starts one execution", async () => {
  const { states, machine, launch } = service();
  await launch(day(1));
  await launch(day(1));
  expect(states.listExecutions({ stateMachineArn: machine }).executions).toHaveLength(1);
  const [{ executionArn = "" } = {}] = states.listExecutions({ stateMachineArn: machine }).executions;
  states.stopExecution({ executionArn });
  expect(await launch(day(1))).toEqual({
    launched: false,
    why: "this time's execution has been started before",
  });
});

test("more executions than one answer of AWS has are counted", async () => {
  const { states, machine, launch } = service();
  await launch(day(1));
  for (let number = 0; number < 250; number++) states.startExecution({ stateMachineArn: machine, input: "{}" });
  await launch(day(2));
  expect(await launch(day(3))).toMatchObject({ launched: false });
});
