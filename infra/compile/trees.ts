import type { Dependencies } from "./dependencies.ts";

/** What runs one after the other: nodes, by their index, and in the place of a node such sequences side by side. */
export type Sequence = readonly (number | readonly Sequence[])[];

/**
 * Connected nodes of which each needs one other at most, or is needed by one at most, in their order; undefined if they
 * are no such tree. Taken apart from its root, as other graphs are, a tree would have each node looked at once for each
 * that is above it; here it is put together from its leaves.
 */
export function treeSequence({ nodes, readers, needed }: Dependencies): Sequence | undefined {
  if (new Set(readers).size === readers.length) {
    // The root runs first: all is put together from behind, and turned round.
    const order = nodes.map((_, index) => nodes.length - 1 - index);
    return turned(fromLeaves(order, parents(nodes.length, readers, needed)));
  }
  if (new Set(needed).size === needed.length) {
    return fromLeaves([...nodes.keys()], parents(nodes.length, needed, readers));
  }
  return undefined;
}

function parents(count: number, children: readonly number[], of: readonly number[]): (number | undefined)[] {
  const found = Array.from({ length: count }, (): number | undefined => undefined);
  for (const [at, child] of children.entries()) found[child] = of[at];
  return found;
}

interface Subtree {
  /** The least index in it, by which branches are in order. */
  first: number;
  readonly sequence: (number | Sequence[])[];
}

/** @param order the nodes, each after those whose parent it is */
function fromLeaves(order: readonly number[], parentOf: readonly (number | undefined)[]): Sequence {
  const below: Subtree[][] = parentOf.map(() => []);
  let whole: Subtree | undefined;
  for (const node of order) {
    whole = joined(below[node] ?? []);
    whole.sequence.push(node);
    whole.first = Math.min(whole.first, node);
    const parent = parentOf[node];
    if (parent !== undefined) below[parent]?.push(whole);
  }
  return whole?.sequence ?? [];
}

function joined(subtrees: readonly Subtree[]): Subtree {
  const [only, ...others] = subtrees.toSorted((one, other) => one.first - other.first);
  if (only === undefined) return { first: Number.POSITIVE_INFINITY, sequence: [] };
  if (others.length === 0) return only;
  return { first: only.first, sequence: [[only, ...others].map(({ sequence }) => sequence)] };
}

/** In loops, since a sequence may be as deep as there are nodes. */
function turned(sequence: Sequence): Sequence {
  const parts: (number | Sequence[])[] = [];
  for (const part of sequence.toReversed()) {
    if (typeof part === "number") parts.push(part);
    else {
      const branches: Sequence[] = [];
      for (const one of part) branches.push(turned(one));
      parts.push(branches);
    }
  }
  return parts;
}
