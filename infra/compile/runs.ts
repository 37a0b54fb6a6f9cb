import { UnionFind, type Dependencies } from "./dependencies.ts";
import type { TimeRows } from "./time-rows.ts";

/** Successive pieces of a graph, and the groups of their nodes that nothing within them connects. */
interface Run {
  /** A node of each group. */
  readonly members: readonly number[];
  /** The row of how long the first group takes if it is cut where it is best; those of the others follow. */
  readonly times: number;
  /** The piece before which the first group is cut. */
  readonly cut: number;
}

/** Nodes, and at which indices it is said what they need. */
interface Piece {
  readonly nodes: readonly number[];
  readonly needs: readonly number[];
}

/**
 * All runs of successive pieces, made from short to long: which cut is best depends on how both sides are cut in turn,
 * and these are shorter runs. One that is a single piece takes as long as its longest chain.
 */
export class Runs {
  readonly #all: Dependencies;
  readonly #pieceOf: readonly number[];
  readonly #pieces: readonly Piece[];
  readonly #rows: TimeRows;
  /** The row of the longest chain that ends with the first node and is all in its piece; those of the others follow. */
  readonly #chains: number;
  /** By first piece, and by how many follow. */
  readonly #runs: readonly Run[][];
  /** Of the node that stands for a group of the run being made: the group's number. */
  readonly #groupOf: number[] = [];

  /** @param pieceOf of each node, no later than those of its readers */
  constructor(all: Dependencies, pieceOf: readonly number[], count: number, rows: TimeRows) {
    this.#all = all;
    this.#pieceOf = pieceOf;
    this.#pieces = piecesOf(all, pieceOf, count);
    this.#rows = rows;
    this.#chains = this.#chainsWithin();
    this.#runs = this.#pieces.map(() => []);
    for (let first = count - 1; first >= 0; first--) this.#makeFrom(first);
  }

  /** Where all of it, which is connected, is cut best: the piece that is the first after the cut. */
  get cut(): number {
    return this.#whole.cut;
  }

  /** How long all of it takes then, in all samples together. */
  get time(): number {
    return this.#rows.total(this.#whole.times);
  }

  get #whole(): Run {
    return this.#run(0, this.#pieces.length - 1);
  }

  #run(first: number, last: number): Run {
    return this.#runs[first]?.[last - first] as Run; // shorter ones are made before longer ones
  }

  #chainsWithin(): number {
    const { nodes, readers, needed } = this.#all;
    const chains = this.#rows.take(nodes.length);
    for (let node = 0; node < nodes.length; node++) this.#rows.raise(chains + node, nodes[node] ?? 0);
    for (let at = 0; at < readers.length; at++) {
      const [reader, one] = [readers[at] ?? 0, needed[at] ?? 0];
      if (this.#pieceOf[reader] !== this.#pieceOf[one]) continue;
      this.#rows.raiseToSum(chains + reader, chains + one, nodes[reader] ?? 0);
    }
    return chains;
  }

  /** Makes the runs that begin with a piece, once those are there that begin later. */
  #makeFrom(first: number): void {
    const { nodes, readers, needed } = this.#all;
    const sets = new UnionFind(nodes.length);
    let members: readonly number[] = [];
    for (let last = first; last < this.#pieces.length; last++) {
      const added = this.#pieces[last] ?? { nodes: [], needs: [] };
      for (const at of added.needs) {
        const one = needed[at] ?? 0;
        if ((this.#pieceOf[one] ?? 0) >= first) sets.join(readers[at] ?? 0, one);
      }
      members = this.#groups([...members, ...added.nodes], sets);
      const run = first === last ? this.#single(added, members, sets) : this.#longer(first, last, members, sets);
      this.#runs[first]?.push(run);
    }
  }

  /** The nodes that stand for the groups of these. */
  #groups(nodes: readonly number[], sets: UnionFind): number[] {
    const roots = [...new Set(nodes.map((node) => sets.root(node)))];
    for (let group = 0; group < roots.length; group++) this.#groupOf[roots[group] ?? 0] = group;
    return roots;
  }

  #single({ nodes }: Piece, members: readonly number[], sets: UnionFind): Run {
    const times = this.#rows.take(members.length);
    for (const node of nodes) this.#rows.raise(times + (this.#groupOf[sets.root(node)] ?? 0), this.#chains + node);
    return { members, times, cut: 0 };
  }

  /** Each group is cut where it is best, so they may be cut in different places. */
  #longer(first: number, last: number, members: readonly number[], sets: UnionFind): Run {
    const rows = this.#rows;
    const times = rows.take(members.length);
    const shortest: number[] = [];
    let cutOfFirst = first + 1;
    for (let cut = first + 1; cut <= last; cut++) {
      const before = this.#timesIn(this.#run(first, cut - 1), members.length, sets);
      const after = this.#timesIn(this.#run(cut, last), members.length, sets);
      for (let group = 0; group < members.length; group++) {
        const total = rows.total(before + group) + rows.total(after + group);
        if (total >= (shortest[group] ?? Number.POSITIVE_INFINITY)) continue;
        shortest[group] = total;
        rows.setSum(times + group, before + group, after + group);
        if (group === 0) cutOfFirst = cut;
      }
      rows.giveBack(before);
    }
    return { members, times, cut: cutOfFirst };
  }

  /** Of each of the groups, how long its nodes take that are in a shorter run: what they are there runs side by side. */
  #timesIn({ members, times }: Run, groups: number, sets: UnionFind): number {
    const first = this.#rows.take(groups);
    for (let at = 0; at < members.length; at++) {
      this.#rows.raise(first + (this.#groupOf[sets.root(members[at] ?? 0)] ?? 0), times + at);
    }
    return first;
  }
}

function piecesOf({ nodes, readers }: Dependencies, pieceOf: readonly number[], count: number): Piece[] {
  const pieces = Array.from({ length: count }, () => ({ nodes: [] as number[], needs: [] as number[] }));
  for (let node = 0; node < nodes.length; node++) pieces[pieceOf[node] ?? 0]?.nodes.push(node);
  for (let at = 0; at < readers.length; at++) pieces[pieceOf[readers[at] ?? 0] ?? 0]?.needs.push(at);
  return pieces;
}
