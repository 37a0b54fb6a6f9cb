import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { isJsonObject, type Json, type JsonObject } from "../../sdk/base/json.ts";
import { uncarriable } from "../../sdk/base/uncarriable.ts";
import { StateError } from "./state-error.ts";
import { readPath } from "./jsonpath-parser.ts";
import type { Path } from "./path.ts";
import type { View } from "./language.ts";
import { javaRandom } from "./jsonata-functions.ts";
import { equalityKey } from "./equality-key.ts";
import { Scanner } from "./scanner.ts";
import { spend, spendOn } from "./sharing.ts";
import { sizeOf, widthOf } from "./value-size.ts";

/** Gives an argument that is a path its value. */
export type Resolve = (path: Path) => Json;
export type Intrinsic = (view: View, resolve: Resolve) => Json;

/** A call such as `States.Format('{}', $.name)`. @throws {SyntaxError} */
export function parseIntrinsic(text: string, onPath: (path: Path) => void = () => {}): Intrinsic {
  const scanner = new Scanner(text, "intrinsic function");
  const call = readCall(scanner, onPath);
  scanner.space();
  if (!scanner.done) throw scanner.error("the end");
  return call;
}

export function isIntrinsic(text: string): boolean {
  return text.startsWith("States.");
}

function readCall(scanner: Scanner, onPath: (path: Path) => void): Intrinsic {
  const start = scanner.position;
  const name = scanner.match(/States\.[A-Za-z0-9]+/y) ?? "";
  const definition = INTRINSICS[name.slice("States.".length)];
  if (definition === undefined) throw scanner.error("the name of an intrinsic function");
  scanner.expect("(");
  const args: Intrinsic[] = [];
  scanner.space();
  while (!scanner.take(")")) {
    args.push(readArgument(scanner, onPath));
    scanner.space();
    if (!scanner.sees(")")) scanner.expect(",");
    scanner.space();
  }
  const [least, most] = definition.count;
  if (args.length < least || args.length > most) {
    throw new SyntaxError(`intrinsic function '${scanner.text}': Invalid number of arguments for ${name}`);
  }
  const source = scanner.text.slice(start, scanner.position);
  return (view, resolve) => {
    try {
      const values = args.map((argument) => argument(view, resolve));
      spendOnCall(name.slice("States.".length), values);
      return definition.apply(values, view);
    } catch (error) {
      if (!(error instanceof Misuse)) throw error;
      throw new StateError(
        "States.IntrinsicFailure",
        `The function '${source}' had the following error: ${error.message}`,
        { placed: true },
      );
    }
  };
}

const UNITS_OF_CALL = 50;
// Of the longest range.
const UNITS_OF_RANGE = 1_000;

/** What functions that look at all of their arguments take of each unit of a size (20 ns); the others take the widths. */
const WEIGHTS: Readonly<Record<string, number>> = {
  ArrayContains: 4,
  ArrayUnique: 8,
  Base64Decode: 4,
  Base64Encode: 4,
  Format: 8,
  Hash: 4,
  JsonMerge: 4,
  JsonToString: 4,
  StringSplit: 16,
  StringToJson: 8,
};

/** @throws {TooMuchHere} */
function spendOnCall(name: string, args: readonly Json[]): void {
  spend(UNITS_OF_CALL + args.length + (name === "ArrayRange" ? UNITS_OF_RANGE : 0));
  const weight = WEIGHTS[name];
  for (const value of args) {
    if (weight === undefined) spend(widthOf(value));
    else spendOn(value, weight);
  }
}

function readArgument(scanner: Scanner, onPath: (path: Path) => void): Intrinsic {
  scanner.space();
  if (scanner.sees("States.")) return readCall(scanner, onPath);
  if (scanner.sees("$")) {
    const path = readPath(scanner);
    onPath(path);
    return (_view, resolve) => resolve(path);
  }
  const value = scanner.sees("'") ? readString(scanner) : readScalar(scanner);
  return () => value;
}

