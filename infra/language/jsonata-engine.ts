import jsonata from "jsonata";
import type { Json } from "../../sdk/base/json.ts";
import { BoundedRegExp } from "./bounded-regexp.ts";
import { EvaluationLimit } from "./evaluation-limits.ts";
import { type Direct, compileDirect } from "./jsonata-direct.ts";
import { plainResult } from "./jsonata-result.ts";
import { LIST_FUNCTIONS } from "./jsonata-lists.ts";
import { DEEPEST_NESTING, depthOf, markNode, Nesting, type Scope } from "./jsonata-nesting.ts";
import type { Node } from "./jsonata-node.ts";

/** A JSONata expression that does not parse, or uses what Step Functions has taken out of the language. */
export class JsonataSyntaxError extends Error {}

/** Watches one evaluation, node by node and function by function, and ends it by throwing. */
export interface Meter {
  /** At which the evaluation began, by the run's clock. */
  readonly time: Date;
  /** Before a node is evaluated, which then waits for the promise. */
  enter(): Promise<void> | undefined;
  /** After a node has given `result`. */
  leave(node: Node, result: unknown): void;
  /** Before one of JSONata's own functions is called. */
  call(name: string, args: readonly unknown[]): void;
  /** The evaluation is over. What goes on of it ends at its next node: the engine works out the items of a list together. */
  end(): void;
}

export interface Parsed {
  readonly tree: Node;
  readonly direct: Direct | undefined;
  readonly variables: readonly string[];
  readonly readsContext: boolean;
  /** @param names What the expression finds besides JSONata's own names. @throws {UnsupportedResult} and what JSONata throws */
  evaluate(names: Readonly<Record<string, unknown>>, meter: Meter): Promise<Json | undefined>;
}

// A definition is checked and compiled one after the other: what was parsed longest ago is not needed again soon.
const MOST_PARSED = 2_000;
const parsed = new Map<string, Parsed>();

/** Parses and checks an expression once per text, as long as the text is among the latest. @throws {JsonataSyntaxError} */
export function parse(source: string): Parsed {
  const known = parsed.get(source) ?? withinStack(() => parseAnew(source));
  parsed.delete(source);
  parsed.set(source, known);
  if (parsed.size > MOST_PARSED) {
    const [oldest = source] = parsed.keys();
    parsed.delete(oldest);
  }
  return known;
}

/** Goes through an expression's tree. @throws {JsonataSyntaxError} when that is nested too deeply */
export function withinStack<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof RangeError) throw new JsonataSyntaxError(TOO_DEEP);
    throw error;
  }
}

const TOO_DEEP = "The expression is nested too deeply: assign parts of it to variables";

/** What the engine calls before and after every node that it evaluates, and awaits. */
const ON_ENTRY = Symbol.for("jsonata.__evaluate_entry");
const ON_EXIT = Symbol.for("jsonata.__evaluate_exit");
/** What it calls when a scope is made within another. */
const ON_SCOPE = Symbol.for("jsonata.__createFrame_push");

// No variable of an expression can have this name.
const WATCH = " watch";

/** What goes along with one evaluation. */
interface Watch {
  readonly meter: Meter;
  readonly nesting: Nesting;
}

/** As much of the engine's scope of names as is used here. */
interface Frame extends Scope {
  /** The outermost one, which all others copy their time from. */
  readonly base: Frame;
  timestamp: Date;
  lookup(name: string): unknown;
}

function watchOf(frame: Frame): Watch {
  // `evaluate` below has put it there.
  return frame.lookup(WATCH) as Watch;
}

function onExit(node: Node, _input: unknown, frame: Frame, result: unknown): void {
  const { meter, nesting } = watchOf(frame);
  meter.leave(node, result);
  nesting.leave(node, frame);
}

function onScope(outer: Frame, inner: Frame): void {
  inner.parent = outer;
}

