import type { TaskAddress } from "../../sdk/graph/graph.ts";
import { childrenOf, invokingNode } from "../../sdk/graph/walk.ts";
import type { Branch, Plan, Step } from "./plan.ts";

/** The task whose function works on the lists of a map of this workflow: the first that runs. Absent: it runs none. */
export function listWorker({ steps }: Pick<Plan, "steps">): TaskAddress | undefined {
  for (const step of steps) {
    const found = workerOf(step);
    if (found !== undefined) return found;
  }
  return undefined;
}

function workerOf(step: Step): TaskAddress | undefined {
  switch (step.kind) {
    case "node": {
      const within = { steps: childrenOf(step.node).flatMap(({ steps }) => steps) };
      if (step.node.kind === "start") return step.node.worker;
      return invokingNode(step.node)?.address ?? listWorker(within);
    }
    case "parallel":
      return listWorker({ steps: step.branches.flatMap(stepsOf) });
    case "part":
      return listWorker(step);
  }
}

function stepsOf(branch: Branch): readonly Step[] {
  switch (branch.kind) {
    case "node":
      return [branch.step];
    case "steps":
      return branch.steps;
  }
}
