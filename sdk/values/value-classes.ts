import { LambentError } from "../base/errors.ts";
import { printPath, setField, type Json, type JsonObject } from "../base/json.ts";
import type { ClassContent, GIVEN, MAX_DEPTH, VALUE, ValueClasses } from "./wire.ts";

// Replicas load this on first use. It imports no code of wire.ts: esbuild would make a chunk of its own of that, which
// would be one more file to load in a cold start.
const VALUE_MARK: typeof VALUE = "$value";
const GIVEN_MARK: typeof GIVEN = "$given";
const DEEPEST: typeof MAX_DEPTH = 500;

/** Keys and indices of a path that an error message prints. */
const MAX_PRINTED_STEPS = 25;

/** The names by which a value's mark tells what it is: `{"$value": {"Date": "2026-01-31T00:00:00.000Z"}}`. */
export const CLASS_NAMES = ["Date", "bigint", "Map", "Set", "Uint8Array", "Buffer", "URL"] as const;
export type ClassName = (typeof CLASS_NAMES)[number];

interface ValueClass {
  /**
   * What is in the mark, found by the class's own methods: these work for a value of another realm too, and throw for
   * what is none.
   */
  readonly contentOf: (value: unknown) => unknown;
  /** The value with this content; undefined: there is none. */
  readonly valueOf: (content: unknown) => unknown;
}

const CLASSES: Readonly<Record<ClassName, ValueClass>> = {
  Date: {
    contentOf: (value) => Date.prototype.toISOString.call(value),
    valueOf: (content) => (typeof content === "string" && DATE.test(content) ? validDate(content) : undefined),
  },
  bigint: {
    contentOf: String,
    valueOf: (content) => (typeof content === "string" && /^-?\d+$/.test(content) ? BigInt(content) : undefined),
  },
  Map: {
    contentOf: (value) => Array.from(Map.prototype.entries.call(value)),
    valueOf: (content) => (Array.isArray(content) && content.every(isEntry) ? new Map(content) : undefined),
  },
  Set: {
    contentOf: (value) => Array.from(Set.prototype.values.call(value)),
    valueOf: (content) => (Array.isArray(content) ? new Set<unknown>(content) : undefined),
  },
  Uint8Array: {
    contentOf: base64,
    valueOf: (content) => (isBase64(content) ? new Uint8Array(Buffer.from(content, "base64")) : undefined),
  },
  Buffer: {
    contentOf: base64,
    valueOf: (content) => (isBase64(content) ? Buffer.from(content, "base64") : undefined),
  },
  URL: {
    contentOf: (value) => (value instanceof URL ? value.href : undefined),
    valueOf: (content) => (typeof content === "string" && URL.canParse(content) ? new URL(content) : undefined),
  },
};

/** Prototypes of an instance, up to `Object`'s: a subclass has more. */
const PROTOTYPES: Readonly<Partial<Record<ClassName, number>>> = { Uint8Array: 3, Buffer: 4 };

/** How values of classes that JSON has no form for are put into a mark, and made of one. */
export const valueClasses: ValueClasses = { encode: encodeInstance, decode: decodeMark, refusal };

function encodeInstance(value: unknown): ClassContent | string | undefined {
  const name = classOf(value);
  if (name === undefined) return undefined;
  try {
    if (name === "Date" && Number.isNaN(Date.prototype.getTime.call(value))) return "an invalid Date";
    const content = CLASSES[name].contentOf(value);
    return content === undefined ? undefined : { name, content };
  } catch {
    return undefined; // it has the name and not what is in such a value
  }
}

/** The name of the class that a value is an instance of, and not merely an instance of a subclass. */
function classOf(value: unknown): ClassName | undefined {
  if (typeof value === "bigint") return "bigint";
  const prototypes = prototypesOf(value);
  const constructor: unknown = Reflect.get(prototypes[0] ?? {}, "constructor");
  const name = typeof constructor === "function" ? constructor.name : undefined;
  const known = CLASS_NAMES.find((one) => one === name);
  return known !== undefined && prototypes.length === (PROTOTYPES[known] ?? 2) ? known : undefined;
}

function prototypesOf(value: unknown): object[] {
  const prototype: unknown = value === undefined || value === null ? null : Object.getPrototypeOf(value);
  return typeof prototype === "object" && prototype !== null ? [prototype, ...prototypesOf(prototype)] : [];
}

/** What is written as the mark of an instance and can be none is data. */
function decodeMark(mark: JsonObject, decode: (json: Json) => unknown): unknown {
  const given = mark[GIVEN_MARK];
  return given === undefined ? decodeInstance(mark, decode) : decodeData(given);
}

/** A caller's data, in which no marks but those of instances count. */
function decodeData(json: Json): unknown {
  if (typeof json !== "object" || json === null) return json;
  if (Array.isArray(json)) return json.map(decodeData);
  const object = json as JsonObject; // `isArray` does not tell that a readonly list is none
  const isMark = Object.hasOwn(object, VALUE_MARK) && Object.keys(object).length === 1;
  return isMark ? decodeInstance(object, decodeData) : mapFields(object, decodeData);
}

function decodeInstance(mark: JsonObject, decode: (json: Json) => unknown): unknown {
  const inner = mark[VALUE_MARK];
  const [[name, content] = [], ...others] = typeof inner === "object" && inner !== null ? Object.entries(inner) : [];
  const known = CLASS_NAMES.find((one) => one === name);
  const value = known === undefined || others.length > 0 ? undefined : CLASSES[known].valueOf(decode(content as Json)); // of JSON
  return value ?? mapFields(mark, decode);
}

function mapFields(object: JsonObject, map: (field: Json) => unknown): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(object)) setField(fields, key, map(field));
  return fields;
}

/** @param what words, or the value itself */
function refusal(at: string, path: readonly (string | number)[], what: unknown): LambentError {
  const place = printPath(at, path.slice(0, MAX_PRINTED_STEPS));
  return new LambentError(
    `${place} is ${path.length < DEEPEST ? wordsFor(what) : `nested more than ${DEEPEST} levels deep`}, which cannot cross between tasks: they pass plain data, Date, bigint, Map, Set, Uint8Array, URL and S3File to each other`,
  );
}

function wordsFor(what: unknown): string {
  if (typeof what === "string") return what;
  if (typeof what === "number" || what === undefined) return String(what);
  if (typeof what !== "object" || what === null) return `a ${typeof what}`;
  const [prototype, ...others] = prototypesOf(what);
  // What could cross is refused for one reason alone.
  if (others.length === 0 || Array.isArray(what) || typeof encodeInstance(what) === "object")
    return "a value that contains itself";
  const constructor: unknown = Reflect.get(prototype ?? {}, "constructor");
  return `a ${typeof constructor === "function" && constructor.name !== "" ? constructor.name : "class instance"}`;
}

/** Year, month and day, and a time with its offset, as `toISOString` and other programs write it. */
const DATE = /^([+-]\d{6}|\d{4})-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/;

function validDate(text: string): Date | undefined {
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

function isEntry(content: unknown): content is [unknown, unknown] {
  return Array.isArray(content) && content.length === 2;
}

function base64(value: unknown): string | undefined {
  if (!ArrayBuffer.isView(value)) return undefined;
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64");
}

function isBase64(content: unknown): content is string {
  return typeof content === "string" && content.length % 4 === 0 && /^[A-Za-z\d+/]*={0,2}$/.test(content);
}