function parseAnew(source: string): Parsed {
  let expression: jsonata.Expression;
  try {
    expression = jsonata(source, { RegexEngine: BoundedRegExp });
  } catch (error) {
    throw new JsonataSyntaxError(parserMessage(error));
  }
  // The one cast of the tree: jsonata's own type of it leaves out most of its parts.
  const tree = expression.ast() as unknown as Node;
  const variables = new Set<string>();
  visit(tree, (node) => {
    if (node.type === "variable" && typeof node.value === "string") variables.add(node.value);
    if (node.type !== "binary" || node.value !== "..") return;
    for (const end of [node.lhs, node.rhs]) if (isNode(end)) end.isRangeEnd = true;
  });
  const direct = depthOf(tree) > DEEPEST_NESTING ? undefined : compileDirect(tree);
  visit(tree, markNode);
  const names = [...variables].filter((name) => name !== "" && name !== "$");
  let isReady = false;
  function onEntry(node: Node, _input: unknown, frame: Frame): Promise<void> | undefined {
    if (!isReady) {
      isReady = true;
      for (const name of names) watch(expression, name, frame.lookup(name));
    }
    const { meter, nesting } = watchOf(frame);
    if (frame.base === frame) frame.timestamp = meter.time;
    return nesting.enter(node, frame)?.then(() => meter.enter()) ?? meter.enter();
  }
  assign(expression, ON_ENTRY, onEntry);
  assign(expression, ON_EXIT, onExit);
  assign(expression, ON_SCOPE, onScope);
  return {
    tree,
    direct,
    variables: names,
    readsContext: /\bcontext\b|\$states(?!\s*\.)/.test(source),
    async evaluate(bindings, meter) {
      const watch: Watch = { meter, nesting: new Nesting() };
      try {
        return plainResult(await expression.evaluate(undefined, { ...bindings, [WATCH]: watch }));
      } finally {
        meter.end();
      }
    },
  };
}

/** The engine's types know names alone. */
function assign(expression: jsonata.Expression, name: symbol | string, value: unknown): void {
  Reflect.apply(expression.assign, expression, [name, value]);
}

interface Focus {
  readonly environment: Frame;
  createSequence(): unknown[];
}

/** One of JSONata's own functions, as the engine keeps it. */
interface BuiltIn {
  readonly _jsonata_function: true;
  readonly implementation: (this: Focus, ...args: unknown[]) => unknown;
}

function isBuiltIn(value: unknown): value is BuiltIn {
  return typeof value === "object" && value !== null && "_jsonata_function" in value && "implementation" in value;
}

/** Has the meter told of the calls of a function. */
function watch(expression: jsonata.Expression, name: string, value: unknown): void {
  if (!isBuiltIn(value)) return;
  const original = value.implementation;
  const called = LIST_FUNCTIONS[name] ?? original;
  const implementation: BuiltIn["implementation"] = function (...args) {
    watchOf(this.environment).meter.call(name, args);
    return called.apply(this, args);
  };
  // The engine passes as many arguments to a callback as it takes.
  Object.defineProperty(implementation, "length", { value: original.length });
  assign(expression, name, { ...value, implementation });
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}

/** Every node of the tree, parents first. */
export function visit(tree: unknown, see: (node: Node) => void): void {
  if (typeof tree !== "object" || tree === null) return;
  if (isNode(tree)) see(tree);
  for (const part of Object.values(tree)) if (typeof part === "object") visit(part, see);
}

/** What another process has thrown in an evaluation; the message is that of {@link evaluationMessage} there. */
export class ReportedFailure extends Error {}

/** How AWS's sentence about a failed evaluation goes on: jsonata throws objects with a code, functions plain errors. */
export function evaluationMessage(error: unknown): string {
  if (error instanceof ReportedFailure) return error.message;
  if (typeof error !== "object" || error === null) return `: ${String(error)}`;
  const message = "message" in error ? String(error.message) : "";
  if (!("code" in error) || error instanceof EvaluationLimit) return `: ${message}`;
  return `. ${String(error.code)}: ${message}`;
}

function parserMessage(error: unknown): string {
  // The engine's parser goes as deep as the expression.
  if (error instanceof RangeError) return TOO_DEEP;
  return typeof error === "object" && error !== null && "message" in error ? String(error.message) : String(error);
}
