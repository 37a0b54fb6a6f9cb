import type { Expression, Node } from "../../sdk/graph/graph.ts";
import { mapEnding, mapNode, mapReferences, signatureOf } from "../../sdk/graph/walk.ts";
import type { Branch, GraphPlan, NodeStep, Plan, Step } from "./plan.ts";
import type { VariableNames } from "./variable-names.ts";

/**
 * A graph with every node and input under another name, so that it can stand within another graph.
 * @param rename called once for each name
 */
export function renameGraph(graph: GraphPlan, rename: (name: string) => string): GraphPlan {
  const names = new Map<string, string>();
  function renamed(name: string): string {
    const known = names.get(name) ?? rename(name);
    names.set(name, known);
    return known;
  }
  return {
    ...signatureOf(graph),
    inputs: graph.inputs.map((input) => ({ ...input, variable: renamed(input.variable) })),
    ...renamePlan(graph, { name: renamed, variable: renamed }),
  };
}

/** Steps whose outputs, and what they read, are in other variables. Their states keep their names. */
export function renameVariables(steps: readonly Step[], rename: (variable: string) => string): Step[] {
  return renameSteps(steps, { name: (name) => name, variable: rename });
}

interface Renaming {
  readonly name: (name: string) => string;
  readonly variable: (variable: string) => string;
}

function renamePlan(plan: Plan, renaming: Renaming): Plan {
  return {
    ...mapEnding(plan, (expression) => renameReferences(expression, renaming.variable)),
    steps: renameSteps(plan.steps, renaming),
  };
}

function renameReferences(expression: Expression, variable: Renaming["variable"]): Expression {
  return mapReferences(expression, (ref) => ({ ...ref, variable: variable(ref.variable) }));
}

function renameSteps(steps: readonly Step[], renaming: Renaming): Step[] {
  return steps.map((step) => {
    switch (step.kind) {
      case "node":
        return renameStep(step, renaming);
      case "parallel":
        return { kind: "parallel", branches: step.branches.map((branch) => renameBranch(branch, renaming)) };
      case "part":
        return {
          ...step,
          steps: renameSteps(step.steps, renaming),
          reading: step.reading.map(renaming.variable),
          leaving: step.leaving.map(renaming.variable),
        };
    }
  });
}

function renameBranch(branch: Branch, renaming: Renaming): Branch {
  switch (branch.kind) {
    case "node":
      return { ...branch, step: renameStep(branch.step, renaming) };
    case "steps":
      return {
        kind: "steps",
        steps: renameSteps(branch.steps, renaming),
        leaving: branch.leaving.map(renaming.variable),
      };
  }
}

function renameStep(step: NodeStep, renaming: Renaming): NodeStep {
  const node = mapNode<Plan, Plan>(step.node, {
    ...renaming,
    expression: (expression) => renameReferences(expression, renaming.variable),
    block: (plan) => renamePlan(plan, renaming),
    graph: (graph) => graph,
  });
  return { ...step, node };
}

/** A node that assigns and reads other variables. Steps within it are as they were, for their turn comes. */
export function renameNode(node: Node<Plan>, names: VariableNames): Node<Plan> {
  if (names.areSame) return node;
  function variable(own: string): string {
    return names.of(own);
  }
  function expression(own: Expression): Expression {
    return renameReferences(own, variable);
  }
  return mapNode<Plan, Plan>(node, {
    variable,
    expression,
    block: (plan) => ({ ...mapEnding(plan, expression), steps: plan.steps }),
    graph: (graph) => graph,
  });
}
