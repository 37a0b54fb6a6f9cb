import type { Json } from "../../sdk/base/json.ts";
import type { WorkflowMapNode } from "../../sdk/graph/graph.ts";
import type { Budget } from "../../sdk/values/budget.ts";
import { caughtItem, childMap, childrenStates, errorKept } from "./child-states.ts";
import { query } from "./expression.ts";
import { inputTemplate } from "./input-template.ts";
import { authorRetriers } from "./invocation-state.ts";
import { mapLists } from "./map-lists.ts";
import { eventsOfMaps, eventsWithin, itemsByEvents, tooManyStates } from "./map-mode.ts";
import { chosenStates, countedStates, errorOf, mapState } from "./map-states.ts";
import type { GraphPlan, Plan } from "./plan.ts";
import { renameGraph } from "./rename-plan.ts";
import { bytesOfEach } from "./shared-budget.ts";
import { after, single, type State, type StateSequence } from "./states.ts";
import type { Compilation } from "./target.ts";

/** Makes the states of a graph that stands within another. */
export type GraphStates = (
  name: string,
  graph: GraphPlan,
  inputs: Readonly<Record<string, Json>>,
  compilation: Compilation,
) => StateSequence;

/**
 * A map of a workflow: a Map with the workflow's states in each item; in the workflow's own execution, in a child
 * execution for each item, or both and a Choice between them.
 */
export function workflowMapStates(
  node: WorkflowMapNode<Plan>,
  budget: Budget | undefined,
  next: string,
  compilation: Compilation,
  graphStates: GraphStates,
): StateSequence {
  function distributed(map: string): StateSequence {
    return distributedStates(node, map, budget, next, compilation, graphStates);
  }
  if (node.mode === "distributed") return distributed(node.name);
  const { states, mostItems } = inlineStates(node, budget, next, compilation, graphStates);
  if (mostItems === Number.POSITIVE_INFINITY) return states;
  const { count } = mapLists(node, compilation.names.copy());
  if (typeof count === "number" && count <= mostItems) return states;
  if (node.mode === "inline") {
    const refused = tooManyStates(node, mostItems, compilation);
    return chosenStates(node, `${count} > ${mostItems}`, refused, states, compilation);
  }
  if (typeof count === "number") return distributed(node.name);
  const large = distributed(compilation.names.fresh(`${node.name}Distributed`));
  return chosenStates(node, `${count} > ${mostItems}`, large, states, compilation);
}

/**
 * What is the same for all items is in variables of the block around the Map, which the states within read; an item
 * assigns its elements of the lists alone.
 */
function inlineStates(
  node: WorkflowMapNode<Plan>,
  budget: Budget | undefined,
  next: string,
  compilation: Compilation,
  graphStates: GraphStates,
): { readonly states: StateSequence; readonly mostItems: number } {
  const { names } = compilation;
  const lists = mapLists(node, names);
  const known = outerVariables(node);
  const graph = renameGraph(node.graph, (name) => known.get(name) ?? names.fresh(`${node.name}_${name}`));
  const outer = new Set(known.values());
  const { given, each } = inputTemplates(node, graph, lists.inputs, (variable) => !outer.has(variable));
  const count = typeof lists.count === "number" ? undefined : names.fresh(`${node.variable}_count`);
  const first = { ...lists.variables, ...given, ...(count === undefined ? {} : { [count]: query(`${lists.count}`) }) };
  const counts = [...compilation.counts, count === undefined ? lists.count : `$${count}`];
  const inner: Compilation = { ...compilation, counts, eventsOfMap: eventsWithin(compilation) };
  const body = itemStates(node, budget, counts, graphStates(node.name, graph, each, inner), inner);
  const map = mapState(node, lists.items, body);
  const states = after(
    Object.keys(first).length === 0 ? undefined : [names.fresh(`${node.name}Bound`), { Type: "Pass", Assign: first }],
    node.minSuccessRatio === undefined
      ? single(node.name, { ...map, Assign: { [node.variable]: query("$states.result") }, Output: {}, Next: next })
      : countedStates(node, node.minSuccessRatio, [node.name, map], next, names),
  );
  return { states, mostItems: itemsByEvents(body, node.graph, inner, compilation) };
}

