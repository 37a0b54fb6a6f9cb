import type { AsyncLocalStorage as Storage } from "node:async_hooks";
import { LambentError } from "../base/errors.ts";
import type { Context } from "./context.ts";
import { type CacheCounters, Tally } from "./counters.ts";
import type { Load } from "./load.ts";
import type { DownloadReceipt } from "./receipt.ts";

// Not imported: what a module of Node's is wrapped in for that takes longer to make than all of the cache to load.
const { AsyncLocalStorage } = process.getBuiltinModule("node:async_hooks");

/** On whose behalf code runs. */
export interface Scope {
  readonly invocation: Invocation | undefined;
  /** The load of a cache, whose function runs. */
  readonly load: Load | undefined;
  readonly context: Context | undefined;
}

/** One request that the replica serves, from its arrival to its answer; and the scope of what it runs. */
export class Invocation implements Scope {
  readonly invocation: this = this;
  readonly load = undefined;
  readonly context: Context | undefined;
  /** In order of arrival. */
  readonly number: number;
  /** By the caches' `index`; holes where a cache was not used. */
  readonly tallies: (Tally | undefined)[] = [];
  /** Files that were downloaded for it. */
  downloads: DownloadReceipt | undefined;

  constructor(number: number, context: Context | undefined) {
    this.number = number;
    this.context = context;
  }

  tally(of: CacheCounters): Tally {
    return (this.tallies[of.index] ??= new Tally());
  }
}

/** The only one: each storage that runs makes every promise cost more. */
export const scopes: Storage<Scope> = new AsyncLocalStorage<Scope>();

/**
 * The context of the invocation that is running.
 * @throws {LambentError} outside of a task's function.
 */
export function currentContext(): Context {
  const context = scopes.getStore()?.context;
  if (context === undefined) {
    throw new LambentError("currentContext() was called outside of a task: call it in the task's function");
  }
  return context;
}
