import type { Json } from "../base/json.ts";
import type { Shape, ShapeType } from "../graph/graph.ts";
import { inCommon, jsonSchemaOf, likely, resolved, type JsonSchema } from "../values/json-schema.ts";
import type { Schema, SchemaResult } from "../values/standard-schema.ts";
import { keysOf } from "../values/validate.ts";

// JSON Schema of a library says what its types are, not what they are made of: `z.coerce.number()` is a number in it, and
// takes "1" too; `z.string().trim().max(3)` takes five characters. A state machine that refused these would refuse what
// the schema takes. So each thing that JSON Schema says is tried: it counts if the schema refuses what is against it.

/**
 * What is deeper, or comes after so many tries, is looked at by the schema alone. A field takes some 30 tries, a try 5 µs
 * for each field of the schema: 0.1 s for 50 fields.
 */
const [DEEPEST, MOST_TRIES] = [8, 2000] as const;

/** What the state machine can look at of what a schema takes. */
export function shapeOfSchema(schema: Schema): Shape {
  const root = jsonSchemaOf(schema);
  if (root === undefined) return {};
  return new Prover(schema, root).shape(root);
}

type Keys = readonly (string | number)[];

/** Where a part is, and what makes a whole value of one for it: what stands beside it is likely to be taken. */
interface Place {
  readonly keys: Keys;
  readonly around: (part: unknown) => unknown;
}

const ROOT: Place = { keys: [], around: (part) => part };

interface Issue {
  readonly message: string;
  readonly keys: Keys;
}

class Prover {
  readonly #schema: Schema;
  readonly #root: JsonSchema;
  /** Whether a whole value has to be awaited, as one that lacks fields need not be. */
  readonly #isAsync: boolean;
  #tries = 0;

  constructor(schema: Schema, root: JsonSchema) {
    this.#schema = schema;
    this.#root = root;
    this.#isAsync = issuesOf(schema, likely(root, root)) === undefined;
  }

