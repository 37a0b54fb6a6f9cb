import { alike, type ActorFacts } from "../check/function-facts.ts";
import { runCounts } from "../check/run-counts.ts";
import type { Definition } from "../compile/compile.ts";
import type { States } from "../compile/history-events.ts";
import { coolingDefinition } from "../compile/cooling.ts";
import { costLine, type CostLine, gigabytes } from "./cost-lines.ts";
import type { Prices } from "./prices.ts";

/** Provisioned concurrency is billed in steps of five minutes. */
const PROVISIONED_STEP_SECONDS = 300;

/** States that the cooling of one function enters at most, with one lease to look at. */
const COOLING_TRANSITIONS = runCounts(asStates(coolingDefinition({ groupName: "", roleArn: "" })), {
  iterations: () => 1,
  ms: () => 0,
}).transitions;

function asStates(definition: Definition): States {
  return definition as unknown as States; // a State's fields are JSON
}

/**
 * Replicas that come up for a run and stay for a while after it, and what takes them back: a schedule, which starts a
 * state machine when they may be idle, and again each time that they are not.
 */
export function replicaLines(actor: ActorFacts, runMs: number, prices: Prices): CostLine[] {
  const [{ ttlSeconds }] = actor.functions;
  if (ttlSeconds === undefined || actor.replicas === 0) return [];
  const seconds = Math.ceil((runMs / 1000 + ttlSeconds) / PROVISIONED_STEP_SECONDS) * PROVISIONED_STEP_SECONDS;
  const replicas = alike(actor).map(({ fn }) => {
    const note = `${seconds / 60} minutes of ${fn.replicas} replicas; runs that follow each other within ${ttlSeconds} s share them`;
    const price = prices[fn.architecture].replica;
    const quantity = fn.replicas * gigabytes(fn) * seconds;
    return costLine({ what: "replicas", of: fn.key, quantity, unit: "GB-seconds", price, note });
  });
  const starts = actor.functions.length * (1 + Math.floor(runMs / 1000 / ttlSeconds));
  const note = "what takes them back: at most so many";
  return [
    ...replicas,
    costLine({ what: "schedule", of: actor.key, quantity: starts, unit: "starts", price: prices.schedule }),
    costLine({
      what: "state transitions",
      of: actor.key,
      quantity: starts * COOLING_TRANSITIONS,
      unit: "transitions",
      price: prices.transition,
      note,
    }),
  ];
}
