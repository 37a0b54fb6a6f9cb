import { HISTORY_EVENTS, INLINE_MAP_CONCURRENCY } from "../../sdk/base/aws-limits.ts";
import { LambentError } from "../../sdk/base/errors.ts";
import type { Block, Expression, GraphData, MapNode } from "../../sdk/graph/graph.ts";
import { allNodes, mapNode } from "../../sdk/graph/walk.ts";
import type { Budget } from "../../sdk/values/budget.ts";
import type { Fields } from "../asl/states.ts";
import { literal, query, read } from "./expression.ts";
import { historyEvents, type Assumptions, type States } from "./history-events.ts";
import { isStored, knownLength } from "./map-lists.ts";
import { attemptsOf } from "./pieces.ts";
import type { State, StateSequence } from "./states.ts";
import type { Compilation, MapEvents } from "./target.ts";

// Whether the items of a map run in the workflow's own execution, or in child executions.

/** Of the history, what is left for attempts that Lambda's transient errors take: 3 events each, so some 1,600. */
const RESERVED_EVENTS = HISTORY_EVENTS / 5;
/** Bytes that an output takes in a list of outputs at most, as a mark and with what stands around it. */
const OUTPUT_BYTES = 155 + 16;
/** Items of a batch with `auto`, as batch-items.ts has them, and how many batches more there may be than by that. */
const AUTO_ITEMS = 20;
const AUTO_BATCHES_PER_REPLICA = 4;

/**
 * A graph whose maps can be what its state machine's type allows: an EXPRESS one starts no child executions, and has no
 * history that could be too long.
 * @throws {LambentError} if it has a map of mode `distributed` all the same
 */
export function forItsType(graph: GraphData): GraphData {
  return graph.options?.type === "EXPRESS" ? withMaps(graph, (node) => inlineOfExpress(node, graph.workflow)) : graph;
}

/** A graph whose maps are inline that may be. */
export function inlineWherePossible(graph: GraphData): GraphData {
  return withMaps(graph, (node) => ({ ...node, mode: node.mode ?? "inline" }));
}

function withMaps(graph: GraphData, map: (node: MapNode) => MapNode): GraphData {
  function mapped({ nodes, result }: Block): Block {
    return {
      nodes: nodes.map((node) => {
        if (node.kind === "map") return map(node);
        return mapNode<Block, Block>(node, { block: mapped, graph: (inner) => ({ ...inner, ...mapped(inner) }) });
      }),
      result,
    };
  }
  return { ...graph, ...mapped(graph) };
}

function inlineOfExpress(node: MapNode, workflow: string): MapNode {
  if (node.mode === "distributed") {
    throw new LambentError(
      `${node.name}: its mode is "distributed", and workflow ${workflow} is of type EXPRESS, which starts no child executions: leave out one of both`,
    );
  }
  const { executionType, ...others } = node;
  if (executionType === undefined) return { ...others, mode: "inline" };
  throw new LambentError(
    `${node.name}: executionType is that of child executions, and workflow ${workflow} is of type EXPRESS, which starts none: leave it out`,
  );
}

/**
 * The events that maps may have whose items run in the workflow's own execution.
 * @param draft the definition, with all maps so that may be
 */
export function eventsOfMaps(
  graph: GraphData,
  draft: { readonly StartAt: string; readonly States: unknown },
): MapEvents {
  if (graph.options?.type === "EXPRESS") return UNLIMITED;
  const maps = allNodes(graph).filter((node) => node.kind === "map" && node.mode !== "distributed").length;
  const definition = draft as unknown as States; // a State's fields are JSON
  function left(attempts: "one" | "author", reserved: number): number {
    return Math.max(0, HISTORY_EVENTS - reserved - historyEvents(definition, { items: () => 0, attempts }));
  }
  return { alone: left("one", 0), each: Math.floor(left("author", RESERVED_EVENTS) / Math.max(1, maps)) };
}

