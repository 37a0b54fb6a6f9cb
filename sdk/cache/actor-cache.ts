import { checkDecorated } from "./check-options.ts";
import {
  cachedMethod,
  replicaCache,
  type Cached,
  type CacheOptions,
  type CachingActor,
  type WithCacheKey,
} from "./replica-cache.ts";

type Method<This, A extends readonly unknown[], R> = (this: This, ...args: A) => R;

/** The type of `actor.cache`: it wraps a function, and decorates a method as standard (TC39) decorators do. */
export interface ActorCache {
  <This, A extends readonly unknown[], R>(
    method: Method<This, A, R>,
    context: ClassMethodDecoratorContext<This, Method<This, A, R>>,
  ): Method<This, A, R>;
  /** With `cacheKey` the arguments may be of any type, since only what it returns is compared. */
  <A extends readonly unknown[], R>(
    fn: (...args: A) => R,
    options: CacheOptions<A, Awaited<R>> & WithCacheKey<A>,
  ): Cached<A, R, A>;
  <A extends readonly unknown[], R>(fn: (...args: A) => R, options?: CacheOptions<A, Awaited<R>>): Cached<A, R>;
}

/**
 * Make an actor's `cache`. It is a closure and no method, because compilers call a decorator without `this`.
 * @param actor the same object for all caches of the actor: they share its limits
 * @param check is given the second argument of each call, and throws if it is a mistake
 * @param made is told of each function that is cached
 */
export function cacheOf(
  actor: CachingActor,
  check?: (second: unknown) => void,
  made?: (cached: object) => void,
): ActorCache {
  function cache<This, A extends readonly unknown[], R>(
    method: Method<This, A, R>,
    context: ClassMethodDecoratorContext<This, Method<This, A, R>>,
  ): Method<This, A, R>;
  function cache<A extends readonly unknown[], R>(
    fn: (...args: A) => R,
    options: CacheOptions<A, Awaited<R>> & WithCacheKey<A>,
  ): Cached<A, R, A>;
  function cache<A extends readonly unknown[], R>(
    fn: (...args: A) => R,
    options?: CacheOptions<A, Awaited<R>>,
  ): Cached<A, R>;
  function cache<This, A extends readonly unknown[], R>(
    fn: Method<This, A, R>,
    second?: ClassMethodDecoratorContext<This, Method<This, A, R>> | CacheOptions<A, Awaited<R>>,
  ): unknown {
    check?.(second);
    if (isDecorated(second)) {
      checkDecorated(second);
      return cachedMethod(actor, fn, second);
    }
    const cached = replicaCache(actor, fn as (...args: A) => R, second); // a plain function has no type of `this`
    made?.(cached);
    return cached;
  }
  return cache;
}

function isDecorated<This, A extends readonly unknown[], R>(
  second: ClassMethodDecoratorContext<This, Method<This, A, R>> | CacheOptions<A, Awaited<R>> | undefined,
): second is ClassMethodDecoratorContext<This, Method<This, A, R>> {
  return typeof second === "object" && second !== null && "kind" in second;
}
