import type { Node } from "../../sdk/graph/graph.ts";
import { blocksOf, referencesIn } from "../../sdk/graph/walk.ts";
import type { Branch, Plan, Step } from "./plan.ts";

/** How many values of the size of an output are in variables once all steps have run. */
export function variablesIn(steps: readonly Step[]): number {
  return sum(steps, (step) => {
    switch (step.kind) {
      case "node":
        return 1 + variablesWithin(step.node);
      case "parallel":
        return sum(step.branches, leftBy);
      case "part":
        return step.leaving.length; // its own are another execution's
    }
  });
}

/** What leaves a branch of several states is there twice: in the branch, and after it. */
function leftBy(branch: Branch): number {
  switch (branch.kind) {
    case "node":
      return Number(branch.isRead) + variablesWithin(branch.step.node);
    case "steps":
      return branch.leaving.length + variablesIn(branch.steps);
  }
}

function variablesWithin(node: Node<Plan>): number {
  switch (node.kind) {
    case "task":
    case "wait":
    case "input":
    case "start":
    case "compute":
    case "awsCall":
      return 0;
    case "map":
      // Lists that are put together from several values may have to be in variables first, and what batches or pieces
      // come to is in one before it is the map's output.
      return (
        sum(Object.values(node.lists), (list) => (list.kind === "ref" ? 0 : referencesIn(list).length)) +
        Number(node.batch !== undefined || node.mode !== "inline")
      );
    case "workflowMap":
      // Lists and what is bound may have to be in variables first; each item has its inputs and all that is within.
      return 2 * node.graph.inputs.length + variablesIn(node.graph.steps) + 1;
    case "loop":
      // The state, which a round's outputs become, and the number of the round.
      return 2 + variablesIn(node.block.steps);
    case "choice":
      return sum(blocksOf(node), ({ steps }) => variablesIn(steps));
    case "try":
      // The error, and a result that is a list is in a variable before it is the output.
      return 2 + sum(blocksOf(node), ({ steps }) => variablesIn(steps));
    case "workflow":
      // A result that is a list is in a variable before it is the output.
      return node.graph.inputs.length + variablesIn(node.graph.steps) + 1;
  }
}

function sum<T>(items: readonly T[], count: (item: T) => number): number {
  return items.reduce((total, item) => total + count(item), 0);
}
