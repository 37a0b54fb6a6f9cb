import { NAME_CHARACTERS } from "../../sdk/base/aws-limits.ts";
import { RESERVED_STATES, type GraphData } from "../../sdk/graph/graph.ts";
import { assignedBy, namedNodes } from "../../sdk/graph/walk.ts";

/** Keeps the names of states and variables apart: those of nodes, and those the compiler adds. */
export class StateNames {
  readonly #taken: Set<string>;

  constructor(taken: Iterable<string>) {
    this.#taken = new Set(taken);
  }

  static of(graph: GraphData): StateNames {
    const nodes = namedNodes(graph).flatMap((node) => [node.name, ...assignedBy(node)]);
    return new StateNames([...RESERVED_STATES, ...graph.inputs.map(({ variable }) => variable), ...nodes]);
  }

  /** For states that are only counted. */
  copy(): StateNames {
    return new StateNames(this.#taken);
  }

  /** `wanted`, numbered if it is taken. */
  fresh(wanted: string): string {
    const base = wanted.slice(0, NAME_CHARACTERS - 4); // room for the number
    let name = base;
    for (let number = 2; this.#taken.has(name); number++) name = `${base}${number}`;
    this.#taken.add(name);
    return name;
  }
}
