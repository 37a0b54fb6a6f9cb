import jsonata from "jsonata";
import { setField, type Json, type JsonObject } from "../../sdk/base/json.ts";
import type { Eventually, View } from "./language.ts";
import { BoundedRegExp } from "./bounded-regexp.ts";
import { type Direct, compileDirect, ENGINE } from "./jsonata-direct.ts";
import { awsFunctions } from "./jsonata-functions.ts";

/** A JSONata expression that does not parse, or uses what Step Functions has taken out of the language. */
export class JsonataSyntaxError extends Error {}

/** What evaluation gives: a JSON value, or undefined where JSONata finds nothing. */
export type Evaluate = (view: View) => Eventually<Json | undefined>;

/** One node of npm jsonata's syntax tree, as far as it is looked at here. */
export interface Node {
  readonly type: string;
  readonly value?: unknown;
  readonly [part: string]: unknown;
}

/** A result that JSON cannot carry, such as a function. */
export class UnsupportedResult extends Error {}

export interface Parsed {
  readonly tree: Node;
  readonly expression: jsonata.Expression;
  readonly direct: Direct | undefined;
  readonly variables: readonly string[];
  readonly readsContext: boolean;
}

// A definition is checked and compiled one after the other: what was parsed longest ago is not needed again soon.
const MOST_PARSED = 5_000;
const parsed = new Map<string, Parsed>();

/** Parses and checks an expression once per text, as long as the text is among the latest. @throws {JsonataSyntaxError} */
export function parse(source: string): Parsed {
  const known = parsed.get(source) ?? parseAnew(source);
  parsed.delete(source);
  parsed.set(source, known);
  if (parsed.size > MOST_PARSED) {
    const [oldest = source] = parsed.keys();
    parsed.delete(oldest);
  }
  return known;
}

/** Compiles `source`, the text between `{%` and `%}`. @throws {JsonataSyntaxError} */
export function compile(source: string): Evaluate {
  const { expression, direct, variables, readsContext } = parse(source);
  async function throughEngine(view: View): Promise<Json | undefined> {
    const bindings: Record<string, unknown> = { ...awsFunctions(view), [TURN]: turns(view) };
    for (const name of variables) {
      const value = name === "states" ? states(view, readsContext) : view.variables.get(name);
      if (value !== undefined) bindings[name] = value;
    }
    return plain(await expression.evaluate(undefined, bindings));
  }
  if (direct === undefined) return throughEngine;
  return (view) => {
    const value = direct(view);
    return value === ENGINE ? throughEngine(view) : value;
  };
}

function states(view: View, withContext: boolean): JsonObject {
  return {
    input: view.input,
    ...(view.result === undefined ? {} : { result: view.result }),
    ...(view.errorOutput === undefined ? {} : { errorOutput: view.errorOutput }),
    ...(withContext ? { context: view.context() } : {}),
  };
}

// Milliseconds.
const LONGEST_EVALUATION = 5_000;

// Of nodes within nodes: a recursion without an end would take gigabytes in the time it is given.
const DEEPEST_EVALUATION = 100_000;

// Milliseconds, and nodes of the tree between two looks at the time.
const SLICE = 10;
const NODES_BETWEEN_LOOKS = 64;

/** What the engine calls before every node that it evaluates, and awaits. */
const ON_ENTRY = Symbol.for("jsonata.__evaluate_entry");

// No variable of an expression can have this name.
const TURN = " turn";

/** As much of the engine's scope of names as is used here. */
interface Frame {
  timestamp: Date;
  lookup(name: string): unknown;
}

type Turn = (frame: Frame) => Promise<void> | undefined;

/** Gives way to other executions after each slice of time, and has the engine tell the run's time. */
function turns(view: View): Turn {
  let nodes = 0;
  let sliceEnd = 0;
  return (frame) => {
    if (nodes === 0) frame.timestamp = new Date(view.now());
    if (++nodes % NODES_BETWEEN_LOOKS !== 0) return undefined;
    const now = performance.now();
    if (sliceEnd === 0) sliceEnd = now + SLICE;
    if (now < sliceEnd) return undefined;
    return view.giveWay().then(() => {
      sliceEnd = performance.now() + SLICE;
    });
  };
}

function onEntry(_node: unknown, _input: unknown, frame: Frame): Promise<void> | undefined {
  const turn = frame.lookup(TURN);
  return typeof turn === "function" ? turn(frame) : undefined;
}

function parseAnew(source: string): Parsed {
  let expression: jsonata.Expression;
  try {
    expression = jsonata(source, {
      timeout: LONGEST_EVALUATION,
      stack: DEEPEST_EVALUATION,
      RegexEngine: BoundedRegExp,
    });
    // Not in the engine's types, which know names alone.
    Reflect.apply(expression.assign, expression, [ON_ENTRY, onEntry]);
  } catch (error) {
    throw new JsonataSyntaxError(parserMessage(error));
  }
  // The one cast of this file: jsonata's own type of the tree leaves out most of its parts.
  const tree = expression.ast() as unknown as Node;
  const variables = new Set<string>();
  visit(tree, (node) => {
    if (node.type !== "variable" || typeof node.value !== "string") return;

    variables.add(node.value);
  });
  return {
    tree,
    expression,
    direct: compileDirect(tree),
    variables: [...variables].filter((name) => name !== "" && name !== "$"),
    readsContext: /\bcontext\b|\$states(?!\s*\.)/.test(source),
  };
}

/** Every node of the tree, parents first. */
export function visit(tree: unknown, see: (node: Node) => void): void {
  if (typeof tree !== "object" || tree === null) return;
  if ("type" in tree && typeof tree.type === "string") see(tree as Node);
  for (const part of Object.values(tree)) if (typeof part === "object") visit(part, see);
}

/** How AWS's sentence about a failed evaluation goes on: jsonata throws objects with a code, functions plain errors. */
export function evaluationMessage(error: unknown): string {
  if (typeof error !== "object" || error === null) return `: ${String(error)}`;
  const message = "message" in error ? String(error.message) : "";
  return "code" in error ? `. ${String(error.code)}: ${message}` : `: ${message}`;
}

function parserMessage(error: unknown): string {
  return typeof error === "object" && error !== null && "message" in error ? String(error.message) : String(error);
}

/** Results may be jsonata's own marked arrays; what is kept must be plain JSON. */
function plain(value: unknown): Json | undefined {
  if (value === undefined || value === null) return value;
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "number":
      if (!Number.isFinite(value)) throw new UnsupportedResult();
      return value;
    case "object": {
      if (Array.isArray(value)) return value.map((item) => plain(item) ?? null);
      if ("_jsonata_lambda" in value || "_jsonata_function" in value || value instanceof RegExp)
        throw new UnsupportedResult();
      const copy: Record<string, Json> = {};
      for (const [key, field] of Object.entries(value)) {
        const kept = plain(field);
        if (kept !== undefined) setField(copy, key, kept);
      }
      return copy;
    }
    default:
      throw new UnsupportedResult();
  }
}
