import { LambentError } from "./errors.ts";
import { S3File, type FileReference } from "./file.ts";
import type { Json } from "./ref.ts";

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

/**
 * `value` as JSON. Fields that are `undefined` are left out, as `JSON.stringify` does; a lone `undefined`
 * (a task that returns nothing) is `null`.
 * @param at what `value` is, for messages: `output`, `initValue`
 * @throws {LambentError} that names the place of whatever JSON cannot carry
 */
export function encode(value: unknown, at: string): Json {
  return encodeWithin(value ?? null, at, new Set());
}

/** Beyond it, reading the JSON again is at the mercy of the stack. */
const DEEPEST = 500;

function encodeWithin(value: unknown, at: string, ancestors: Set<object>): Json {
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number") {
    if (Number.isFinite(value)) return value;
    throw unencodable(at, String(value));
  }
  if (typeof value !== "object") throw unencodable(at, value === undefined ? "undefined" : `a ${typeof value}`);
  if (value instanceof S3File) {
    return { [FILE]: { uri: value.uri, version: value.version, format: value.format } };
  }
  if (ancestors.has(value)) throw unencodable(at, "a value that contains itself");
  if (ancestors.size === DEEPEST) throw unencodable(at.slice(0, 80), `nested more than ${DEEPEST} levels deep`);
  ancestors.add(value);
  const encoded = Array.isArray(value)
    ? Array.from(value, (item: unknown, index) => encodeWithin(item, `${at}[${index}]`, ancestors))
    : encodeFields(value, at, ancestors);
  ancestors.delete(value);
  return encoded;
}

function encodeFields(value: object, at: string, ancestors: Set<object>): Json {
  if (!isPlain(value)) throw unencodable(at, `a ${className(value)}`);
  const fields: Record<string, Json> = {};
  for (const [key, field] of Object.entries(value)) {
    if (field !== undefined) define(fields, key, encodeWithin(field, printField(at, key), ancestors));
  }
  return isMark(Object.keys(fields)) ? { [PLAIN]: fields } : fields;
}

/**
 * The value that {@link encode} made `json` of.
 * @param stored is told the key of each part that is in the store, and the part is left out
 */
export function decode(json: Json | undefined, stored: (key: Json | undefined) => void): unknown {
  if (json === null || typeof json !== "object") return json;
  if (isList(json)) return json.map((item) => decode(item, stored));
  switch (markOf(json)) {
    case FILE:
      return new S3File(fileReference(json[FILE]));
    case ABSENT:
      return undefined;
    case STORED:
      return stored(json[STORED]);
    case PLAIN:
      return decodeFields((json[PLAIN] ?? {}) as { readonly [key: string]: Json }, stored); // only `encode` writes $plain
    default:
      return decodeFields(json, stored);
  }
}

function decodeFields(
  json: { readonly [key: string]: Json },
  stored: (key: Json | undefined) => void,
): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(json)) {
    const value = decode(field, stored);
    if (value !== undefined) define(fields, key, value);
  }
  return fields;
}

/** Assigning to `__proto__` would set the prototype instead. */
function define(fields: Record<string, unknown>, key: string, value: unknown): void {
  if (key === "__proto__")
    Object.defineProperty(fields, key, { value, enumerable: true, configurable: true, writable: true });
  else fields[key] = value;
}

function markOf(fields: { readonly [key: string]: Json }): string | undefined {
  const keys = Object.keys(fields);
  return isMark(keys) ? keys[0] : undefined;
}

/** Whether an object with these fields would be taken for a mark. */
export function isMark(keys: readonly string[]): boolean {
  return keys.length === 1 && isMarkName(keys[0] ?? "");
}

/** Whether the name is that of a mark, and so of no field that a Ref can read. */
export function isMarkName(name: string): boolean {
  return MARKS.has(name);
}

function fileReference(json: Json | undefined): FileReference {
  if (json !== null && typeof json === "object" && !isList(json)) {
    const { uri, version, format } = json;
    if (typeof uri === "string" && typeof version === "string" && typeof format === "string")
      return { uri, version, format };
  }
  throw new LambentError(`${JSON.stringify({ [FILE]: json })} is not an S3File: it needs uri, version and format`);
}

function isList(json: Json | undefined): json is readonly Json[] {
  return Array.isArray(json);
}

/** By the prototype alone: an object of another realm is plain too, and a field named `constructor` is data. */
export function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || (Object.getPrototypeOf(prototype) === null && className(value) === "Object");
}

function className(value: object): string {
  const prototype: unknown = Object.getPrototypeOf(value);
  const constructor: unknown = prototype === null ? undefined : Reflect.get(Object(prototype), "constructor");
  return typeof constructor === "function" && constructor.name !== "" ? constructor.name : "class instance";
}

function printField(at: string, key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? `${at}.${key}` : `${at}[${JSON.stringify(key)}]`;
}

function unencodable(at: string, what: string): LambentError {
  return new LambentError(`${at} is ${what}, which JSON cannot carry: tasks pass plain data and S3Files to each other`);
}
