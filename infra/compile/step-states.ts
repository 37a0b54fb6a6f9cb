import type { Json } from "../../sdk/base/json.ts";
import type { ChoiceNode, TaskNode, WaitNode, WorkflowNode } from "../../sdk/graph/graph.ts";
import { namedInputs } from "../../sdk/graph/walk.ts";
import type { Budget } from "../../sdk/values/budget.ts";
import { keyOf } from "./affinity.ts";
import { awsCallState } from "./aws-call-state.ts";
import { computed } from "./computed.ts";
import { condition, query, readStep, template, templates } from "./expression.ts";
import { inputTemplate } from "./input-template.ts";
import { authorRetriers, invocation } from "./invocation-state.ts";
import { loopStates } from "./loop-states.ts";
import { mapStates } from "./map-states.ts";
import type { GraphPlan, NodeStep, ParallelStep, Plan, Step, StepsBranch } from "./plan.ts";
import { partStates } from "./part-states.ts";
import { renameGraph, renameNode } from "./rename-plan.ts";
import { resultStates, wayEnd } from "./result-state.ts";
import { startStates } from "./start-states.ts";
import { sharedBudget } from "./shared-budget.ts";
import { branchOf } from "./shared-ends.ts";
import { inputStates, tokenTaskStates } from "./token-states.ts";
import { assign, assigning, nextName, single, type Next, type State, type StateSequence } from "./states.ts";
import type { Compilation } from "./target.ts";
import { tryStates } from "./try-states.ts";
import { workflowMapStates } from "./workflow-map-states.ts";

/** The states of steps that run one after the other, and `next` after the last. */
export function statesOf(
  steps: readonly Step[],
  next: { readonly Next: string },
  compilation: Compilation,
): StateSequence {
  let entry = next.Next;
  const sequences = steps.toReversed().map((step) => {
    const sequence = stepStates(step, { Next: entry }, compilation);
    entry = sequence.entry;
    return sequence;
  });
  return { entry, states: sequences.toReversed().flatMap(({ states }) => states) };
}

function stepStates(step: Step, next: Next, compilation: Compilation): StateSequence {
  switch (step.kind) {
    case "node":
      return nodeStates(step, next, compilation);
    case "parallel":
      return parallelStates(step, next, compilation);
    case "part":
      return partStates(step, nextName(next), compilation, statesOf);
  }
}

function parallelStates({ branches }: ParallelStep, next: Next, compilation: Compilation): StateSequence {
  const { variables } = compilation;
  const name = compilation.names.fresh("Parallel");
  const assigned: Record<string, Json> = {};
  const compiled = branches.map((branch, index) => {
    const output = readStep("$states.result", index);
    switch (branch.kind) {
      case "node":
        if (branch.isRead) assigned[variables.of(branch.step.node.variable)] = query(output);
        return branchOf(nodeStates(branch.step, { End: true }, compilation));
      case "steps":
        for (const variable of branch.leaving)
          assigned[variables.of(variable)] = query(readStep(output, variables.of(variable)));
        return stepsBranch(name, branch, compilation);
    }
  });
  return single(name, { Type: "Parallel", Branches: compiled, ...assigning(assigned), Output: {}, ...next });
}

/** What leaves a branch goes by another name within: an inner scope may not use an outer one's. */
function stepsBranch(parallel: string, { steps, leaving }: StepsBranch, compilation: Compilation): Json {
  const { names, variables } = compilation;
  const outer = leaving.map((variable) => variables.of(variable));
  const inner = outer.map((variable) => names.fresh(`${variable}_inner`));
  const results = names.fresh(`${parallel}Results`);
  const body = variables.within(leaving, inner, () => statesOf(steps, { Next: results }, compilation));
  const output = Object.fromEntries(outer.map((variable, index) => [variable, query(`$${inner[index]}`)]));
  return branchOf({
    entry: body.entry,
    states: [...body.states, [results, { Type: "Pass", Output: output, End: true }]],
  });
}

