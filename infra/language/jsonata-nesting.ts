import { EvaluationLimit, OUT_OF_STACK } from "./evaluation-limits.ts";
import type { Node, Place } from "./jsonata-node.ts";

/**
 * Nodes within nodes, calls included. Seen on AWS: a sum of 100 terms, 99 parentheses, 99 brackets and 99 `~>` are
 * evaluated, and not one more; so is `$f(31)` of `$f := function($x) { $x <= 0 ? 0 : 1 + $f($x - 1) }`, which goes
 * 3 × 31 + 5 deep, and not `$f(32)`. A call in tail position goes no deeper.
 */
export const DEEPEST_NESTING = 100;

/** As much of the engine's scope of names as is used here. */
export interface Scope {
  /** The scope that it was made in. */
  parent?: Scope;
  /** Whose turn it is, by the number of the list or object. */
  turns?: Map<number, Turn>;
}

interface Turn {
  isTaken: boolean;
  readonly waiting: (() => void)[];
}

/**
 * Counts how deep an evaluation is. The engine begins the items of `[…]` and the values of `{…}` side by side, and what
 * is counted of several at a time is no depth: here each waits for the one before it.
 */
export class Nesting {
  #depth = 0;

  /** Before a node is evaluated, which then waits for the promise. @throws {EvaluationLimit} */
  enter(node: Node, scope: Scope): Promise<void> | undefined {
    const { place } = node;
    if (node.isLeaf === true) {
      // The first one of a list is as deep as the others.
      if (place === undefined || place.isFirst) this.#check(this.#depth + 1);
      return undefined;
    }
    if (place === undefined) return this.#deeper();
    const turn = turnOf(place, scope);
    if (turn.isTaken) return new Promise<void>((resolve) => turn.waiting.push(resolve)).then(() => this.#deeper());
    turn.isTaken = true;
    return this.#deeper();
  }

  leave({ place, isLeaf }: Node, scope: Scope): void {
    if (isLeaf === true) return;
    this.#depth--;
    if (place === undefined) return;
    const turn = turnOf(place, scope);
    const next = turn.waiting.shift();
    if (next === undefined) turn.isTaken = false;
    else next();
  }

  #deeper(): undefined {
    this.#check(++this.#depth);
  }

  #check(depth: number): void {
    if (depth > DEEPEST_NESTING) throw new EvaluationLimit(OUT_OF_STACK);
  }
}

function turnOf({ of, isInOwnScope }: Place, scope: Scope): Turn {
  const owner = isInOwnScope ? (scope.parent ?? scope) : scope;
  const turns = (owner.turns ??= new Map<number, Turn>());
  let turn = turns.get(of);
  if (turn === undefined) turns.set(of, (turn = { isTaken: false, waiting: [] }));
  return turn;
}

/** Nodes without any within them. */
const LEAVES = new Set(["string", "number", "value", "variable", "name"]);

let places = 0;

/** Notes at a node whether it is a leaf, and at what is in it what it is evaluated side by side with. */
export function markNode(node: Node): void {
  const { type, value, group, predicate, steps } = node;
  node.isLeaf = LEAVES.has(type) && group === undefined && predicate === undefined;
  if (type === "unary" && value === "[") mark(nodesOf(node.expressions), false);
  if (type === "unary" && value === "{") mark(valuesOf(node.lhs), false);
  if (typeof group !== "object" || group === null || !("lhs" in group)) return;
  mark(
    valuesOf(group.lhs),
    nodesOf(steps).some(({ tuple }) => tuple === true),
  );
}

function mark(nodes: readonly Node[], isInOwnScope: boolean): void {
  places++;
  for (const [index, node] of nodes.entries()) node.place = { of: places, isFirst: index === 0, isInOwnScope };
}

function valuesOf(pairs: unknown): readonly Node[] {
  return Array.isArray(pairs) ? pairs.flatMap((pair) => nodesOf(pair).slice(1)) : [];
}

function nodesOf(value: unknown): readonly Node[] {
  // Lists of a parsed tree hold nodes alone.
  return Array.isArray(value) ? (value as readonly Node[]) : [];
}

/** How deep the evaluation of a tree goes at least, if all of it is evaluated and no function called. */
export function depthOf(tree: unknown): number {
  if (typeof tree !== "object" || tree === null) return 0;
  let deepest = 0;
  for (const part of Object.values(tree)) deepest = Math.max(deepest, depthOf(part));
  return "type" in tree ? deepest + 1 : deepest;
}
