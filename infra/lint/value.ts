import type { SyntaxNode } from "./syntax.ts";

/** What an expression of a module is known to be, of what matters for Refs. `undefined` stands for anything else. */
export type Value =
  | {
      readonly kind: "ref";
      readonly origin: string;
      /** What an `affinityKey` is given, or a field of it. */
      readonly isOfKey?: boolean;
    }
  | { readonly kind: "condition" }
  /** The object of all that lambent exports. */
  | { readonly kind: "lambent" }
  /** An export of lambent, or a function of its `expr`, which is called `expr.length`. */
  | { readonly kind: "export"; readonly name: string }
  | { readonly kind: "actor" }
  /** A function that `actor.cache` has made. */
  | { readonly kind: "cached" }
  /** What adds a node to a graph when it is called: a task, a workflow, what `mapTask(…)` gives. */
  | { readonly kind: "caller"; readonly isOverridable: boolean }
  /** What a workflow's function gets second: the workflow itself. */
  | { readonly kind: "self" }
  /** `withOverrides` of a task or a workflow. */
  | { readonly kind: "overriding" }
  /** Another module of the author's. */
  | { readonly kind: "module"; readonly exports: ReadonlyMap<string, Value> }
  /** The object that a workflow's function gets, or a rest of it; `made` is the function, or the name that gets the rest. */
  | {
      readonly kind: "inputs";
      readonly workflow: string;
      readonly declared: ReadonlySet<string>;
      readonly made: SyntaxNode;
    }
  | { readonly kind: "object" | "array" | "function" | "class"; readonly node: SyntaxNode }
  /** A list of any length, and what is the same of its elements. */
  | { readonly kind: "list"; readonly of: Value | undefined; readonly node: SyntaxNode }
  /** An element of a list with its place before it, as `list.entries()` gives them. */
  | { readonly kind: "entry"; readonly of: Value | undefined }
  /** What a parameter such as `...rest` gets. */
  | { readonly kind: "rest"; readonly fn: SyntaxNode; readonly from: number; readonly made: SyntaxNode }
  /** What is being worked out: `next = next.next` makes of a variable what it is anyway. */
  | { readonly kind: "pending" }
  /** One of several. */
  | { readonly kind: "each"; readonly of: readonly Value[] };

/** What is true of each of some values. */
export function common(values: readonly (Value | undefined)[]): Value | undefined {
  if (values.includes(undefined)) return undefined;
  const known = values.filter((value) => value !== undefined && value.kind !== "pending");
  const first = known[0] ?? values[0];
  if (first === undefined || first.kind === "pending") return first;
  if (known.length === 1 || (isTested(first) && known.every(({ kind }) => kind === first.kind))) return first;
  return { kind: "each", of: known };
}

/** Whether a value has no truth of its own while a workflow is traced: it is an object, whatever it stands for. */
export function isTested(value: Value | undefined): value is Extract<Value, { kind: "ref" | "condition" }> {
  return value?.kind === "ref" || value?.kind === "condition";
}

const MAKES: Readonly<Record<string, Value>> = {
  task: { kind: "caller", isOverridable: true },
  partial: { kind: "caller", isOverridable: true },
  mapTask: { kind: "caller", isOverridable: false },
  dynamic: { kind: "caller", isOverridable: false },
  workflow: { kind: "caller", isOverridable: true },
  lazy: { kind: "caller", isOverridable: true },
  cache: { kind: "cached" },
  conditional: { kind: "ref", origin: "what a conditional gives" },
  whileLoop: { kind: "ref", origin: "what whileLoop gives" },
  repeatUntil: { kind: "ref", origin: "what repeatUntil gives" },
  tryCatch: { kind: "ref", origin: "what tryCatch gives" },
  choose: { kind: "ref", origin: "what choose gives" },
  sleep: { kind: "ref", origin: "what sleep gives" },
  sleepUntil: { kind: "ref", origin: "what sleepUntil gives" },
  waitForInput: { kind: "ref", origin: "what waitForInput gives" },
  approve: { kind: "ref", origin: "what approve gives" },
  awsCall: { kind: "ref", origin: "what awsCall gives" },
  warmAll: { kind: "ref", origin: "what warmAll gives" },
  ...Object.fromEntries(
    ["eq", "ne", "gt", "ge", "lt", "le", "isIn", "isTrue", "isNull", "and", "or", "not"].map((name) => [
      name,
      { kind: "condition" },
    ]),
  ),
};

/** What a call of an export of lambent gives. */
export function madeBy(name: string): Value | undefined {
  if (name.startsWith("expr.")) return { kind: "ref", origin: `what ${name} gives` };
  return Object.hasOwn(MAKES, name) ? MAKES[name] : undefined;
}
