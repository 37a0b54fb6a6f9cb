import { type CacheOptions, type CachingActor, define } from "./definition.ts";
import { ReplicaCache } from "./entries.ts";
import { followsProtocol, isObject } from "./keys/representatives.ts";
import type { Key } from "./keys/key-type.ts";
import { preloadWith } from "./preload.ts";

export type { CacheLimits } from "./limits.ts";
export type { CacheOptions, CachingActor } from "./definition.ts";
export type { Equatable, Key } from "./keys/key-type.ts";

/** Arguments that can be told apart by value. */
export type Keys<A extends readonly unknown[]> = { [K in keyof A]: Key<A[K]> };

/**
 * A function that is run once per replica and distinct arguments. A synchronous one stays synchronous.
 * `Call` is what it may be called with: where `cacheKey` makes the key, anything.
 */
export interface Cached<A extends readonly unknown[], R, Call extends readonly unknown[] = Keys<A>> {
  (...args: Call): R;
  /** Forget everything. Loads under way go on for those who wait for them. */
  clear(): void;
  /** Whether a call with these arguments would not load. */
  has(...args: Call): boolean;
  /** Forget what is kept for these arguments; says whether there was anything. */
  delete(...args: Call): boolean;
  /** Counts since the cache was made; `size` is the number of entries now. */
  readonly stats: {
    readonly hits: number;
    readonly misses: number;
    readonly joined: number;
    readonly evictions: number;
    readonly size: number;
  };
}

/**
 * `actor.cache` of a function.
 * @throws {LambentError} when an option is not of use.
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
  const definition = define(actor, nameOf(fn), options);
  const cache = new ReplicaCache(definition, fn);
  const key = keyBy(options.cacheKey);
  const call = key === allOf ? cache.caller(fn.length) : byKey(cache, key);
  for (const args of options.preload ?? []) preloadWith(definition, args, () => call(...args));
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
    // The marked place: calls and properties are those that the interface names.
  }) as unknown as Cached<A, R>;
}

/**
 * `@actor.cache` on a method. Instances with `equals` and `hashCode` share by value; each other instance, and each
 * class for a static method, has a cache of its own, which goes when the instance does.
 * @throws {LambentError} when an option is not of use.
 */
export function cachedMethod<This, A extends readonly unknown[], R>(
  actor: CachingActor,
  method: (this: This, ...args: A) => R,
  context: ClassMethodDecoratorContext<This, (this: This, ...args: A) => R>,
  options: CacheOptions<A, Awaited<R>> = {},
): (this: This, ...args: A) => R {
  const definition = define(actor, String(context.name), options);
  const key = keyBy(options.cacheKey);
  const byInstance = new WeakMap<object, ReplicaCache>();
  const byValue = new ReplicaCache(definition, method);
  function call(self: unknown, args: Arguments): unknown {
    if (!isInstance(self) || followsProtocol(self)) return byValue.call(self, args, [self, ...key(args)]);
    let own = byInstance.get(self);
    if (own === undefined) {
      byInstance.set(self, (own = new ReplicaCache(definition, method)));
      gone.register(self, new WeakRef(own));
    }
    return own.call(self, args, key(args));
  }
  function cached(this: unknown, ...args: Arguments): unknown {
    return call(this, args);
  }
  return Object.defineProperties(cached, {
    name: { value: method.name, configurable: true },
    length: { value: method.length, configurable: true },
    // The marked place: what the cache returns is what the method did.
  }) as (this: This, ...args: A) => R;
}

/** Clears what is kept for an instance when it has been collected: the actor's list would keep it. */
const gone = new FinalizationRegistry<WeakRef<ReplicaCache>>((own) => own.deref()?.clear());

type Arguments = readonly unknown[];

function allOf(args: Arguments): Arguments {
  return args;
}

function keyBy<A extends Arguments>(cacheKey: ((...args: A) => unknown) | undefined): (args: Arguments) => Arguments {
  // The marked place: a call has the arguments that the types ask for, or the author has gone round them.
  return cacheKey === undefined ? allOf : (args) => [cacheKey(...(args as A))];
}

function byKey(
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
