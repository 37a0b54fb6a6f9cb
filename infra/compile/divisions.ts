import type {
  Block,
  Expression,
  InputDeclaration,
  LoopNode,
  Node,
  Signature,
  TaskAddress,
} from "../../sdk/graph/graph.ts";
import { blocksOf, expressionsOf, namedInputs, operandsOf } from "../../sdk/graph/walk.ts";

/** Steps of a path in a loop's state that are followed from round to round. */
const LONGEST_PATH = 20;

/**
 * Where the state machine takes a value apart: the fields, or indices, that it reads, and of each where that is taken
 * apart in turn. One without steps is that of a list whose elements it hands out one by one.
 */
export interface Division {
  readonly steps: Readonly<Record<string, Division | undefined>>;
  /** Where each part is taken apart that `steps` does not tell of. Absent: nowhere. */
  readonly elements?: Division;
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
      divideKey(node.address, namedInputs(node), found);
      break;
    case "compute":
      // What it makes of lists and objects is made of their members, so each of these is data by itself.
      for (const operand of node.operands) divide(operand, union({ steps: {} }, own), found);
      break;
    case "map":
      divideKey(node.address, node.bound, found);
      for (const list of Object.values(node.lists)) divide(list, { steps: {} }, found);
      break;
    case "workflowMap": {
      const inner = divisionsWithin(node.graph, ofItems(own));
      for (const input of node.graph.inputs) {
        const [list, given] = [node.lists[input.name], node.bound[input.name]];
        const ofInput = inputDivision(input, inner);
        if (list !== undefined)
          divide(list, ofInput === undefined ? { steps: {} } : { steps: {}, elements: ofInput }, found);
        if (given !== undefined) divide(given, ofInput, found);
      }
      break;
    }
    case "choice":
    case "try":
      for (const block of blocksOf(node)) divideBlock(block, own, found);
      break;
    case "loop":
      divideLoop(node, own, found);
      break;
    case "wait":
    case "input":
    case "start":
    case "awsCall":
      break;
    case "workflow": {
      const inner = divisionsWithin(node.graph, own);
      for (const input of node.graph.inputs) {
        const given = node.inputs[input.name];
        if (given !== undefined) divide(given, inputDivision(input, inner), found);
      }
    }
  }
  for (const expression of expressionsOf(node)) divide(expression, undefined, found);
}

/**
 * What a round comes to is the next one's state, so it is taken apart where the state is: until no more is found. A
 * state that is put into its own next one could go on for ever: no path of an author's is as long as these rounds.
 */
function divideLoop(node: LoopNode, own: Division | undefined, found: Map<string, Division>): void {
  for (const expression of operandsOf(node.test)) divide(expression, undefined, found);
  let known: string | undefined;
  for (let round = 0; round < LONGEST_PATH; round++) {
    const ofState = union(own, found.get(node.state));
    const text = JSON.stringify(ofState);
    if (text === known) break;
    known = text;
    divideBlock(node.block, ofState, found);
  }
  divide(node.initial, union(own, found.get(node.state)), found);
}

/** Where an input's value is taken apart: one that is optional is a field of its variable. */
function inputDivision(
  { name, variable, isOptional }: InputDeclaration,
  found: ReadonlyMap<string, Division>,
): Division | undefined {
  const division = found.get(variable);
  return isOptional === true ? at(division, name) : division;
}

/** Where a list is taken apart, as where any of its elements is. */
function ofItems(list: Division | undefined): Division | undefined {
  return Object.values(list?.steps ?? {}).reduce(union, list?.elements);
}

/** The state machine reads a call's key by the paths that the task names. */
function divideKey(
  { affinity }: TaskAddress,
  inputs: Readonly<Record<string, Expression>>,
  found: Map<string, Division>,
): void {
  for (const [input, ...steps] of affinity?.paths ?? []) {
    if (!Object.hasOwn(inputs, input) || inputs[input] === undefined) continue;
    const division = steps.reduceRight<Division | undefined>(
      (inner, step) => ({ steps: { [step]: inner } }),
      undefined,
    );
    divide(inputs[input], division, found);
  }
}

/** @param division where the expression's value is taken apart */
function divide(expression: Expression, division: Division | undefined, found: Map<string, Division>): void {
  switch (expression.kind) {
    case "literal":
      return;
    case "ref": {
      const whole = expression.path.reduceRight<Division | undefined>(
        (inner, step) => ({ steps: { [step]: inner } }),
        division,
      );
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

/** Where a part of a value is taken apart. */
export function at(division: Division | undefined, step: string): Division | undefined {
  return division !== undefined && Object.hasOwn(division.steps, step) ? division.steps[step] : division?.elements;
}

function union(left: Division | undefined, right: Division | undefined): Division | undefined {
  if (left === undefined || right === undefined) return left ?? right;
  const steps = new Set([...Object.keys(left.steps), ...Object.keys(right.steps)]);
  const elements = union(left.elements, right.elements);
  return {
    steps: Object.fromEntries([...steps].map((step) => [step, union(at(left, step), at(right, step))])),
    ...(elements === undefined ? {} : { elements }),
  };
}