/** Backslashes before braces stay: `States.Format` reads them. */
function readString(scanner: Scanner): string {
  const raw = scanner.match(/'(?:[^'\\]|\\[^])*'/y);
  if (raw === undefined) throw scanner.error("a closing '");
  return raw.slice(1, -1).replace(/\\([^{}])/g, (_, character: string) => ESCAPES[character] ?? character);
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r" };

function readScalar(scanner: Scanner): Json {
  const number = scanner.number();
  if (number !== undefined) return number;
  const word = scanner.match(/(?:true|false|null)\b/y);
  if (word === undefined)
    throw scanner.error("an argument: a path, a text in single quotes, a number, true, false, null or a function");
  return word === "null" ? null : word === "true";
}

class Misuse extends Error {}

interface Definition {
  /** The fewest and the most arguments. */
  readonly count: readonly [number, number];
  apply(args: readonly Json[], view: View): Json;
}

function define(least: number, most: number, apply: Definition["apply"]): Definition {
  return {
    count: [least, most],
    apply,
  };
}

function list(value: Json | undefined): readonly Json[] {
  if (Array.isArray(value)) return value;
  throw new Misuse(`Invalid argument: expected an array, but got ${JSON.stringify(value)}`);
}
function text(value: Json | undefined): string {
  if (typeof value === "string") return value;
  throw new Misuse(`Invalid argument: expected a string, but got ${JSON.stringify(value)}`);
}
function integer(value: Json | undefined): number {
  if (typeof value === "number") return Math.round(value);
  throw new Misuse(`Invalid argument: expected an integer, but got ${JSON.stringify(value)}`);
}
function record(value: Json | undefined): JsonObject {
  if (isJsonObject(value)) return value;
  throw new Misuse(`Invalid argument: expected an object, but got ${JSON.stringify(value)}`);
}
function short(value: string): string {
  if (value.length <= 10_000) return value;
  throw new Misuse(`Invalid argument: a string of ${value.length} characters is longer than 10000`);
}

const HASHES: Readonly<Record<string, string>> = {
  MD5: "md5",
  "SHA-1": "sha1",
  "SHA-256": "sha256",
  "SHA-384": "sha384",
  "SHA-512": "sha512",
};

// Ten times what a state may hand on. One argument may be in an array a thousand times.
const MOST_UNITS = 400_000;

/** @throws {Misuse} for what would take too much memory as a text. */
function checkSize(value: Json): void {
  if (sizeOf(value, MOST_UNITS) > MOST_UNITS) throw new Misuse("The text would be too long");
}

function asText(value: Json): string {
  if (typeof value === "string") return value;
  checkSize(value);
  return JSON.stringify(value);
}