function nodeStates(step: NodeStep, next: Next, compilation: Compilation): StateSequence {
  const { budget } = step;
  const node = renameNode(step.node, compilation.variables);
  switch (node.kind) {
    case "task":
      return node.answer === undefined
        ? single(node.name, taskState(node, budget, next, compilation))
        : tokenTaskStates({ ...node, answer: node.answer }, nextName(next), compilation);
    case "input":
      return inputStates(node, nextName(next), compilation);
    case "compute":
      return single(node.name, { Type: "Pass", ...assign(node, computed(node), next) });
    case "awsCall":
      return single(node.name, awsCallState(node, budget, next));
    case "map":
      return mapStates(node, step, next, compilation);
    case "workflowMap":
      return workflowMapStates(node, step, nextName(next), compilation, graphStates);
    case "choice":
      return choiceStates(node, next, compilation);
    case "loop":
      return loopStates(node, nextName(next), compilation, statesOf);
    case "wait":
      return single(node.name, waitState(node, next));
    case "try":
      return tryStates(node, nextName(next), compilation, statesOf);
    case "start":
      return startStates(node, next, compilation);
    case "workflow":
      return workflowStates(node, next, compilation);
  }
}

function taskState(node: TaskNode, budget: Budget | undefined, next: Next, { target, counts }: Compilation): State {
  return {
    ...invocation(
      node,
      node.whole === undefined ? templates(node.inputs, "absent") : template(node.whole, "absent"),
      sharedBudget(budget, counts),
      target,
      keyOf(node.address, namedInputs(node)),
    ),
    ...assign(node, "$states.result.Payload.output", next),
  };
}

function waitState(node: WaitNode, next: Next): State {
  return { Type: "Wait", [node.field]: template(node.value, "null"), ...assign(node, "null", next) };
}

function choiceStates(node: ChoiceNode<Plan>, next: Next, compilation: Compilation): StateSequence {
  const Next = nextName(next);
  function branch(plan: Plan, suffix: string): StateSequence {
    const last = compilation.names.fresh(`${node.name}${suffix}`);
    const body = statesOf(plan.steps, { Next: last }, compilation);
    return { entry: body.entry, states: [...body.states, [last, wayEnd(plan, node.variable, Next)]] };
  }
  const ways = node.ways.map(({ test, block }) => ({ test, ...branch(block, "Then") }));
  const otherwise = branch(node.otherwise, "Else");
  const choice: State = {
    Type: "Choice",
    Choices: ways.map(({ test, entry }) => ({ Condition: query(condition(test)), Next: entry })),
    Default: otherwise.entry,
  };
  return {
    entry: node.name,
    states: [[node.name, choice], ...ways.flatMap(({ states }) => states), ...otherwise.states],
  };
}

/** A nested workflow runs within the state machine, in one branch of its own, so that its variables end with it. */
function workflowStates(node: WorkflowNode<Plan>, next: Next, compilation: Compilation): StateSequence {
  const { names } = compilation;
  const graph = renameGraph(node.graph, (name) => names.fresh(`${node.name}_${name}`));
  const inputs = graph.inputs.map((input): [string, Json] => [
    input.variable,
    inputTemplate(node, input, node.inputs[input.name]),
  ]);
  const branch = branchOf(graphStates(node.name, graph, Object.fromEntries(inputs), compilation));
  const Retry = authorRetriers(node.retries) as Json[]; // retriers are JSON
  const retried = Retry.length === 0 ? {} : { Retry };
  return single(node.name, {
    Type: "Parallel",
    Branches: [branch],
    ...retried,
    ...assign(node, "$states.result[0]", next),
  });
}

/** The states of a graph that stands within another: its inputs are assigned, and its result is the last one's output. */
function graphStates(
  name: string,
  graph: GraphPlan,
  inputs: Readonly<Record<string, Json>>,
  compilation: Compilation,
): StateSequence {
  const { names } = compilation;
  const start = names.fresh(`${name}Inputs`);
  const end = resultStates(names.fresh(`${name}Output`), graph.result, { Type: "Pass", End: true }, names);
  const body = statesOf(graph.steps, { Next: end.entry }, compilation);
  return {
    entry: start,
    states: [[start, { Type: "Pass", ...assigning(inputs), Next: body.entry }], ...body.states, ...end.states],
  };
}
