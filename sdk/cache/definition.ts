import { CacheCounters } from "../invocation/counters.ts";
import type { CacheDefinition, Entry } from "./entry.ts";
import { type CacheLimits, resolveLimits } from "./limits.ts";
import type { CacheNotices } from "./notices.ts";
import { LambentError } from "../base/errors.ts";
import { register } from "../invocation/invocation.ts";
import { Lru } from "./lru.ts";

export interface CacheOptions<A extends readonly unknown[], V> extends CacheLimits {
  /** Seconds that a value is served for, by the wall clock when it is asked for. Default: no end. */
  readonly ttl?: number;
  /**
   * Argument lists to load while the instance initialises, before its first request. A function's bundle has the caches
   * that its tasks use: what is to be loaded ahead must be what a task will ask for.
   */
  readonly preload?: readonly A[];
  /** Bytes that a value takes, for `maxBytes`. Default: an estimate that cannot see into closures and native memory. */
  readonly sizeOf?: (value: V) => number;
  /**
   * Called once for each value that leaves (eviction, expiry, `delete`, `clear`), after the invocations that were
   * given it have ended. It is not waited for.
   */
  readonly dispose?: (value: V) => void | Promise<void>;
  /** What makes the key. Default: all arguments. */
  readonly cacheKey?: (...args: A) => unknown;
  /** Whether own symbol keys of plain objects count. Default: no, as for `structuredClone` and JSON. */
  readonly symbols?: boolean;
}

/** What a cache needs to know of its actor. Pass the same object for all caches of one actor: they share its limits. */
export interface CachingActor {
  readonly name: string;
  readonly limits?: CacheLimits;
}

/** By last use, the entries of all caches of an actor that have no limits of their own. */
const shared = new WeakMap<CachingActor, Lru<Entry>>();

/** @throws {LambentError} when an option is not of use. */
export function define<A extends readonly unknown[], V>(
  actor: CachingActor,
  name: string,
  options: CacheOptions<A, V>,
): CacheDefinition {
  const place = `actor.cache of ${name}`;
  for (const option of Object.keys(options)) {
    if (!OPTIONS.has(option)) {
      throw new LambentError(`${place}: there is no option ${option}; the options are ${[...OPTIONS].join(", ")}`);
    }
  }
  const { ttl, sizeOf, dispose, symbols = false } = options;
  if (ttl !== undefined && !(typeof ttl === "number" && ttl > 0)) {
    throw new LambentError(`${place}: ttl is ${String(ttl)}; give seconds greater than 0, or leave it out`);
  }
  const counters = new CacheCounters(actor.name, name);
  register(counters);
  return {
    counters,
    lru: lruOf(actor, options, place),
    ttlMs: ttl === undefined ? Number.POSITIVE_INFINITY : ttl * 1000,
    countsSymbols: symbols,
    // The marked place: both are only handed what the cached function returned.
    sizeOf: sizeOf as CacheDefinition["sizeOf"],
    dispose: dispose as CacheDefinition["dispose"],
    tell: teller(name),
  };
}

/** What there is to tell is loaded when there is something: most replicas never need it. */
function teller(name: string): CacheDefinition["tell"] {
  let notices: Promise<CacheNotices> | undefined;
  return async (what) => {
    try {
      notices ??= import("./notices.ts").then(({ CacheNotices }) => new CacheNotices(name));
      what(await notices);
    } catch {
      notices = undefined; // words that cannot be loaded, or an error that cannot be printed, are no reason to fail
      console.warn(`${name}: there is something to tell of this cache, which could not be put into words`);
    }
  };
}

const OPTIONS = new Set(["maxEntries", "maxBytes", "ttl", "preload", "sizeOf", "dispose", "cacheKey", "symbols"]);

function lruOf(actor: CachingActor, options: CacheLimits, place: string): Lru<Entry> {
  if (options.maxEntries !== undefined || options.maxBytes !== undefined) {
    return newLru({ ...actor.limits, ...options }, place);
  }
  let lru = shared.get(actor);
  if (lru === undefined) shared.set(actor, (lru = newLru(actor.limits ?? {}, `the actor ${actor.name}`)));
  return lru;
}

function newLru(limits: CacheLimits, place: string): Lru<Entry> {
  const { maxEntries, maxBytes } = resolveLimits(limits, place);
  return new Lru(maxEntries, maxBytes);
}
