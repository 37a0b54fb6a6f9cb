import { NAME_CHARACTERS } from "../../sdk/base/aws-limits.ts";
import { RESERVED_STATES, type GraphData } from "../../sdk/graph/graph.ts";
import { assignedBy, namedNodes } from "../../sdk/graph/walk.ts";

/** Keeps the names of states and variables apart: those of nodes, and those the compiler adds. */
export class StateNames {
  readonly #taken: Set<string>;
  /** By name without a number: the last number that it was given. All up to it are taken. */
  readonly #numbers: Map<string, number>;

  constructor(taken: Iterable<string>, numbers: ReadonlyMap<string, number> = new Map()) {
    this.#taken = new Set(taken);
    this.#numbers = new Map(numbers);
  }

  static of(graph: GraphData): StateNames {
    const nodes = namedNodes(graph).flatMap((node) => [node.name, ...assignedBy(node)]);
    return new StateNames([...RESERVED_STATES, ...graph.inputs.map(({ variable }) => variable), ...nodes]);
  }

  /** For states that are only counted. */
  copy(): StateNames {
    return new StateNames(this.#taken, this.#numbers);
  }

  /** `wanted`, numbered if it is taken. */
  fresh(wanted: string): string {
    const base = wanted.slice(0, NAME_CHARACTERS - 4); // room for the number
    let name = base;
    let number = this.#numbers.get(base) ?? 1;
    while (this.#taken.has(name)) name = `${base}${++number}`;
    this.#numbers.set(base, number);
    this.#taken.add(name);
    return name;
  }
}
