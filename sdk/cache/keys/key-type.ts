/** Value equality for cache keys, as Python's `__eq__` and `__hash__`. Instances must not change while they are keys. */
export interface Equatable {
  /** Whether `other` stands for the same value; must agree both ways. */
  equals(other: this): boolean;
  /** Equal instances return the same; unequal ones may too. */
  hashCode(): number | string;
}

type Primitive = string | number | boolean | bigint | null | undefined;

/** Built-in classes that are compared by what they contain. */
type ByContent = Date | RegExp | URL | ArrayBuffer | ArrayBufferView | Error;

/** `T` if two equal values of it can be recognised as equal; otherwise a type that says why not. */
export type Key<T> = T extends Primitive | ByContent | Equatable
  ? T
  : T extends ReadonlyMap<infer K, infer V>
    ? Inside<T, [Key<K>, Key<V>], [K, V]>
    : T extends ReadonlySet<infer V>
      ? Inside<T, [Key<V>], [V]>
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

/** A collection is a key when everything in it is. */
type Inside<Collection, Keys, Elements> = Elements extends Keys
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
