import { isJsonObject, type Json, type JsonObject } from "../../../sdk/base/json.ts";
import { runtimeError } from "../../language/state-error.ts";

/** Names and values in their order; a name may be there more than once. */
export type Pairs = readonly (readonly [name: string, value: string])[];

export const METHODS: ReadonlySet<string> = new Set(["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"]);

/** Of an object whose members are values or lists of them. @throws {StateError} if it is none */
export function pairsOf(value: Json | undefined, field: string): Pairs {
  if (value === undefined || value === null) return [];
  if (!isJsonObject(value))
    throw runtimeError(`The value of the field '${field}' has an invalid format: it must be an object.`);
  return Object.entries(value).flatMap(([name, one]) =>
    (Array.isArray(one) ? one : [one]).map((item): [string, string] => [name, scalar(item)]),
  );
}

/** Those of `definition` whose names are not in `connection`, and those. */
export function merged(definition: Pairs, connection: Pairs): Pairs {
  const names = new Set(connection.map(([name]) => name.toLowerCase()));
  return [...definition.filter(([name]) => !names.has(name.toLowerCase())), ...connection];
}

export function queryText(pairs: Pairs): string {
  return pairs.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join("&");
}

/** Adds a query to an address, which may have one. */
export function withQuery(address: URL, query: string): URL {
  if (query === "") return address;
  const url = new URL(address);
  url.search = url.search === "" ? `?${query}` : `${url.search}&${query}`;
  return url;
}

/** As `name: [values]`, which is how Node.js sends a header more than once. */
export function headersOf(pairs: Pairs): Record<string, string | string[]> {
  const headers: Record<string, string[]> = {};
  for (const [name, value] of pairs) {
    const known = Object.keys(headers).find((one) => one.toLowerCase() === name.toLowerCase()) ?? name;
    (headers[known] ??= []).push(value);
  }
  return Object.fromEntries(
    Object.entries(headers).map(([name, values]) => [name, values.length === 1 ? (values[0] ?? "") : values]),
  );
}

/** HTTP's Basic authorization. */
export function basicAuthorization(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
}

const ARRAY_FORMATS = ["INDICES", "REPEAT", "COMMAS", "BRACKETS"] as const;
type ArrayFormat = (typeof ARRAY_FORMATS)[number];

/** A body as form data: nested members are `a[b]`. @throws {StateError} if `Transform` asks for what there is not */
export function formText(body: JsonObject | readonly Json[], options: Json | undefined): string {
  const given: Json = isJsonObject(options) ? (options["ArrayFormat"] ?? "INDICES") : "INDICES";
  const format = ARRAY_FORMATS.find((one) => one === given);
  if (format === undefined)
    throw runtimeError(`The ArrayFormat ${JSON.stringify(given)} is none of ${ARRAY_FORMATS.join(", ")}.`);
  return queryText(Object.entries(body).flatMap(([name, value]) => fields(name, value, format)));
}

function fields(name: string, value: Json, format: ArrayFormat): Pairs {
  if (isJsonObject(value)) return Object.entries(value).flatMap(([key, one]) => fields(`${name}[${key}]`, one, format));
  if (!Array.isArray(value)) return [[name, scalar(value)]];
  if (format === "COMMAS") return [[name, value.map(scalar).join(",")]];
  return value.flatMap((one, index) => fields(itemName(name, index, format), one, format));
}

function itemName(name: string, index: number, format: ArrayFormat): string {
  if (format === "REPEAT") return name;
  return format === "BRACKETS" ? `${name}[]` : `${name}[${index}]`;
}

export function scalar(value: Json): string {
  if (value === null) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
