import type { Json } from "../../sdk/base/json.ts";
import type { WorkflowMapNode } from "../../sdk/graph/graph.ts";
import type { Budget } from "../../sdk/values/budget.ts";
import { query } from "./expression.ts";
import { inputTemplate } from "./input-template.ts";
import { authorRetriers } from "./invocation-state.ts";
import { mapLists } from "./map-lists.ts";
import { countedStates, errorOf, FAILURES, mapState } from "./map-states.ts";
import type { GraphPlan, Plan } from "./plan.ts";
import { renameGraph } from "./rename-plan.ts";
import { bytesOfEach } from "./shared-budget.ts";
import { after, assign, branchOf, nextName, single, type Next, type State, type StateSequence } from "./states.ts";
import type { Compilation } from "./target.ts";

/** Makes the states of a graph that stands within another. */
export type GraphStates = (
  name: string,
  graph: GraphPlan,
  inputs: Readonly<Record<string, Json>>,
  compilation: Compilation,
) => StateSequence;

/**
 * A map of a workflow: a Map with the workflow's states in each item. What is the same for all items is in variables of
 * the block around the Map, which the states within read; an item assigns its elements of the lists alone.
 */
export function workflowMapStates(
  node: WorkflowMapNode<Plan>,
  budget: Budget | undefined,
  next: Next,
  compilation: Compilation,
  graphStates: GraphStates,
): StateSequence {
  const { names } = compilation;
  const lists = mapLists(node, names);
  const known = new Map(Object.entries(outerVariables(node)));
  const graph = renameGraph(node.graph, (name) => known.get(name) ?? names.fresh(`${node.name}_${name}`));
  const first: Record<string, Json> = { ...lists.variables };
  const each: Record<string, Json> = {};
  for (const input of graph.inputs) {
    const element = lists.inputs[input.name];
    if (element !== undefined) each[input.variable] = input.isOptional === true ? { [input.name]: element } : element;
    else if (![...known.values()].includes(input.variable))
      first[input.variable] = inputTemplate(node, input, node.bound[input.name]);
  }
  const count = countVariable(node, lists.count, first, compilation);
  const counts = [...compilation.counts, count];
  const item = graphStates(node.name, graph, each, { ...compilation, counts });
  const { minSuccessRatio } = node;
  const assigned: readonly [string, State] | undefined =
    Object.keys(first).length === 0 ? undefined : [names.fresh(`${node.name}Bound`), { Type: "Pass", Assign: first }];
  if (minSuccessRatio === undefined) {
    const body = node.retries === undefined ? item : single(names.fresh(`${node.name}Item`), retriedItem(node, item));
    const map = mapState(node, lists.items, body.entry, Object.fromEntries(body.states) as Record<string, Json>); // a State's fields are JSON
    return after(assigned, single(node.name, { ...map, ...assign(node, "$states.result", next) }));
  }
  const [name, failed] = [names.fresh(`${node.name}Item`), names.fresh(`${node.name}Failed`)];
  const Output = { error: errorOf(undefined, bytesOfEach(budget, counts)) };
  const map = mapState(node, lists.items, name, {
    [name]: {
      ...retriedItem(node, item),
      Output: { output: query("$states.result[0]") },
      Catch: FAILURES.map((ErrorEquals) => ({ ErrorEquals, Output, Next: failed })),
    },
    [failed]: { Type: "Pass", End: true },
  });
  return after(assigned, countedStates(node, minSuccessRatio, map, nextName(next), names));
}

/** By input: the variable of the block around the map that it simply is. */
function outerVariables({ bound, graph }: WorkflowMapNode<Plan>): Record<string, string> {
  const whole = graph.inputs.flatMap(({ name, variable, isOptional }) => {
    const given = bound[name];
    return given?.kind === "ref" && given.path.length === 0 && isOptional !== true ? [[variable, given.variable]] : [];
  });
  return Object.fromEntries(whole) as Record<string, string>;
}

/** How many items there are: as a number, or as the JSONata of a variable that the states within may read. */
function countVariable(
  { variable }: WorkflowMapNode<Plan>,
  count: number | string,
  first: Record<string, Json>,
  { names }: Compilation,
): number | string {
  if (typeof count === "number") return count;
  const name = names.fresh(`${variable}_count`);
  first[name] = query(count);
  return `$${name}`;
}

interface Item {
  readonly Type: "Parallel";
  readonly [field: string]: Json;
}

/** An item that is retried, or caught, as a whole. */
function retriedItem({ retries }: WorkflowMapNode<Plan>, item: StateSequence): Item {
  const Retry = authorRetriers(retries);
  return {
    Type: "Parallel",
    Branches: [branchOf(item)],
    ...(Retry.length === 0 ? {} : { Retry: Retry as Json }), // Retriers are JSON
    Output: query("$states.result[0]"),
    End: true,
  };
}
