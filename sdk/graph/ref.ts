import { LambentError } from "../base/errors.ts";
import { printPath, type Json } from "../base/json.ts";
import type { S3File } from "../values/file.ts";

/** `inspect.custom` by its registered name: importing node:util reads all it has, 3 ms of a cold start on Node 24. */
const INSPECT = Symbol.for("nodejs.util.inspect.custom");

declare const VALUE: unique symbol;

/**
 * A value of type `T` that exists only at run time: an input of the workflow, the output of a node, or
 * a field of either. A Ref has the fields of `T`, each again a Ref, and nothing else; whatever computes
 * with one while the workflow is traced throws a {@link LambentError} that names the Ref.
 * @example
 * function greet(user: Ref<{ name: string; tags: string[] }>): Ref<string> {
 *   return publish({ text: user.name });
 * }
 */
export type Ref<T> = Reference<T> & Fields<T>;

/** What every Ref is, whatever its fields. Covariant: a `Ref<3>` is a `Ref<number>`. */
export interface Reference<out T> {
  readonly [VALUE]: T;
}

/** Leaves have no fields; `unknown` is the identity of `&`. */
type Fields<T> = T extends Leaf
  ? unknown
  : T extends readonly unknown[]
    ? Elements<T>
    : T extends object
      ? { readonly [K in keyof T]-?: Ref<T[K]> }
      : unknown;

/** Tuples list their indices one by one: mapping over the array type would let `map` and `length` through. */
type Elements<T extends readonly unknown[]> = number extends T["length"]
  ? { readonly [index: number]: Ref<T[number]> }
  : { readonly [K in Extract<keyof T, `${number}`>]: Ref<T[K]> };

export type Primitive = string | number | boolean | null | undefined;
/**
 * Classes that JSON has no form for: an instance crosses as a whole, and its content is read in tasks.
 * @example
 * const since: ValueClass = new Date("2026-01-31T00:00:00Z");
 */
export type ValueClass = Date | bigint | URL | Uint8Array | ReadonlyMap<unknown, unknown> | ReadonlySet<unknown>;
export type Leaf = Primitive | S3File | ValueClass;

/**
 * What may stand where a `T` is wanted inside a workflow: a `T`, a `Ref<T>`, or a literal with Refs in it.
 * @example
 * function publishAll(first: Input<string>): Ref<string> {
 *   return publish({ text: first }); // a text, or the output of a task
 * }
 */
export type Input<T> = Ref<T> | Literal<T>;

type Literal<T> = T extends Leaf
  ? T
  : T extends readonly unknown[]
    ? Items<T>
    : T extends object
      ? { readonly [K in keyof T]: Input<T[K]> }
      : T;

/** The array form is resolved late, which lets `Input<Json>` refer to itself. */
type Items<T extends readonly unknown[]> = number extends T["length"]
  ? readonly Input<T[number]>[]
  : { readonly [K in keyof T]: Input<T[K]> };

export type Inputs<I> = { readonly [K in keyof I]: Input<I[K]> };

/**
 * The run-time value of what a workflow returns: the inverse of {@link Input}.
 * @example
 * const returned: Value<{ sum: Ref<number>; label: string }> = { sum: 3, label: "three" };
 */
export type Value<R> =
  R extends Reference<infer T>
    ? T
    : R extends Leaf
      ? R
      : R extends object
        ? { -readonly [K in keyof R]: Value<R[K]> }
        : R;

/** A traced function runs at once and only once, so an async one is refused. */
export type Sync<R> = R extends PromiseLike<unknown> ? "a traced function must not be async" : R;

/**
 * `T` if it survives the trip between two Lambdas: JSON, an `S3File`, a `Date`, a `bigint`, a `URL`, a `Uint8Array`, a
 * `Map` or a `Set` of such; otherwise a type whose message names the offending field.
 * @example
 * const crossing: Crosses<{ rows: number[]; name: string }> = { rows: [1], name: "a" };
 */
export type Crosses<T> = T extends Primitive | S3File | Date | bigint | URL | Uint8Array | Json
  ? T
  : T extends (...args: never) => unknown
    ? NotSerializable<"a function">
    : T extends symbol
      ? NotSerializable<"a symbol">
      : T extends ReadonlyMap<infer K, infer V>
        ? CrossesWith<T, K | V>
        : T extends ReadonlySet<infer E>
          ? CrossesWith<T, E>
          : T extends WeakMap<never, unknown> | WeakSet<never> | RegExp | ArrayBufferView | Promise<unknown>
            ? NotSerializable<"a class instance; return plain data">
            : T extends object
              ? { [K in keyof T]: Crosses<T[K]> }
              : T;

/** A collection, if all that is in it crosses. */
type CrossesWith<T, E> = [E] extends [Crosses<E>] ? T : NotSerializable<"something in a Map or a Set">;

interface NotSerializable<Why extends string> {
  readonly "does not survive JSON": Why;
}

/** Where a Ref's value will be found: a variable of the state machine, and a path into it. */
export interface Origin {
  readonly variable: string;
  readonly path: readonly (string | number)[];
  /** The block of the graph in which the variable is known. */
  readonly scope: object;
  /** Called before a field of the Ref, or of one of its fields, is read. */
  readonly onRead: (of: Origin) => void;
}

const ORIGIN: unique symbol = Symbol("origin");

/** For what is done with lists, by a loop or a method. */
const FOR_EACH = "Do this in a task; to call a task for each element, use mapTask";

/** Make the Ref whose value will be found at `origin`. */
export function makeRef<T>(origin: Origin): Ref<T> {
  const printed = printPath(origin.variable, origin.path);
  function refuse(doing: string, remedy: string = "Do this in a task"): never {
    throw new LambentError(
      `${doing} ${printed}, which has no value while the workflow is traced: it is a Ref. ${remedy}`,
    );
  }
  // A function, so that a call of a method that a Ref does not have reaches the `apply` trap.
  const target = Object.assign(() => undefined, { [INSPECT]: () => `Ref(${printed})` });
  const proxy = new Proxy(target, {
    get(_, key) {
      if (key === ORIGIN) return origin;
      if (key === INSPECT || key === Symbol.toStringTag) return undefined;
      if (key === Symbol.iterator) return refuse("cannot iterate over", FOR_EACH);
      if (key === Symbol.toPrimitive || key === "valueOf" || key === "toString") return refuse("cannot compute with");
      if (key === "toJSON") return refuse("cannot serialise");
      if (key === "then") return refuse("cannot await");
      if (typeof key === "symbol") return refuse(`cannot read ${String(key)} of`);
      origin.onRead(origin);
      return makeRef({ ...origin, path: [...origin.path, /^(0|[1-9]\d*)$/.test(key) ? Number(key) : key] });
    },
    apply: () => refuse("cannot call", FOR_EACH),
    construct: () => refuse("cannot construct"),
    set: (_, key) => refuse(`cannot set ${String(key)} of`),
    deleteProperty: (_, key) => refuse(`cannot delete ${String(key)} of`),
    has: (_, key) => refuse(`cannot look for ${String(key)} in`),
    ownKeys: () => refuse("cannot list or spread the fields of"),
    getPrototypeOf: () => refuse("cannot take the prototype of"),
  });
  // The one place where a Ref is made: its fields exist only through the traps above.
  return proxy as unknown as Ref<T>;
}

/** The origin of a Ref; `undefined` for any other value. */
export function originOf(value: unknown): Origin | undefined {
  if (typeof value !== "function") return undefined;
  const origin: unknown = Reflect.get(value, ORIGIN);
  return origin === undefined ? undefined : (origin as Origin); // only `makeRef` can answer to ORIGIN
}
