/**
 * What a class implements so that its instances are compared by value in cache keys, as Python classes do with `__eq__`
 * and `__hash__`. An instance must not change while a cache holds what was loaded for it.
 * @example
 * class ModelConfig {
 *   readonly name: string;
 *   constructor(name: string) {
 *     this.name = name;
 *   }
 *   equals(other: ModelConfig): boolean {
 *     return this.name === other.name;
 *   }
 *   hashCode(): string {
 *     return this.name;
 *   }
 * }
 * const load = actor.cache(async function load(config: ModelConfig) {
 *   return { config };
 * });
 * await load(new ModelConfig("small"));
 * await load(new ModelConfig("small")); // a hit
 */
export interface Equatable {
  /** Whether `other` stands for the same value. `a.equals(b)` and `b.equals(a)` must agree. */
  equals(other: this): boolean;
  /** Must be the same for equal instances. Unequal ones may have the same too, which makes lookups slower. */
  hashCode(): number | string;
}

type Primitive = string | number | boolean | bigint | null | undefined;

/** Built-in classes that are compared by what they contain. */
type ComparedByContent = Date | RegExp | URL | URLSearchParams | Headers | ArrayBuffer | ArrayBufferView | Error;

/**
 * `T` if two equal values of it can be recognised as equal; otherwise a type to which no value can be assigned, and
 * whose one field says why. It is the type of a cached function's parameters.
 * @example
 * const region: Key<{ name: string; zones: number[] }> = { name: "eu", zones: [1, 2] };
 */
export type Key<T> = T extends Primitive | ComparedByContent | Equatable
  ? T
  : T extends ReadonlyMap<infer K, infer V>
    ? CollectionKey<T, [Key<K>, Key<V>], [K, V]>
    : T extends ReadonlySet<infer V>
      ? CollectionKey<T, [Key<V>], [V]>
      : T extends (...args: never) => unknown
        ? NotAKey<"functions compare by identity">
        : T extends symbol
          ? NotAKey<"symbols compare by identity">
          : T extends readonly unknown[]
            ? { [K in keyof T]: Key<T[K]> }
            : T extends object
              ? HasMethod<T> extends true
                ? NotAKey<"give the class equals() and hashCode()">
                : { [K in keyof T]: Key<T[K]> }
              : T;

/** A collection is a key when all of its elements are. */
type CollectionKey<Collection, Keys, Elements> = Elements extends Keys
  ? Collection
  : NotAKey<"the collection holds what compares by identity">;

type HasMethod<T> = true extends {
  [K in keyof T]: T[K] extends (...args: never) => unknown ? true : false;
}[keyof T]
  ? true
  : false;

interface NotAKey<Why extends string> {
  readonly "cannot be part of a cache key": Why;
}
