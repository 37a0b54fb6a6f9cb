import { CachesByThis, usesThis } from "./caches-by-this.ts";
import { asyncKey, checkFunction } from "./check-options.ts";
import { type CachingActor, defineCache } from "./definition.ts";
import { ReplicaCache } from "./entries.ts";
import type { CacheDefinition } from "./entry.ts";
import { register } from "../invocation/invocation.ts";
import type { Key } from "./keys/key-type.ts";
import { thenOf } from "../invocation/load.ts";
import type { CacheOptions, WithCacheKey } from "./options.ts";
import { addPreload } from "./preload.ts";
import { refuseGeneratorFunction } from "./read-once.ts";

export type { CacheLimits } from "./limits.ts";
export type { CachingActor } from "./definition.ts";
export type { CacheOptions, WithCacheKey } from "./options.ts";
export type { Equatable, Key } from "./keys/key-type.ts";

/** Arguments that can be compared by value. */
export type Keys<A extends readonly unknown[]> = { [K in keyof A]: Key<A[K]> };

/** What is kept of a result: of a thenable, such as a query builder, a promise of what it comes to, so that it runs once. */
export type Kept<R> = R extends PromiseLike<unknown> ? Promise<Awaited<R>> : R;

/**
 * What `actor.cache` returns for a function: calls with equal arguments return the result of the first one, as long as
 * the replica keeps it. A function that returns no promise is still called synchronously. A call throws, or rejects,
 * with the function's own error, which is not kept, and with a LambentError when the arguments are too large to be a
 * key, when a load waits for itself, or when the result can be read only once (a generator). A call of an async
 * function, or of one that has returned a promise before, always rejects and never throws.
 *
 * A function that uses `this` has a cache for each object that it is called on.
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
  (...args: Call): Kept<R>;
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
 * @throws {LambentError} when an option is unknown, or its value is refused, or when the function is a generator's
 */
export function replicaCache<A extends readonly unknown[], R>(
  actor: CachingActor,
  fn: (...args: A) => R,
  options: CacheOptions<A, Awaited<R>> & WithCacheKey<A>,
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
  checkFunction(fn);
  const definition = define(actor, nameOf(fn), fn, options);
  const { counters } = definition;
  const keyOf = keyFunction(options.cacheKey, counters.cache);
  const { call, clear, has, remove } = usesThis(fn)
    ? cachingByThis(new CachesByThis(definition, fn, keyOf))
    : caching(new ReplicaCache(definition, fn), fn.length, keyOf);
  register(counters, call);
  for (const args of options.preload ?? []) addPreload(definition, args, call);
  return Object.defineProperties(call, {
    name: { value: fn.name, configurable: true },
    length: { value: fn.length, configurable: true },
    clear: { value: clear },
    has: { value: has },
    delete: { value: remove },
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
 * @throws {LambentError} when an option is unknown, or its value is refused, or when the method is a generator's
 */
export function cachedMethod<This, A extends readonly unknown[], R>(
  actor: CachingActor,
  method: (this: This, ...args: A) => R,
  context: ClassMethodDecoratorContext<This, (this: This, ...args: A) => R>,
  options: CacheOptions<A, Awaited<R>> = {},
): (this: This, ...args: A) => R {
  const definition = define(actor, String(context.name), method, options);
  const keyOf = keyFunction(options.cacheKey, definition.counters.cache);
  const caches = new CachesByThis(definition, method, keyOf);
  function cached(this: unknown, ...args: Arguments): unknown {
    return caches.call(this, args);
  }
  register(definition.counters, cached);
  return Object.defineProperties(cached, {
    name: { value: method.name, configurable: true },
    length: { value: method.length, configurable: true },
    // The cache only returns results of the method, which are of type R; it does not know that type.
  }) as (this: This, ...args: A) => R;
}

type Arguments = readonly unknown[];
type Call = (this: unknown, ...args: Arguments) => unknown;
type KeyOf = (self: unknown, args: Arguments) => Arguments;

/** What a cached function does, and its methods. */
interface Caching {
  readonly call: Call;
  readonly clear: () => void;
  readonly has: (...args: Arguments) => boolean;
  readonly remove: (...args: Arguments) => boolean;
}

function define<A extends Arguments, V>(
  actor: CachingActor,
  name: string,
  fn: unknown,
  options: CacheOptions<A, V>,
): CacheDefinition {
  refuseGeneratorFunction(fn, name);
  return defineCache(actor, name, options);
}

function caching(cache: ReplicaCache, parameters: number, keyOf: KeyOf): Caching {
  function callByKey(this: unknown, ...args: Arguments): unknown {
    return cache.call(this, args, keyOf);
  }
  return {
    call: keyOf === allArguments ? cache.caller(parameters) : callByKey,
    clear: () => cache.clear(),
    has: (...args) => cache.has(keyOf(undefined, args)),
    remove: (...args) => cache.delete(keyOf(undefined, args)),
  };
}

/** `load.has(1)` asks for a call without `this`, `load.has.call(object, 1)` for `object.load(1)`. */
function cachingByThis(caches: CachesByThis): Caching {
  function call(this: unknown, ...args: Arguments): unknown {
    return caches.call(this, args);
  }
  function selfOf(self: unknown): unknown {
    return self === call ? undefined : self;
  }
  return {
    call,
    clear: () => caches.clear(),
    has(this: unknown, ...args) {
      return caches.has(selfOf(this), args);
    },
    remove(this: unknown, ...args) {
      return caches.delete(selfOf(this), args);
    },
  };
}

function allArguments(_self: unknown, args: Arguments): Arguments {
  return args;
}

/** What makes the list that is compared of the list of arguments. */
function keyFunction<A extends Arguments>(cacheKey: ((...args: A) => unknown) | undefined, cache: string): KeyOf {
  if (cacheKey === undefined) return allArguments;
  return (_self, args) => {
    const key = cacheKey(...(args as A)); // `Cached` lets a function be called with arguments of type A only
    if (thenOf(key) === undefined) return [key];
    if (key instanceof Promise) key.catch(() => {}); // nobody waits for it
    throw asyncKey(`actor.cache of ${cache}`);
  };
}

function nameOf(fn: { readonly name: string }): string {
  return fn.name === "" ? "an anonymous function" : fn.name;
}
