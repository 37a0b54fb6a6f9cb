import type { CacheLimits } from "./limits.ts";

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
   * Returns the bytes that a value takes, for `maxBytes`, to which a large key is added. Default: an estimate, in which
   * what closures, private fields and native code hold counts as nothing.
   */
  readonly sizeOf?: (value: V) => number;
  /**
   * Called once for each value that is removed (by eviction, expiry, `delete` or `clear`), once all invocations that
   * got the value have ended. What expires is removed when the next invocation starts, or is called for again. Nothing
   * waits for its promise; an error is logged.
   */
  readonly dispose?: (value: V) => void | Promise<void>;
  /** Returns what is compared instead of the arguments, and no promise of it. Default: all arguments. */
  readonly cacheKey?: (...args: A) => NoPromise;
  /** Whether symbol keys of plain objects are compared. Default: false; they are ignored as in `JSON.stringify`. */
  readonly symbols?: boolean;
}

/** Options with a `cacheKey`. */
export interface WithCacheKey<A extends readonly unknown[]> {
  readonly cacheKey: (...args: A) => NoPromise;
}

/** All but promises: each is another object, so that no later call could find what was loaded for one. */
type NoPromise = string | number | boolean | bigint | symbol | null | undefined | (object & { readonly then?: never });
