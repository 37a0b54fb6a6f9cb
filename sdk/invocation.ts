import { AsyncLocalStorage } from "node:async_hooks";
import { forgetClock } from "./cache-clock.ts";
import { type CacheCounters, Tally } from "./cache-counters.ts";
import { writeMetrics } from "./cache-metrics.ts";
import type { Load } from "./load.ts";
import type { CacheReceipt } from "./receipt.ts";

/** What an invocation came to. */
export type InvocationOutcome<T> = (
  | { readonly isOk: true; readonly result: T }
  | { readonly isOk: false; readonly error: unknown }
) & { readonly caches: readonly CacheReceipt[] };

/** One request that the replica serves, from its arrival to its answer. */
class Invocation {
  /** In order of arrival. */
  readonly number: number;
  /** In the order of `registered`; holes where a cache was not used. */
  readonly tallies: (Tally | undefined)[] = [];

  constructor(number: number) {
    this.number = number;
  }

  tally(of: CacheCounters): Tally {
    return (this.tallies[of.index] ??= new Tally());
  }
}

/** On whose behalf code runs. */
interface Scope {
  readonly invocation: Invocation | undefined;
  readonly load: Load | undefined;
}

const scopes = new AsyncLocalStorage<Scope>();
const running = new Set<Invocation>();
const registered: CacheCounters[] = [];
let deferred: { readonly invocation: number; readonly run: () => void }[] = [];

/** The number of the invocation that began last: whichever runs now has this one or a lower one. */
export let lastInvocation = 0;
/** Whether two invocations or more run at once, so that a hit must be told whose it is. */
export let isShared = false;
/**
 * Counts the stretches of time in which some invocation always ran. Lambda freezes an instance between two of them,
 * and what a load of an earlier stretch waits for may be dead.
 */
export let awake = 0;

export function isInvoked(): boolean {
  return running.size > 0;
}

/** Have each invocation's receipts tell of this cache, if it used it. */
export function register(counters: CacheCounters): void {
  counters.index = registered.push(counters) - 1;
}

/** The load whose function is calling, if any. */
export function callingLoad(): Load | undefined {
  const load = scopes.getStore()?.load;
  return load?.isSettled === false ? load : undefined;
}

export function runLoad<R>(load: Load, fn: () => R): R {
  return scopes.run({ invocation: scopes.getStore()?.invocation, load }, fn);
}

/** The calling invocation's share of a cache's counts. */
export function callersTally(of: CacheCounters): Tally | undefined {
  return running.size > 0 ? scopes.getStore()?.invocation?.tally(of) : undefined;
}

/** Run `fn` once no invocation runs that is numbered `invocation` or lower. */
export function afterInvocation(invocation: number, run: () => void): void {
  if (oldestRunning() > invocation) run();
  else deferred.push({ invocation, run });
}

/**
 * Run `fn` as one invocation: whatever it calls may use the caches, and what they did for it is told in `caches`,
 * in the order in which they were made, and in a line of CloudWatch metrics. Rejects never: what `fn` throws is in
 * the outcome.
 */
export async function runInvocation<T>(fn: () => T | Promise<T>): Promise<InvocationOutcome<T>> {
  const invocation = begin();
  try {
    const result = await scopes.run({ invocation, load: undefined }, fn);
    return { isOk: true, result, caches: end(invocation) };
  } catch (error) {
    return { isOk: false, error, caches: end(invocation) };
  }
}

function begin(): Invocation {
  forgetClock();
  const invocation = new Invocation(++lastInvocation);
  if (running.size === 1) for (const alone of running) creditHits(alone);
  running.add(invocation);
  isShared = running.size > 1;
  if (!isShared) for (const counters of registered) counters.hitsBefore = counters.hits;
  return invocation;
}

function end(invocation: Invocation): readonly CacheReceipt[] {
  if (!isShared) creditHits(invocation);
  running.delete(invocation);
  isShared = running.size > 1;
  if (running.size === 1) for (const counters of registered) counters.hitsBefore = counters.hits;
  if (running.size === 0) awake++;
  const caches = receipts(invocation);
  writeMetrics(caches);
  runDeferred();
  return caches;
}

/** Hits are counted per cache alone while one invocation runs: asking whose each is would cost more than the hit. */
function creditHits(invocation: Invocation): void {
  for (const counters of registered) {
    const hits = counters.hits - counters.hitsBefore;
    if (hits > 0) invocation.tally(counters).hits += hits;
  }
}

function receipts(invocation: Invocation): CacheReceipt[] {
  const list: CacheReceipt[] = [];
  for (const counters of registered) {
    const tally = invocation.tallies[counters.index];
    if (tally !== undefined || counters.preloadFailures.length > 0) list.push(counters.receipt(tally ?? new Tally()));
  }
  return list;
}

function runDeferred(): void {
  if (deferred.length === 0) return;
  const oldest = oldestRunning();
  const due = deferred.filter(({ invocation }) => invocation < oldest);
  deferred = deferred.filter(({ invocation }) => invocation >= oldest);
  for (const { run } of due) run();
}

function oldestRunning(): number {
  for (const invocation of running) return invocation.number; // a Set keeps the order of arrival
  return Number.POSITIVE_INFINITY;
}