/** An item in the workflow's own execution: its states as they are, or as one that is retried, or caught. */
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

/** Each item in a child execution, which is given all that it reads. */
function distributedStates(
  node: WorkflowMapNode<Plan>,
  map: string,
  budget: Budget | undefined,
  next: string,
  compilation: Compilation,
  graphStates: GraphStates,
): StateSequence {
  const { names } = compilation;
  const lists = mapLists(node, names, "$states.input.item");
  const graph = renameGraph(node.graph, (name) => names.fresh(`${node.name}_${name}`));
  const { given, each } = inputTemplates(node, graph, lists.inputs, () => true);
  const count = names.fresh(`${node.variable}_count`);
  const read = Object.keys(given).map((variable) => [variable, query(`$states.input.given.${variable}`)] as const);
  const inputs = { ...Object.fromEntries(read), ...each, [count]: query("$states.input.count") };
  const selector = {
    item: query("$states.context.Map.Item.Value"),
    index: query("$states.context.Map.Item.Index"),
    given,
    count: query([lists.count, ...compilation.counts].join(" * ")),
  };
  const counts = [`$${count}`];
  function body(names: Compilation["names"], eventsOfMap: number): StateSequence {
    return graphStates(map, graph, inputs, { ...compilation, names, counts, eventsOfMap });
  }
  const events = eventsOfMaps(node.graph, body(names.copy(), Number.POSITIVE_INFINITY));
  const bytes = bytesOfEach(budget, ["$states.input.count"]);
  const caught =
    node.minSuccessRatio === undefined
      ? errorKept(
          bytes === undefined ? CAUSE_CHARACTERS : `$max([0, $min([${CAUSE_CHARACTERS}, $floor((${bytes}) / 6)])])`,
        )
      : { error: errorOf(undefined, bytes) };
  const Retry = authorRetriers(node.retries) as Json; // retriers are JSON
  const child = caughtItem(names.fresh(`${map}Item`), body(names, events), Retry, caught, names, {
    index: query("$states.input.index"),
  });
  const state = childMap(lists.items, selector, child, node.concurrency);
  const variables = { ...lists.variables };
  return after(
    Object.keys(variables).length === 0 ? undefined : [names.fresh(`${map}Lists`), { Type: "Pass", Assign: variables }],
    node.minSuccessRatio === undefined
      ? childrenStates(map, state, [{ variable: node.variable, value: OUTPUTS }], next, names)
      : countedStates(node, node.minSuccessRatio, [map, state], next, names, RESULTS),
  );
}

/** Characters of the cause that a child execution hands on. */
const CAUSE_CHARACTERS = 8000;

/** JSONata of the results in the order of the items: those that AWS lists first need not be the first. */
const RESULTS = "$sort($states.result, function($one, $other) { $one.index > $other.index })";
// Elements may be lists, which JSONata would flatten: only $map keeps them apart, and [] keeps one element a list.
const OUTPUTS = `$count($states.result) = 0 ? [] : $map(${RESULTS}, function($item) { $exists($item.output) ? $item.output : null })[]`;

/** What the variables of a graph's inputs are assigned: outside of the items, and in each. */
function inputTemplates(
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

/** Of the graph's input variables those that simply are a variable of the block around the map. */
function outerVariables({ bound, graph }: WorkflowMapNode<Plan>): Map<string, string> {
  return new Map(
    graph.inputs.flatMap(({ name, variable, isOptional }): [string, string][] => {
      const given = bound[name];
      return given?.kind === "ref" && given.path.length === 0 && isOptional !== true
        ? [[variable, given.variable]]
        : [];
    }),
  );
}
