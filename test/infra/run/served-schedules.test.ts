import { expect, onTestFinished, test } from "vitest";
import { launchPlan, required, sleep, workflow } from "lambent";
import { describeService } from "../../../sdk/authoring/service.ts";
import { compile } from "../../../infra/compile/compile.ts";
import { StepFunctions } from "../../../infra/emulator/index.ts";
import { ServedSchedules } from "../../../infra/run/served-schedules.ts";
import { target } from "../../support/definitions.ts";

const SETTINGS = { service: "shop", stage: "dev", region: "us-east-1", accountId: "000000000000", root: "/" } as never;

const counting = workflow({ shop: required<string>(), seconds: 0 }, ({ seconds }) => ({ end: sleep(seconds) }), {
  name: "counting",
});

/** An emulator whose clock begins at 2026-01-01, with the schedules of what a module exports. */
function served(
  exports: Readonly<Record<string, unknown>>,
  areOn = true,
): { states: StepFunctions; inputs(): string[]; deploy(exports: Readonly<Record<string, unknown>>): unknown } {
  const states = new StepFunctions({
    functions: { invoke: () => Promise.reject(new Error("there are none")) },
    seed: 1,
  });
  onTestFinished(() => states.close());
  const definition = JSON.stringify(compile(counting.graph, target));
  const { stateMachineArn } = states.createStateMachine({ name: "shop-dev-counting", definition, roleArn: "r" });
  const schedules = new ServedSchedules(states, SETTINGS, areOn, (line) => expect(line).toBe(""));
  const machines = new Map([["counting", stateMachineArn]]);
  function deploy(all: Readonly<Record<string, unknown>>): unknown {
    return schedules.deploy(describeService([{ counting, ...all }]), machines);
  }
  deploy(exports);
  return {
    states,
    deploy,
    inputs: () =>
      states
        .listExecutions({ stateMachineArn })
        .executions.map(({ executionArn }) => states.describeExecution({ executionArn }))
        .map(({ startDate, input }) => `${startDate.toISOString()} ${input}`)
        .toSorted(),
  };
}

/** Has the clock go on to a time. */
async function passUntil(states: StepFunctions, time: string): Promise<void> {
  const definition = JSON.stringify({ StartAt: "W", States: { W: { Type: "Wait", Timestamp: time, End: true } } });
  const { stateMachineArn } = states.createStateMachine({
    name: `until-${time.replaceAll(":", "")}`,
    definition,
    roleArn: "r",
  });
  await states.executionEnd(states.startExecution({ stateMachineArn }).executionArn);
}

test("schedules start executions at their times in their zones, with their inputs", async () => {
  const daily = launchPlan(counting, {
    inputs: { shop: "Berlin" },
    schedule: "cron(0 3 * * ? *)",
    timezone: "Europe/Berlin",
  });
  const { states, inputs } = served({ daily });
  await passUntil(states, "2026-01-03T12:00:00Z");
  expect(inputs()).toEqual(["01", "02", "03"].map((day) => `2026-01-${day}T02:00:00.000Z {"shop":"Berlin"}`));
});

test("a plan with maxConcurrent starts none while as many run, and names each by its time", async () => {
  const slow = launchPlan(counting, {
    inputs: { shop: "a", seconds: 5400 },
    schedule: "rate(1 hour)",
    maxConcurrent: 1,
  });
  const { states, inputs } = served({ slow });
  await passUntil(states, "2026-01-01T04:30:00Z");
  expect(inputs()).toEqual(["01", "03"].map((hour) => expect.stringMatching(`^2026-01-01T${hour}:00:0`)));
  const [machine = ""] = states
    .listStateMachines()
    .stateMachines.flatMap(({ name, stateMachineArn }) => (name.endsWith("-counting") ? [stateMachineArn] : []));
  const names = states.listExecutions({ stateMachineArn: machine }).executions.map(({ name }) => name);
  expect(names.toSorted()).toEqual(["slow-2026-01-01T010000Z", "slow-2026-01-01T030000Z"]);
});

test("what is over, not enabled, turned off or gone starts nothing, and what has not changed goes on", async () => {
  const over = launchPlan(counting, { inputs: { shop: "over" }, schedule: "at(2025-12-31T23:00:00)" });
  const later = launchPlan(counting, { inputs: { shop: "later" }, schedule: "at(2026-01-01T02:00:00)" });
  const off = launchPlan(counting, { inputs: { shop: "off" }, schedule: "rate(1 hour)", enabled: false });
  const hourly = launchPlan(counting, { inputs: { shop: "hourly" }, schedule: "rate(1 hour)" });
  const gone = launchPlan(counting, { inputs: { shop: "gone" }, schedule: "rate(1 hour)" });
  const { states, inputs, deploy } = served({ over, later, off, hourly, gone });
  await passUntil(states, "2026-01-01T00:40:00Z");
  deploy({ over, later, off, hourly });
  await passUntil(states, "2026-01-01T02:30:00Z");
  expect(inputs().map((one) => one.replace(":00.000Z", ""))).toEqual([
    '2026-01-01T01:00 {"shop":"hourly"}',
    '2026-01-01T02:00 {"shop":"hourly"}',
    '2026-01-01T02:00 {"shop":"later"}',
  ]);
  const none = served({ hourly }, false);
  await passUntil(none.states, "2026-01-02T00:00:00Z");
  expect(none.inputs()).toEqual([]);
});
