// Not imported: what a module of Node's is wrapped in for that takes longer to make than all of the cache to load.
const { types } = process.getBuiltinModule("node:util");

/**
 * A token that no argument can be. A key is a sequence of tokens: a primitive is its own token, compared by value;
 * what has no value semantics is its own too, compared by identity; structure, lengths and types are private tokens.
 * So no two different keys spell the same sequence, and no hash or string stands for a key.
 */
export abstract class PrivateToken {
  /** Tells this class from a plain object for the compiler; JavaScript never reads it. */
  abstract readonly token: string;
}

/** Whether a token is an object or a function that compares by identity. */
export function standsForItself(token: unknown): token is object {
  return (
    typeof token === "function" || (typeof token === "object" && token !== null && !(token instanceof PrivateToken))
  );
}

export class Mark extends PrivateToken {
  readonly token: string;
  constructor(token: string) {
    super();
    this.token = token;
  }
}

/** A token that one cache made, kept as long as a path of its trie uses it. */
export abstract class Interned extends PrivateToken {
  /** Edges of the trie that carry this token. */
  uses = 0;
  abstract release(): void;
}

const ABSENT: Mark = new Mark("absent");

/** A built-in class that is compared by content. Its readers are only handed what `is` accepts. */
export class Kind extends PrivateToken {
  readonly token: string;
  /** Whether it is a real instance, and not an object that borrowed the prototype. */
  readonly is: (value: object) => boolean;
  /** The values that make up an instance. */
  readonly parts: (value: never) => readonly unknown[];
  /** Elements whose order says nothing. */
  readonly elements: ((value: never) => readonly (readonly unknown[])[]) | undefined;

  constructor(token: string, is: Kind["is"], parts: Kind["parts"], elements: Kind["elements"]) {
    super();
    this.token = token;
    this.is = is;
    this.parts = parts;
    this.elements = elements;
  }
}

const CHUNK_LENGTH = 1 << 26; // a string of V8 holds at most 2^29 characters

/** The bytes themselves, one character each: exact, immutable, and compared at the speed of memory. */
function bytes(buffer: ArrayBufferLike, offset: number, length: number): unknown[] {
  const parts: unknown[] = [length];
  for (let at = 0; at < length; at += CHUNK_LENGTH) {
    parts.push(Buffer.from(buffer, offset + at, Math.min(CHUNK_LENGTH, length - at)).toString("latin1"));
  }
  return parts;
}

function kind<T extends object>(
  of: { readonly prototype: unknown; readonly name: string },
  is: (value: object) => value is T,
  parts: (value: T) => readonly unknown[],
  elements?: (value: T) => readonly (readonly unknown[])[],
): [unknown, Kind] {
  return [of.prototype, new Kind(of.name, is, parts, elements)];
}

let kinds: ReadonlyMap<unknown, Kind> | undefined;

/** By prototype, exactly: an instance of a subclass may have private state, which cannot be compared. */
export function kindOf(prototype: unknown): Kind | undefined {
  kinds ??= allKinds(); // when first needed: it would be a third of the time that importing the cache takes
  return kinds.get(prototype);
}

function allKinds(): ReadonlyMap<unknown, Kind> {
  const errors = [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError, AggregateError];
  const typedArrays = Object.getOwnPropertyNames(globalThis)
    .filter((name) => /^(?:Uint|Int|Float|BigInt|BigUint)\d+(?:Clamped)?Array$/.test(name))
    .map((name): unknown => Reflect.get(globalThis, name))
    .filter((of) => typeof of === "function");
  return new Map<unknown, Kind>([
    kind(Date, types.isDate, (v) => [v.getTime()]),
    kind(RegExp, types.isRegExp, (v) => [v.source, v.flags, v.lastIndex]),
    kind(URL, isUrl, (v) => [v.href]),
    kind(
      Map,
      isMap,
      () => [],
      (v) => [...v],
    ),
    kind(
      Set,
      isSet,
      () => [],
      (v) => Array.from(v, (element) => [element]),
    ),
    ...[ArrayBuffer, SharedArrayBuffer].map((of) => kind(of, types.isAnyArrayBuffer, (v) => bytes(v, 0, v.byteLength))),
    ...[DataView, Buffer, ...typedArrays].map((of) =>
      kind(of, ArrayBuffer.isView, (v) => bytes(v.buffer, v.byteOffset, v.byteLength)),
    ),
    ...[Number, String, Boolean, Symbol, BigInt].map((of) => kind(of, types.isBoxedPrimitive, (v) => [v.valueOf()])),
    ...errors.map((of) => kind(of, types.isNativeError, errorParts)),
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

/** Whether an object of Object's prototype, or of none, is data alone: `arguments`, `Math` and their like are not. */
export function isPlain(value: object, prototype: unknown): boolean {
  if (prototype !== null && prototype !== Object.prototype) return false;
  if (types.isArgumentsObject(value)) return false;
  return !(Symbol.toStringTag in value) || Object.keys(value).length > 0;
}
