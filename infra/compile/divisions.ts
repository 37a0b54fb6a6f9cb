import type { Block, Expression, Node, Signature, TaskAddress } from "../../sdk/graph/graph.ts";
import { expressionsOf } from "../../sdk/graph/walk.ts";

/**
 * Where the state machine takes a value apart: the fields, or indices, that it reads, and of each where that is taken
 * apart in turn. An empty one is that of a list whose elements it hands out one by one.
 */
export interface Division {
  readonly [step: string]: Division | undefined;
}

/** Of each input of a graph where its value is taken apart; by variable, and absent where it is only passed on whole. */
export function inputDivisions(graph: Signature & Block): ReadonlyMap<string, Division> {
  return divisionsWithin(graph, undefined);
}

/** @param ofResult where what the graph comes to is taken apart */
function divisionsWithin(block: Block, ofResult: Division | undefined): Map<string, Division> {
  const found = new Map<string, Division>();
  divideBlock(block, ofResult, found);
  return found;
}

/** Readers come after what they read, so what is last is seen first. */
function divideBlock({ nodes, result }: Block, ofResult: Division | undefined, found: Map<string, Division>): void {
  divide(result, ofResult, found);
  for (const node of nodes.toReversed()) divideNode(node, found);
}

function divideNode(node: Node, found: Map<string, Division>): void {
  const own = found.get(node.variable);
  switch (node.kind) {
    case "task":
      divideKey(node.address, node.inputs, found);
      break;
    case "map":
      divideKey(node.address, node.bound, found);
      for (const list of Object.values(node.lists)) divide(list, {}, found);
      break;
    case "choice":
      for (const block of [node.whenTrue, node.whenFalse]) divideBlock(block, own, found);
      break;
    case "workflow": {
      const inner = divisionsWithin(node.graph, own);
      for (const { name, variable } of node.graph.inputs) {
        const given = node.inputs[name];
        if (given !== undefined) divide(given, inner.get(variable), found);
      }
    }
  }
  for (const expression of expressionsOf(node)) divide(expression, undefined, found);
}

/** The state machine reads a call's key by the paths that the task names. */
function divideKey(
  { affinity }: TaskAddress,
  inputs: Readonly<Record<string, Expression>>,
  found: Map<string, Division>,
): void {
  for (const [input, ...steps] of affinity?.paths ?? []) {
    if (!Object.hasOwn(inputs, input) || inputs[input] === undefined) continue;
    const division = steps.reduceRight<Division | undefined>((inner, step) => ({ [step]: inner }), undefined);
    divide(inputs[input], division, found);
  }
}

/** @param division where the expression's value is taken apart */
function divide(expression: Expression, division: Division | undefined, found: Map<string, Division>): void {
  switch (expression.kind) {
    case "literal":
      return;
    case "ref": {
      const whole = expression.path.reduceRight<Division | undefined>((inner, step) => ({ [step]: inner }), division);
      const both = union(found.get(expression.variable), whole);
      if (both !== undefined) found.set(expression.variable, both);
      return;
    }
    case "object":
      for (const [key, field] of Object.entries(expression.fields)) divide(field, at(division, key), found);
      return;
    case "list":
      expression.items.forEach((item, index) => divide(item, at(division, String(index)), found));
  }
}

function at(division: Division | undefined, step: string): Division | undefined {
  return division !== undefined && Object.hasOwn(division, step) ? division[step] : undefined;
}

function union(left: Division | undefined, right: Division | undefined): Division | undefined {
  if (left === undefined || right === undefined) return left ?? right;
  const steps = new Set([...Object.keys(left), ...Object.keys(right)]);
  return Object.fromEntries([...steps].map((step) => [step, union(at(left, step), at(right, step))]));
}
