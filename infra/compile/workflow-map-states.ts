import type { WorkflowMapNode } from "../../sdk/graph/graph.ts";
import { INLINE_MAP_CONCURRENCY, PAYLOAD_BYTES } from "../../sdk/base/aws-limits.ts";
import { distributedStates } from "./distributed-map.ts";
import { query } from "./expression.ts";
import { listWorker } from "./list-worker.ts";
import { mapLists } from "./map-lists.ts";
import { itemsByEvents, modeChoice, tooManyStates } from "./map-mode.ts";
import { chosenStates, countedStates } from "./map-states.ts";
import type { NodeStep, Plan } from "./plan.ts";
import { renameGraph } from "./rename-plan.ts";
import { sharedBudget } from "./shared-budget.ts";
import { after, single, type StateSequence } from "./states.ts";
import type { Compilation } from "./target.ts";
import { inputTemplates, itemsMap, outputBytes, type GraphStates } from "./workflow-items.ts";
import { workflowInPieces } from "./workflow-piece-states.ts";

/**
 * A map of a workflow: a Map with the workflow's states in each item; in the workflow's own execution, in child
 * executions for pieces of the lists, or both and a Choice between them.
 */
export function workflowMapStates(
  node: WorkflowMapNode<Plan>,
  step: NodeStep,
  next: string,
  compilation: Compilation,
  graphStates: GraphStates,
): StateSequence {
  const { listBudget = { bytes: PAYLOAD_BYTES }, inPieces } = step;
  const worker = listWorker(node.graph);
  function distributed(map: string): StateSequence {
    if (worker === undefined || inPieces === undefined) throw new Error("this map has no pieces");
    const pieces = workflowInPieces(node, map, worker, inPieces, compilation, graphStates);
    return distributedStates(node, map, pieces, sharedBudget(listBudget, compilation.counts), next, compilation);
  }
  const isOpen = inPieces !== undefined && worker !== undefined;
  if (isOpen && node.mode === "distributed") return distributed(node.name);
  const { states, byEvents } = inlineStates(node, step, next, compilation, graphStates);
  const most = isOpen ? mostInline(node, byEvents, listBudget.bytes) : byEvents;
  const choice = modeChoice(isOpen ? node : { ...node, mode: "inline" }, most);
  switch (choice.kind) {
    case "inline":
      return states;
    case "distributed":
      return distributed(node.name);
    case "limited":
      return chosenStates(node, choice.isTooLarge, tooManyStates(node, choice.most, compilation), states, compilation);
    case "either": {
      const large = distributed(compilation.names.fresh(`${node.name}Distributed`));
      return chosenStates(node, choice.isTooLarge, large, states, compilation);
    }
  }
}

/** The most items inline, by the events and the outputs that there may be, and by the places of an Inline Map. */
function mostInline({ graph, concurrency = 0 }: WorkflowMapNode<Plan>, byEvents: number, bytes: number): number {
  if (byEvents === Number.POSITIVE_INFINITY) return byEvents;
  const atOnce = concurrency > INLINE_MAP_CONCURRENCY ? INLINE_MAP_CONCURRENCY : Infinity;
  return Math.max(0, Math.min(byEvents, Math.floor(bytes / outputBytes(graph)), atOnce));
}

/**
 * What is the same for all items is in variables of the block around the Map, which the states within read; an item
 * assigns its elements of the lists alone.
 */
function inlineStates(
  node: WorkflowMapNode<Plan>,
  { budget }: NodeStep,
  next: string,
  compilation: Compilation,
  graphStates: GraphStates,
): { readonly states: StateSequence; readonly byEvents: number } {
  const { names } = compilation;
  const lists = mapLists(node, names);
  const known = outerVariables(node);
  const graph = renameGraph(node.graph, (name) => known.get(name) ?? names.fresh(`${node.name}_${name}`));
  const outer = new Set(known.values());
  const { given, each } = inputTemplates(node, graph, lists.inputs, (variable) => !outer.has(variable));
  const count = typeof lists.count === "number" ? undefined : names.fresh(`${node.variable}_count`);
  const first = { ...lists.variables, ...given, ...(count === undefined ? {} : { [count]: query(`${lists.count}`) }) };
  const counts = [...compilation.counts, count === undefined ? lists.count : `$${count}`];
  const items = { items: lists.items, graph, each, counts, budget };
  const { map, body } = itemsMap(node, items, compilation, graphStates);
  const states = after(
    Object.keys(first).length === 0 ? undefined : [names.fresh(`${node.name}Bound`), { Type: "Pass", Assign: first }],
    node.minSuccessRatio === undefined
      ? single(node.name, { ...map, Assign: { [node.variable]: query("$states.result") }, Output: {}, Next: next })
      : countedStates(node, node.minSuccessRatio, [node.name, map], next, names),
  );
  return { states, byEvents: itemsByEvents(node, body, compilation.eventsOfMaps) };
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
