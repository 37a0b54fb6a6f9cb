import { isObject } from "../../../sdk/base/json.ts";
import type { Receipt } from "../../../sdk/invocation/receipt.ts";
import type { TimelineEvent } from "./history.ts";

/** One bar of a timeline: the receipt of one invocation, or of one item of a batch, and the name of its state. */
export interface Bar {
  readonly state: string;
  readonly receipt: Receipt;
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

/** The invocations of an execution: those of its tasks' events that have a receipt. */
export function bars(events: readonly TimelineEvent[]): Bar[] {
  const byId = new Map(events.map((event) => [event.id, event]));
  return events.flatMap((event) => {
    const { output } =
      event.taskSucceededEventDetails ??
      event.taskSubmittedEventDetails ??
      event.lambdaFunctionSucceededEventDetails ??
      {};
    const receipts = output === undefined ? [] : receiptsIn(JSON.parse(output));
    return receipts.map((receipt) => ({ state: stateOf(event, byId), receipt }));
  });
}

/** The sums over an execution's receipts, from its own events alone. */
export function summarise(events: readonly TimelineEvent[]): Summary {
  const all = bars(events);
  const caches = all.flatMap((bar) => bar.receipt.caches);
  function sum(values: readonly number[]): number {
    return values.reduce((total, value) => total + value, 0);
  }
  const durationMs = (events.at(-1)?.timestamp?.getTime() ?? 0) - (events[0]?.timestamp?.getTime() ?? 0);
  const sparedMs = savedMs(all.map(({ receipt }) => receipt));
  // The replicas that use caches work at the same time, so each would have done its share of the spared loads.
  const cachingReplicas = new Set(
    all.filter(({ receipt }) => receipt.caches.length > 0).map(({ receipt }) => receipt.replica),
  ).size;
  return {
    replicas: new Set(all.map(({ receipt }) => receipt.replica)).size,
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

/**
 * Milliseconds that hits and joined calls would have taken as loads, added up: each as long as its cache's loads were on
 * average, those while replicas initialised included. Of a cache that loaded nothing here it is not known, and 0.
 */
export function savedMs(receipts: readonly Receipt[]): number {
  const caches = receipts.flatMap((receipt) => receipt.caches);
  const totals = new Map<string, { ms: number; loads: number }>();
  for (const { cache, loadMs, misses, preloads = 0, preloadMs = 0 } of caches) {
    const total = totals.get(cache) ?? { ms: 0, loads: 0 };
    totals.set(cache, { ms: total.ms + loadMs + preloadMs, loads: total.loads + misses + preloads });
  }
  return caches.reduce((sum, { cache, hits, joined }) => {
    const { ms, loads } = totals.get(cache) ?? { ms: 0, loads: 0 };
    return loads === 0 ? sum : sum + (hits + joined) * (ms / loads);
  }, 0);
}

/**
 * One, or those of a batch.
 * @param result a task's output
 */
export function receiptsIn(result: unknown): readonly Receipt[] {
  const payload = field(result, "Payload") ?? result;
  const receipts = field(payload, "receipts");
  return (Array.isArray(receipts) ? receipts : [field(payload, "receipt")]).filter(isReceipt);
}

/** A function that is not Lambent's may return something else by that name. What has these fields is taken for one. */
function isReceipt(value: unknown): value is Receipt {
  const caches = field(value, "caches");
  return (
    typeof field(value, "replica") === "string" &&
    Number.isFinite(field(value, "startedAt")) &&
    Number.isFinite(field(value, "durationMs")) &&
    Array.isArray(caches) &&
    caches.every((cache) => Number.isFinite(field(cache, "misses")) && Number.isFinite(field(cache, "hits")))
  );
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
