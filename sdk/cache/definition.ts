import { CacheCounters } from "../invocation/counters.ts";
import type { CacheDefinition, Entry } from "./entry.ts";
import { type CacheLimits, resolveLimits } from "./limits.ts";
import type { CacheNotices } from "./notices.ts";
import { LambentError } from "../base/errors.ts";
import { register } from "../invocation/invocation.ts";
import { Lru } from "./lru.ts";

/**
 * Options of `actor.cache`.
 * @example
 * const connect = actor.cache(
 *   async function connect(host: string) {
 *     return { host, close: async () => {} };
 *   },
 *   { ttl: 3600, maxEntries: 10, preload: [["example.com"]], dispose: (connection) => connection.close() },
 * );
 */
export interface CacheOptions<A extends readonly unknown[], V> extends CacheLimits {
  /**
   * Seconds after which a value is loaded again. The time in which Lambda freezes the replica counts. Default: never.
   */
  readonly ttl?: number;
  /**
   * Argument lists to load while the replica initialises, before its first request. Only the caches that a function's
   * own tasks use are in its bundle: others preload nothing.
   */
  readonly preload?: readonly A[];
  /**
   * Returns the bytes that a value takes, for `maxBytes`. Default: an estimate, in which what closures, private fields
   * and native code hold counts as nothing.
   */
  readonly sizeOf?: (value: V) => number;
  /**
   * Called once for each value that is removed (by eviction, expiry, `delete` or `clear`), once all invocations that
   * got the value have ended. Nothing waits for its promise; an error is logged.
   */
  readonly dispose?: (value: V) => void | Promise<void>;
  /** Returns what is compared instead of the arguments. Default: all arguments. */
  readonly cacheKey?: (...args: A) => unknown;
  /** Whether symbol keys of plain objects are compared. Default: false; they are ignored as in `JSON.stringify`. */
  readonly symbols?: boolean;
}

/**
 * What a cache needs to know of its actor. Must be the same object for all caches of one actor: they share its limits.
 */
export interface CachingActor {
  readonly name: string;
  readonly limits?: CacheLimits;
}

/** The entries of all caches of an actor that have no limits of their own. */
const lruByActor = new WeakMap<CachingActor, Lru<Entry>>();

/** @throws {LambentError} when an option is unknown, or its value is refused */
export function defineCache<A extends readonly unknown[], V>(
  actor: CachingActor,
  name: string,
  options: CacheOptions<A, V>,
): CacheDefinition {
  const owner = `actor.cache of ${name}`;
  for (const option of Object.keys(options)) {
    if (!OPTIONS.has(option)) {
      throw new LambentError(`${owner}: there is no option ${option}; the options are ${[...OPTIONS].join(", ")}`);
    }
  }
  const { ttl, sizeOf, dispose, symbols = false } = options;
  if (ttl !== undefined && !(typeof ttl === "number" && ttl > 0)) {
    throw new LambentError(`${owner}: ttl is ${String(ttl)}; give seconds greater than 0, or leave it out`);
  }
  const counters = new CacheCounters(actor.name, name);
  register(counters);
  return {
    counters,
    lru: lruOf(actor, options, owner),
    ttlMs: ttl === undefined ? Number.POSITIVE_INFINITY : ttl * 1000,
    countsSymbols: symbols,
    // They take a V. They are only called with results of the cached function, whose type V is; entries have no such
    // type.
    sizeOf: sizeOf as CacheDefinition["sizeOf"],
    dispose: dispose as CacheDefinition["dispose"],
    notify: notifierOf(name),
  };
}

/** The code and the texts of notices are loaded with the first notice: most replicas never need them. */
function notifierOf(name: string): CacheDefinition["notify"] {
  let notices: Promise<CacheNotices> | undefined;
  return async (print) => {
    try {
      notices ??= import("./notices.ts").then(({ CacheNotices }) => new CacheNotices(name));
      print(await notices);
    } catch {
      // The chunk cannot be loaded, or the author's error cannot be printed. Neither may fail the author's call.
      notices = undefined;
      console.warn(`${name}: there is something to tell of this cache, which could not be put into words`);
    }
  };
}

const OPTIONS = new Set(["maxEntries", "maxBytes", "ttl", "preload", "sizeOf", "dispose", "cacheKey", "symbols"]);

function lruOf(actor: CachingActor, options: CacheLimits, owner: string): Lru<Entry> {
  if (options.maxEntries !== undefined || options.maxBytes !== undefined) {
    return newLru({ ...actor.limits, ...options }, owner);
  }
  let lru = lruByActor.get(actor);
  if (lru === undefined) lruByActor.set(actor, (lru = newLru(actor.limits ?? {}, `the actor ${actor.name}`)));
  return lru;
}

function newLru(limits: CacheLimits, owner: string): Lru<Entry> {
  const { maxEntries, maxBytes } = resolveLimits(limits, owner);
  return new Lru(maxEntries, maxBytes);
}
