import type { Block, MapNode, Node } from "../../sdk/graph/graph.ts";
import { graphsOf, namedNodes } from "../../sdk/graph/walk.ts";

/** What the compiler adds to a node's name for the states that it needs beside the node's own: infra/compile. */
const ADDED =
  /^\d*(?:(?:Distributed|Batches|Batch|Broken|Bound|Collected|Failed|Items|Item|Joined|Keys|Lanes|Lane|MapRuns|Outputs|Piece|Ratio|Round|Size|Stored|Store|TooFewSucceeded|Wait)\d*)*$/;

/** Says where something happened in the names that a workflow's author gave. */
export class AuthorNames {
  readonly #nodes = new Map<string, Node>();

  /** @param graph the workflow's; without one, all names stay as they are */
  constructor(graph: Block | undefined) {
    if (graph !== undefined) this.#add(graph, "");
  }

  /**
   * The node, with the items around it: `warm[1].warmLane[0] warmBatch` is `warm`, `row[1].row_odd[0] row_oddBatch` is
   * `row[1].row_odd`. The index of a batch, a lane or a piece is none of an item, and is left out.
   */
  placeOf(where: string): string {
    const [labels = "", state] = where.split(" ");
    if (where.split(" ").length > 2) return where;
    const target = this.#nodeOf(state ?? (labels.includes("[") ? undefined : labels));
    if (target === undefined && (state !== undefined || !labels.includes("["))) return where;
    const said: string[] = [];
    for (const label of labels.includes("[") ? labels.split(".") : []) {
      const name = label.replace(/\[.*/, "");
      const node = this.#nodeOf(name) ?? name;
      if (node === target) break;
      if (node === name) said.push(label);
      else if (said.at(-1)?.replace(/\[.*/, "") === node) said[said.length - 1] = node;
      else said.push(node);
    }
    return [...said, ...(target === undefined ? [] : [target])].join(".");
  }

  /** Whether the compiler has named a state of the node in which something happened. */
  isAdded(state: string): boolean {
    const node = this.#nodeOf(state);
    return node !== undefined && node !== state;
  }

  /** The map whose items the last name of a place is of. */
  mapAt(place: string): MapNode | undefined {
    const node = this.#nodes.get(place.slice(place.lastIndexOf(".") + 1));
    return node?.kind === "map" ? node : undefined;
  }

  #add(block: Block, prefix: string): void {
    for (const node of namedNodes(block)) {
      this.#nodes.set(prefix + node.name, node);
      for (const graph of graphsOf(node)) this.#add(graph, `${prefix}${node.name}_`);
    }
  }

  /** The name of the node that a state belongs to; of two that may be meant, the longer one. */
  #nodeOf(state: string | undefined): string | undefined {
    if (state === undefined || this.#nodes.has(state)) return state;
    const names = [...this.#nodes.keys()].filter(
      (name) => state.startsWith(name) && ADDED.test(state.slice(name.length)),
    );
    return names.toSorted((one, other) => other.length - one.length)[0];
  }
}
