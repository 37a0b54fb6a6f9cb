import { isDeepStrictEqual } from "node:util";
import type { Json } from "../../sdk/base/json.ts";
import { BoundedRegExp } from "./bounded-regexp.ts";
import type { Path } from "./path.ts";
import type { Scanner } from "./scanner.ts";
import { spend } from "./sharing.ts";
import { TooMuchHere } from "./evaluation-limits.ts";

/** The condition of `[?(…)]`: `@` is the item, `$` the document. */
export type Filter = (item: Json, root: Json) => boolean;

type Operand = (item: Json, root: Json) => Json | undefined;
type ReadPath = (scanner: Scanner) => Path;

/**
 * Or, And, Not, comparison and existence, in that order of binding.
 *
 * @param readPath Reads a path, which may itself have filters. @throws {SyntaxError}
 */
export function compileFilter(scanner: Scanner, readPath: ReadPath): Filter {
  const left = conjunction(scanner, readPath);
  scanner.space();
  if (!scanner.take("||")) return left;
  const right = compileFilter(scanner, readPath);
  return (item, root) => left(item, root) || right(item, root);
}

function conjunction(scanner: Scanner, readPath: ReadPath): Filter {
  const left = unary(scanner, readPath);
  scanner.space();
  if (!scanner.take("&&")) return left;
  const right = conjunction(scanner, readPath);
  return (item, root) => left(item, root) && right(item, root);
}

function unary(scanner: Scanner, readPath: ReadPath): Filter {
  scanner.space();
  if (scanner.take("!")) {
    const negated = unary(scanner, readPath);
    return (item, root) => !negated(item, root);
  }
  if (scanner.take("(")) {
    const inner = compileFilter(scanner, readPath);
    scanner.space();
    scanner.expect(")");
    return inner;
  }
  return comparison(scanner, readPath);
}

function comparison(scanner: Scanner, readPath: ReadPath): Filter {
  const left = operand(scanner, readPath);
  scanner.space();
  const operator = scanner
    .match(/===|!==|==|!=|<=|>=|<|>|=~|(?:in|nin|all|subsetof|anyof|noneof|contains|size|empty)\b/iy)
    ?.toLowerCase();
  if (operator === undefined) return (item, root) => left(item, root) !== undefined;
  scanner.space();
  if (operator === "=~") {
    const pattern = regularExpression(scanner);
    return (item, root) => {
      const value = left(item, root);
      return Array.isArray(value)
        ? value.some((one) => pattern.test(scalarText(one)))
        : pattern.test(scalarText(value));
    };
  }
  const right = operand(scanner, readPath);
  const compare = COMPARISONS[operator] ?? (() => false);
  return (item, root) => {
    const [one, other] = [left(item, root), right(item, root)];
    // Each item of one list is looked for in the other.
    spend(Array.isArray(one) && Array.isArray(other) ? one.length * other.length : 1);
    return compare(one, other);
  };
}

function regularExpression(scanner: Scanner): RegExp {
  const [, source, flags] =
    /^\/((?:[^/\\]|\\.)*)\/([a-z]*)$/.exec(scanner.match(/\/(?:[^/\\]|\\.)*\/[a-z]*/y) ?? "") ?? [];
  if (source === undefined) throw scanner.error("a regular expression between slashes");
  // Java's find of the whole text: `=~` must match from the start to the end.
  return new BoundedRegExp(`^(?:${source})$`, flags);
}

/** What a pattern is held against: of null, of an object and of what is missing, the empty text. */
function scalarText(value: Json | undefined): string {
  return value === null || value === undefined || typeof value === "object" ? "" : String(value);
}

function operand(scanner: Scanner, readPath: ReadPath): Operand {
  if (scanner.sees("@") || scanner.sees("$")) {
    const path = readPath(scanner);
    return (item, root) => {
      try {
        return path.find(path.root === "@" ? item : root);
      } catch (error) {
        if (error instanceof TooMuchHere) throw error;
        return undefined;
      }
    };
  }
  const value = literal(scanner);
  return () => value;
}

function literal(scanner: Scanner): Json {
  if (scanner.sees("'") || scanner.sees('"')) return scanner.quoted();
  const number = scanner.number();
  if (number !== undefined) return number;
  const word = scanner.match(/true|false|null/y);
  if (word !== undefined) return word === "null" ? null : word === "true";
  if (!scanner.take("[")) throw scanner.error("a value");
  const items: Json[] = [];
  scanner.space();
  while (!scanner.take("]")) {
    items.push(literal(scanner));
    scanner.space();
    scanner.take(",");
    scanner.space();
  }
  return items;
}

type Comparison = (left: Json | undefined, right: Json | undefined) => boolean;

/** A number is equal to a text by the type of the left one; what is missing is equal to nothing. */
function isEqual(left: Json | undefined, right: Json | undefined): boolean {
  if (left === undefined || right === undefined) return false;
  if (typeof left === "string" && typeof right === "number") return left === String(right);
  if (typeof left === "number" && typeof right === "string") return NUMBER.test(right) && left === Number(right);
  return isDeepStrictEqual(left, right);
}

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

const isIn: Comparison = (left, right) => Array.isArray(right) && right.some((item) => isEqual(left, item));
function every(left: Json | undefined, test: (item: Json) => boolean): boolean {
  return Array.isArray(left) && left.every(test);
}

/** Two numbers as numbers; a text and a number as two texts. */
function order(left: Json | undefined, right: Json | undefined): number {
  if (typeof left === "number" && typeof right === "number") return left - right;
  if (!isOrdered(left) || !isOrdered(right)) return Number.NaN;
  const [a, b] = [String(left), String(right)];
  return a < b ? -1 : Number(a > b);
}

function isOrdered(value: Json | undefined): boolean {
  return typeof value === "string" || typeof value === "number";
}

function isEmpty(value: Json | undefined): boolean | undefined {
  if (typeof value === "string") return value === "";
  return typeof value === "object" && value !== null ? Object.keys(value).length === 0 : undefined;
}

const COMPARISONS: Readonly<Record<string, Comparison>> = {
  "==": isEqual,
  "!=": (left, right) => !isEqual(left, right),
  "===": (left, right) => typeof left === typeof right && isEqual(left, right),
  "!==": (left, right) => typeof left !== typeof right || !isEqual(left, right),
  "<": (left, right) => order(left, right) < 0,
  "<=": (left, right) => order(left, right) <= 0,
  ">": (left, right) => order(left, right) > 0,
  ">=": (left, right) => order(left, right) >= 0,
  in: isIn,
  nin: (left, right) => !isIn(left, right),
  all: (left, right) => Array.isArray(left) && every(right, (item) => isIn(item, left)),
  subsetof: (left, right) => every(left, (item) => isIn(item, right)),
  anyof: (left, right) => Array.isArray(left) && left.some((item) => isIn(item, right)),
  noneof: (left, right) => Array.isArray(right) && every(left, (item) => !isIn(item, right)),
  contains: (left, right) =>
    typeof left === "string" && typeof right === "string" ? left.includes(right) : isIn(right, left),
  size: (left, right) => (typeof left === "string" || Array.isArray(left)) && left.length === right,
  empty: (left, right) => isEmpty(left) === right,
};
