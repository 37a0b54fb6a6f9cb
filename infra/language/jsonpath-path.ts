import type { Json, JsonObject } from "../../sdk/base/json.ts";
import { compileFilter, type Filter } from "./jsonpath-filter.ts";
import { Scanner } from "./scanner.ts";

/** A path that finds nothing, with the text that AWS's path library has for it. */
export class PathNotFound extends Error {
  /** It was an array that had too few elements. */
  readonly outOfBounds: boolean;

  constructor(message: string, outOfBounds = false) {
    super(message);
    this.outOfBounds = outOfBounds;
  }
}

type Token =
  | { readonly kind: "names"; readonly names: readonly string[] }
  | { readonly kind: "indices"; readonly indices: readonly number[] }
  | { readonly kind: "slice"; readonly from: number | undefined; readonly to: number | undefined }
  | { readonly kind: "wildcard" }
  | { readonly kind: "descend" }
  | { readonly kind: "filter"; readonly filter: Filter }
  | { readonly kind: "function"; readonly name: string };

export interface Path {
  /** As it was written. */
  readonly text: string;
  /** `$`, `$$`, or a variable's name. */
  readonly root: string;
  /** At most one value, by the path's form. */
  readonly definite: boolean;
  /** Names and indices alone, as ResultPath and Choice's Variable want. */
  readonly reference: boolean;
  /** The steps of a reference path; of another, those before its first token that is not a single name or index. */
  readonly steps: readonly (string | number)[];
  /** Finds in `root`'s value. @throws {PathNotFound} */
  find(value: Json): Json;
}

/** Jayway's JSONPath, which is what Step Functions has, with `$$` and `$variable` as further roots. @throws {SyntaxError} */
export function parsePath(text: string): Path {
  const scanner = new Scanner(text, "path");
  const root = readRoot(scanner);
  const tokens: Token[] = [];
  while (!scanner.done) tokens.push(...readToken(scanner));
  return makePath(text, root, tokens);
}

/** Reads a path from within a longer text: an intrinsic's arguments, a filter. */
export function readPath(scanner: Scanner): Path {
  const start = scanner.position;
  const root = readRoot(scanner);
  const tokens: Token[] = [];
  while (scanner.sees(".") || scanner.sees("[")) tokens.push(...readToken(scanner));
  return makePath(scanner.text.slice(start, scanner.position), root, tokens);
}

function makePath(text: string, root: string, tokens: readonly Token[]): Path {
  const end = tokens.findIndex((token) => stepOf(token) === undefined);
  const leading = end === -1 ? tokens : tokens.slice(0, end);
  const steps = leading.map(stepOf).filter((step) => step !== undefined);
  const reference = end === -1;
  const rest = tokens.slice(leading.length);
  const definite =
    reference ||
    rest.at(-1)?.kind === "function" ||
    rest.every((token, index) => choosesOne(token, index === rest.length - 1));
  return {
    text,
    root,
    definite,
    reference,
    steps,
    find(value) {
      if (reference) return walk(value, steps, true);
      try {
        return search(value, walk(value, steps, false), rest);
      } catch (error) {
        // Seen on AWS: a path that may choose several finds none of them, wherever it comes to nothing.
        if (error instanceof PathNotFound && !definite) return [];
        throw error;
      }
    },
  };
}

/** Several names at a path's end make one object of their values. */
function choosesOne(token: Token, last: boolean): boolean {
  return stepOf(token) !== undefined || (token.kind === "names" && last);
}

/** The name or index of a token that chooses one value. */
function stepOf(token: Token): string | number | undefined {
  if (token.kind === "names" && token.names.length === 1) return token.names[0];
  return token.kind === "indices" && token.indices.length === 1 ? token.indices[0] : undefined;
}

function readRoot(scanner: Scanner): string {
  if (scanner.take("@")) return "@";
  scanner.expect("$");
  if (scanner.take("$")) return "$$";
  return scanner.match(/[\p{L}_][\p{L}\p{N}_]*/uy) ?? "$";
}

function readToken(scanner: Scanner): Token[] {
  if (scanner.take("..")) {
    if (scanner.sees("[")) return [{ kind: "descend" }, readBracket(scanner)];
    return [{ kind: "descend" }, readName(scanner)];
  }
  if (scanner.take(".")) return [scanner.sees("[") ? readBracket(scanner) : readName(scanner)];
  return [readBracket(scanner)];
}

const FUNCTIONS = new Set(["length", "min", "max", "avg", "sum", "stddev", "keys", "size", "first", "last"]);

