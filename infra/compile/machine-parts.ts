import { DEFINITION_BYTES } from "../../sdk/base/aws-limits.ts";
import { LambentError } from "../../sdk/base/errors.ts";
import type { Node } from "../../sdk/graph/graph.ts";
import { childrenOf, mapNode } from "../../sdk/graph/walk.ts";
import {
  endUses,
  grouped,
  heaviest,
  partOf,
  weighedOnce,
  withBranchParts,
  withParts,
  type Weigh,
} from "./part-steps.ts";
import type { GraphPlan, NodeStep, ParallelStep, PartStep, Plan, Step } from "./plan.ts";
import { assignedIn, variablesRead } from "./plan-variables.ts";

/** Of a part's own states, and of those that start it: what does not depend on its variables. */
const OF_PART = 6144;
/** Of a variable that enters a part or leaves it: where it is handed on and assigned. */
const OF_VARIABLE = 240;

/**
 * A plan in which what would make the definition too large runs in state machines of its own: successive steps together,
 * neighbouring branches of a Parallel together, and what is within a node.
 * @param bytes of the states of steps
 * @param most bytes that a definition may have
 * @param before bytes of the workflow's definition without the plan's steps
 * @throws {LambentError} if a node alone is larger than a definition may be
 */
export function withinDefinitions(plan: GraphPlan, bytes: Weigh, most: number, before: number): GraphPlan {
  return { ...plan, steps: new Division(weighedOnce(bytes), most).steps(plan.steps, endUses(plan), most - before) };
}

class Division {
  readonly #bytes: Weigh;
  readonly #inPart: number;

  constructor(bytes: Weigh, most: number) {
    this.#bytes = bytes;
    this.#inPart = most - OF_PART;
  }

  /**
   * @param uses the variables that are read after the steps
   * @param most bytes of all
   */
  steps(steps: readonly Step[], uses: ReadonlySet<string>, most: number): readonly Step[] {
    if (this.#bytes(steps) <= most) return steps;
    const lighter = steps.map((step) => (this.#weight([step]) > this.#inPart ? this.#lighter(step) : step));
    const groups = grouped(lighter, (step) => this.#weight([step]), this.#inPart);
    return withParts(groups, heaviest(groups, most, OF_PART), uses, machineOf);
  }

  /** With what each variable takes that leaves them, as if all did, and each that they read. */
  #weight(steps: readonly Step[]): number {
    const variables = new Set([...assignedIn(steps), ...variablesRead(steps)]);
    return this.#bytes(steps) + OF_VARIABLE * variables.size;
  }

  /** A step of which as much runs in other state machines as may, if it is too much for one. */
  #lighter(step: Step): Step {
    switch (step.kind) {
      case "part":
        return step;
      case "parallel":
        return this.#lighterParallel(step);
      case "node":
        return this.#lighterNode(step);
    }
  }

  #lighterParallel(step: ParallelStep): ParallelStep {
    const room = { weigh: (steps: readonly Step[]) => this.#weight(steps), inPart: this.#inPart, ofPart: OF_PART };
    return withBranchParts(step, this.#inPart, room, (steps, uses) => this.#part(steps, uses));
  }

  #part(steps: readonly Step[], uses: ReadonlySet<string>): PartStep {
    return machineOf(this.steps(steps, uses, this.#inPart), uses);
  }

  /** The heaviest of what is within the node is moved, until the rest is light enough. */
  #lighterNode(step: NodeStep): NodeStep {
    const bodies = childrenOf(step.node).map((body) => ({ body, weight: this.#weight(body.steps) }));
    const own = this.#weight([step]) - bodies.reduce((sum, { weight }) => sum + weight, 0);
    const moved = new Set([...heaviest(bodies, this.#inPart - own, OF_PART)].map(({ body }) => body));
    const ofBody = <P extends Plan>(body: P): P =>
      moved.has(body) ? { ...body, steps: [this.#part(body.steps, endUses(body))] } : body;
    const node = mapNode<Plan, Plan>(step.node, { block: ofBody, graph: ofBody });
    const lighter = { ...step, node };
    this.#check(node, this.#bytes([lighter]));
    return lighter;
  }

  #check({ kind, name }: Node<Plan>, bytes: number): void {
    if (bytes <= DEFINITION_BYTES) return;
    throw new LambentError(
      `${name}: ${kind === "task" || kind === "map" ? "its state has" : "its states have"} ${bytes} bytes even where all within them that can be is in state ` +
        `machines of its own, and a definition may have ${DEFINITION_BYTES}: move large literals into a task or a file`,
    );
  }
}

function machineOf(steps: readonly Step[], uses: ReadonlySet<string>): PartStep {
  return { ...partOf(steps, uses), isMachine: true };
}