export const UNLIMITED: MapEvents = { alone: Number.POSITIVE_INFINITY, each: Number.POSITIVE_INFINITY };

/** Whether nothing else comes into question for a map: its lists stand in the workflow, and are short. */
export function isSurelyInline(node: MapNode): boolean {
  const length = knownLength(node);
  return (
    node.mode !== "distributed" &&
    length !== undefined &&
    length <= INLINE_MAP_CONCURRENCY &&
    Object.values(node.lists).every(({ kind }) => kind !== "ref")
  );
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
  return Math.max(0, Math.min(most, Math.floor(bytes / OUTPUT_BYTES), atOnce));
}

/** Items of a batch at least, whatever the list is. */
function itemsOfBatch({ batch }: MapNode): number {
  return batch === undefined || batch.by !== undefined || batch.size === "auto" ? 1 : batch.size;
}

function mostByEvents(node: MapNode, { entry, states }: StateSequence, assumed: Assumptions, events: number): number {
  const definition: States = { StartAt: entry, States: Object.fromEntries(states) as Record<string, Fields> }; // as above
  function eventsOf(items: number): number {
    return historyEvents(definition, { ...assumed, items: () => items });
  }
  const none = eventsOf(0);
  const most = Math.floor((events - none) / (eventsOf(1) - none));
  const { batch } = node;
  if (batch?.size !== "auto" || batch.by !== undefined) return most * itemsOfBatch(node);
  // Fewer items are in smaller batches, so that all replicas have some; a list that is large by its bytes too.
  return Math.max(most, (most - (AUTO_BATCHES_PER_REPLICA + 1) * batch.replicas) * AUTO_ITEMS);
}

/** How a map is compiled. `isTooLarge` is JSONata: whether its lists are too large to be mapped inline. */
export type ModeChoice =
  | { readonly kind: "inline" | "distributed" }
  | { readonly kind: "either" | "limited"; readonly isTooLarge: string; readonly most: number };

/** @param most items that may run inline */
export function modeChoice(node: MapNode, most: number): ModeChoice {
  if (isSurelyInline(node) || (node.mode === "inline" && most === Number.POSITIVE_INFINITY)) return { kind: "inline" };
  const length = knownLength(node);
  if (length !== undefined && length > most) {
    if (node.mode === "inline") throw tooMany(node, length, most);
    return { kind: "distributed" };
  }
  const lists = Object.values(node.lists).filter((list) => list.kind === "ref");
  const stored = node.mode === "inline" ? [] : lists.map((list) => isStored(read(list)));
  const counted = length === undefined ? lists.slice(0, 1).map((list) => countOver(list, most)) : [];
  const isTooLarge = [...stored, ...counted].join(" or ");
  if (isTooLarge === "") return { kind: "inline" };
  return { kind: node.mode === "inline" ? "limited" : "either", isTooLarge, most };
}

function countOver(list: Extract<Expression, { kind: "ref" }>, most: number): string {
  return `$count(${read(list)}) > ${most}`;
}

function tooMany({ name }: MapNode, items: number, most: number): LambentError {
  return new LambentError(
    `${name}: it has ${items} items, and of mode "inline" the workflow's history has room for ${most}: leave mode out, or say "distributed"`,
  );
}

/** The state that ends a workflow whose map is forced to be inline and has too many items. */
export function tooManyItems(node: MapNode, most: number, { names }: Compilation): [string, State] {
  const [count = "0"] = Object.values(node.lists).flatMap((list) =>
    list.kind === "ref" ? [`$count(${read(list)})`] : [],
  );
  const text = ` items, and of mode "inline" the workflow's history has room for ${most}: leave mode out, or say "distributed"`;
  const state: State = {
    Type: "Fail",
    Error: "TooManyItems",
    Cause: query(`${literal(`${node.name}: it has `)} & ${count} & ${literal(text)}`),
  };
  return [names.fresh(`${node.name}TooManyItems`), state];
}
