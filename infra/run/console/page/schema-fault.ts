import type { JsonSchema } from "../../../../sdk/values/json-schema.ts";

/**
 * What is wrong with a value by a schema, with its place; undefined: nothing. Most words of a schema are read; by the others,
 * such as `format`, the state machine checks the value when it begins.
 */
export function schemaFault(value: unknown, schema: JsonSchema, place: string = ""): string | undefined {
  return [typeFault, choiceFault, numberFault, textFault, listFault, objectFault]
    .map((check) => check(value, schema, place))
    .find((fault) => fault !== undefined);
}

function at(place: string): string {
  return place === "" ? "It" : place;
}

function typeFault(value: unknown, { type }: JsonSchema, place: string): string | undefined {
  if (type === undefined) return undefined;
  const types = [type].flat();
  const own = typeOf(value);
  if (types.includes(own) || (own === "integer" && types.includes("number"))) return undefined;
  return `${at(place)} has to be ${types.map(wordOf).join(" or ")}, and is ${wordOf(own)}`;
}

function typeOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return Number.isInteger(value) ? "integer" : typeof value;
}

const WORDS: Readonly<Record<string, string>> = {
  array: "a list",
  object: "an object",
  string: "a text",
  number: "a number",
  integer: "a whole number",
  boolean: "true or false",
  null: "null",
};

function wordOf(type: string): string {
  return WORDS[type] ?? type;
}

function choiceFault(value: unknown, schema: JsonSchema, place: string): string | undefined {
  const { enum: choices = "const" in schema ? [schema.const] : undefined, anyOf = schema.oneOf } = schema;
  if (choices !== undefined && !choices.some((one) => JSON.stringify(one) === JSON.stringify(value)))
    return `${at(place)} has to be one of ${choices.map((one) => JSON.stringify(one)).join(", ")}`;
  const faults = anyOf?.map((one) => schemaFault(value, one, place));
  return faults === undefined || faults.includes(undefined) ? undefined : faults[0];
}

function numberFault(value: unknown, { minimum, maximum }: JsonSchema, place: string): string | undefined {
  if (typeof value !== "number") return undefined;
  if (minimum !== undefined && value < minimum) return `${at(place)} has to be at least ${minimum}`;
  return maximum !== undefined && value > maximum ? `${at(place)} has to be at most ${maximum}` : undefined;
}

function textFault(value: unknown, { minLength, maxLength, pattern }: JsonSchema, place: string): string | undefined {
  if (typeof value !== "string") return undefined;
  if (minLength !== undefined && value.length < minLength) return `${at(place)} needs at least ${minLength} characters`;
  if (maxLength !== undefined && value.length > maxLength)
    return `${at(place)} may have at most ${maxLength} characters`;
  return pattern !== undefined && !new RegExp(pattern, "u").test(value)
    ? `${at(place)} does not match ${pattern}`
    : undefined;
}

function listFault(value: unknown, { items, minItems, maxItems }: JsonSchema, place: string): string | undefined {
  if (!Array.isArray(value)) return undefined;
  if (minItems !== undefined && value.length < minItems) return `${at(place)} needs at least ${minItems} items`;
  if (maxItems !== undefined && value.length > maxItems) return `${at(place)} may have at most ${maxItems} items`;
  if (typeof items !== "object") return undefined;
  return value.map((one, index) => schemaFault(one, items, `${place}[${index}]`)).find((fault) => fault !== undefined);
}

function objectFault(value: unknown, schema: JsonSchema, place: string): string | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const { properties = {}, required = [], additionalProperties } = schema;
  const missing = required.find((name) => !Object.hasOwn(value, name));
  if (missing !== undefined) return `${at(place)} lacks the field '${missing}'`;
  for (const [name, field] of Object.entries(value)) {
    const own = Object.hasOwn(properties, name) ? properties[name] : additionalProperties;
    if (own === false) return `${at(place)} has a field '${name}', which is not known`;
    const fault =
      typeof own === "object" ? schemaFault(field, own, place === "" ? name : `${place}.${name}`) : undefined;
    if (fault !== undefined) return fault;
  }
  return undefined;
}
