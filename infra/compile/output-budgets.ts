import type { GraphData } from "../../sdk/graph/graph.ts";
import { blocksOf, graphsOf } from "../../sdk/graph/walk.ts";
import type { Budget } from "../../sdk/values/budget.ts";
import { withBudgets } from "./budgets.ts";
import { withFailurePolicy } from "./failure-policy.ts";
import { planGraph, type Branch, type Step } from "./plan.ts";

/** By the name of a node's state: how much of its function's outputs may stay in the state machine; a map's share it. */
export function outputBudgets(graph: GraphData): Map<string, Budget> {
  return new Map(ofSteps(withBudgets(planGraph(withFailurePolicy(graph))).steps, ""));
}

type Named = readonly [state: string, budget: Budget];

/** @param within what the names of these states begin with */
function ofSteps(steps: readonly Step[], within: string): Named[] {
  return steps.flatMap((step) => {
    if (step.kind === "parallel") return step.branches.flatMap((branch) => ofSteps(stepsOf(branch), within));
    if (step.kind === "part") return ofSteps(step.steps, within);
    const { node, budget } = step;
    const state = `${within}${node.name}`;
    return [
      ...(budget === undefined ? [] : [[state, budget] as const]),
      ...blocksOf(node).flatMap((block) => ofSteps(block.steps, within)),
      ...graphsOf(node).flatMap((inner) => ofSteps(inner.steps, `${state}_`)),
    ];
  });
}

function stepsOf(branch: Branch): readonly Step[] {
  switch (branch.kind) {
    case "node":
      return [branch.step];
    case "steps":
      return branch.steps;
  }
}
