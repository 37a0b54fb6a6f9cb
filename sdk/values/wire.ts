import { LambentError } from "../base/errors.ts";
import { S3File } from "./file.ts";
import type { FileReference } from "./file-reference.ts";
import { isObject, setField, type Json, type JsonObject } from "../base/json.ts";

/**
 * Values are passed from one Lambda function to another as JSON with seven marks. A mark is an object with a single
 * field that has one of these names. `{"$s3File": {uri, version, format}}` stands for an S3File.
 */
export const FILE = "$s3File";
/** `{"$plain": {…}}` stands for the object in it: an author's object that looks like a mark. */
export const PLAIN = "$plain";
/** Stands for a field that a Ref's source does not have. The compiler writes it; decoding leaves the field out. */
export const ABSENT = "$absent";
/** `{"$stored": key}` stands for a part of an output that was too large, and is in the store under this key. */
export const STORED = "$stored";
/**
 * `{"$list": {key, count, bytes}}` stands for a list that was too large: so many elements, whose JSON has so many bytes.
 * Under the key the store has the names of its parts.
 */
export const LIST = "$list";
/**
 * `{"$given": …}` stands for what is in it, word for word: data of the caller's in which something looks like a mark.
 * The first state of a workflow writes it, so that no caller can write a mark.
 */
export const GIVEN = "$given";
/**
 * `{"$value": {"Date": "2026-01-31T00:00:00.000Z"}}` stands for an instance of a class that JSON has no form for, a Date,
 * a bigint, a Map, a Set, a Uint8Array, a Buffer or a URL. It gives no rights, so callers may write it too.
 */
export const VALUE = "$value";
export const MARKS: readonly string[] = [FILE, PLAIN, ABSENT, STORED, LIST, GIVEN, VALUE];

/** What is in the mark of an instance: the name of its class, and what is still to be encoded. */
export interface ClassContent {
  readonly name: string;
  readonly content: unknown;
}

/** How instances become marks: `valueClasses` of value-classes.ts, which replicas load on first use. */
export interface ValueClasses {
  /** A text says why the value cannot cross; undefined: it is of none of these classes. */
  readonly encode: (value: unknown) => ClassContent | string | undefined;
  /** What the mark of an instance stands for, or a caller's data, in which instances are written as such marks. */
  readonly decode: (mark: JsonObject, decode: (json: Json) => unknown) => unknown;
  /** The error that tells of a value, and where it is, that it is something which cannot cross. */
  readonly refusal: (at: string, path: readonly (string | number)[], what: unknown) => LambentError;
}

/**
 * Deeper values are refused: reading their JSON takes a function call for each level, and the call stack is limited.
 */
export const MAX_DEPTH = 500;

/**
 * `value` as JSON. Fields that are `undefined` are left out, as in `JSON.stringify`. `undefined` itself, which a task
 * without a result returns, is `null`.
 * @param at what `value` is, for messages: `output`, `initValue`
 * @param classes absent: instances are refused, and the error does not tell what is where
 * @throws {LambentError} that names the path of a value that cannot cross
 */
export function encode(value: unknown, at: string, classes?: ValueClasses): Json {
  return new Encoding(at, classes).encode(value ?? null);
}

/**
 * One call of `encode`. A class: esbuild's `keepNames` makes a closure cost more than it takes to encode a small value.
 */
class Encoding {
  readonly #at: string;
  readonly #classes: ValueClasses | undefined;
  /** The keys and indices that lead to the value that is being encoded, and the objects on that path. */
  readonly #path: (string | number)[] = [];
  readonly #ancestors: object[] = [];

  constructor(at: string, classes: ValueClasses | undefined) {
    this.#at = at;
    this.#classes = classes;
  }