/** As Java prints maps and lists, which is how AWS formats them. */
function javaText(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(javaText).join(", ")}]`;
  if (typeof value !== "object" || value === null) return asText(value);
  return `{${Object.entries(value)
    .map(([key, field]) => `${key}=${javaText(field)}`)
    .join(", ")}}`;
}

const INTRINSICS: Readonly<Record<string, Definition>> = {
  Array: define(0, Number.POSITIVE_INFINITY, (args) => [...args]),
  ArrayPartition: define(2, 2, ([items, size]) => {
    const step = integer(size);
    if (step < 1) throw new Misuse("The chunk size must be a positive integer");
    const all = list(items);
    return Array.from({ length: Math.ceil(all.length / step) }, (_, chunk) =>
      all.slice(chunk * step, (chunk + 1) * step),
    );
  }),
  ArrayContains: define(2, 2, ([items, value]) => list(items).some((item) => isDeepStrictEqual(item, value))),
  ArrayRange: define(3, 3, ([first, last, by]) => {
    const [from, to, step] = [integer(first), integer(last), integer(by)];
    if (step === 0) throw new Misuse("The step must not be 0");
    const count = Math.max(0, Math.floor((to - from) / step) + 1);
    if (count > 1000) throw new Misuse(`The range has ${count} elements; at most 1000 are allowed`);
    return Array.from({ length: count }, (_, index) => from + index * step);
  }),
  ArrayGetItem: define(2, 2, ([items, index]) => {
    const item = list(items)[integer(index)];
    if (item === undefined) throw new Misuse(`The index ${integer(index)} is out of bounds`);
    return item;
  }),
  ArrayLength: define(1, 1, ([items]) => list(items).length),
  ArrayUnique: define(1, 1, ([items]) => {
    const all = list(items).map((item): [unknown, Json] => [equalityKey(item), item]);
    // The first of equals stays where it is.
    return [...new Map(all.toReversed())].reverse().map(([, item]) => item);
  }),
  Base64Encode: define(1, 1, ([value]) => Buffer.from(short(text(value)), "utf8").toString("base64")),
  Base64Decode: define(1, 1, ([value]) => {
    const encoded = short(text(value));
    if (!/^[A-Za-z0-9+/]*={0,2}$/.test(encoded)) throw new Misuse(`Invalid Base64: ${encoded.slice(0, 100)}`);
    return Buffer.from(encoded, "base64").toString("utf8");
  }),
  Hash: define(2, 2, ([value, algorithm]) => {
    const name = HASHES[text(algorithm)];
    if (name === undefined) throw new Misuse(`Unknown algorithm ${text(algorithm)}`);
    return createHash(name)
      .update(short(asText(value ?? null)))
      .digest("hex");
  }),
  JsonMerge: define(3, 3, ([left, right, deep]) => {
    if (deep !== false)
      throw new Misuse("Only the shallow merging mode is supported: the third argument must be false");
    return { ...record(left), ...record(right) };
  }),
  JsonToString: define(1, 1, ([value]) => {
    checkSize(value ?? null);
    return JSON.stringify(value);
  }),
  StringToJson: define(1, 1, ([json]) => {
    const source = text(json);
    if (source.trim() === "") return null;
    let value: Json;
    try {
      value = JSON.parse(source);
    } catch {
      throw new Misuse(`Invalid JSON: ${source.slice(0, 100)}`);
    }
    const fault = uncarriable(value);
    if (fault !== undefined) throw new Misuse(`Invalid JSON: ${fault}`);
    return value;
  }),
  MathAdd: define(2, 2, ([left, right]) => {
    const sum = integer(left) + integer(right);
    if (Number.isFinite(sum)) return sum;
    throw new Misuse("Numeric value out of range of double");
  }),
  MathRandom: define(2, 3, ([first, last, seed], view) => {
    const [from, to] = [integer(first), integer(last)];
    if (from >= to) throw new Misuse("The start must be less than the end");
    return Math.floor(from + (seed === undefined ? view.random() : javaRandom(integer(seed))) * (to - from));
  }),
  StringSplit: define(2, 2, ([value, delimiters]) => {
    const separators = new Set(text(delimiters));
    const parts: string[] = [""];
    for (const character of text(value)) {
      if (separators.has(character)) parts.push("");
      else parts.push(parts.pop() + character);
    }
    return parts.filter((part) => part !== "");
  }),
  UUID: define(0, 0, (_, view) => view.uuid()),
  Format: define(1, Number.POSITIVE_INFINITY, ([template, ...values]) => {
    checkSize(values);
    let used = 0;
    const formatted = text(template).replace(/\\([{}\\])|\{\}/g, (whole, escaped: string | undefined) => {
      if (escaped !== undefined) return escaped;
      const value = values[used++];
      if (value === undefined) throw new Misuse(`There are more {} than the ${values.length} arguments in ${whole}`);
      return javaText(value);
    });
    if (used < values.length) throw new Misuse(`There are ${values.length} arguments, but ${used} {}`);
    return formatted;
  }),
};
