// node case.mjs IMPLEMENTATION CASE SIZE: one measurement in a process of its own, printed as JSON.
import { setTimeout as sleep } from "node:timers/promises";
import { chain, items, map } from "./definitions.mjs";

const [implementation, name, sizeText] = process.argv.slice(2);
const size = Number(sizeText);

const CASES = {
  map: () => [map("JSONPath", false), items(size)],
  "map+selector": () => [map("JSONPath", true), items(size)],
  "map JSONata": () => [map("JSONata", false), items(size)],
  "map+selector JSONata": () => [map("JSONata", true), items(size)],
  chain: () => [chain(size), {}],
};

const noop = {
  invoke: async () => ({ statusCode: 200, payload: "1", executedVersion: "$LATEST", requestId: "0" }),
};

async function ours(definition, input) {
  const { StepFunctions } = await import("../../../dist/infra/emulator/index.js");
  const limits = { historyEvents: Number.POSITIVE_INFINITY, payloadBytes: Number.POSITIVE_INFINITY };
  const states = new StepFunctions({ functions: noop, limits });
  const { stateMachineArn } = states.createStateMachine({
    name: "m",
    definition: JSON.stringify(definition),
    roleArn: "r",
  });
  const text = JSON.stringify(input);
  return async () => {
    const { executionArn } = states.startExecution({ stateMachineArn, input: text });
    const end = await states.executionEnd(executionArn);
    if (end.status !== "SUCCEEDED") throw new Error(JSON.stringify(end).slice(0, 500));
  };
}

async function theirs(definition, input) {
  const { StateMachine } = await import("aws-local-stepfunctions");
  const machine = new StateMachine(definition, { validationOptions: { noValidate: true } });
  const handlers = { Work: async () => 1 };
  // Its event log is not read, since that takes quadratic time.
  return async () => {
    await machine.run(input, { overrides: { taskResourceLocalHandlers: handlers } }).result;
  };
}

let peak = 0;
const sampling = { on: true };
const sampler = (async () => {
  while (sampling.on) {
    peak = Math.max(peak, process.memoryUsage.rss());
    await sleep(20);
  }
})();

const [definition, input] = CASES[name]();
const run = await { ours, theirs }[implementation](definition, input);

async function timed() {
  const began = performance.now();
  await run();
  return performance.now() - began;
}

// The garbage of making the state machine is not part of the measurement.
globalThis.gc?.();
const cold = await timed();
peak = Math.max(peak, process.memoryUsage.rss());
sampling.on = false;
await sampler;
const warm = size > 20_000 ? cold : Math.min(await timed(), await timed());
console.log(JSON.stringify({ cold, warm, peak }));
