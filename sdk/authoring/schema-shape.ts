import type { Json } from "../base/json.ts";
import type { Shape, ShapeType } from "../graph/graph.ts";
import { jsonSchemaOf, resolved, type JsonSchema } from "../values/json-schema.ts";
import type { Schema, SchemaResult } from "../values/standard-schema.ts";
import { keysOf } from "../values/validate.ts";

// JSON Schema of a library says what its types are, not what they are made of: `z.coerce.number()` is a number in it, and
// takes "1" too; `z.string().trim().max(3)` takes five characters. A state machine that refused these would refuse what
// the schema takes. So each thing that JSON Schema says is tried: it counts if the schema refuses what is against it.

/** Deeper values, and more of them, are looked at by the schema alone: a definition has a megabyte. */
const [DEEPEST, MOST_PARTS] = [8, 200] as const;

/** What the state machine can look at of what a schema takes. */
export function shapeOfSchema(schema: Schema): Shape {
  const root = jsonSchemaOf(schema);
  if (root === undefined) return {};
  return new Prover(schema, root).shape(root, []);
}

type Place = readonly (string | number)[];

class Prover {
  readonly #schema: Schema;
  readonly #root: JsonSchema;
  #parts = 0;

  constructor(schema: Schema, root: JsonSchema) {
    this.#schema = schema;
    this.#root = root;
  }

  shape(written: JsonSchema, place: Place): Shape {
    if (place.length > DEEPEST || ++this.#parts > MOST_PARTS) return {};
    const schema = resolved(written, this.#root);
    const type = this.#type(schema, place);
    const about = schema.default === undefined ? {} : { default: schema.default as Json }; // of JSON Schema
    const choices = this.#choices(schema, place);
    if (choices !== undefined) return { enum: choices, ...about };
    return {
      ...(type === undefined ? {} : { type }),
      ...about,
      ...this.#bounds(schema, place),
      ...(type === "object" ? this.#fields(schema, place) : {}),
      ...(type === "array" ? this.#items(schema, place) : {}),
    };
  }

  /** Whether the schema refuses each of these at a place: for what is there, and not for what is missing around it. */
  #refuses(place: Place, values: readonly unknown[], at: readonly Place[] = [place]): boolean {
    return values.every((value) => {
      return this.#issues(place, value).some(({ keys }) => at.some((one) => isSame(keys, one)));
    });
  }

  #issues(place: Place, value: unknown): readonly { readonly message: string; readonly keys: Place }[] {
    const whole = place.reduceRight((inner, step) => (typeof step === "number" ? [inner] : { [step]: inner }), value);
    return (issuesOf(this.#schema, whole) ?? []).map((issue) => ({ message: issue.message, keys: keysOf(issue) }));
  }

  #type(schema: JsonSchema, place: Place): Shape["type"] {
    const types = typesOf(schema);
    if (types === undefined) return undefined;
    const isWhole = types.includes("integer") && !types.includes("number") && this.#refuses(place, [0.5, 1.5]);
    const known = types.map((type) => (type === "integer" && !isWhole ? "number" : type));
    const others = TYPES.filter((type) => !known.includes(type) && !(type === "number" && isWhole));
    // What is made of another type may be refused for a bound, and another value of that type be taken: `z.coerce.number()
    // .min(3)` says of "1" what it says of 1, and takes "5".
    const right = types.flatMap((one) => SAMPLES[one === "integer" ? "number" : one]);
    const ofBounds = new Set(right.flatMap((value) => this.#issues(place, value).map(({ message }) => message)));
    const isRefused = others
      .flatMap((one) => SAMPLES[one])
      .every((value) =>
        this.#issues(place, value).some(({ message, keys }) => {
          if (isSame(keys, place)) return !ofBounds.has(message);
          // valibot and arktype take a list for an object, in which they miss the fields.
          return Array.isArray(value) && types.includes("object") && isSame(keys.slice(0, place.length), place);
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
    return this.#refuses(place, others) ? choices : undefined;
  }

  #bounds(schema: JsonSchema, place: Place): Shape {
    const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, minItems, maxItems, minLength } = schema;
    const found: { -readonly [K in keyof Shape]: Shape[K] } = {};
    if (isBound(minimum) && this.#refuses(place, [minimum - 1, minimum - 1000])) found.minimum = minimum;
    if (isBound(maximum) && this.#refuses(place, [maximum + 1, maximum + 1000])) found.maximum = maximum;
    if (isBound(exclusiveMinimum) && this.#refuses(place, [exclusiveMinimum, exclusiveMinimum - 1]))
      found.exclusiveMinimum = exclusiveMinimum;
    if (isBound(exclusiveMaximum) && this.#refuses(place, [exclusiveMaximum, exclusiveMaximum + 1]))
      found.exclusiveMaximum = exclusiveMaximum;
    if (isBound(minItems) && minItems > 0 && this.#refuses(place, [[]])) found.minItems = minItems;
    if (isBound(maxItems) && maxItems <= MOST_TRIED && this.#refuses(place, [Array(maxItems + 1).fill(null)]))
      found.maxItems = maxItems;
    // Longer texts are the schema's to measure: it may trim them first, and counts other characters than JSONata does.
    if (isBound(minLength) && minLength > 0 && this.#refuses(place, [""])) found.minLength = 1;
    return found;
  }

  #fields({ properties = {}, required = [], additionalProperties }: JsonSchema, place: Place): Shape {
    const needed = required.filter((name) => this.#refuses(place, [{}], [[...place, name]]));
    const isClosed =
      additionalProperties === false && this.#refuses(place, [{ [UNKNOWN]: null }], [place, [...place, UNKNOWN]]);
    const fields = Object.entries(properties).map(
      ([name, field]) => [name, this.shape(field, [...place, name])] as const,
    );
    return {
      properties: Object.fromEntries(fields),
      ...(needed.length === 0 ? {} : { required: needed }),
      ...(isClosed ? { additionalProperties: false } : {}),
    };
  }

  #items({ items, prefixItems }: JsonSchema, place: Place): Shape {
    if (typeof items !== "object" || prefixItems !== undefined) return {};
    return { items: this.shape(items, [...place, 0]) };
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
function choicesOf({ enum: choices, ...schema }: JsonSchema): readonly Json[] | undefined {
  const values = choices ?? ("const" in schema ? [schema.const] : undefined);
  const isSimple = values?.every((one) => one === null || ["string", "number", "boolean"].includes(typeof one));
  return isSimple === true ? (values as readonly Json[]) : undefined;
}

function isSame(keys: Place, place: Place): boolean {
  return keys.length === place.length && keys.every((key, index) => String(key) === String(place[index]));
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
