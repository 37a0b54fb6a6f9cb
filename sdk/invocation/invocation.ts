import { forgetClock } from "./clock.ts";
import { takeDownloads } from "./downloads.ts";
import { type CacheCounters, Tally } from "./counters.ts";
import { writeMetrics } from "./metrics.ts";
import type { Context } from "./context.ts";
import { isThenable, type Load } from "./load.ts";
import type { CacheReceipt, DownloadReceipt } from "./receipt.ts";
import { Invocation, scopes } from "./scope.ts";

/** What an invocation came to. */
export type InvocationOutcome<T> = (
  | { readonly isOk: true; readonly result: T }
  | { readonly isOk: false; readonly error: unknown }
) &
  Ended;

/** What is told of an invocation when it has ended. */
interface Ended {
  readonly caches: readonly CacheReceipt[];
  readonly downloads: DownloadReceipt | undefined;
}

/** In order of arrival: most often one, or none. */
const running: Invocation[] = [];
const registered: CacheCounters[] = [];
let deferred: { readonly invocation: number; readonly run: () => void }[] = [];

/** The number of the invocation that began last: whichever runs now has this one or a lower one. */
export let lastInvocation = 0;
/** Whether two invocations or more run at once, so that a hit must be told whose it is. */
export const sharing = { isShared: false };
/**
 * Counts the stretches of time in which some invocation always ran. Lambda freezes an instance between two of them,
 * and what a load of an earlier stretch waits for may be dead.
 */
export let awake = 0;

export function isInvoked(): boolean {
  return running.length > 0;
}

/** Have each invocation's receipts tell of this cache, if it used it. */
export function register(counters: CacheCounters): void {
  counters.index = registered.push(counters) - 1;
}

/** The invocation that is calling, if any. */
export function callingInvocation(): Invocation | undefined {
  return scopes.getStore()?.invocation;
}

/** The load whose function is calling, if any. */
export function callingLoad(): Load | undefined {
  const load = scopes.getStore()?.load;
  return load?.isSettled === false ? load : undefined;
}

export function runLoad<R>(load: Load, fn: () => R): R {
  const caller = scopes.getStore();
  return scopes.run({ invocation: caller?.invocation, load, context: caller?.context }, fn);
}

/** The calling invocation's share of a cache's counts. */
export function callersTally(of: CacheCounters): Tally | undefined {
  return running.length > 0 ? scopes.getStore()?.invocation?.tally(of) : undefined;
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
 * @param context what `currentContext()` returns to `fn`
 */
export function runInvocation<T>(fn: () => T | Promise<T>, context?: Context): Promise<InvocationOutcome<T>> {
  const invocation = begin(context);
  // Not by `await`: each promise costs as much as a hit where an async storage follows it, and that makes two more.
  let started: T | Promise<T>;
  try {
    started = scopes.run(invocation, fn);
  } catch (error) {
    return Promise.resolve({ isOk: false, error, ...end(invocation) });
  }
  if (!isThenable(started)) return Promise.resolve({ isOk: true, result: started, ...end(invocation) });
  // Functions without names: a bundle keeps each name by a call that costs as much as a promise.
  return Promise.resolve(started).then(
    (result) => ({ isOk: true, result, ...end(invocation) }),
    (error: unknown) => ({ isOk: false, error, ...end(invocation) }),
  );
}

function begin(context: Context | undefined): Invocation {
  forgetClock();
  const invocation = new Invocation(++lastInvocation, context);
  const [alone] = running;
  if (alone !== undefined && !sharing.isShared) creditHits(alone);
  running.push(invocation);
  countHits();
  return invocation;
}

function end(invocation: Invocation): Ended {
  if (!sharing.isShared) creditHits(invocation);
  running.splice(running.indexOf(invocation), 1);
  countHits();
  if (running.length === 0) awake++;
  const caches = receipts(invocation);
  writeMetrics(caches);
  runDeferred();
  return { caches, downloads: takeDownloads(invocation) };
}

/** Have hits counted for whoever runs alone from now on, or for each that asks. */
function countHits(): void {
  sharing.isShared = running.length > 1;
  if (running.length === 1) for (const counters of registered) counters.hitsBefore = counters.hits;
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
  return running[0]?.number ?? Number.POSITIVE_INFINITY;
}
