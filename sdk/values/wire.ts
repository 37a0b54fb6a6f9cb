import { LambentError } from "../base/errors.ts";
import { S3File } from "./file.ts";
import type { FileReference } from "./file-reference.ts";
import { isObject, printPath, setField, type Json } from "../base/json.ts";

/**
 * Values are passed from one Lambda function to another as JSON with six marks. A mark is an object with a single
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
export const MARKS: readonly string[] = [FILE, PLAIN, ABSENT, STORED, LIST, GIVEN];

/**
 * Deeper values are refused: reading their JSON takes a function call for each level, and the call stack is limited.
 */
export const MAX_DEPTH = 500;

/** Keys and indices of a path that an error message prints. */
const MAX_PRINTED_STEPS = 25;

/**
 * `value` as JSON. Fields that are `undefined` are left out, as in `JSON.stringify`. `undefined` itself, which a task
 * without a result returns, is `null`.
 * @param at what `value` is, for messages: `output`, `initValue`
 * @throws {LambentError} that names the path of a value that JSON cannot carry
 */
export function encode(value: unknown, at: string): Json {
  return new Encoding(at).encode(value ?? null);
}

/**
 * One call of `encode`. A class: esbuild's `keepNames` makes a closure cost more than it takes to encode a small value.
 */
class Encoding {
  readonly #at: string;
  /** The keys and indices that lead to the value that is being encoded, and the objects on that path. */
  readonly #path: (string | number)[] = [];
  readonly #ancestors: object[] = [];

  constructor(at: string) {
    this.#at = at;
  }

  encode(value: unknown): Json {
    if (value === null || typeof value === "string" || typeof value === "boolean") return value;
    if (typeof value === "number") return Number.isFinite(value) ? value : this.#refuse(String(value));
    if (typeof value !== "object") return this.#refuse(value === undefined ? "undefined" : `a ${typeof value}`);
    if (value instanceof S3File) {
      return { [FILE]: { uri: value.uri, version: value.version, format: value.format } };
    }
    const ancestors = this.#ancestors;
    if (ancestors.includes(value)) return this.#refuse("a value that contains itself");
    if (ancestors.push(value) > MAX_DEPTH) return this.#refuse(`nested more than ${MAX_DEPTH} levels deep`);
    let encoded: Json;
    if (Array.isArray(value)) encoded = Array.from(value, (item: unknown, index) => this.#encodeMember(item, index));
    else if (isPlain(value)) {
      const fields = mapFields(value, (field, key) => this.#encodeMember(field, key));
      encoded = isMark(Object.keys(fields)) ? { [PLAIN]: fields } : fields;
    } else return this.#refuse(`a ${className(value)}`);
    ancestors.pop();
    this.#path.length = ancestors.length;
    return encoded;
  }

  #encodeMember(member: unknown, step: string | number): Json {
    this.#path[this.#ancestors.length - 1] = step;
    return this.encode(member);
  }

  #refuse(what: string): never {
    throw notJson(this.#at, this.#path, what);
  }
}

/** The error that tells of a value, and where it is, that it is something which JSON cannot carry. */
export function notJson(at: string, path: readonly (string | number)[], what: string): LambentError {
  const place = printPath(at, path.slice(0, MAX_PRINTED_STEPS));
  return new LambentError(
    `${place} is ${what}, which JSON cannot carry: tasks pass plain data and S3Files to each other`,
  );
}

/**
 * The value from which {@link encode} made `json`.
 * @param stored the marks of stored values and lists are added to it; they are left out of the result
 */
export function decode(json: Json | undefined, stored: Json[]): unknown {
  if (!isObject(json)) return json;
  if (isList(json)) return json.map((item) => decode(item, stored));
  const keys = Object.keys(json);
  if (!isMark(keys)) return mapFields(json, (field) => decode(field, stored));
  if (FILE in json) return new S3File(fileReference(json[FILE]));
  if (GIVEN in json) return json[GIVEN];
  if (!(ABSENT in json || PLAIN in json)) stored.push(json);
  // The cast: only `encode` writes $plain, around an object.
  return PLAIN in json
    ? mapFields((json[PLAIN] ?? {}) as { readonly [key: string]: Json }, (field) => decode(field, stored))
    : undefined;
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
  return Object.getPrototypeOf(prototype) === null && className(value) === "Object";
}

/** For messages. */
export function className(value: object): string {
  const prototype: unknown = Object.getPrototypeOf(value);
  const constructor: unknown = prototype === null ? undefined : Reflect.get(Object(prototype), "constructor");
  return typeof constructor === "function" && constructor.name !== "" ? constructor.name : "class instance";
}
