import type { AsyncLocalStorage as Storage } from "node:async_hooks";
import { LambentError } from "../base/errors.ts";
import type { Context } from "./context.ts";
import { type CacheCounters, Tally } from "./counters.ts";
import type { Load } from "./load.ts";
import type { DownloadReceipt } from "./receipt.ts";

// Not imported: for an `import` Node wraps its own module in an ES module with all of its exports, which takes longer
// than loading the whole cache does.
const { AsyncLocalStorage } = process.getBuiltinModule("node:async_hooks");

/** What the code that is running now works for. */
export interface Scope {
  readonly invocation: Invocation | undefined;
  /** The load of a cache, if the code is its function or called by it. */
  readonly load: Load | undefined;
  readonly context: Context | undefined;
}

/**
 * One request, from its arrival to its answer. It is the scope of its own code, so that it costs one object and not
 * two.
 */
export class Invocation implements Scope {
  readonly invocation: this = this;
  readonly load = undefined;
  readonly context: Context | undefined;
  /** Counted from 1 in order of arrival. */
  readonly number: number;
  /** Of the caches that it has used, if it has used any. */
  tallies: Map<CacheCounters, Tally> | undefined;
  /** Files that were downloaded for it. */
  downloads: DownloadReceipt | undefined;

  constructor(number: number, context: Context | undefined) {
    this.number = number;
    this.context = context;
  }

  tally(of: CacheCounters): Tally {
    this.tallies ??= new Map();
    let tally = this.tallies.get(of);
    if (tally === undefined) this.tallies.set(of, (tally = new Tally()));
    return tally;
  }
}

/** The SDK's only AsyncLocalStorage: each one that is in use makes every promise slower. */
export const currentScope: Storage<Scope> = new AsyncLocalStorage<Scope>();

/**
 * The context of the invocation that is running.
 * @throws {LambentError} outside of a task's function
 * @example
 * const shout = task(async function shout({ line }: { line: string }) {
 *   const { taskName, signal } = currentContext();
 *   signal.throwIfAborted();
 *   return `${taskName}: ${line.toUpperCase()}`;
 * });
 */
export function currentContext(): Context {
  const context = currentScope.getStore()?.context;
  if (context === undefined) {
    throw new LambentError("currentContext() was called outside of a task: call it in the task's function");
  }
  return context;
}