function readName(scanner: Scanner): Token {
  if (scanner.take("*")) return { kind: "wildcard" };
  const name = scanner.match(/[^\s.[\]()'",=<>!&|?@*]+/uy);
  if (name === undefined) throw scanner.error("a name");
  if (FUNCTIONS.has(name) && scanner.take("()")) return { kind: "function", name };
  return { kind: "names", names: [name] };
}

function readBracket(scanner: Scanner): Token {
  scanner.expect("[");
  scanner.space();
  const token = readSelector(scanner);
  scanner.space();
  scanner.expect("]");
  return token;
}

function readSelector(scanner: Scanner): Token {
  if (scanner.take("*")) return { kind: "wildcard" };
  if (scanner.take("?")) {
    scanner.expect("(");
    const filter = compileFilter(scanner, readPath);
    scanner.expect(")");
    return { kind: "filter", filter };
  }
  if (scanner.sees("'") || scanner.sees('"')) {
    return { kind: "names", names: readList(scanner, () => scanner.quoted()) };
  }
  const first = scanner.integer();
  if (scanner.take(":")) return { kind: "slice", from: first, to: scanner.integer() };
  if (first === undefined) throw scanner.error("an index, a name or *");
  const rest = scanner.take(",") ? readList(scanner, () => requireInteger(scanner)) : [];
  return { kind: "indices", indices: [first, ...rest] };
}

function requireInteger(scanner: Scanner): number {
  const value = scanner.integer();
  if (value === undefined) throw scanner.error("an index");
  return value;
}

function readList<T>(scanner: Scanner, read: () => T): T[] {
  const items: T[] = [];
  do {
    scanner.space();
    items.push(read());
    scanner.space();
  } while (scanner.take(","));
  return items;
}

function isObject(value: Json): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** How AWS's library writes the way to a step. */
function way(steps: readonly (string | number)[]): string {
  return `$${steps.map((step) => (typeof step === "number" ? `[${step}]` : `['${step}']`)).join("")}`;
}

/** @param whole Nothing follows the steps. */
function walk(value: Json, steps: readonly (string | number)[], whole: boolean): Json {
  let current = value;
  for (const [index, step] of steps.entries()) {
    const next = child(current, step);
    if (next === undefined) {
      if (typeof step === "number")
        throw new PathNotFound(
          `Index out of bounds when evaluating path ${way(steps.slice(0, index + 1))}`,
          Array.isArray(current),
        );
      const last = whole && index === steps.length - 1;
      throw new PathNotFound(
        `${last ? "No results for path:" : "Missing property in path"} ${way(steps.slice(0, index + 1))}`,
      );
    }
    current = next;
  }
  return current;
}

function child(value: Json, step: string | number): Json | undefined {
  if (typeof step === "number") return Array.isArray(value) ? value.at(step) : undefined;
  return isObject(value) && Object.hasOwn(value, step) ? value[step] : undefined;
}

/** @param start What the steps before `tokens` have found. */
function search(root: Json, start: Json, tokens: readonly Token[]): Json {
  let found: readonly Json[] = [start];
  // Of one value, until a token has chosen among several.
  let single = true;
  for (const [index, token] of tokens.entries()) {
    const last = index === tokens.length - 1;
    if (token.kind === "function") {
      found = [applyFunction(token.name, (single ? found[0] : found) ?? null)];
      single = true;
    } else if (token.kind === "filter" && tokens[index - 1]?.kind === "descend") {
      // What is scanned holds an array's items besides the array: to look into arrays again would find them twice.
      found = found.filter((value) => isObject(value) && token.filter(value, root));
    } else {
      // A scan passes over the objects that lack one of the names.
      if (token.kind === "names" && last && tokens[index - 1]?.kind === "descend")
        found = found.filter((value) => isObject(value) && token.names.every((name) => Object.hasOwn(value, name)));
      found = found.flatMap((value) => select(value, token, root, last));
      single &&= choosesOne(token, last);
    }
  }
  if (!single) return found;
  const [value] = found;
  if (value === undefined) throw new PathNotFound("No results for path");
  return value;
}

function select(value: Json, token: Exclude<Token, { kind: "function" }>, root: Json, last: boolean): readonly Json[] {
  switch (token.kind) {
    case "names": {
      if (!isObject(value)) return [];
      const present = token.names.filter((name) => Object.hasOwn(value, name));
      if (token.names.length === 1 || !last) return present.map((name) => value[name] ?? null);
      return [Object.fromEntries(present.map((name) => [name, value[name] ?? null]))];
    }
    case "indices":
      return Array.isArray(value) ? token.indices.flatMap((index) => definedOnly(value.at(index))) : [];
    case "slice":
      return Array.isArray(value) ? slice(value, token.from, token.to) : [];
    case "wildcard":
      return children(value);
    case "descend":
      return descendants(value);
    case "filter":
      if (Array.isArray(value)) return value.filter((item: Json) => token.filter(item, root));
      return isObject(value) && token.filter(value, root) ? [value] : [];
  }
}

/** Unlike JavaScript's: with both ends given, they are compared as they are, before a negative one counts from the end. */
function slice(items: readonly Json[], from: number | undefined, to: number | undefined): readonly Json[] {
  if (from === undefined || to === undefined) return items.slice(from, to);
  const count = Math.max(0, Math.min(items.length, to) - from);
  return Array.from({ length: count }, (_, index) => items.at(from + index)).filter((item) => item !== undefined);
}

function definedOnly(value: Json | undefined): Json[] {
  return value === undefined ? [] : [value];
}
function children(value: Json): readonly Json[] {
  if (Array.isArray(value)) return value;
  return isObject(value) ? Object.values(value) : [];
}
function descendants(value: Json): Json[] {
  return [value, ...children(value).flatMap(descendants)];
}

function applyFunction(name: string, value: Json): Json {
  if (name === "keys") return isObject(value) ? Object.keys(value) : [];
  if (name === "length" || name === "size") {
    if (typeof value === "string") return value.length;
    return children(value).length;
  }
  const items = children(value);
  if (name === "first") return items[0] ?? null;
  if (name === "last") return items.at(-1) ?? null;
  const numbers = items.filter((item) => typeof item === "number");
  if (numbers.length === 0)
    throw new PathNotFound("Aggregation function attempted to calculate value using empty array");
  const sum = numbers.reduce((total, item) => total + item, 0);
  const mean = sum / numbers.length;
  switch (name) {
    case "min":
      return Math.min(...numbers);
    case "max":
      return Math.max(...numbers);
    case "sum":
      return sum;
    case "avg":
      return mean;
    default:
      return Math.sqrt(numbers.reduce((total, item) => total + (item - mean) ** 2, 0) / numbers.length);
  }
}
