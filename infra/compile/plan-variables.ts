import { assignedBy, blocksOf, endingReads, expressionsOf, graphsOf, referencesIn } from "../../sdk/graph/walk.ts";
import type { Node } from "../../sdk/graph/graph.ts";
import type { Plan, Step } from "./plan.ts";

/** The nodes of steps that share their names: those of nested graphs have names of their own. */
export function nodesIn(steps: readonly Step[]): Node<Plan>[] {
  return steps.flatMap((step): Node<Plan>[] => {
    switch (step.kind) {
      case "node":
        return [step.node, ...blocksOf(step.node).flatMap((block) => nodesIn(block.steps))];
      case "parallel":
        return step.branches.flatMap((branch) => nodesIn(branch.kind === "node" ? [branch.step] : branch.steps));
      case "part":
        return nodesIn(step.steps);
    }
  });
}

/** Whether there are maps in the steps, or in the graphs within them. */
export function haveMaps(steps: readonly Step[]): boolean {
  return nodesIn(steps).some((node) => {
    return node.kind === "map" || node.kind === "workflowMap" || graphsOf(node).some((graph) => haveMaps(graph.steps));
  });
}

/** The variables that are there after the steps, since these have assigned them. */
export function assignedIn(steps: readonly Step[]): Set<string> {
  return new Set(nodesIn(steps).flatMap(assignedBy));
}

/** The variables that steps read, of those that they assign too. */
export function variablesRead(steps: readonly Step[]): Set<string> {
  return new Set(
    nodesIn(steps).flatMap((node) => {
      const endings = blocksOf(node).flatMap(endingReads);
      return [...expressionsOf(node), ...endings].flatMap(referencesIn).map(({ variable }) => variable);
    }),
  );
}
