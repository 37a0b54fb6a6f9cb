import type { Json } from "../../sdk/base/json.ts";
import { INLINE_MAP_CONCURRENCY } from "../../sdk/base/aws-limits.ts";
import type { Expression, WorkflowMapNode } from "../../sdk/graph/graph.ts";
import { blocksOf, graphsOf, referencesIn } from "../../sdk/graph/walk.ts";
import type { Budget } from "../../sdk/values/budget.ts";
import { caughtItem } from "./child-states.ts";
import { query } from "./expression.ts";
import { inputTemplate } from "./input-template.ts";
import { authorRetriers } from "./invocation-state.ts";
import { eventsWithin } from "./map-mode.ts";
import { errorOf, mapState } from "./map-states.ts";
import type { GraphPlan, Plan, Step } from "./plan.ts";
import { nodesIn } from "./plan-variables.ts";
import { bytesOfEach, ELEMENT_BYTES } from "./shared-budget.ts";
import { single, type State, type StateSequence } from "./states.ts";
import type { Compilation } from "./target.ts";

// The items of a map of a workflow, as they are in the workflow's own execution and in that of a piece.

/** Makes the states of a graph that stands within another. */
export type GraphStates = (
  name: string,
  graph: GraphPlan,
  inputs: Readonly<Record<string, Json>>,
  compilation: Compilation,
) => StateSequence;

/** What a Map of items is made of. */
export interface Items {
  readonly items: Json;
  /** The workflow, under names of its own. */
  readonly graph: GraphPlan;
  /** By variable what each item assigns. */
  readonly each: Readonly<Record<string, Json>>;
  /** Of this Map, and of those around it in the same execution. */
  readonly counts: Compilation["counts"];
  /** Of the list of outputs. */
  readonly budget: Budget | undefined;
}

/** An Inline Map with the workflow's states in each item, and these. */
export function itemsMap(
  node: WorkflowMapNode<Plan>,
  { items, graph, each, counts, budget }: Items,
  compilation: Compilation,
  graphStates: GraphStates,
): { readonly map: State; readonly body: StateSequence } {
  const index = starts(graph.steps) ? compilation.names.fresh(`${node.variable}_index`) : undefined;
  const inner: Compilation = {
    ...compilation,
    counts,
    visits: index === undefined ? compilation.visits : [...compilation.visits, `$${index}`],
    eventsOfMaps: eventsWithin(compilation),
  };
  const own = index === undefined ? each : { ...each, [index]: query("$states.context.Map.Item.Index") };
  const body = itemStates(node, budget, counts, graphStates(node.name, graph, own, inner), inner);
  return { map: mapState(node, items, body), body };
}

/** Whether one of the steps starts another state machine: by the item's index its execution has a name of its own. */
function starts(steps: readonly Step[]): boolean {
  return nodesIn(steps).some((node) => node.kind === "start" || graphsOf(node).some((graph) => starts(graph.steps)));
}

/** An item's states as they are, or as one that is retried, or caught. */
function itemStates(
  node: WorkflowMapNode<Plan>,
  budget: Budget | undefined,
  counts: Compilation["counts"],
  body: StateSequence,
  { names }: Compilation,
): StateSequence {
  const Retry = authorRetriers(node.retries) as Json; // retriers are JSON
  const item = names.fresh(`${node.name}Item`);
  if (node.minSuccessRatio !== undefined) {
    return caughtItem(item, body, Retry, { error: errorOf(undefined, bytesOfEach(budget, counts)) }, names);
  }
  if (node.retries === undefined) return body;
  const { states } = caughtItem(item, body, Retry, {}, names);
  const [[, state]] = states as [[string, State]]; // the item, and where it is caught
  const { Catch: _, ...retried } = state;
  return single(item, { ...retried, Type: "Parallel", Output: query("$states.result[0]") });
}

/** What the variables of a graph's inputs are assigned: outside of the items, and in each. */
export function inputTemplates(
  node: WorkflowMapNode<Plan>,
  { inputs }: GraphPlan,
  elements: Readonly<Record<string, Json>>,
  isAssigned: (variable: string) => boolean,
): { readonly given: Record<string, Json>; readonly each: Record<string, Json> } {
  const given: Record<string, Json> = {};
  const each: Record<string, Json> = {};
  for (const input of inputs) {
    const { name, variable, isOptional } = input;
    const element = elements[name];
    if (element !== undefined) each[variable] = isOptional === true ? { [name]: element } : element;
    else if (isAssigned(variable)) given[variable] = inputTemplate(node, input, node.bound[name]);
  }
  return { given, each };
}

/** Bytes that an item's output takes at most, if all that may be stored is: its marks, and what stands around them. */
export function outputBytes(graph: Plan): number {
  return ELEMENT_BYTES * Math.max(1, marksIn(graph.result, [graph]));
}

/** @param scopes plans whose variables the expression may read */
function marksIn(result: Expression, scopes: readonly Plan[]): number {
  return referencesIn(result).reduce((sum, { variable, path }) => {
    const found = scopes.flatMap(({ steps }) => steps.flatMap((step) => marksOf(variable, step, scopes)));
    return sum + (path.length > 0 ? 1 : Math.max(1, ...found));
  }, 0);
}

/** Marks in the output of the node that is in the variable, if it is in this step. */
function marksOf(variable: string, step: Step, scopes: readonly Plan[]): number[] {
  if (step.kind === "part") return step.steps.flatMap((one) => marksOf(variable, one, scopes));
  if (step.kind === "parallel") {
    const steps = step.branches.flatMap((branch) => (branch.kind === "node" ? [branch.step] : branch.steps));
    return steps.flatMap((one) => marksOf(variable, one, scopes));
  }
  const { node } = step;
  if (node.variable !== variable) return [];
  switch (node.kind) {
    case "task":
      return [1];
    case "wait":
    case "input":
    case "start":
    case "awsCall":
      return [];
    case "compute":
      return node.operands.map((operand) => marksIn(operand, scopes));
    case "map":
    case "workflowMap":
      return [INLINE_MAP_CONCURRENCY]; // as many as are inline within an item, or the mark of a stored list
    case "choice":
    case "loop":
    case "try":
      return blocksOf(node).map((block) => marksIn(block.result, [...scopes, block]));
    case "workflow":
      return [marksIn(node.graph.result, [node.graph])];
  }
}
