import { RESERVED_STATES, type GraphData } from "../../sdk/graph/graph.ts";
import { namedNodes } from "../../sdk/graph/walk.ts";

/** Keeps the names of states and variables apart: those of nodes, and those the compiler adds. */
export class StateNames {
  readonly #taken: Set<string>;

  constructor(graph: GraphData) {
    const nodes = namedNodes(graph).flatMap(({ name, variable }) => [name, variable]);
    this.#taken = new Set([...RESERVED_STATES, ...graph.inputs.map(({ variable }) => variable), ...nodes]);
  }

  /** `wanted`, numbered if it is taken. */
  fresh(wanted: string): string {
    let name = wanted.slice(0, 76);
    for (let number = 2; this.#taken.has(name); number++) name = `${wanted.slice(0, 76)}${number}`;
    this.#taken.add(name);
    return name;
  }
}
