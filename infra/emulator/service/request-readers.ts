import { isObject, type JsonObject } from "../../../sdk/base/json.ts";
import { ApiError } from "../kernel/api-error.ts";

/** Reads one member of a request's document. @throws {ApiError} that names the member, when it is missing or wrong */
export type Reader<T> = (value: unknown, member: string) => T;

/** What the readers of a structure give, member by member. */
export type Members<S> = { readonly [K in keyof S]: S[K] extends Reader<infer T> ? T : never };

export function text(value: unknown, member: string): string {
  if (typeof value === "string") return value;
  throw refusal(value, member, "a string");
}

/** A text of at most so many characters. */
export function short(longest: number): Reader<string> {
  return sized(0, longest);
}

/** A text of so many characters. */
export function sized(least: number, most: number): Reader<string> {
  return (value, member) => {
    const read = text(value, member);
    if (read.length >= least && read.length <= most) return read;
    const bound = read.length < least ? `greater than or equal to ${least}` : `less than or equal to ${most}`;
    throw invalid(`Value at '${member}' failed to satisfy constraint: Member must have length ${bound}`);
  };
}

/** A text that a pattern takes as a whole. */
export function matching(pattern: RegExp): Reader<string> {
  return (value, member) => {
    const read = text(value, member);
    if (pattern.test(read)) return read;
    throw invalid(
      `Value '${read}' at '${member}' failed to satisfy constraint: Member must satisfy regular expression pattern: ${pattern.source}`,
    );
  };
}

/** What several readers take, one after the other. */
export function each<T>(first: Reader<T>, ...others: readonly Reader<T>[]): Reader<T> {
  return (value, member) => others.reduce((read, reader) => reader(read, member), first(value, member));
}

/** What makes a repeated request known. */
export function clientToken(value: unknown, member: string): string {
  const read = text(value, member);
  if (/^[!-~]{1,64}$/.test(read)) return read;
  throw invalid(
    `Value at '${member}' failed to satisfy constraint: Member must have 1 to 64 printable ASCII characters without a space`,
  );
}

export function roleArn(value: unknown, member: string): string {
  const read = text(value, member);
  if (/^arn:aws[a-z-]*:iam::\d*:role\/.+$/.test(read)) return read;
  throw new ApiError("InvalidArn", `Invalid Role Arn: '${read}'`);
}

export function number(value: unknown, member: string): number {
  if (typeof value === "number") return value;
  throw refusal(value, member, "a number");
}

export function integer(value: unknown, member: string): number {
  if (typeof value === "number" && Number.isInteger(value)) return value;
  throw refusal(value, member, "an integer");
}

/** An integer from 0 on. */
export const count: Reader<number> = between(integer, 0, Number.MAX_SAFE_INTEGER);

/** An integer from 0 to `most`. */
export function upTo(most: number): Reader<number> {
  return between(integer, 0, most);
}

/** What the reader takes, from `least` to `most`. */
export function between(reader: Reader<number>, least: number, most: number): Reader<number> {
  return (value, member) => {
    const read = reader(value, member);
    if (read >= least && read <= most) return read;
    const bound = read > most ? `less than or equal to ${most}` : `greater than or equal to ${least}`;
    throw invalid(`Value '${read}' at '${member}' failed to satisfy constraint: Member must have value ${bound}`);
  };
}

export function flag(value: unknown, member: string): boolean {
  if (typeof value === "boolean") return value;
  throw refusal(value, member, "a boolean");
}

export function oneOf<T extends string>(...allowed: readonly T[]): Reader<T> {
  return (value, member) => {
    const given = text(value, member);
    const found = allowed.find((one) => one === given);
    if (found !== undefined) return found;
    throw invalid(
      `Value '${given}' at '${member}' failed to satisfy constraint: Member must satisfy enum value set: [${allowed.join(", ")}]`,
    );
  };
}

export function optional<T>(reader: Reader<T>): Reader<T | undefined> {
  return (value, member) => (value === undefined || value === null ? undefined : reader(value, member));
}

export function list<T>(reader: Reader<T>): Reader<readonly T[]> {
  return (value, member) => {
    if (Array.isArray(value)) return value.map((item, index) => reader(item, `${member}[${index}]`));
    throw refusal(value, member, "a list");
  };
}

/** An object of these members; others that it has are left out. */
export function structure<S extends Readonly<Record<string, Reader<unknown>>>>(shape: S): Reader<Members<S>> {
  return (value, member) => {
    const members = new Map(Object.entries(jsonObject(value, member)));
    const read = Object.entries(shape).map(([name, reader]) => [name, reader(members.get(name), name)]);
    // The one cast: fromEntries forgets that each member was read by the reader of its own.
    return Object.fromEntries(read) as Members<S>;
  };
}

/** An object that is kept as it is, others of its members included, when the reader takes it. */
export function kept(reader: Reader<unknown>): Reader<JsonObject> {
  return (value, member) => {
    reader(value, member);
    return jsonObject(value, member);
  };
}

/** An object that is kept as it is. */
export function jsonObject(value: unknown, member: string): JsonObject {
  if (!isObject(value) || Array.isArray(value)) throw mistyped(member, "an object");
  // A request's document is JSON.
  return value as JsonObject;
}

function refusal(value: unknown, member: string, kind: string): ApiError {
  if (value !== undefined && value !== null) return mistyped(member, kind);
  return invalid(`Value null at '${member}' failed to satisfy constraint: Member must not be null`);
}

function invalid(what: string): ApiError {
  return new ApiError("ValidationException", `1 validation error detected: ${what}`);
}

function mistyped(member: string, kind: string): ApiError {
  return new ApiError("SerializationException", `${member} must be ${kind}`);
}
