import { HISTORY_EVENTS, INLINE_MAP_CONCURRENCY } from "../../sdk/base/aws-limits.ts";
import { LambentError } from "../../sdk/base/errors.ts";
import type { Block, Expression, GraphData, MapNode, Node, WorkflowMapNode } from "../../sdk/graph/graph.ts";
import { childrenOf, mapNode } from "../../sdk/graph/walk.ts";
import type { Budget } from "../../sdk/values/budget.ts";
import type { Fields } from "../asl/states.ts";
import { BATCHES_PER_REPLICA, FEWEST_ITEMS } from "./batch-items.ts";
import { joined, literal, query, read } from "./expression.ts";
import { historyEvents, type Assumptions, type States } from "./history-events.ts";
import { isStored, knownLength } from "./map-lists.ts";
import { attemptsOf } from "./pieces.ts";
import { ELEMENT_BYTES } from "./shared-budget.ts";
import { isSurelyInline } from "./surely-inline.ts";
import type { Plan, Step } from "./plan.ts";
import { single, type State, type StateSequence } from "./states.ts";
import type { Compilation, MapEvents } from "./target.ts";

// Whether the items of a map run in the workflow's own execution, or in child executions.

/** Of the history, what is left for attempts that Lambda's transient errors take: 3 events each, so some 1,600. */
const RESERVED_EVENTS = HISTORY_EVENTS / 5;

/**
 * A graph whose maps can be what its state machine's type allows: an EXPRESS one starts no child executions, and has no
 * history that could be too long.
 * @throws {LambentError} if it has a map of mode `distributed` all the same
 */
export function forItsType(graph: GraphData): GraphData {
  if (graph.options?.type !== "EXPRESS") return graph;
  return withMaps(
    graph,
    (node) => inlineOfExpress(node, graph.workflow),
    (node) => workflowMapOfExpress(node, graph.workflow),
  );
}

/** A graph whose maps are inline that may be. */
export function inlineWherePossible(graph: GraphData): GraphData {
  return withMaps(graph, inlineIfPossible, inlineIfPossible);
}

function inlineIfPossible<M extends MapNode | WorkflowMapNode>(node: M): M {
  return { ...node, mode: node.mode ?? "inline" };
}

function withMaps(
  graph: GraphData,
  map: (node: MapNode) => MapNode,
  workflowMap: (node: WorkflowMapNode) => WorkflowMapNode,
): GraphData {
  function mapped(block: Block): Block {
    return { ...block, nodes: block.nodes.map(mappedNode) };
  }
  function mappedNode(node: Node): Node {
    if (node.kind === "map") return map(node);
    return mapNode<Block, Block>(node.kind === "workflowMap" ? workflowMap(node) : node, {
      block: mapped,
      graph: (inner) => ({ ...inner, ...mapped(inner) }),
    });
  }
  return { ...graph, ...mapped(graph) };
}

function inlineOfExpress(node: MapNode, workflow: string): MapNode {
  const { executionType, ...others } = node;
  const inline = workflowMapOfExpress(others, workflow);
  if (executionType === undefined) return inline;
  throw new LambentError(
    `${node.name}: executionType is that of child executions, and workflow ${workflow} is of type EXPRESS, which starts none: leave it out`,
  );
}

function workflowMapOfExpress<M extends MapNode | WorkflowMapNode>(node: M, workflow: string): M {
  if (node.asksForMany === true) {
    throw new LambentError(
      `${node.name}: concurrency is ${node.concurrency}, but workflow ${workflow} is of type EXPRESS, whose maps are inline, and Step Functions runs ${INLINE_MAP_CONCURRENCY} items at once at most: lower it, or make the workflow STANDARD`,
    );
  }
  if (node.mode !== "distributed") return { ...node, mode: "inline" };
  throw new LambentError(
    `${node.name}: its mode is "distributed", and workflow ${workflow} is of type EXPRESS, which starts no child executions: leave out one of both`,
  );
}

