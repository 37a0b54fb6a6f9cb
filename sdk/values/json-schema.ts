import { isObject } from "../base/json.ts";
import type { Schema } from "./standard-schema.ts";

/** What is read of https://json-schema.org/draft/2020-12/schema. */
export interface JsonSchema {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, JsonSchema>>;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonSchema;
  readonly prefixItems?: readonly JsonSchema[];
  readonly items?: boolean | JsonSchema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly format?: string;
}

/** Says anything of what JSON Schema has no word for: a Date, what a function checks. */
const LIBRARY_OPTIONS = {
  unrepresentable: "any", // zod
  errorMode: "ignore", // valibot
  fallback: ({ base }: { readonly base: unknown }) => base, // arktype
};

/** What a schema takes, as JSON Schema; undefined where its library makes none of it. */
export function jsonSchemaOf(schema: Schema): JsonSchema | undefined {
  const { jsonSchema } = schema["~standard"];
  try {
    return jsonSchema?.input({ target: "draft-2020-12", libraryOptions: LIBRARY_OPTIONS });
  } catch {
    return undefined; // by Standard JSON Schema, a library throws for what it cannot write
  }
}

/** What a schema takes at a place, in a few words; undefined if its JSON Schema does not tell. */
export function expectedAt(schema: Schema, keys: readonly (string | number)[]): string | undefined {
  const root = jsonSchemaOf(schema);
  if (root === undefined) return undefined;
  const found = keys.reduce((at: JsonSchema | undefined, key) => at && partOf(at, key, root), resolved(root, root));
  return found === undefined ? undefined : wordsOf(found);
}

function partOf(schema: JsonSchema, key: string | number, root: JsonSchema): JsonSchema | undefined {
  const { properties = {}, additionalProperties, prefixItems = [], items } = schema;
  const named = Object.hasOwn(properties, key) ? properties[key] : additionalProperties;
  const part = typeof key === "number" ? (prefixItems[key] ?? items) : named;
  return isObject(part) ? resolved(part as JsonSchema, root) : undefined; // a schema, since it is no boolean
}

/** A schema, or the one that it refers to; without it, anything. */
export function resolved(schema: JsonSchema, root: JsonSchema): JsonSchema {
  const { $ref } = schema;
  if ($ref === undefined) return schema;
  if ($ref === "#") return root;
  const name = /^#\/(?:\$defs|definitions)\/([^/]+)$/.exec($ref)?.[1];
  const found = name === undefined ? undefined : root.$defs?.[name];
  return found === undefined || found.$ref !== undefined ? {} : found;
}

/** Of a union of objects what is true of each of them: the fields that all have, with what any of them takes there. */
export function inCommon(schema: JsonSchema, root: JsonSchema): JsonSchema {
  const ways = (schema.anyOf ?? schema.oneOf)?.map((way) => resolved(way, root)) ?? [];
  const [first, ...others] = ways;
  if (first === undefined || ways.some(({ type }) => type !== "object")) return schema;
  const fields = Object.keys(first.properties ?? {}).map(
    (name) =>
      [
        name,
        ways.flatMap(({ properties = {} }) => (Object.hasOwn(properties, name) ? [properties[name] ?? {}] : [])),
      ] as const,
  );
  return {
    type: "object",
    properties: Object.fromEntries(
      fields.filter(([, found]) => found.length === ways.length).map(([name, found]) => [name, { anyOf: found }]),
    ),
    required: (first.required ?? []).filter((name) => others.every(({ required = [] }) => required.includes(name))),
  };
}

/** A value that a schema is likely to take: of its own, JSON Schema says no more than types and bounds. */
export function likely(written: JsonSchema, root: JsonSchema, depth: number = 0): unknown {
  const schema = inCommon(resolved(written, root), root);
  const { enum: choices = [], minimum, exclusiveMinimum, maximum, exclusiveMaximum, minItems, minLength } = schema;
  if ("const" in schema) return schema.const;
  if (choices.length > 0) return choices[0];
  const [way] = schema.anyOf ?? schema.oneOf ?? [];
  if (way !== undefined) return likely(way, root, depth);
  switch ([schema.type].flat()[0]) {
    case "string":
      return "a".repeat(Math.min(Math.max(minLength ?? 1, 1), LONGEST_LIKELY));
    case "number":
    case "integer": {
      const low = minimum ?? (exclusiveMinimum === undefined ? undefined : exclusiveMinimum + 1);
      const high = maximum ?? (exclusiveMaximum === undefined ? undefined : exclusiveMaximum - 1);
      return Math.min(Math.max(1, low ?? 1), high ?? Infinity);
    }
    case "boolean":
      return true;
    case "array":
      return Array.from({ length: Math.min(minItems ?? 0, LONGEST_LIKELY) }, (_, index) =>
        likely(partOf(schema, index, root) ?? {}, root, depth + 1),
      );
    case "object":
      if (depth > DEEPEST_LIKELY) return {};
      return Object.fromEntries(
        (schema.required ?? []).map((name) => [name, likely(partOf(schema, name, root) ?? {}, root, depth + 1)]),
      );
    default:
      return null;
  }
}

/** Characters and elements of what is made up, and levels of it: a schema may refer to itself. */
const [LONGEST_LIKELY, DEEPEST_LIKELY] = [1000, 8] as const;

function wordsOf(schema: JsonSchema): string | undefined {
  const { type, enum: choices = "const" in schema ? [schema.const] : undefined } = schema;
  if (choices !== undefined) return choices.map((one) => JSON.stringify(one)).join(" or ");
  const ways = schema.anyOf ?? schema.oneOf;
  if (ways !== undefined) {
    const words = ways.map(wordsOf);
    return words.includes(undefined) ? undefined : [...new Set(words)].join(" or ");
  }
  if (type === undefined) return undefined;
  return [[type].flat().join(" or "), ...boundsOf(schema)].join(" ");
}

function boundsOf(schema: JsonSchema): string[] {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, minItems, maxItems, minLength, maxLength, format } =
    schema;
  const bounds: readonly (readonly [words: string, bound: number | undefined])[] = [
    [">=", minimum],
    [">", exclusiveMinimum],
    ["<=", maximum],
    ["<", exclusiveMaximum],
    ["with at least this many items:", minItems],
    ["with at most this many items:", maxItems],
    ["with at least this many characters:", minLength],
    ["with at most this many characters:", maxLength],
  ];
  const known = bounds.flatMap(([words, bound]) =>
    bound === undefined || Math.abs(bound) === Number.MAX_SAFE_INTEGER ? [] : [`${words} ${bound}`],
  );
  return format === undefined ? known : [`in the format ${format}`, ...known];
}
