import { LambentError } from "../base/errors.ts";
import { S3File } from "./file.ts";
import type { FileReference } from "./file-reference.ts";
import { isObject, printPath, setField, type Json } from "../base/json.ts";

/**
 * How values cross between two Lambdas: as JSON, with four marks of our own. An object whose only field is
 * one of these names is a mark; plain data that happens to look like one is wrapped in `$plain`.
 */
export const FILE = "$s3File";
export const PLAIN = "$plain";
/** Stands for a field that its source does not have; the compiler writes it, and decoding leaves it out. */
export const ABSENT = "$absent";
/** Stands for a part of an output that the state machine has no room for; its text is in the store, under this key. */
export const STORED = "$stored";
const MARKS: ReadonlySet<string> = new Set([FILE, PLAIN, ABSENT, STORED]);

/** Beyond it, reading the JSON again is at the mercy of the stack. */
export const DEEPEST = 500;

/** Steps of a path that a message prints. */
const LONGEST_PATH = 25;

/**
 * `value` as JSON. Fields that are `undefined` are left out, as `JSON.stringify` does; a lone `undefined`
 * (a task that returns nothing) is `null`.
 * @param at what `value` is, for messages: `output`, `initValue`
 * @throws {LambentError} that names the place of whatever JSON cannot carry
 */
export function encode(value: unknown, at: string): Json {
  return new Encoding(at).encode(value ?? null);
}

/** One walk through a value. A class, since bundling with `keepNames` makes a closure cost more than a small value. */
class Encoding {
  readonly #at: string;
  /** The steps that lead to where the walk is, and the objects on the way. */
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
    if (ancestors.push(value) > DEEPEST) return this.#refuse(`nested more than ${DEEPEST} levels deep`);
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
  const place = printPath(at, path.slice(0, LONGEST_PATH));
  return new LambentError(
    `${place} is ${what}, which JSON cannot carry: tasks pass plain data and S3Files to each other`,
  );
}

/**
 * The value that {@link encode} made `json` of.
 * @param stored is given what stands for parts that are in the store; they are left out
 */
export function decode(json: Json | undefined, stored: Json[]): unknown {
  if (!isObject(json)) return json;
  if (isList(json)) return json.map((item) => decode(item, stored));
  const keys = Object.keys(json);
  if (!isMark(keys)) return mapFields(json, (field) => decode(field, stored));
  if (FILE in json) return new S3File(fileReference(json[FILE]));
  if (STORED in json) stored.push(json);
  // Only `encode` writes $plain.
  return PLAIN in json
    ? mapFields((json[PLAIN] ?? {}) as { readonly [key: string]: Json }, (field) => decode(field, stored))
    : undefined;
}

/** Those fields are left out that are `undefined`, or come to it. */
function mapFields<T, V>(object: { readonly [key: string]: T }, map: (field: T, key: string) => V): Record<string, V> {
  const fields: Record<string, V> = {};
  for (const [key, field] of Object.entries(object)) {
    const value = field === undefined ? undefined : map(field, key);
    if (value === undefined) continue;
    setField(fields, key, value);
  }
  return fields;
}

/** Whether an object with these fields would be taken for a mark. */
export function isMark(keys: readonly string[]): boolean {
  return keys.length === 1 && MARKS.has(keys[0] ?? "");
}

/** Whether the name is that of a mark, and so of no field that a Ref can read. */
export function isMarkName(name: string): boolean {
  return MARKS.has(name);
}

function fileReference(json: Json | undefined): FileReference {
  const { uri, version, format } = (json ?? {}) as { readonly [key: string]: Json }; // of any other, these are undefined
  if (typeof uri === "string" && typeof version === "string" && typeof format === "string")
    return { uri, version, format };
  throw new LambentError(`${JSON.stringify({ [FILE]: json })} is not an S3File: it needs uri, version and format`);
}

function isList(json: Json): json is readonly Json[] {
  return Array.isArray(json);
}

/** By the prototype alone: an object of another realm is plain too, and a field named `constructor` is data. */
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
