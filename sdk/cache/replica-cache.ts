import { isObject } from "../base/json.ts";
import { type CacheOptions, type CachingActor, defineCache } from "./definition.ts";
import { ReplicaCache } from "./entries.ts";
import { isEquatable } from "./keys/representatives.ts";
import type { Key } from "./keys/key-type.ts";
import { addPreload } from "./preload.ts";

export type { CacheLimits } from "./limits.ts";
export type { CacheOptions, CachingActor } from "./definition.ts";
export type { Equatable, Key } from "./keys/key-type.ts";

/** Arguments that can be compared by value. */
export type Keys<A extends readonly unknown[]> = { [K in keyof A]: Key<A[K]> };

/**
 * What `actor.cache` returns for a function: calls with equal arguments return the result of the first one, as long as
 * the replica keeps it. A function that returns no promise is still called synchronously. A call throws, or rejects,
 * with the function's own error, which is not kept, and with a LambentError when the arguments are too large to be a
 * key or when a load waits for itself.
 *
 * `Call` is the type of the arguments: the function's own, if they can be compared by value; any, if there is
 * `cacheKey`.
 * @example
 * const load = actor.cache(async function load({ version }: { version: string }) {
 *   return { version, weights: new Float32Array(1000) };
 * });
 * const first = await load({ version: "v1" }); // runs the function
 * const second = await load({ version: "v1" }); // a hit: the same object
 * console.log(first === second, load.stats.hits, load.has({ version: "v2" }));
 */
export interface Cached<A extends readonly unknown[], R, Call extends readonly unknown[] = Keys<A>> {
  (...args: Call): R;
  /** Remove all entries. A load that is under way ends for the calls that wait for it, and is not kept. */
  clear(): void;
  /** Whether a call with these arguments would find a value, or a load to wait for. */
  has(...args: Call): boolean;
  /** Remove the entry for these arguments. Returns whether there was one. */
  delete(...args: Call): boolean;
  /** Counts since the cache was made; `joined` calls waited for another's load; `size` is the number of entries now. */
  readonly stats: {
    readonly hits: number;
    readonly misses: number;
    readonly joined: number;
    readonly evictions: number;
    readonly size: number;
  };
}

/**
 * Make the cache of a function.
 * @throws {LambentError} when an option is unknown, or its value is refused
 */
export function replicaCache<A extends readonly unknown[], R>(
  actor: CachingActor,
  fn: (...args: A) => R,
  options: CacheOptions<A, Awaited<R>> & { readonly cacheKey: (...args: A) => unknown },
): Cached<A, R, A>;
export function replicaCache<A extends readonly unknown[], R>(
  actor: CachingActor,
  fn: (...args: A) => R,
  options?: CacheOptions<A, Awaited<R>>,
): Cached<A, R>;
export function replicaCache<A extends readonly unknown[], R>(
  actor: CachingActor,
  fn: (...args: A) => R,
  options: CacheOptions<A, Awaited<R>> = {},
): Cached<A, R> {
  const definition = defineCache(actor, nameOf(fn), options);
  const cache = new ReplicaCache(definition, fn);
  const key = keyFunction(options.cacheKey);
  const call = key === allArguments ? cache.caller(fn.length) : callerByKey(cache, key);
  for (const args of options.preload ?? []) addPreload(definition, args, () => call(...args));
  const { counters } = definition;
  return Object.defineProperties(call, {
    name: { value: fn.name, configurable: true },
    length: { value: fn.length, configurable: true },
    clear: { value: () => cache.clear() },
    has: { value: (...args: Arguments) => cache.has(key(args)) },
    delete: { value: (...args: Arguments) => cache.delete(key(args)) },
    stats: {
      get: () => ({
        hits: counters.hits,
        misses: counters.misses,
        joined: counters.joined,
        evictions: counters.evictions,
        size: counters.entries,
      }),
    },
    // Has all members of Cached: those defined above, and `call`, which returns what `fn` does. Defining a property
    // does not change the type that TypeScript knows.
  }) as unknown as Cached<A, R>;
}

/**
 * Make the cached version of a method, for `@actor.cache`. Instances with `equals` and `hashCode` are part of the key.
 * Each other instance, and for a static method each class, has a cache of its own, which is cleared when the instance
 * is garbage-collected.
 * @throws {LambentError} when an option is unknown, or its value is refused
 */
export function cachedMethod<This, A extends readonly unknown[], R>(
  actor: CachingActor,
  method: (this: This, ...args: A) => R,
  context: ClassMethodDecoratorContext<This, (this: This, ...args: A) => R>,
  options: CacheOptions<A, Awaited<R>> = {},
): (this: This, ...args: A) => R {
  const definition = defineCache(actor, String(context.name), options);
  const key = keyFunction(options.cacheKey);
  const byInstance = new WeakMap<object, ReplicaCache>();
  const byValue = new ReplicaCache(definition, method);
  function call(self: unknown, args: Arguments): unknown {
    if (!isInstance(self) || isEquatable(self)) return byValue.call(self, args, [self, ...key(args)]);
    let own = byInstance.get(self);
    if (own === undefined) {
      byInstance.set(self, (own = new ReplicaCache(definition, method)));
      collectedInstances.register(self, new WeakRef(own));
    }
    return own.call(self, args, key(args));
  }
  function cached(this: unknown, ...args: Arguments): unknown {
    return call(this, args);
  }
  return Object.defineProperties(cached, {
    name: { value: method.name, configurable: true },
    length: { value: method.length, configurable: true },
    // The cache only returns results of the method, which are of type R; it does not know that type.
  }) as (this: This, ...args: A) => R;
}

/** Clears an instance's cache once the instance is garbage-collected: the actor's `Lru` would keep its entries. */
const collectedInstances = new FinalizationRegistry<WeakRef<ReplicaCache>>((own) => own.deref()?.clear());

type Arguments = readonly unknown[];

function allArguments(args: Arguments): Arguments {
  return args;
}

/** What makes the list that is compared of the list of arguments. */
function keyFunction<A extends Arguments>(
  cacheKey: ((...args: A) => unknown) | undefined,
): (args: Arguments) => Arguments {
  // `Cached` lets a function be called with arguments of type A only.
  return cacheKey === undefined ? allArguments : (args) => [cacheKey(...(args as A))];
}

function callerByKey(
  cache: ReplicaCache,
  key: (args: Arguments) => Arguments,
): (this: unknown, ...args: Arguments) => unknown {
  return function (...args) {
    return cache.call(this, args, key(args));
  };
}

function nameOf(fn: { readonly name: string }): string {
  return fn.name === "" ? "an anonymous function" : fn.name;
}

function isInstance(self: unknown): self is object {
  return isObject(self) || typeof self === "function";
}
