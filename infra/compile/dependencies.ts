/** Nodes, in call order, and which of them need which. */
export interface Dependencies {
  /** The nodes' numbers in the whole graph; elsewhere here a node is its index in this list. */
  readonly nodes: readonly number[];
  /** Who needs another node, in call order; the same one as often as it needs others. */
  readonly readers: readonly number[];
  /** What the reader at the same index needs. It is before it in call order. */
  readonly needed: readonly number[];
}

/**
 * The nodes in so many parts. What needs another part is left out.
 * @param partOf of each node the index of its part
 */
export function divided(
  { nodes, readers, needed }: Dependencies,
  partOf: readonly number[],
  count: number,
): Dependencies[] {
  const parts = Array.from({ length: count }, () => new Part());
  const places = nodes.map((number, node) => (parts[partOf[node] ?? 0]?.nodes.push(number) ?? 1) - 1);
  for (let at = 0; at < readers.length; at++) {
    const [reader, one] = [readers[at] ?? 0, needed[at] ?? 0];
    if (partOf[reader] !== partOf[one]) continue;
    const part = parts[partOf[reader] ?? 0];
    part?.readers.push(places[reader] ?? 0);
    part?.needed.push(places[one] ?? 0);
  }
  return parts;
}

class Part implements Dependencies {
  readonly nodes: number[] = [];
  readonly readers: number[] = [];
  readonly needed: number[] = [];
}

/** The groups of nodes that no dependency connects, in the order of their first. */
export function connectedGroups(all: Dependencies): Dependencies[] {
  const sets = new UnionFind(all.nodes.length);
  for (let at = 0; at < all.readers.length; at++) sets.join(all.readers[at] ?? 0, all.needed[at] ?? 0);
  const groupOfRoot: number[] = [];
  let count = 0;
  const groupOf = all.nodes.map((_, node) => (groupOfRoot[sets.root(node)] ??= count++));
  return count === 1 ? [all] : divided(all, groupOf, count);
}

/** Sets of numbers that are put together. */
export class UnionFind {
  readonly #parents: number[] = [];

  /** Each of the numbers below `size` is a set of its own. */
  constructor(size: number) {
    for (let number = 0; number < size; number++) this.#parents.push(number);
  }

  /** The number that stands for the set which has this one. */
  root(number: number): number {
    const parents = this.#parents;
    let at = number;
    for (let parent = parents[at] ?? at; parent !== at; parent = parents[at] ?? at) {
      parents[at] = parents[parent] ?? parent;
      at = parent;
    }
    return at;
  }

  join(one: number, other: number): void {
    this.#parents[this.root(one)] = this.root(other);
  }
}

/** When nodes run if all take the same time: each in one of so many levels, numbered from 0. */
export interface Levels {
  readonly count: number;
  readonly earliest: readonly number[];
  /** So that there are no more levels than there have to be. */
  readonly latest: readonly number[];
}

export function levelsOf({ nodes, readers, needed }: Dependencies): Levels {
  const earliest = nodes.map(() => 0);
  for (let at = 0; at < readers.length; at++) {
    const [reader, level] = [readers[at] ?? 0, (earliest[needed[at] ?? 0] ?? 0) + 1];
    if (level > (earliest[reader] ?? 0)) earliest[reader] = level;
  }
  const count = earliest.reduce((most, level) => Math.max(most, level + 1), 0);
  const latest = nodes.map(() => count - 1);
  for (let at = readers.length - 1; at >= 0; at--) {
    const [one, level] = [needed[at] ?? 0, (latest[readers[at] ?? 0] ?? 0) - 1];
    if (level < (latest[one] ?? 0)) latest[one] = level;
  }
  return { count, earliest, latest };
}