/**
 * The events that the maps of a plan may have whose items run in the same execution as the rest of it.
 * @param draft the plan's states, with all maps so that may be
 * @param waiting events of the wait for replicas, of which the states do not tell how long it is
 */
export function eventsOfMaps(plan: Pick<Plan, "steps">, draft: StateSequence, waiting = 0): MapEvents {
  function left(attempts: "one" | "author", reserved: number): number {
    return Math.max(0, HISTORY_EVENTS - waiting - reserved - eventsOfStates(draft, attempts));
  }
  return { alone: left("one", 0), each: Math.floor(left("author", RESERVED_EVENTS) / Math.max(1, mapsIn(plan.steps))) };
}

export const UNLIMITED: MapEvents = { alone: Number.POSITIVE_INFINITY, each: Number.POSITIVE_INFINITY };

/** How many maps share one history: those within an item of another map have its item's share. */
function mapsIn(steps: readonly Step[]): number {
  return sum(steps, (step) => {
    switch (step.kind) {
      case "node":
        return mapsOf(step.node);
      case "parallel":
        return sum(step.branches, (branch) => mapsIn(branch.kind === "node" ? [branch.step] : branch.steps));
      case "part":
        return 0; // it has a history of its own
    }
  });
}

function mapsOf(node: Node<Plan>): number {
  if (node.kind === "map" || node.kind === "workflowMap") return node.mode === "distributed" ? 0 : 1;
  return sum(childrenOf(node), ({ steps }) => mapsIn(steps));
}

/** Events that each map within an item may have, if the items run in the same execution. */
export function eventsWithin({ eventsOfMaps }: Compilation): MapEvents {
  return eventsOfMaps === UNLIMITED ? UNLIMITED : { alone: EVENTS_WITHIN, each: EVENTS_WITHIN };
}

/** What 40 items of a task have, as many as run at once. */
const EVENTS_WITHIN = 7 * INLINE_MAP_CONCURRENCY;

/** The most items of a map of a workflow that may run in the workflow's own execution, by the events of one. */
export function itemsByEvents(
  { mode, graph }: WorkflowMapNode<Plan>,
  item: StateSequence,
  { alone, each }: MapEvents,
): number {
  if (each === Number.POSITIVE_INFINITY) return each;
  return mode === "inline"
    ? Math.floor(alone / eventsOfStates(item, "one"))
    : Math.floor(each / eventsOfItem(graph, item));
}

/** Events of an item of a map of a workflow, and all that maps within may have. */
export function eventsOfItem(
  { steps }: Pick<Plan, "steps">,
  item: StateSequence,
  attempts: "one" | "author" = "author",
): number {
  return eventsOfStates(item, attempts) + EVENTS_WITHIN * mapsIn(steps);
}

/** The events of an execution of states, with the attempts that their authors allow, and with the items that are known. */
export function eventsOfStates(states: StateSequence, attempts: "one" | "author" = "author"): number {
  return historyEvents(asDefinition(states), { items: () => undefined, attempts });
}

function asDefinition({ entry, states }: StateSequence): States {
  return { StartAt: entry, States: Object.fromEntries(states) as Record<string, Fields> }; // a State's fields are JSON
}

function sum<T>(items: readonly T[], count: (item: T) => number): number {
  return items.reduce((total, item) => total + count(item), 0);
}

/**
 * The most items that may run in the workflow's own execution, for every list and all outputs that there may be. Where
 * the mode is forced, it is the most of which something can come, if nothing is tried again.
 */
