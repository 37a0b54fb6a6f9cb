import type { Node } from "../../sdk/graph/graph.ts";
import { needsOf } from "../../sdk/graph/walk.ts";
import { connectedGroups, levelsOf, type Dependencies } from "./dependencies.ts";
import { bestCut } from "./level-cuts.ts";
import { seriesPieces } from "./series.ts";
import { TimeRows } from "./time-rows.ts";
import { treeSequence, type Sequence } from "./trees.ts";

/** One stage of a sequence: a node, or sequences that run at the same time. */
export type Stage =
  | { readonly kind: "node"; readonly node: Node }
  | { readonly kind: "parallel"; readonly branches: readonly (readonly Stage[])[] };

/**
 * Order nodes by what they need alone: those that do not depend on each other run at the same time.
 * A graph made of chains and forks comes out as just these. One that is not (a needs x, b needs x and y) is cut in two
 * where the least time is lost: none, if all nodes take the same.
 * @param looksAt is told how many nodes are looked at, each time: of large graphs too each only a few times
 */
export function schedule(nodes: readonly Node[], looksAt: (nodes: number) => void = ignore): Stage[] {
  const needs = needsWithin(nodes);
  const ordered = neededFirst(nodes, needs);
  const { readers, needed } = ordered === nodes ? needs : needsWithin(ordered);
  return new Scheduler(ordered, looksAt).sequence({ nodes: ordered.map((_, number) => number), readers, needed });
}

type Needs = Pick<Dependencies, "readers" | "needed">;

/** Who needs whom among the nodes, by their indices. */
function needsWithin(nodes: readonly Node[]): Needs {
  const numbers = new Map(nodes.map(({ variable }, number) => [variable, number]));
  const needs = nodes.flatMap((node, reader) => {
    return [...needsOf(node)].flatMap((name) => {
      const needed = numbers.get(name);
      return needed === undefined ? [] : [{ reader, needed }];
    });
  });
  return { readers: needs.map(({ reader }) => reader), needed: needs.map(({ needed }) => needed) };
}

/** In call order, unless `after(…)` has a node come behind one that is called later: then so that each comes after what it needs. */
function neededFirst(nodes: readonly Node[], { readers, needed }: Needs): readonly Node[] {
  if (readers.every((reader, at) => reader > (needed[at] ?? 0))) return nodes;
  const missing = nodes.map(() => 0);
  const readersOf: number[][] = nodes.map(() => []);
  for (const [at, reader] of readers.entries()) {
    missing[reader] = (missing[reader] ?? 0) + 1;
    readersOf[needed[at] ?? 0]?.push(reader);
  }
  const order = [...nodes.keys()].filter((node) => missing[node] === 0);
  for (const node of order) {
    for (const reader of readersOf[node] ?? []) {
      missing[reader] = (missing[reader] ?? 0) - 1;
      if (missing[reader] === 0) order.push(reader);
    }
  }
  return order.flatMap((node) => nodes[node] ?? []);
}

function ignore(): void {
  // whoever only wants the stages
}

/** Goes by the nodes' numbers, which are those of the rows of their durations. */
class Scheduler {
  readonly #nodes: readonly Node[];
  readonly #rows: TimeRows;

  readonly #looksAt: (nodes: number) => void;

  constructor(nodes: readonly Node[], looksAt: (nodes: number) => void) {
    this.#nodes = nodes;
    this.#looksAt = looksAt;
    this.#rows = new TimeRows(nodes.length);
  }

  sequence(all: Dependencies): Stage[] {
    const groups = connectedGroups(all);
    const [only, ...others] = groups;
    if (only === undefined || others.length > 0) {
      return groups.length === 0 ? [] : [{ kind: "parallel", branches: groups.map((group) => this.#connected(group)) }];
    }
    return this.#connected(only);
  }

  #connected(all: Dependencies): Stage[] {
    this.#looksAt(all.nodes.length);
    const tree = treeSequence(all);
    if (tree !== undefined) return this.#stages(tree, all.nodes);
    const levels = levelsOf(all);
    const pieces = seriesPieces(all, levels);
    return (pieces.length > 1 ? pieces : bestCut(all, levels, this.#rows)).flatMap((piece) => this.sequence(piece));
  }

  /** In loops: a comb of thousands of nodes is as deep, and each callback would take a frame of the stack as well. */
  #stages(sequence: Sequence, numbers: readonly number[]): Stage[] {
    const stages: Stage[] = [];
    for (const part of sequence) {
      if (typeof part === "number") stages.push({ kind: "node", node: this.#nodes[numbers[part] ?? 0] as Node });
      else {
        const branches: Stage[][] = [];
        for (const one of part) branches.push(this.#stages(one, numbers));
        stages.push({ kind: "parallel", branches });
      }
    }
    return stages;
  }
}
