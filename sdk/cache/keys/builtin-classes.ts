import { isObject } from "../../base/json.ts";
import { NamedToken, PrivateToken } from "./tokens.ts";

// Not imported: for an `import` Node wraps its own module in an ES module with all of its exports, which takes longer
// than loading the whole cache does.
const { types } = process.getBuiltinModule("node:util");

const ABSENT: NamedToken = new NamedToken("absent");

/** A built-in class whose instances are compared by content. The token of its name. */
export class BuiltinClass extends PrivateToken {
  readonly token: string;
  /** Whether an object is a real instance; one that only borrowed the prototype has no content. */
  readonly isInstance: (value: object) => boolean;
  /** The values that make up an instance. Is only called with what `isInstance` accepts. */
  readonly parts: (value: never) => readonly unknown[];
  /** The elements of a Map or a Set, which are equal in any order. Is only called with what `isInstance` accepts. */
  readonly unorderedElements: ((value: never) => readonly (readonly unknown[])[]) | undefined;

  constructor(
    token: string,
    isInstance: BuiltinClass["isInstance"],
    parts: BuiltinClass["parts"],
    unorderedElements: BuiltinClass["unorderedElements"],
  ) {
    super();
    this.token = token;
    this.isInstance = isInstance;
    this.parts = parts;
    this.unorderedElements = unorderedElements;
  }
}

const CHUNK_LENGTH = 1 << 26; // a string of V8 holds at most 2^29 characters

/** The bytes as text, one character each: a copy that cannot change, and that V8 compares as fast as memory. */
function bytesAsText(buffer: ArrayBufferLike, offset: number, length: number): unknown[] {
  const parts: unknown[] = [length];
  for (let start = 0; start < length; start += CHUNK_LENGTH) {
    parts.push(Buffer.from(buffer, offset + start, Math.min(CHUNK_LENGTH, length - start)).toString("latin1"));
  }
  return parts;
}

function builtin<T extends object>(
  of: { readonly prototype: unknown; readonly name: string },
  isInstance: (value: object) => value is T,
  parts: (value: T) => readonly unknown[],
  unorderedElements?: (value: T) => readonly (readonly unknown[])[],
): [unknown, BuiltinClass] {
  return [of.prototype, new BuiltinClass(of.name, isInstance, parts, unorderedElements)];
}

let byPrototype: Map<unknown, BuiltinClass> | undefined;

/**
 * The class with exactly this prototype. An instance of a subclass is not compared by content, since it may have
 * private fields, which nobody else can read.
 */
export function builtinClassOf(prototype: unknown): BuiltinClass | undefined {
  byPrototype ??= allBuiltins(); // on first use: it would take a third of the time of importing the cache
  return byPrototype.get(prototype) ?? lateBuiltin(prototype);
}

/**
 * Classes that Node.js loads when they are first named, which takes 20 ms, or does not have in all versions: found by
 * the tag of a prototype that is there.
 */
function lateBuiltin(prototype: unknown): BuiltinClass | undefined {
  if (!isObject(prototype)) return undefined;
  const tag: unknown = Object.getOwnPropertyDescriptor(prototype, Symbol.toStringTag)?.value;
  if (typeof tag !== "string" || !/^(?:Headers|FormData|Temporal\.\w+)$/.test(tag)) return undefined;
  const of: unknown = tag.split(".").reduce<unknown>((scope, name) => Reflect.get(Object(scope), name), globalThis);
  if (typeof of !== "function" || of.prototype !== prototype) return undefined;
  const parts = tag.startsWith("Temporal.") ? temporalParts : pairsOf;
  const made = new BuiltinClass(tag, (value) => canBeRead(value, parts), parts, undefined);
  byPrototype?.set(prototype, made);
  return made;
}

function canBeRead(value: object, parts: (value: never) => readonly unknown[]): boolean {
  try {
    return parts(value as never).length > 0; // throws if it only borrowed the prototype
  } catch {
    return false;
  }
}

/** Names and values, in the order in which they are sent. */
function pairsOf(value: Iterable<readonly [unknown, unknown]>): unknown[] {
  const pairs = [...value];
  return [pairs.length, ...pairs.flat()];
}

const DURATION = ["years", "months", "weeks", "days", "hours", "minutes"];
const DURATION_SECONDS = ["seconds", "milliseconds", "microseconds", "nanoseconds"];

/** All that an object of Temporal is, but for durations, is in its text: of these 1 s and 1,000 ms have the same one. */
function temporalParts(value: object): unknown[] {
  const units = "milliseconds" in value ? [...DURATION, ...DURATION_SECONDS] : [];
  return [String(value), ...units.map((unit): unknown => Reflect.get(value, unit))];
}

function allBuiltins(): Map<unknown, BuiltinClass> {
  const errors = [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError, AggregateError];
  const typedArrays = Object.getOwnPropertyNames(globalThis)
    .filter((name) => /^(?:Uint|Int|Float|BigInt|BigUint)\d+(?:Clamped)?Array$/.test(name))
    .map((name): unknown => Reflect.get(globalThis, name))
    .filter((of) => typeof of === "function");
  return new Map<unknown, BuiltinClass>([
    builtin(Date, types.isDate, (v) => [v.getTime()]),
    builtin(RegExp, types.isRegExp, (v) => [v.source, v.flags, v.lastIndex]),
    builtin(URL, isUrl, (v) => [v.href]),
    builtin(URLSearchParams, isSearchParams, pairsOf),
    builtin(
      Map,
      isMap,
      () => [],
      (v) => [...v],
    ),
    builtin(
      Set,
      isSet,
      () => [],
      (v) => Array.from(v, (element) => [element]),
    ),
    ...[ArrayBuffer, SharedArrayBuffer].map((of) =>
      builtin(of, types.isAnyArrayBuffer, (v) => bytesAsText(v, 0, v.byteLength)),
    ),
    ...[DataView, Buffer, ...typedArrays].map((of) =>
      builtin(of, ArrayBuffer.isView, (v) => bytesAsText(v.buffer, v.byteOffset, v.byteLength)),
    ),
    ...[Number, String, Boolean, Symbol, BigInt].map((of) => builtin(of, types.isBoxedPrimitive, (v) => [v.valueOf()])),
    ...errors.map((of) => builtin(of, types.isNativeError, errorParts)),
  ]);
}

function errorParts(v: Error): unknown[] {
  const cause = Object.hasOwn(v, "cause") ? v.cause : ABSENT;
  return [v.name, v.message, cause, v instanceof AggregateError ? v.errors : ABSENT];
}

function isMap(value: object): value is Map<unknown, unknown> {
  return types.isMap(value);
}

function isSet(value: object): value is Set<unknown> {
  return types.isSet(value);
}

function isUrl(value: object): value is URL {
  try {
    return value instanceof URL && value.href !== "";
  } catch {
    return false; // made by Object.create(URL.prototype): there is no URL in it
  }
}

function isSearchParams(value: object): value is URLSearchParams {
  return value instanceof URLSearchParams && canBeRead(value, pairsOf);
}

/**
 * Whether an object is compared by its properties: its prototype is `Object.prototype` or null, and it is neither an
 * `arguments` object nor, like `Math`, a named built-in object without enumerable properties.
 */
export function isPlain(value: object, prototype: unknown): boolean {
  if (prototype !== null && prototype !== Object.prototype) return false;
  if (types.isArgumentsObject(value)) return false;
  return !(Symbol.toStringTag in value) || Object.keys(value).length > 0;
}
