import { isObject } from "../../../sdk/base/json.ts";
import type { Receipt } from "../../../sdk/invocation/receipt.ts";

/** The part of a history event that a timeline reads; `@aws-sdk/client-sfn` and the emulator both have it. */
export interface TimelineEvent {
  readonly timestamp?: Date | undefined;
  readonly type?: string | undefined;
  readonly id?: number | undefined;
  readonly previousEventId?: number | undefined;
  readonly stateEnteredEventDetails?: { readonly name?: string | undefined } | undefined;
  readonly taskSucceededEventDetails?: { readonly output?: string | undefined } | undefined;
  readonly lambdaFunctionSucceededEventDetails?: { readonly output?: string | undefined } | undefined;
}

/** One invocation, as its receipt tells it, with the state that made it. */
export interface Bar {
  readonly state: string;
  readonly receipt: Receipt;
}

/** One replica and what it did, in order. */
export interface Lane {
  readonly replica: string;
  readonly bars: readonly Bar[];
}

/** What an execution's receipts add up to. */
export interface Summary {
  readonly replicas: number;
  readonly invocations: number;
  readonly loads: number;
  readonly hits: number;
  readonly joined: number;
  /** Outputs that came from the object store. */
  readonly stored: number;
  /** Milliseconds from the execution's first event to its last. */
  readonly durationMs: number;
  /** Milliseconds it would have taken if every hit had been a load of its cache's mean length. */
  readonly withoutCacheMs: number;
}

/** The invocations of an execution whose history has events of this kind. */
export function bars(events: readonly TimelineEvent[]): Bar[] {
  const byId = new Map(events.map((event) => [event.id, event]));
  return events.flatMap((event) => {
    const output = event.taskSucceededEventDetails?.output ?? event.lambdaFunctionSucceededEventDetails?.output;
    const receipt = output === undefined ? undefined : receiptIn(output);
    return receipt === undefined ? [] : [{ state: stateOf(event, byId), receipt }];
  });
}

/** The invocations by replica, the replica that began first on top. */
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
  const loadMs = meanLoads(all);
  const spared = sum(caches.map((cache) => (cache.hits + cache.joined) * (loadMs.get(cache.cache) ?? 0)));
  // Replicas work side by side, so each would have done its share of the loads that were spared.
  const sharing = new Set(all.filter(({ receipt }) => receipt.caches.length > 0).map(({ receipt }) => receipt.replica))
    .size;
  return {
    replicas: lanes(all).length,
    invocations: all.length,
    loads: sum(caches.map((cache) => cache.misses)),
    hits: sum(caches.map((cache) => cache.hits)),
    joined: sum(caches.map((cache) => cache.joined)),
    stored: all.filter(({ receipt }) => receipt.output === "stored").length,
    durationMs,
    withoutCacheMs: durationMs + spared / Math.max(1, sharing),
  };
}

/** By cache: how long one load took on average. */
function meanLoads(all: readonly Bar[]): Map<string, number> {
  const totals = new Map<string, { ms: number; loads: number }>();
  for (const { cache, loadMs, misses } of all.flatMap((bar) => bar.receipt.caches)) {
    const total = totals.get(cache) ?? { ms: 0, loads: 0 };
    totals.set(cache, { ms: total.ms + loadMs, loads: total.loads + misses });
  }
  return new Map([...totals].map(([cache, { ms, loads }]) => [cache, loads === 0 ? 0 : ms / loads]));
}

function receiptIn(output: string): Receipt | undefined {
  const result: unknown = JSON.parse(output);
  const receipt = field(field(result, "Payload"), "receipt") ?? field(result, "receipt");
  // Anything else in the field's place would come from a function that is not Lambent's.
  return Array.isArray(field(receipt, "caches")) && typeof field(receipt, "replica") === "string"
    ? (receipt as Receipt)
    : undefined;
}

function field(value: unknown, name: string): unknown {
  return isObject(value) ? Reflect.get(value, name) : undefined;
}

/** The state whose entering led to the event. */
function stateOf(event: TimelineEvent, byId: ReadonlyMap<number | undefined, TimelineEvent>): string {
  for (let at: TimelineEvent | undefined = event; at !== undefined; at = byId.get(at.previousEventId)) {
    const name = at.stateEnteredEventDetails?.name;
    if (name !== undefined) return name;
  }
  return "?";
}
