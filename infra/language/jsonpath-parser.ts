import { compileFilter } from "./jsonpath-filter.ts";
import { makePath, type Token } from "./jsonpath-search.ts";
import type { Path } from "./path.ts";
import { Scanner } from "./scanner.ts";

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
    // Filters hold paths, and paths filters: the one circle of the grammar.
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