export function mostInline(
  node: MapNode,
  inline: StateSequence,
  { bytes }: Budget,
  { eventsOfMaps: { alone, each } }: Compilation,
): number {
  if (node.mode === "inline") return mostByEvents(node, inline, { items: () => 0, attempts: "one" }, alone);
  const rounds = node.batch === undefined ? 1 : attemptsOf(node);
  const most = mostByEvents(node, inline, { items: () => 0, attempts: "author", rounds }, each);
  // Of more at once than an Inline Map has, each item needs one of its places.
  const atOnce =
    (node.concurrency ?? 0) > INLINE_MAP_CONCURRENCY ? INLINE_MAP_CONCURRENCY * itemsOfBatch(node) : Infinity;
  return Math.max(0, Math.min(most, Math.floor(bytes / ELEMENT_BYTES), atOnce));
}

/** Items of a batch at least, whatever the list is. */
function itemsOfBatch({ batch }: MapNode): number {
  return batch === undefined || batch.by !== undefined || batch.size === "auto" ? 1 : batch.size;
}

function mostByEvents(node: MapNode, inline: StateSequence, assumed: Assumptions, events: number): number {
  const definition = asDefinition(inline);
  function eventsOf(items: number): number {
    return historyEvents(definition, { ...assumed, items: () => items });
  }
  const none = eventsOf(0);
  const most = Math.floor((events - none) / (eventsOf(1) - none));
  const { batch } = node;
  if (batch?.size !== "auto" || batch.by !== undefined) return most * itemsOfBatch(node);
  // Fewer items are in smaller batches, so that all replicas have some; a list that is large by its bytes too.
  return Math.max(most, (most - (BATCHES_PER_REPLICA + 1) * batch.replicas) * FEWEST_ITEMS);
}

/** How a map is compiled. `isTooLarge` is JSONata: whether its lists are too large to be mapped inline. */
export type ModeChoice =
  | { readonly kind: "inline" | "distributed" }
  | { readonly kind: "either" | "limited"; readonly isTooLarge: string; readonly most: number };

/** @param most items that may run inline */
export function modeChoice(node: MapNode | WorkflowMapNode<unknown>, most: number): ModeChoice {
  if ((node.kind === "map" && isSurelyInline(node)) || (node.mode === "inline" && most === Number.POSITIVE_INFINITY))
    return { kind: "inline" };
  const length = knownLength(node);
  if (length !== undefined && length > most) {
    if (node.mode === "inline") throw tooMany(node, length, most);
    return { kind: "distributed" };
  }
  const lists = Object.values(node.lists).filter((list) => list.kind === "ref");
  const stored = node.mode === "inline" ? [] : lists.map((list) => isStored(read(list)));
  const counted = length === undefined ? lists.slice(0, 1).map((list) => countOver(list, most)) : [];
  const isTooLarge = joined([...stored, ...counted], "or");
  if (isTooLarge === "") return { kind: "inline" };
  return { kind: node.mode === "inline" ? "limited" : "either", isTooLarge, most };
}

function countOver(list: Extract<Expression, { kind: "ref" }>, most: number): string {
  return `$count(${read(list)}) > ${most}`;
}

function tooMany({ name }: MapNode | WorkflowMapNode<unknown>, items: number, most: number): LambentError {
  return new LambentError(
    `${name}: it has ${items} items, and of mode "inline" the workflow's history has room for ${most}: leave mode out, or say "distributed"`,
  );
}

/** What ends a workflow whose map is forced to be inline and has too many items. */
export function tooManyStates(
  node: MapNode | WorkflowMapNode<unknown>,
  most: number,
  { names }: Compilation,
): StateSequence {
  const [count = "0"] = Object.values(node.lists).flatMap((list) =>
    list.kind === "ref" ? [`$count(${read(list)})`] : [],
  );
  const text = ` items, and of mode "inline" the workflow's history has room for ${most}: leave mode out, or say "distributed"`;
  const state: State = {
    Type: "Fail",
    Error: "TooManyItems",
    Cause: query(`${literal(`${node.name}: it has `)} & ${count} & ${literal(text)}`),
  };
  return single(names.fresh(`${node.name}TooManyItems`), state);
}
