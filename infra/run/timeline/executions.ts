import { isObject } from "../../../sdk/base/json.ts";
import type { Receipt } from "../../../sdk/invocation/receipt.ts";

/**
 * The fields of Step Functions' `HistoryEvent` that a timeline reads. Those of the SDK and of the emulator have them.
 */
export interface TimelineEvent {
  readonly timestamp?: Date | undefined;
  readonly type?: string | undefined;
  readonly id?: number | undefined;
  readonly previousEventId?: number | undefined;
  readonly stateEnteredEventDetails?: { readonly name?: string | undefined } | undefined;
  readonly taskSucceededEventDetails?: { readonly output?: string | undefined } | undefined;
  readonly lambdaFunctionSucceededEventDetails?: { readonly output?: string | undefined } | undefined;
}

/** One bar of a timeline: the receipt of one invocation, or of one item of a batch, and the name of its state. */
export interface Bar {
  readonly state: string;
  readonly receipt: Receipt;
}

/** One lane of a timeline: a replica's invocations in the order in which they began. */
export interface Lane {
  readonly replica: string;
  readonly bars: readonly Bar[];
}

/** The sums over an execution's receipts. */
export interface Summary {
  readonly replicas: number;
  readonly invocations: number;
  readonly loads: number;
  /** Loads while replicas initialised, of replicas that served their first invocation in this execution. */
  readonly preloads: number;
  readonly hits: number;
  readonly joined: number;
  /** Invocations whose output was in the store, so that the task's function did not run. */
  readonly stored: number;
  /** Milliseconds from the execution's first event to its last. */
  readonly durationMs: number;
  /** An estimate of the milliseconds without caches: as if each hit were a load of its cache's mean duration. */
  readonly withoutCacheMs: number;
}

/** The invocations of an execution: those of its tasks' success events that have a receipt. */
export function bars(events: readonly TimelineEvent[]): Bar[] {
  const byId = new Map(events.map((event) => [event.id, event]));
  return events.flatMap((event) => {
    const output = event.taskSucceededEventDetails?.output ?? event.lambdaFunctionSucceededEventDetails?.output;
    const receipts = output === undefined ? [] : receiptsIn(output);
    return receipts.map((receipt) => ({ state: stateOf(event, byId), receipt }));
  });
}

/** The invocations by replica, beginning with the replica whose first invocation was the earliest. */
export function lanes(all: readonly Bar[]): Lane[] {
  const byReplica = new Map<string, Bar[]>();
  for (const bar of all.toSorted((left, right) => left.receipt.startedAt - right.receipt.startedAt)) {
    const lane = byReplica.get(bar.receipt.replica);
    if (lane === undefined) byReplica.set(bar.receipt.replica, [bar]);
    else lane.push(bar);
  }
  return [...byReplica].map(([replica, own]) => ({ replica, bars: own }));
}

export function summarise(events: readonly TimelineEvent[]): Summary {
  const all = bars(events);
  const caches = all.flatMap((bar) => bar.receipt.caches);
  function sum(values: readonly number[]): number {
    return values.reduce((total, value) => total + value, 0);
  }
  const durationMs = (events.at(-1)?.timestamp?.getTime() ?? 0) - (events[0]?.timestamp?.getTime() ?? 0);
  const loadMs = meanLoadMs(all);
  const sparedMs = sum(caches.map((cache) => (cache.hits + cache.joined) * (loadMs.get(cache.cache) ?? 0)));
  // The replicas that use caches work at the same time, so each would have done its share of the spared loads.
  const cachingReplicas = new Set(
    all.filter(({ receipt }) => receipt.caches.length > 0).map(({ receipt }) => receipt.replica),
  ).size;
  return {
    replicas: lanes(all).length,
    invocations: sum(all.map(({ receipt }) => (receipt.list === undefined ? (receipt.items ?? 1) : 0))),
    loads: sum(caches.map((cache) => cache.misses)),
    preloads: sum(caches.map((cache) => cache.preloads ?? 0)),
    hits: sum(caches.map((cache) => cache.hits)),
    joined: sum(caches.map((cache) => cache.joined)),
    stored: all.filter(({ receipt }) => receipt.output === "stored").length,
    durationMs,
    withoutCacheMs: durationMs + sparedMs / Math.max(1, cachingReplicas),
  };
}

/** By cache: milliseconds of one load on average. */
function meanLoadMs(all: readonly Bar[]): Map<string, number> {
  const totals = new Map<string, { ms: number; loads: number }>();
  for (const { cache, loadMs, misses, preloads = 0, preloadMs = 0 } of all.flatMap((bar) => bar.receipt.caches)) {
    const total = totals.get(cache) ?? { ms: 0, loads: 0 };
    totals.set(cache, { ms: total.ms + loadMs + preloadMs, loads: total.loads + misses + preloads });
  }
  return new Map([...totals].map(([cache, { ms, loads }]) => [cache, loads === 0 ? 0 : ms / loads]));
}

/** One, or those of a batch. */
function receiptsIn(output: string): readonly Receipt[] {
  const result: unknown = JSON.parse(output);
  const payload = field(result, "Payload") ?? result;
  const receipts = field(payload, "receipts");
  return (Array.isArray(receipts) ? receipts : [field(payload, "receipt")]).filter(isReceipt);
}

/** A function that is not Lambent's may return something else by that name. What has these two fields is taken for one. */
function isReceipt(value: unknown): value is Receipt {
  return Array.isArray(field(value, "caches")) && typeof field(value, "replica") === "string";
}

function field(value: unknown, name: string): unknown {
  return isObject(value) ? Reflect.get(value, name) : undefined;
}

/** The state of the last `…StateEntered` event before this one, going back by `previousEventId`. */
function stateOf(event: TimelineEvent, byId: ReadonlyMap<number | undefined, TimelineEvent>): string {
  for (let one: TimelineEvent | undefined = event; one !== undefined; one = byId.get(one.previousEventId)) {
    const name = one.stateEnteredEventDetails?.name;
    if (name !== undefined) return name;
  }
  return "?";
}
