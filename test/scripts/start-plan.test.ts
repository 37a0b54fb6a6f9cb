import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { expr, launchPlan, required, workflow } from "lambent";
import { describeService } from "../../sdk/authoring/service.ts";
import { compile } from "../../infra/compile/compile.ts";
import { startEmulator, type Emulator } from "../../infra/emulator/index.ts";
import { ServedSchedules } from "../../infra/run/served-schedules.ts";
import { startWorkflow, type StartOptions } from "../../scripts/commands/run-workflow.ts";
import { target } from "../support/definitions.ts";

const greeting = workflow({ who: required<string>(), times: 1 }, ({ who, times }) => expr.format`${who} ${times}`, {
  name: "greeting",
});
const counted = launchPlan(greeting, {
  inputs: { who: "Ada", times: 2 },
  schedule: "rate(1 day)",
  enabled: false,
  maxConcurrent: 1,
});
const byHand = launchPlan(greeting, { inputs: { times: 3 }, fixed: { who: "Zürich" } });

let emulator: Emulator;

beforeAll(async () => {
  const functions = { invoke: () => Promise.reject(new Error("there are none")) };
  emulator = await startEmulator({ functions, port: 0 });
  const description = describeService([{ greeting, counted, byHand }]);
  const [graph] = description.workflows;
  const definition = JSON.stringify(compile(graph ?? greeting.graph, target));
  const { stateMachineArn } = emulator.states.createStateMachine({
    name: "shop-dev-greeting",
    definition,
    roleArn: "r",
  });
  const settings = { service: "shop", stage: "dev", region: "us-east-1", root: "/" };
  const schedules = new ServedSchedules(emulator.states, settings as never, true, console.error);
  schedules.deploy(description, new Map([["greeting", stateMachineArn]]));
});
afterAll(() => emulator.close());

/** What `lambent start` prints on stdout. */
async function start(named: string, options: Partial<StartOptions> = {}): Promise<string> {
  const log = vi.spyOn(console, "log").mockImplementation(() => undefined);
  const error = vi.spyOn(console, "error").mockImplementation(() => undefined);
  try {
    await startWorkflow(named, { input: "{}", aws: false, endpoint: emulator.url, wait: true, ...options });
    return log.mock.calls.join("\n");
  } finally {
    log.mockRestore();
    error.mockRestore();
  }
}

test("a launch plan is started by its name with its inputs, and with others in their place", async () => {
  expect(await start("byHand")).toBe('"Zürich 3"');
  expect(await start("byHand", { input: '{"times": 4}', name: "mine" })).toBe('"Zürich 4"');
  expect(emulator.states.listExecutions({ stateMachineArn: machine("greeting") }).executions[0]?.name).toBe("mine");
  await expect(start("byHand", { input: '{"who": "Bern"}' })).rejects.toThrow(
    "launch plan byHand fixes who: leave it out, or start its workflow",
  );
  await expect(start("byHand", { input: "[1]" })).rejects.toThrow("a launch plan takes an object of inputs");
  await expect(start("byFoot")).rejects.toThrow("there is no workflow byFoot");
});

test("of one with maxConcurrent no more run at once, whoever starts them", async () => {
  expect(await start("counted", { input: '{"who": "Bob"}' })).toBe('"Bob 2"');
  await expect(start("counted", { name: "mine" })).rejects.toThrow(
    "--name: executions of launch plan counted, which has maxConcurrent, are counted by their names: leave it out",
  );
  // One that waits for an answer, under a name of the plan's.
  const waits = { StartAt: "W", States: { W: { Type: "Wait", Seconds: 3600, End: true } } };
  const { definition } = emulator.states.describeStateMachine({ stateMachineArn: machine("greeting") });
  emulator.states.updateStateMachine({ stateMachineArn: machine("greeting"), definition: JSON.stringify(waits) });
  emulator.states.startExecution({ stateMachineArn: machine("greeting"), name: "counted-1" });
  emulator.states.updateStateMachine({ stateMachineArn: machine("greeting"), definition });
  await expect(start("counted")).rejects.toThrow(
    "launch plan counted starts nothing: 1 executions run, and maxConcurrent is 1",
  );
  expect(await start("byHand")).toBe('"Zürich 3"');
});

function machine(workflow: string): string {
  return `arn:aws:states:us-east-1:000000000000:stateMachine:shop-dev-${workflow}`;
}
