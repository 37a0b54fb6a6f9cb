import { isJsonObject, type Json } from "../../sdk/base/json.ts";
import type { Filter } from "./jsonpath-filter.ts";
import { type Path, PathNotFound } from "./path.ts";
import { spend } from "./sharing.ts";

/** One step of a path, as it is written: `.name`, `[0,1]`, `[1:3]`, `[*]`, `..`, `[?(…)]`, `.length()`. */
export type Token =
  | { readonly kind: "names"; readonly names: readonly string[] }
  | { readonly kind: "indices"; readonly indices: readonly number[] }
  | { readonly kind: "slice"; readonly from: number | undefined; readonly to: number | undefined }
  | { readonly kind: "wildcard" }
  | { readonly kind: "descend" }
  | { readonly kind: "filter"; readonly filter: Filter }
  | { readonly kind: "function"; readonly name: string };

/** The path of these tokens. @param text As it was written. */
export function makePath(text: string, root: string, tokens: readonly Token[]): Path {
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

/** Whether at most one value is left; several names at a path's end make one object of their values. */
function choosesOne(token: Token, last: boolean): boolean {
  return stepOf(token) !== undefined || (token.kind === "names" && last);
}

/** The name or index of a token that chooses one value. */
function stepOf(token: Token): string | number | undefined {
  if (token.kind === "names" && token.names.length === 1) return token.names[0];
  return token.kind === "indices" && token.indices.length === 1 ? token.indices[0] : undefined;
}

/** `$['a'][0]`, as AWS's library writes a path in its errors. */
function printSteps(steps: readonly (string | number)[]): string {
  return `$${steps.map((step) => (typeof step === "number" ? `[${step}]` : `['${step}']`)).join("")}`;
}

/** Goes the steps one by one. @param whole Nothing follows them. @throws {PathNotFound} */
function walk(value: Json, steps: readonly (string | number)[], whole: boolean): Json {
  let current = value;
  for (const [index, step] of steps.entries()) {
    const next = child(current, step);
    if (next === undefined) {
      if (typeof step === "number")
        throw new PathNotFound(
          `Index out of bounds when evaluating path ${printSteps(steps.slice(0, index + 1))}`,
          Array.isArray(current),
        );
      const last = whole && index === steps.length - 1;
      throw new PathNotFound(
        `${last ? "No results for path:" : "Missing property in path"} ${printSteps(steps.slice(0, index + 1))}`,
      );
    }
    current = next;
  }
  return current;
}

function child(value: Json, step: string | number): Json | undefined {
  if (typeof step === "number") return Array.isArray(value) ? value.at(step) : undefined;
  return isJsonObject(value) && Object.hasOwn(value, step) ? value[step] : undefined;
}

/** Goes on where several values may be found. @param start What the steps before `tokens` have found. @throws {PathNotFound} */
function search(root: Json, start: Json, tokens: readonly Token[]): Json {
  let found: readonly Json[] = [start];
  // Of one value, until a token has chosen among several.
  let single = true;
  for (const [index, token] of tokens.entries()) {
    const last = index === tokens.length - 1;
    spend(found.length);
    if (token.kind === "function") {
      found = [applyFunction(token.name, (single ? found[0] : found) ?? null)];
      single = true;
    } else if (token.kind === "filter" && tokens[index - 1]?.kind === "descend") {
      // What is scanned holds an array's items besides the array: to look into arrays again would find them twice.
      found = found.filter((value) => isJsonObject(value) && token.filter(value, root));
    } else {
      // A scan passes over the objects that lack one of the names.
      if (token.kind === "names" && last && tokens[index - 1]?.kind === "descend")
        found = found.filter((value) => isJsonObject(value) && token.names.every((name) => Object.hasOwn(value, name)));
      found = found.flatMap((value) => {
        const chosen = select(value, token, root, last);
        spend(chosen.length);
        return chosen;
      });
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
      if (!isJsonObject(value)) return [];
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
      return isJsonObject(value) && token.filter(value, root) ? [value] : [];
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
  return isJsonObject(value) ? Object.values(value) : [];
}
function descendants(value: Json, found: Json[] = []): Json[] {
  spend(1);
  found.push(value);
  for (const child of children(value)) descendants(child, found);
  return found;
}

function applyFunction(name: string, value: Json): Json {
  if (name === "keys") return isJsonObject(value) ? Object.keys(value) : [];
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
