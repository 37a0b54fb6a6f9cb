import { cachedMethod, replicaCache, type Cached, type CacheOptions, type CachingActor } from "./replica-cache.ts";

type Method<This, A extends readonly unknown[], R> = (this: This, ...args: A) => R;

/** `actor.cache`: a wrapper of functions, and a standard (TC39) decorator of methods. */
export interface ActorCache {
  <This, A extends readonly unknown[], R>(
    method: Method<This, A, R>,
    context: ClassMethodDecoratorContext<This, Method<This, A, R>>,
  ): Method<This, A, R>;
  /** With `cacheKey` any arguments will do: what it returns is the key. */
  <A extends readonly unknown[], R>(
    fn: (...args: A) => R,
    options: CacheOptions<A, Awaited<R>> & { readonly cacheKey: (...args: A) => unknown },
  ): Cached<A, R, A>;
  <A extends readonly unknown[], R>(fn: (...args: A) => R, options?: CacheOptions<A, Awaited<R>>): Cached<A, R>;
}

/**
 * A closure and no method: compilers call a decorator without the object it was read from.
 * @param actor one object for all caches of the actor, for they share its limits
 * @param check throws if what it is called with, beside the function, is a mistake
 */
export function cacheOf(actor: CachingActor, check?: (second: unknown) => void): ActorCache {
  function cache<This, A extends readonly unknown[], R>(
    method: Method<This, A, R>,
    context: ClassMethodDecoratorContext<This, Method<This, A, R>>,
  ): Method<This, A, R>;
  function cache<A extends readonly unknown[], R>(
    fn: (...args: A) => R,
    options: CacheOptions<A, Awaited<R>> & { readonly cacheKey: (...args: A) => unknown },
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
    if (isDecorated(second)) return cachedMethod(actor, fn, second);
    return replicaCache(actor, fn as (...args: A) => R, second); // a plain function has no `this`
  }
  return cache;
}

function isDecorated<This, A extends readonly unknown[], R>(
  second: ClassMethodDecoratorContext<This, Method<This, A, R>> | CacheOptions<A, Awaited<R>> | undefined,
): second is ClassMethodDecoratorContext<This, Method<This, A, R>> {
  return second !== undefined && "kind" in second;
}