  encode(value: unknown): Json {
    if (value === null || typeof value === "string" || typeof value === "boolean") return value;
    if (typeof value === "number" && Number.isFinite(value)) return value;
    if (typeof value !== "object") return this.#encodeInstance(value);
    if (value instanceof S3File) {
      return { [FILE]: { uri: value.uri, version: value.version, format: value.format } };
    }
    const ancestors = this.#ancestors;
    if (ancestors.includes(value) || ancestors.push(value) > MAX_DEPTH) return this.#refuse(value);
    let encoded: Json;
    if (Array.isArray(value)) encoded = Array.from(value, (item: unknown, index) => this.#encodeMember(item, index));
    else if (isPlain(value)) {
      const fields = mapFields(value, (field, key) => this.#encodeMember(field, key));
      encoded = isMark(Object.keys(fields)) ? { [PLAIN]: fields } : fields;
    } else encoded = this.#encodeInstance(value);
    ancestors.pop();
    this.#path.length = ancestors.length;
    return encoded;
  }

  #encodeInstance(value: unknown): Json {
    const found = this.#classes?.encode(value);
    return typeof found === "object"
      ? { [VALUE]: { [found.name]: this.encode(found.content) } }
      : this.#refuse(found ?? value);
  }

  #encodeMember(member: unknown, step: string | number): Json {
    this.#path[this.#ancestors.length - 1] = step;
    return this.encode(member);
  }

  /** @param what words, or the value itself */
  #refuse(what: unknown): never {
    throw this.#classes?.refusal(this.#at, this.#path, what) ?? new LambentError("");
  }
}

/**
 * The value from which {@link encode} made `json`.
 * @param left the marks of stored values and lists are added to it; they are left out of the result
 * @param classes absent: so are the marks of instances, and data in which there may be some
 */
export function decode(json: Json | undefined, left: Json[], classes?: ValueClasses): unknown {
  if (!isObject(json)) return json;
  if (isList(json)) return json.map((item) => decode(item, left, classes));
  if (!isMark(Object.keys(json))) return decodeFields(json, left, classes);
  if (FILE in json) return new S3File(fileReference(json[FILE]));
  // The cast: only `encode` writes $plain, around an object.
  if (PLAIN in json) return decodeFields((json[PLAIN] ?? {}) as JsonObject, left, classes);
  if (classes !== undefined && (VALUE in json || GIVEN in json))
    return classes.decode(json, (part) => decode(part, left, classes));
  if (!(ABSENT in json)) left.push(json);
  return undefined;
}

function decodeFields(json: JsonObject, left: Json[], classes: ValueClasses | undefined): Record<string, unknown> {
  return mapFields(json, (field) => decode(field, left, classes));
}

/** Without the fields that are `undefined`, before or after. */
function mapFields<T, V>(object: { readonly [key: string]: T }, map: (field: T, key: string) => V): Record<string, V> {
  const fields: Record<string, V> = {};
  for (const [key, field] of Object.entries(object)) {
    const value = field === undefined ? undefined : map(field, key);
    if (value === undefined) continue;
    setField(fields, key, value);
  }
  return fields;
}

/** Whether an object with these keys is a mark. */
export function isMark(keys: readonly string[]): boolean {
  return keys.length === 1 && MARKS.includes(keys[0] ?? "");
}

/** Whether a mark has this name. A Ref can read no field of that name. */
export function isMarkName(name: string): boolean {
  return MARKS.includes(name);
}

function fileReference(json: Json | undefined): FileReference {
  const { uri, version, format } = (json ?? {}) as { readonly [key: string]: Json }; // undefined if it is no object
  if (typeof uri === "string" && typeof version === "string" && typeof format === "string")
    return { uri, version, format };
  throw new LambentError(`${JSON.stringify({ [FILE]: json })} is not an S3File: it needs uri, version and format`);
}

function isList(json: Json): json is readonly Json[] {
  return Array.isArray(json);
}

/**
 * Whether an object is plain data, by its prototype: an object of another realm (a `vm` context) is plain too, and an
 * own field named `constructor` is data.
 */
export function isPlain(value: object): value is { readonly [key: string]: unknown } {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return true;
  return (
    Object.getPrototypeOf(prototype) === null &&
    // Anybody may have written to a prototype.
    (prototype as { readonly constructor?: { readonly name?: unknown } | null }).constructor?.name === "Object"
  );
}
