import { ReplicaCache } from "./entries.ts";
import type { CacheDefinition } from "./entry.ts";
import { isObject } from "../base/json.ts";
import { isEquatable } from "./keys/representatives.ts";

const { types } = process.getBuiltinModule("node:util");

type Arguments = readonly unknown[];
type KeyOf = (self: unknown, args: Arguments) => Arguments;

/**
 * The caches of a function that uses `this`. What has `equals` and `hashCode`, and what is no object, is part of the
 * key. Each other object, and for a static method each class, has a cache of its own, which goes with it.
 */
export class CachesByThis {
  readonly #definition: CacheDefinition;
  readonly #fn: (this: never, ...args: never) => unknown;
  readonly #keyOf: KeyOf;
  readonly #keyWithThis: KeyOf;
  readonly #byValue: ReplicaCache;
  readonly #byObject = new WeakMap<object, ReplicaCache>();
  /** Those in `#byObject`, to clear them. */
  readonly #all = new Set<WeakRef<ReplicaCache>>();
  readonly #collected = new FinalizationRegistry<WeakRef<ReplicaCache>>((cache) => this.#all.delete(cache));

  constructor(definition: CacheDefinition, fn: (this: never, ...args: never) => unknown, keyOf: KeyOf) {
    this.#definition = definition;
    this.#fn = fn;
    this.#keyOf = keyOf;
    this.#keyWithThis = (self, args) => [self, ...keyOf(self, args)];
    this.#byValue = new ReplicaCache(definition, fn);
  }

  call(self: unknown, args: Arguments): unknown {
    if (!isOwner(self)) return this.#byValue.call(self, args, this.#keyWithThis);
    let own = this.#byObject.get(self);
    if (own === undefined) {
      own = new ReplicaCache(this.#definition, this.#fn);
      this.#byObject.set(self, own);
      const weak = new WeakRef(own);
      this.#all.add(weak);
      this.#collected.register(own, weak);
    }
    return own.call(self, args, this.#keyOf);
  }

  has(self: unknown, args: Arguments): boolean {
    if (!isOwner(self)) return this.#byValue.has(this.#keyWithThis(self, args));
    return this.#byObject.get(self)?.has(this.#keyOf(self, args)) ?? false;
  }

  delete(self: unknown, args: Arguments): boolean {
    if (!isOwner(self)) return this.#byValue.delete(this.#keyWithThis(self, args));
    return this.#byObject.get(self)?.delete(this.#keyOf(self, args)) ?? false;
  }

  clear(): void {
    this.#byValue.clear();
    for (const cache of this.#all) cache.deref()?.clear();
  }
}

/** Whether calls with this `this` have a cache of their own. */
function isOwner(self: unknown): self is object {
  if (!isObject(self) && typeof self !== "function") return false;
  try {
    return !isEquatable(self);
  } catch {
    return true; // a getter or a Proxy's trap threw
  }
}

/**
 * Whether a function may use the `this` that it is called with, by its source text. An arrow function has that of where
 * it stands, and a bound one its own. What has no text of its own (a Proxy, what the language or an addon brings) may.
 */
export function usesThis(fn: Function): boolean {
  const source = Function.prototype.toString.call(fn);
  if (/\{\s*\[native code\]\s*\}$/.test(source)) return types.isProxy(fn) || !fn.name.startsWith("bound ");
  return /\bthis\b|\bsuper\b|\beval\b/.test(source) && !/^(?:async\b\s*)?(?:\([^]*?\)|[\w$]+)\s*=>/.test(source);
}
