import { actorsOf, alike, functionNamed, type FunctionFacts } from "../check/function-facts.ts";
import { costLine, type CostLine, totalOf, type Use, useLines } from "./cost-lines.ts";
import type { Measured, MeasuredInvocation } from "./measured.ts";
import type { Prices } from "./prices.ts";
import { replicaLines } from "./replica-lines.ts";

/** What an execution has cost, by its history. */
export interface ExecutionCost {
  readonly lines: readonly CostLine[];
  readonly usd: number;
  /** Milliseconds that each task took for an item, on average. */
  readonly taskMs: Readonly<Record<string, number>>;
  /** What is not in it, for people to read. */
  readonly left: readonly string[];
}

/**
 * @param unread child executions of type EXPRESS, which have no history: they are billed by number, and by times that
 * nothing tells
 */
export function executionCost(
  { transitions, invocations, ms, providedFor }: Measured,
  functions: readonly FunctionFacts[],
  prices: Prices,
  unread = 0,
): ExecutionCost {
  const states = [
    costLine({ what: "state transitions", quantity: transitions, unit: "transitions", price: prices.transition }),
    ...(unread === 0
      ? []
      : [
          costLine({ what: "EXPRESS executions", quantity: unread, unit: "executions", price: prices.express.request }),
        ]),
  ];
  const byFunction = new Map<FunctionFacts, MeasuredInvocation[]>();
  const unknown = new Set<string>();
  for (const invocation of invocations) {
    const fn = functionNamed(invocation.functionName, functions);
    if (fn === undefined) unknown.add(invocation.functionName);
    else byFunction.set(fn, [...(byFunction.get(fn) ?? []), invocation]);
  }
  const actors = actorsOf(functions);
  const used = actors.flatMap(alike).flatMap(({ fn, of }) => {
    const own = of.flatMap((one) => byFunction.get(one) ?? []);
    return own.length === 0 ? [] : useLines(fn, useOf(fn, own), prices);
  });
  const provided = new Set(providedFor.map((name) => functionNamed(name, functions)?.actor));
  const replicas = actors.filter(({ key }) => provided.has(key)).flatMap((actor) => replicaLines(actor, ms, prices));
  const lines = [...states, ...used, ...replicas, ...storeLines(invocations, prices)];
  const silent = invocations.filter(({ isProvisioned }) => isProvisioned === undefined).length;
  return {
    lines,
    usd: totalOf(lines),
    taskMs: taskMs(invocations),
    left: [
      ...(unread === 0
        ? []
        : [
            `${unread} EXPRESS child ${unread === 1 ? "execution has no history: its duration, and what it invokes, are" : "executions have no history: their duration, and what they invoke, are"} left out`,
          ]),
      ...[...unknown].map(
        (name) => `${name} is no function of this service, so that its memory is not known: left out`,
      ),
      ...(silent === 0
        ? []
        : [
            `${silent} ${silent === 1 ? "invocation has" : "invocations have"} no receipt, as those that fail: their time is that between the events`,
          ]),
    ],
  };
}

function useOf({ replicas }: FunctionFacts, invocations: readonly MeasuredInvocation[]): Use {
  let [provisionedMs, onDemandMs] = [0, 0];
  for (const { ms, isProvisioned = replicas > 0 } of invocations) {
    if (isProvisioned) provisionedMs += ms;
    else onDemandMs += ms;
  }
  return { requests: invocations.length, provisionedMs, onDemandMs };
}

/** What receipts tell of the store: outputs that were found there, and files that were downloaded. */
function storeLines(invocations: readonly MeasuredInvocation[], prices: Prices): CostLine[] {
  const receipts = invocations.flatMap((invocation) => invocation.receipts);
  const found = receipts.filter(({ output }) => output === "stored").length;
  const downloads = receipts.reduce((sum, { downloads: { files = 0 } = {} }) => sum + files, 0);
  const quantity = found + downloads;
  if (quantity === 0) return [];
  const note = `${found} outputs from the store, ${downloads} files downloaded; what is stored is not told by receipts`;
  return [costLine({ what: "S3 reads", quantity, unit: "requests", price: prices.s3.get, note })];
}

function taskMs(invocations: readonly MeasuredInvocation[]): Record<string, number> {
  const sums = new Map<string, { ms: number; items: number }>();
  for (const { task, durationMs, items = 1 } of invocations.flatMap(({ receipts }) => receipts)) {
    const sum = sums.get(task) ?? { ms: 0, items: 0 };
    sums.set(task, { ms: sum.ms + durationMs, items: sum.items + items });
  }
  return Object.fromEntries([...sums].map(([task, { ms, items }]) => [task, Math.round((1000 * ms) / items) / 1000]));
}
