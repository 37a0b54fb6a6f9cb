import { LambentError } from "../../sdk/base/errors.ts";
import type { Json } from "../../sdk/base/json.ts";
import type { ChoiceNode, Expression, InputDeclaration, TaskNode, WorkflowNode } from "../../sdk/graph/graph.ts";
import type { Budget } from "../../sdk/values/budget.ts";
import { condition, fieldIfThere, literal, query, read, readStep, template, templates } from "./expression.ts";
import { invocation } from "./invocation-state.ts";
import { mapStates } from "./map-states.ts";
import type { NodeStep, ParallelStep, Plan, Step, StepsBranch } from "./plan.ts";
import { renameGraph, renameVariables } from "./rename-plan.ts";
import { resultStates } from "./result-state.ts";
import { assign, assigning, branchOf, nextName, single, type Next, type State, type StateSequence } from "./states.ts";
import type { Compilation } from "./target.ts";

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
  }
}

function parallelStates({ branches }: ParallelStep, next: Next, compilation: Compilation): StateSequence {
  const name = compilation.names.fresh("Parallel");
  const assigned: Record<string, Json> = {};
  const compiled = branches.map((branch, index) => {
    const output = readStep("$states.result", index);
    switch (branch.kind) {
      case "node":
        if (branch.isRead) assigned[branch.step.node.variable] = query(output);
        return branchOf(nodeStates(branch.step, { End: true }, compilation));
      case "steps":
        for (const variable of branch.leaving) assigned[variable] = query(readStep(output, variable));
        return stepsBranch(name, branch, compilation);
    }
  });
  return single(name, { Type: "Parallel", Branches: compiled, ...assigning(assigned), Output: {}, ...next });
}

/** What leaves a branch goes by another name within: an inner scope may not use an outer one's. */
function stepsBranch(parallel: string, { steps, leaving }: StepsBranch, compilation: Compilation): Json {
  const { names } = compilation;
  const inner = new Map(leaving.map((variable) => [variable, names.fresh(`${variable}_inner`)]));
  const renamed = renameVariables(steps, (variable) => inner.get(variable) ?? variable);
  const results = names.fresh(`${parallel}Results`);
  const output = Object.fromEntries([...inner].map(([variable, own]) => [variable, query(`$${own}`)]));
  const body = statesOf(renamed, { Next: results }, compilation);
  return branchOf({
    entry: body.entry,
    states: [...body.states, [results, { Type: "Pass", Output: output, End: true }]],
  });
}

function nodeStates(step: NodeStep, next: Next, compilation: Compilation): StateSequence {
  const { node, budget } = step;
  switch (node.kind) {
    case "task":
      return single(node.name, taskState(node, budget, next, compilation));
    case "map":
      return mapStates(node, step, next, compilation);
    case "choice":
      return choiceStates(node, next, compilation);
    case "workflow":
      return workflowStates(node, next, compilation);
  }
}

function taskState(node: TaskNode, budget: Budget | undefined, next: Next, { target }: Compilation): State {
  return {
    ...invocation(node, templates(node.inputs, "absent"), budget, target),
    ...assign(node, "$states.result.Payload.output", next),
  };
}

function choiceStates(node: ChoiceNode<Plan>, next: Next, compilation: Compilation): StateSequence {
  const Next = nextName(next);
  function branch({ steps, result }: Plan, suffix: string): StateSequence {
    const last = compilation.names.fresh(`${node.name}${suffix}`);
    const body = statesOf(steps, { Next: last }, compilation);
    const pass: State = { Type: "Pass", Assign: { [node.variable]: template(result, "null") }, Next };
    return { entry: body.entry, states: [...body.states, [last, pass]] };
  }
  const then = branch(node.whenTrue, "Then");
  const otherwise = branch(node.whenFalse, "Else");
  const choice: State = {
    Type: "Choice",
    Choices: [{ Condition: query(condition(node.condition)), Next: then.entry }],
    Default: otherwise.entry,
  };
  return { entry: node.name, states: [[node.name, choice], ...then.states, ...otherwise.states] };
}

/** A nested workflow runs within the state machine, in one branch of its own, so that its variables end with it. */
function workflowStates(node: WorkflowNode<Plan>, next: Next, compilation: Compilation): StateSequence {
  const { names } = compilation;
  const graph = renameGraph(node.graph, (name) => names.fresh(`${node.name}_${name}`));
  const start = names.fresh(`${node.name}Inputs`);
  const end = resultStates(names.fresh(`${node.name}Output`), graph.result, { Type: "Pass", End: true }, names);
  const inputs = graph.inputs.map((input): [string, Json] => [
    input.variable,
    nestedInput(node, input, node.inputs[input.name]),
  ]);
  const body = statesOf(graph.steps, { Next: end.entry }, compilation);
  const branch = branchOf({
    entry: start,
    states: [
      [start, { Type: "Pass", ...assigning(Object.fromEntries(inputs)), Next: body.entry }],
      ...body.states,
      ...end.states,
    ],
  });
  return single(node.name, { Type: "Parallel", Branches: [branch], ...assign(node, "$states.result[0]", next) });
}

/** What an input of a nested workflow is given, or its default. */
function nestedInput(
  { name, graph }: WorkflowNode<Plan>,
  input: InputDeclaration,
  given: Expression | undefined,
): Json {
  const { default: value, isOptional } = input;
  if (isOptional === true) return optionalInput(input.name, given);
  if (given === undefined) {
    if (value === undefined)
      throw new LambentError(`${name}: workflow ${graph.workflow} needs the input ${input.name}`);
    return template({ kind: "literal", value }, "null");
  }
  if (given.kind !== "ref" || value === undefined) return template(given, "null");
  return query(given.path.length === 0 ? read(given) : `$exists(${read(given)}) ? ${read(given)} : ${literal(value)}`);
}

/** What the variable of an optional input holds: an object with it as a field, if it is there. */
function optionalInput(name: string, given: Expression | undefined): Json {
  if (given === undefined) return {};
  return given.kind === "ref" ? query(fieldIfThere(name, read(given))) : { [name]: template(given, "null") };
}