  shape(written: JsonSchema, place: Place = ROOT): Shape {
    if (place.keys.length > DEEPEST || this.#tries > MOST_TRIES) return {};
    const schema = inCommon(resolved(written, this.#root), this.#root);
    const about = schema.default === undefined ? {} : { default: schema.default as Json }; // of JSON Schema
    const choices = this.#choices(schema, place);
    if (choices !== undefined) return { enum: choices, ...about };
    const type = this.#type(schema, place);
    return {
      ...(type === undefined ? {} : { type }),
      ...about,
      ...this.#bounds(schema, place),
      ...(type === "object" ? this.#fields(schema, place) : {}),
      ...(type === "array" ? this.#items(schema, place) : {}),
    };
  }

  /** What the schema says of a part, and not of what is around it. None too where it would have to be awaited. */
  #issues({ keys, around }: Place, part: unknown): readonly Issue[] {
    this.#tries++;
    return (issuesOf(this.#schema, around(part)) ?? [])
      .map((issue) => ({ message: issue.message, keys: keysOf(issue) }))
      .filter((issue) => isSame(issue.keys.slice(0, keys.length), keys));
  }

  /** Whether the schema refuses a part as it is, whatever it says of what is in it. */
  #refuses(place: Place, part: unknown, at: readonly Keys[] = [place.keys]): boolean {
    const issues = this.#issues(place, part);
    return at.some((keys) => hasIssue(issues, keys));
  }

  /** Whether the schema refuses all of these, and not something that differs from them in this alone. */
  #refusesAll(place: Place, wrong: readonly unknown[], right: unknown, at?: readonly Keys[]): boolean {
    return wrong.every((part) => this.#refuses(place, part, at)) && !this.#refuses(place, right, at);
  }

  #type(schema: JsonSchema, place: Place): Shape["type"] {
    const types = typesOf(schema);
    if (types === undefined) return undefined;
    const isWhole = types.includes("integer") && !types.includes("number") && this.#refusesAll(place, [0.5, 1.5], 1);
    const known = types.map((type) => (type === "integer" && !isWhole ? "number" : type));
    const others = TYPES.filter((type) => !known.includes(type) && !(type === "number" && isWhole));
    // What is made of another type may be refused for a bound, and another value of that type be taken: `z.coerce.number()
    // .min(3)` says of "1" what it says of 1, and takes "5".
    const right = types.flatMap((one) => SAMPLES[one === "integer" ? "number" : one]);
    const ofBounds = new Set(right.flatMap((part) => this.#issues(place, part).map(({ message }) => message)));
    const isRefused = others
      .flatMap((one) => SAMPLES[one])
      .every((part) =>
        this.#issues(place, part).some(({ message, keys }) => {
          if (isSame(keys, place.keys)) return !ofBounds.has(message);
          return Array.isArray(part) && types.includes("object"); // valibot and arktype miss the fields of an object in it
        }),
      );
    if (!isRefused) return undefined;
    const [first, ...more] = [...new Set(known)];
    return more.length === 0 || first === undefined ? first : [first, ...more];
  }

  #choices(schema: JsonSchema, place: Place): readonly Json[] | undefined {
    const choices = choicesOf(schema);
    if (choices === undefined) return undefined;
    const texts = choices.filter((one) => typeof one === "string");
    const others: readonly unknown[] = [
      "\u0000",
      ...Object.values(SAMPLES).flat(),
      ...texts.flatMap((text) => [text.toUpperCase(), text.toLowerCase(), ` ${text} `]),
      ...choices.map(String),
    ].filter((one) => !choices.some((choice) => choice === one));
    return this.#refusesAll(place, others, choices[0]) ? choices : undefined;
  }

  #bounds(schema: JsonSchema, place: Place): Shape {
    const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, minItems, maxItems, minLength } = schema;
    const found: { -readonly [K in keyof Shape]: Shape[K] } = {};
    const inside = likely(schema, this.#root);
    if (isBound(minimum) && this.#refusesAll(place, [minimum - 1, minimum - 1000], inside)) found.minimum = minimum;
    if (isBound(maximum) && this.#refusesAll(place, [maximum + 1, maximum + 1000], inside)) found.maximum = maximum;
    if (isBound(exclusiveMinimum) && this.#refusesAll(place, [exclusiveMinimum, exclusiveMinimum - 1], inside))
      found.exclusiveMinimum = exclusiveMinimum;
    if (isBound(exclusiveMaximum) && this.#refusesAll(place, [exclusiveMaximum, exclusiveMaximum + 1], inside))
      found.exclusiveMaximum = exclusiveMaximum;
    if (isBound(minItems) && minItems > 0 && this.#refusesAll(place, [[]], inside)) found.minItems = minItems;
    if (isBound(maxItems) && maxItems <= MOST_TRIED) {
      if (this.#refusesAll(place, [Array(maxItems + 1).fill(null)], inside)) found.maxItems = maxItems;
    }
    // Longer texts are the schema's to measure: it may trim them first, and counts other characters than JSONata does.
    if (isBound(minLength) && minLength > 0 && this.#refusesAll(place, [""], inside)) found.minLength = 1;
    return found;
  }

  #fields(schema: JsonSchema, place: Place): Shape {
    const { properties = {}, required = [], additionalProperties } = schema;
    const { keys, around } = place;
    // The cast: JSON Schema says that it is of the type object.
    const whole = this.#isAsync ? {} : (likely(schema, this.#root) as Readonly<Record<string, unknown>>);
    const [ofNone, ofAll] = [this.#issues(place, {}), this.#issues(place, whole)];
    const needed = required.filter((name) => hasIssue(ofNone, [...keys, name]) && !hasIssue(ofAll, [...keys, name]));
    const unknown = { keys: [...keys, UNKNOWN], around: (part: unknown) => around({ ...whole, [UNKNOWN]: part }) };
    const isClosed =
      additionalProperties === false &&
      this.#refusesAll(place, [{ ...whole, [UNKNOWN]: null }], whole, [keys, unknown.keys]);
    const fields = Object.entries(properties).map(([name, field]) => {
      const at = { keys: [...keys, name], around: (part: unknown) => around({ ...whole, [name]: part }) };
      return [name, this.shape(field, at)] as const;
    });
    const others = isClosed ? false : this.#others(additionalProperties, unknown);
    return {
      properties: Object.fromEntries(fields),
      ...(needed.length === 0 ? {} : { required: needed }),
      ...(others === undefined ? {} : { additionalProperties: others }),
    };
  }

  /** What each field of a record is, where the schema takes a field of any name: else it refuses the name. */
  #others(written: JsonSchema["additionalProperties"], place: Place): Shape | undefined {
    if (typeof written !== "object" || this.#refuses(place, likely(written, this.#root))) return undefined;
    const shape = this.shape(written, place);
    return Object.keys(shape).length === 0 ? undefined : shape;
  }

  #items({ items, prefixItems }: JsonSchema, { keys, around }: Place): Shape {
    if (typeof items !== "object" || prefixItems !== undefined) return {};
    return { items: this.shape(items, { keys: [...keys, 0], around: (part) => around([part]) }) };
  }
}

/** Elements of a list that is tried. */
const MOST_TRIED = 1000;
const UNKNOWN = "no such field";

const TYPES = ["string", "number", "boolean", "null", "array", "object"] as const;

/** Of each type some that a schema which takes other forms is likely to take. */
const SAMPLES: Readonly<Record<(typeof TYPES)[number], readonly unknown[]>> = {
  string: ["", "a", "1", "true", "null", "2026-01-01", "{}", "[]"],
  number: [0, 1, 1.5],
  boolean: [true, false],
  null: [null],
  array: [[], ["a"], [1]],
  object: [{}],
};

function isBound(bound: number | undefined): bound is number {
  return bound !== undefined && Math.abs(bound) < Number.MAX_SAFE_INTEGER - 1000;
}

/** The types that a schema names, of several ways those of all. */
function typesOf({ type, anyOf, oneOf, enum: choices, ...schema }: JsonSchema): readonly ShapeType[] | undefined {
  if (type !== undefined) return [type].flat() as ShapeType[]; // JSON Schema has no others
  const values = choices ?? ("const" in schema ? [schema.const] : undefined);
  if (values !== undefined) return [...new Set(values.map(jsonType))];
  const ways = (anyOf ?? oneOf)?.map(typesOf);
  const known = ways?.filter((types) => types !== undefined) ?? [];
  return ways === undefined || known.length < ways.length ? undefined : known.flat();
}

function jsonType(value: unknown): ShapeType {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : (typeof value as ShapeType); // JSON has no others
}

/** The values of which a schema takes one, if they are no objects, which JSONata does not look for. */
function choicesOf({ enum: choices, anyOf, oneOf, ...schema }: JsonSchema): readonly Json[] | undefined {
  const ways = (anyOf ?? oneOf)?.map(choicesOf);
  if (ways !== undefined) return ways.includes(undefined) ? undefined : ways.flatMap((way) => way ?? []);
  if (schema.type === "null") return [null];
  const values = choices ?? ("const" in schema ? [schema.const] : undefined);
  const isSimple = values?.every((one) => one === null || ["string", "number", "boolean"].includes(typeof one));
  return isSimple === true ? (values as readonly Json[]) : undefined;
}

function hasIssue(issues: readonly Issue[], keys: Keys): boolean {
  return issues.some((issue) => isSame(issue.keys, keys));
}

function isSame(keys: Keys, others: Keys): boolean {
  return keys.length === others.length && keys.every((key, index) => String(key) === String(others[index]));
}

/** What a schema says at once of a value: none if it takes it, undefined if it throws or would have to be awaited. */
export function issuesOf(schema: Schema, value: unknown): (SchemaResult<unknown>["issues"] & {}) | undefined {
  try {
    const result = schema["~standard"].validate(value);
    if (!(result instanceof Promise)) return result.issues ?? [];
    result.catch(() => undefined); // nobody waits for it
    return undefined;
  } catch {
    return undefined;
  }
}
