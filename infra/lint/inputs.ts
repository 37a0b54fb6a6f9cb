import { argumentAt, keyOf, nameOf, nodeIn, nodesIn, unwrapped, type SyntaxNode } from "./syntax.ts";
import type { Value } from "./value.ts";

/** What is asked of the values of a module. */
interface Known {
  of(node: SyntaxNode | undefined): Value | undefined;
  property(object: SyntaxNode, key: string): SyntaxNode | undefined;
  isChanged(made: SyntaxNode): boolean;
}

/** What the function of a workflow gets, if a call is one of `workflow`. */
export function inputsOf(call: SyntaxNode, known: Known): Extract<Value, { kind: "inputs" }> | undefined {
  const callee = known.of(nodeIn(call, "callee"));
  if (callee?.kind !== "export" || callee.name !== "workflow") return undefined;
  const given = argumentAt(call, 1);
  const fn = known.of(given);
  if (given === undefined || fn?.kind !== "function") return undefined;
  const options = known.of(argumentAt(call, 2));
  const named = options?.kind === "object" ? nameOf(known.property(options.node, "name")) : undefined;
  return {
    kind: "inputs",
    workflow: named ?? nameOf(nodeIn(fn.node, "id")) ?? nameOf(unwrapped(given)) ?? keyOf(given) ?? "the workflow",
    declared: namesOf(known.of(argumentAt(call, 0)), known),
    made: fn.node,
  };
}

/** The function that says which key a task has, and what it gets, if a call makes a task with an `affinityKey`. */
export function keyFunctionOf(
  call: SyntaxNode,
  known: Known,
): { readonly fn: SyntaxNode; readonly gets: Extract<Value, { kind: "ref" }> } | undefined {
  const callee = known.of(nodeIn(call, "callee"));
  if (callee?.kind !== "export" || callee.name !== "task") return undefined;
  const options = known.of(argumentAt(call, 1));
  if (options?.kind !== "object") return undefined;
  const fn = known.of(known.property(options.node, "affinityKey"));
  if (fn?.kind !== "function") return undefined;
  const [given, named] = [argumentAt(call, 0), nameOf(known.property(options.node, "name"))];
  const run = known.of(given);
  const ofRun = run?.kind === "function" ? nameOf(nodeIn(run.node, "id")) : undefined;
  const task = named ?? ofRun ?? (given === undefined ? undefined : nameOf(unwrapped(given))) ?? "the task";
  return { fn: fn.node, gets: { kind: "ref", origin: `an input of ${task}`, isOfKey: true } };
}

/**
 * The names that an object is certain to have.
 * @param within the objects that it is spread into
 */
function namesOf(object: Value | undefined, known: Known, within: readonly SyntaxNode[] = []): ReadonlySet<string> {
  if (object?.kind !== "object" || within.includes(object.node) || known.isChanged(object.node)) return new Set();
  const names = nodesIn(object.node, "properties").flatMap((one) => {
    if (one?.type === "SpreadElement")
      return [...namesOf(known.of(nodeIn(one, "argument")), known, [...within, object.node])];
    const name = one === undefined ? undefined : keyOf(one);
    return name === undefined ? [] : [name];
  });
  return new Set(names);
}
