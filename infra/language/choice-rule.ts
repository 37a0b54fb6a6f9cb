import { isDeepStrictEqual } from "node:util";
import type { Json } from "../../sdk/base/json.ts";
import { runtimeError } from "./state-error.ts";
import { parsePath } from "./jsonpath-parser.ts";
import { type Path, PathNotFound } from "./path.ts";
import type { View } from "./language.ts";
import { spend } from "./sharing.ts";
import { widthOf } from "./value-size.ts";

/** Gives the path's value in a view. @throws {PathNotFound} */
export type Lookup = (view: View, path: Path) => Json;
type Test = (view: View) => boolean;

/** A JSONPath Choice rule: a comparison of a Variable, or a combination of rules. */
export function compileRule(rule: Readonly<Record<string, unknown>>, lookup: Lookup): Test {
  if (Array.isArray(rule.And)) {
    const all = rule.And.map((part) => compileRule(part, lookup));
    return (view) => all.every((test) => test(view));
  }
  if (Array.isArray(rule.Or)) {
    const any = rule.Or.map((part) => compileRule(part, lookup));
    return (view) => any.some((test) => test(view));
  }
  if (isRule(rule.Not)) {
    const negated = compileRule(rule.Not, lookup);
    return (view) => !negated(view);
  }
  return comparison(rule, lookup);
}

function isRule(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

const UNITS_OF_COMPARISON = 10;
const PATTERN_WEIGHT = 40;

function comparison(rule: Readonly<Record<string, unknown>>, lookup: Lookup): Test {
  const variable = parsePath(String(rule.Variable));
  for (const [operator, operand] of Object.entries(rule)) {
    const type = TYPE_TESTS[operator];
    if (type !== undefined) return typeTest(operator, type, operand === true, variable, lookup);
    const byPath = operator.endsWith("Path");
    const compare = COMPARISONS[byPath ? operator.slice(0, -"Path".length) : operator];
    if (compare === undefined) continue;
    const valueOf = lookupOr(lookup, variable);
    const other = byPath ? lookupOr(lookup, parsePath(String(operand))) : (): Json => operand as Json;
    return (view) => {
      const [left, right] = [valueOf(view), other(view)];
      // A pattern is taken to pieces letter by letter.
      spend(UNITS_OF_COMPARISON + widthOf(left) + PATTERN_WEIGHT * widthOf(right));
      return compare(left, right);
    };
  }
  throw new SyntaxError(`The Choice rule of ${variable.text} has no known comparison`);
}

function lookupOr(lookup: Lookup, path: Path): (view: View) => Json {
  return (view) => {
    try {
      return lookup(view, path);
    } catch (error) {
      if (!(error instanceof PathNotFound)) throw error;
      throw runtimeError(`Invalid path '${path.text}': The choice state's condition path references an invalid value.`);
    }
  };
}

function typeTest(operator: string, is: (value: Json) => boolean, wanted: boolean, path: Path, lookup: Lookup): Test {
  if (operator !== "IsPresent") {
    const valueOf = lookupOr(lookup, path);
    return (view) => is(valueOf(view)) === wanted;
  }
  return (view) => {
    try {
      const value = lookup(view, path);
      // A path that may match many matches nothing when its list is empty.
      return (path.definite || !Array.isArray(value) || value.length > 0) === wanted;
    } catch (error) {
      if (error instanceof PathNotFound) return !wanted;
      throw error;
    }
  };
}

// The profile of RFC 3339 that the language has: T and Z are capitals.
const TIMESTAMP = /^(\d{4})-(\d\d)-(\d\d)T\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;

/** Milliseconds since the epoch of an RFC 3339 time. */
function instant(value: Json): number | undefined {
  const [, year, month, day] = (typeof value === "string" && TIMESTAMP.exec(value)) || [];
  // `Date.parse` takes the 30th of February for the 1st of March.
  if (day === undefined || Number(day) > daysOf(Number(year), Number(month))) return undefined;
  const time = Date.parse(String(value));
  return Number.isNaN(time) ? undefined : time;
}

function daysOf(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}

const TYPE_TESTS: Readonly<Record<string, (value: Json) => boolean>> = {
  IsPresent: () => true,
  IsNull: (value) => value === null,
  IsBoolean: (value) => typeof value === "boolean",
  IsNumeric: (value) => typeof value === "number",
  IsString: (value) => typeof value === "string",
  IsTimestamp: (value) => instant(value) !== undefined,
};

type Compare = (left: Json, right: Json) => boolean;

const ORDERS: Readonly<Record<string, (order: number) => boolean>> = {
  Equals: (order) => order === 0,
  LessThan: (order) => order < 0,
  LessThanEquals: (order) => order <= 0,
  GreaterThan: (order) => order > 0,
  GreaterThanEquals: (order) => order >= 0,
};

/** The order of two values of one type, or undefined where they are not: then no comparison holds. */
const TYPES: Readonly<Record<string, (left: Json, right: Json) => number | undefined>> = {
  String: (left, right) =>
    typeof left === "string" && typeof right === "string" ? (left < right ? -1 : Number(left > right)) : undefined,
  Numeric: (left, right) => (typeof left === "number" && typeof right === "number" ? left - right : undefined),
  Timestamp(left, right) {
    const [a, b] = [instant(left), instant(right)];
    return a === undefined || b === undefined ? undefined : a - b;
  },
};

const COMPARISONS: Readonly<Record<string, Compare>> = {
  ...Object.fromEntries(
    Object.entries(TYPES).flatMap(([type, orderOf]) =>
      Object.entries(ORDERS).map(([name, holds]): [string, Compare] => [
        `${type}${name}`,
        (left, right) => {
          const order = orderOf(left, right);
          return order !== undefined && holds(order);
        },
      ]),
    ),
  ),
  BooleanEquals: (left, right) => typeof left === "boolean" && isDeepStrictEqual(left, right),
  StringMatches: (left, right) =>
    typeof left === "string" && typeof right === "string" && matchesWildcards(left, right),
};

/**
 * `*` stands for any text, `\*` for a star, `\\` for a backslash. The texts between the stars are looked for from left to
 * right, each once: a regular expression would try every way in which they fit.
 */
function matchesWildcards(text: string, pattern: string): boolean {
  const parts = literalParts(pattern);
  const [first = ""] = parts;
  if (parts.length === 1) return text === first;
  const last = parts.at(-1) ?? "";
  if (!text.startsWith(first) || text.length < first.length + last.length || !text.endsWith(last)) return false;
  const end = text.length - last.length;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return at <= end;
}

/** What stands before, between and after the stars. */
function literalParts(pattern: string): string[] {
  const parts = [""];
  for (const [token] of pattern.matchAll(/\\[*\\]|[^]/g)) {
    if (token === "*") parts.push("");
    else parts[parts.length - 1] += token.length === 2 ? token.slice(1) : token;
  }
  return parts;
}

/** Every comparison of the language, with and without `Path`. */
export const COMPARISON_NAMES: ReadonlySet<string> = new Set([
  ...Object.keys(TYPE_TESTS),
  ...Object.keys(COMPARISONS),
  ...Object.keys(COMPARISONS).flatMap((name) => (name === "StringMatches" ? [] : [`${name}Path`])),
]);
