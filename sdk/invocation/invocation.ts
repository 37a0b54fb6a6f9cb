import { forgetClock } from "./clock.ts";
import { takeDownloads } from "./downloads.ts";
import { type CacheCounters, Tally } from "./counters.ts";
import type { Context } from "./context.ts";
import { isThenable, type Load } from "./load.ts";
import type { CacheReceipt, DownloadReceipt } from "./receipt.ts";
import { currentScope, Invocation } from "./scope.ts";

/** What `runInvocation` resolves to: the function's result or its error, and what the caches did for it. */
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

/**
 * In order of arrival. Most often one or none: Lambda sends an instance the next request after the answer to the last.
 */
const running: Invocation[] = [];
/** Those of all caches of the replica, in the order in which they were made. */
export const allCounters: Set<CacheCounters> = new Set();
/** A cache that an instance has made for itself goes with the instance. */
const collectedCaches = new FinalizationRegistry(unregister);
/** Those that have been collected, and of which the metrics have not told. */
let collectedCounters: CacheCounters[] = [];
const starts = new Set<() => void>();
let deferred: { readonly invocation: number; readonly run: () => void }[] = [];

/** The number of the invocation that began last. All that are running have this number or a lower one. */
export let lastInvocation = 0;
/** While several invocations run at once, each hit has to find out which of them it belongs to. */
export const concurrency = { isConcurrent: false };
/**
 * How often the last of the running invocations has ended. Each time Lambda may freeze the instance, for any length of
 * time, and what a load that began before is waiting for (a socket, say) may be dead when it is thawed.
 */
export let possibleFreezes = 0;

export function isInvoked(): boolean {
  return running.length > 0;
}

/**
 * From now on, list this cache in the receipts of the invocations that use it.
 * @param owner what calls go to; when it is collected, the cache is listed no more
 */
export function register(counters: CacheCounters, owner: object): void {
  counters.owner = new WeakRef(owner);
  allCounters.add(counters);
  collectedCaches.register(owner, counters);
}

function unregister(counters: CacheCounters): void {
  const [only] = running;
  if (only !== undefined && !concurrency.isConcurrent) creditHitsOf(counters, only);
  allCounters.delete(counters);
  if (collectedCounters.length < MOST_COLLECTED) collectedCounters.push(counters);
}

/** Where nobody takes them, as outside of Lambda, no more are kept. */
const MOST_COLLECTED = 1000;

/** The counters of caches that have been collected since this was called last. */
export function takeCollected(): readonly CacheCounters[] {
  const taken = collectedCounters;
  if (taken.length > 0) collectedCounters = [];
  return taken;
}

/** Have each invocation call `run` before it begins. */
export function beforeInvocations(run: () => void): void {
  starts.add(run);
}

/** The invocation that is calling, if one is. */
export function callingInvocation(): Invocation | undefined {
  return currentScope.getStore()?.invocation;
}

/** The load whose function is calling, if one is. */
export function callingLoad(): Load | undefined {
  const load = currentScope.getStore()?.load;
  return load?.isSettled === false ? load : undefined;
}

/** Call `fn` such that `callingLoad` returns `load` to it, and to all that it calls. */
export function runLoad<R>(load: Load, fn: () => R): R {
  const caller = currentScope.getStore();
  return currentScope.run({ invocation: caller?.invocation, load, context: caller?.context }, fn);
}

/** What the calling invocation has counted of a cache. */
export function callersTally(of: CacheCounters): Tally | undefined {
  return running.length > 0 ? currentScope.getStore()?.invocation?.tally(of) : undefined;
}

/** Call `run` as soon as no invocation runs whose number is `invocation` or lower. */
export function afterInvocation(invocation: number, run: () => void): void {
  if (oldestRunning() > invocation) run();
  else deferred.push({ invocation, run });
}

/**
 * Run `fn` as one invocation. What the caches did for it is in `caches` of the outcome, in the order in which they were
 * made. Never rejects: an error of `fn` is in the outcome.
 * @param context what `currentContext()` returns to `fn`
 */
export function runInvocation<T>(fn: () => T | Promise<T>, context?: Context): Promise<InvocationOutcome<T>> {
  const invocation = begin(context);
  // No `async` and `await`: that would make two more promises, each of which costs as much as a cache hit as long as an
  // AsyncLocalStorage follows it.
  let started: T | Promise<T>;
  try {
    started = currentScope.run(invocation, fn);
  } catch (error) {
    return Promise.resolve({ isOk: false, error, ...end(invocation) });
  }
  if (!isThenable(started)) return Promise.resolve({ isOk: true, result: started, ...end(invocation) });
  // Functions without names: esbuild's `keepNames` adds a call for each name, which costs as much as a promise.
  return Promise.resolve(started).then(
    (result) => ({ isOk: true, result, ...end(invocation) }),
    (error: unknown) => ({ isOk: false, error, ...end(invocation) }),
  );
}

function begin(context: Context | undefined): Invocation {
  forgetClock();
  for (const run of starts) run();
  const invocation = new Invocation(++lastInvocation, context);
  const [only] = running;
  if (only !== undefined && !concurrency.isConcurrent) creditHits(only);
  running.push(invocation);
  startCountingHits();
  return invocation;
}

function end(invocation: Invocation): Ended {
  if (!concurrency.isConcurrent) creditHits(invocation);
  running.splice(running.indexOf(invocation), 1);
  startCountingHits();
  if (running.length === 0) possibleFreezes++;
  const caches = receipts(invocation);
  runDeferred();
  return { caches, downloads: takeDownloads(invocation) };
}

/**
 * While one invocation runs, all hits are its own: each cache counts its hits, and the difference is credited to the
 * invocation at its end. While several run, each hit is credited when it happens.
 */
function startCountingHits(): void {
  concurrency.isConcurrent = running.length > 1;
  if (running.length === 1) for (const counters of allCounters) counters.hitsBefore = counters.hits;
}

function creditHits(invocation: Invocation): void {
  for (const counters of allCounters) creditHitsOf(counters, invocation);
}

function creditHitsOf(counters: CacheCounters, invocation: Invocation): void {
  const hits = counters.hits - counters.hitsBefore;
  if (hits > 0) invocation.tally(counters).hits += hits;
}

function receipts({ tallies }: Invocation): CacheReceipt[] {
  const list: CacheReceipt[] = [];
  let uncounted = tallies?.size ?? 0;
  for (const counters of allCounters) {
    const tally = tallies?.get(counters);
    if (tally !== undefined) uncounted--;
    if (tally !== undefined || counters.hasUnlisted) list.push(counters.receipt(tally ?? new Tally()));
  }
  if (tallies === undefined || uncounted === 0) return list;
  // Caches that the invocation used, and that have been collected since.
  for (const [counters, tally] of tallies) if (!allCounters.has(counters)) list.push(counters.receipt(tally));
  return list;
}

function runDeferred(): void {
  if (deferred.length === 0) return;
  const oldest = oldestRunning();
  const due = deferred.filter(({ invocation }) => invocation < oldest);
  deferred = deferred.filter(({ invocation }) => invocation >= oldest);
  for (const { run } of due) run();
}

/** Its number; infinite if none runs. */
function oldestRunning(): number {
  return running[0]?.number ?? Number.POSITIVE_INFINITY;
}
