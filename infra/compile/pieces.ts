import { HISTORY_EVENTS, INLINE_MAP_CONCURRENCY } from "../../sdk/base/aws-limits.ts";
import type { Batching, MapNode, WorkflowMapNode } from "../../sdk/graph/graph.ts";
import { literal } from "./expression.ts";
import { BATCHES_PER_REPLICA, FEWEST_ITEMS } from "./batch-items.ts";
import { expressItems } from "./item-time.ts";
import { ELEMENT_BYTES } from "./shared-budget.ts";

// A distributed map runs in pieces: ranges of its items, each a child execution that runs its batches one after the
// other. So as many pieces at once are as many batches at once.

/** Pieces of a map at most: what each comes to takes up to 260 bytes of the Map's result. */
const MOST_PIECES = 900;
/** Items of a piece at most, unless that would be more pieces. */
const MOST_ITEMS = 1000;
/** Pieces for each of those that run at once, at most, so that none waits long for the last of another. */
const PIECES_PER_LANE = 8;
/** How many run at once where there is no limit. */
const LANES = 100;
/** Batches of a piece at least, if there are so many for each that runs at once: a piece costs as much as two besides. */
const FEWEST_BATCHES = 5;
/** Of the events that a child execution may have; the other half is for what Lambda's transient errors take. */
const EVENTS = HISTORY_EVENTS / 2;
/** Events of a batch: those of its iteration, of its state, and of one attempt. */
const EVENTS_OF_BATCH = 7;

/** What a map with `batchBy` has for a piece: each item may be a batch by itself, but seldom is. */
const GROUPED_EVENTS = 15_000;
/** Events of a lane beside those of its batches. */
const EVENTS_OF_LANE = 6;

/** Events of a piece beside those of its batches or items, at most. */
const OTHER_EVENTS = 100;

/** Items of a batch with `auto` at most. */
const MOST_IN_BATCH = 100;
/** Bytes of the elements of a batch with `auto`, which a replica reads from the store. */
const BATCH_BYTES = 4_000_000;

/** Each item by itself, where the author wants no batches. */
const ALONE: Batching = { size: 1, concurrentItems: 1, replicas: 1 };

export function batchingOf({ batch = ALONE }: MapNode): Batching {
  return batch;
}

/** What the size of a map's pieces goes by. What is JSONata reads `$count`, the items, and `$size`, those of a batch. */
export interface PieceForm {
  /** Pieces at work at once. */
  readonly lanes: number;
  /** Whether a piece is as large as it may be, so that what is equal is together. */
  readonly isGrouped?: boolean;
  /** JSONata of the items of a batch at most, if all lists have so many bytes. */
  readonly size: (bytes: string) => string;
  /** JSONata of the items of a piece at most, if all lists have so many bytes. */
  readonly most: (bytes: string) => string;
  /** JSONata: whether a piece of `$items` does not fit into an execution, and with what the map fails then. */
  readonly refused: { readonly isRefused: string; readonly message: string };
}

/** Of a map of a task. */
export function taskPieces(node: MapNode): PieceForm {
  return {
    // With affinity all replicas are at work on a piece, and the pieces follow each other.
    lanes: lanesOf(node),
    isGrouped: isGrouped(node),
    size: (bytes) => sizeOfBatch(node, bytes),
    most: () => mostItems(node),
    refused: refusal(node),
  };
}

/**
 * JSONata of a distributed map's pieces: of each the range of its items, how many there are in a batch at most, and how
 * many pieces there are.
 * @param count JSONata of the number of items
 * @param bytes JSONata of the bytes of all lists
 */
export function piecesOf(form: PieceForm, count: string, bytes: string): string {
  const { lanes, size, refused } = form;
  const pieces =
    `$map([0..$ceil($count / $items) - 1], function($piece) { ` +
    `{"from": $piece * $items, "to": $min([$count, ($piece + 1) * $items]), "size": $size, "pieces": $ceil($count / $items)} })[]`;
  return (
    `($count := ${count}; $share := $ceil($count / ${lanes}); $size := ${size(bytes)}; $items := ${itemsOfPiece(form, bytes)}; ` +
    `$count = 0 ? [] : ${refused.isRefused} ? $error(${literal(refused.message)} & $count) : ${pieces})`
  );
}

/** JSONata of the items of a piece. */
function itemsOfPiece({ isGrouped = false, most }: PieceForm, bytes: string): string {
  if (isGrouped) {
    // As few pieces as may be, all of about one size.
    const equal = `$ceil($count / $max([1, $ceil($count / ${most(bytes)})]))`;
    return `$max([1, $ceil($count / ${MOST_PIECES}), ${equal}])`;
  }
  // Of each lane's share as many equal parts as are worth a piece.
  const parts = `$max([1, $min([${PIECES_PER_LANE}, $floor($share / ($size * ${FEWEST_BATCHES}))])])`;
  const wanted = `$max([$size, $ceil($share / ${parts})])`;
  return `$ceil($max([$ceil($count / ${MOST_PIECES}), $min([$max([$size, ${most(bytes)}]), ${wanted}])]) / $size) * $size`;
}

/** Whether items are put together by a key, without affinity, which chooses their replicas. */
export function isGrouped(node: MapNode): boolean {
  return batchingOf(node).by !== undefined && node.address.affinity === undefined;
}

/**
 * How many pieces run at once, and how many lanes or batches within each. Where items are put together by a key all
 * replicas are at work on a piece, as far as an Inline Map has places; with affinity, pieces always follow each other.
 */
export function atOnceOf(node: MapNode): { readonly pieces: number | undefined; readonly within: number | undefined } {
  const { address, concurrency } = node;
  if (address.affinity !== undefined) return { pieces: 1, within: concurrency };
  if (!isGrouped(node)) return { pieces: concurrency, within: 1 };
  if (concurrency === undefined) return { pieces: undefined, within: undefined };
  const pieces = Math.ceil(concurrency / INLINE_MAP_CONCURRENCY);
  return { pieces, within: Math.floor(concurrency / pieces) };
}

/** How many pieces run at once. */
function lanesOf(node: MapNode): number {
  return atOnceOf(node).pieces ?? LANES;
}

/** JSONata of how many items a piece may have by its history, or by the time of an EXPRESS execution. */
function mostItems(node: MapNode): string {
  if (node.executionType === "EXPRESS") return String(Math.min(MOST_ITEMS, expressItems(node)));
  if (isGrouped(node)) return String(mostGrouped(node));
  const batches = Math.max(1, Math.floor(EVENTS / (EVENTS_OF_BATCH * attemptsOf(node))));
  return batches >= MOST_ITEMS ? String(MOST_ITEMS) : `$min([${MOST_ITEMS}, ${batches} * $size])`;
}

/** Items of a piece at most whose keys may all differ, so that each is a batch in a lane of its own. */
function mostGrouped(node: MapNode): number {
  const events = (EVENTS_OF_BATCH + EVENTS_OF_LANE) * attemptsOf(node);
  return Math.max(1, Math.min(MOST_ITEMS, Math.floor(GROUPED_EVENTS / events)));
}

function refusal(node: MapNode): PieceForm["refused"] {
  if (node.executionType === "EXPRESS") {
    const message = `${node.name}: so many items do not fit into EXPRESS child executions of this task's timeout: leave executionType out. Items: `;
    return { isRefused: `$items > ${Math.max(1, expressItems(node))}`, message };
  }
  const message = `${node.name}: so many items do not fit into the histories of ${MOST_PIECES} child executions: put more of them into a batch. Items: `;
  return { isRefused: `$items / $size * ${EVENTS_OF_BATCH} > ${HISTORY_EVENTS - OTHER_EVENTS}`, message };
}

/** How often an item is tried at most. */
export function attemptsOf({ options: { retries = 0 } }: MapNode): number {
  return 1 + (typeof retries === "number" ? retries : retries.maxAttempts);
}

/** JSONata of the items of a batch at most, of `$count` in all. */
function sizeOfBatch(node: MapNode, bytes: string): string {
  const { size, by, replicas } = batchingOf(node);
  if (size !== "auto") return String(size);
  const most = mostInBatch(node);
  const fitting = `$floor(${BATCH_BYTES} * $count / $max([1, ${bytes}]))`;
  const share = `$ceil($count / ${replicas})`;
  // Of what is equal as much as may be, since a batch of it loads what its task caches once.
  const wanted =
    by === undefined
      ? `$max([$min([${FEWEST_ITEMS}, ${share}]), $ceil($count / ${replicas * BATCHES_PER_REPLICA})])`
      : share;
  return `$max([1, $min([${most}, ${fitting}, ${wanted}])])`;
}

/** Items of a batch with `auto` at most, by the time of an invocation and of an EXPRESS execution. */
function mostInBatch(node: MapNode): number {
  const { inTime = Infinity } = batchingOf(node);
  return Math.max(1, Math.min(MOST_IN_BATCH, inTime, node.executionType === "EXPRESS" ? expressItems(node) : Infinity));
}

/** What bounds the pieces of a map of a workflow. */
export interface WorkflowPiece {
  readonly name: string;
  readonly concurrency?: number;
  /** Events of an item, with the attempts that its author allows. */
  readonly events: number;
  /** With one attempt of each. */
  readonly fewestEvents: number;
  /** Bytes that an item's output takes in a list of outputs at most. */
  readonly outputBytes: number;
  /** Bytes that the elements of a piece may have in its state. */
  readonly elementBytes: number;
  readonly lists: number;
  /** Whether the state machine reads within elements, so that these have to be in the piece's state. */
  readonly areRead: boolean;
}

/** Bytes of the outputs of a piece, in the list of them. */
const OUTPUTS_BYTES = 200_000;
/** How much larger than their mean the elements of a piece may be, of which the state machine reads parts. */
const UNEVEN = 4;

/** Of a map of a workflow. */
export function workflowPieces(piece: WorkflowPiece): PieceForm {
  const most = mostOfWorkflow(piece);
  const message = `${piece.name}: so many items do not fit into the histories of ${MOST_PIECES} child executions: hand out a list of lists, and map within. Items: `;
  return {
    lanes: piece.concurrency ?? LANES,
    size: () => "1",
    most: (bytes) =>
      piece.areRead
        ? `$max([1, $min([${most}, $floor(${Math.floor(piece.elementBytes / UNEVEN)} * $count / $max([1, ${bytes}]))])])`
        : String(most),
    refused: { isRefused: `$items * ${piece.fewestEvents} > ${HISTORY_EVENTS - OTHER_EVENTS}`, message },
  };
}

function mostOfWorkflow({ events, outputBytes, elementBytes, lists }: WorkflowPiece): number {
  const byEvents = Math.floor(EVENTS / events);
  const byElements = Math.floor(elementBytes / (ELEMENT_BYTES * lists));
  return Math.max(1, Math.min(MOST_ITEMS, byEvents, byElements, Math.floor(OUTPUTS_BYTES / outputBytes)));
}

/** In the text of {@link piecesOf} for a map of a workflow: the most items of a piece, and the bytes of what is read. */
const WORKFLOW_MOST = /\[\$size, (?:\$max\(\[1, \$min\(\[)?(\d+)(?:, \$floor\((\d+) )?/;

/**
 * What {@link piecesOf} comes to for a map of a workflow.
 * @param items the `Items` of its Distributed Map
 */
export function workflowPiecesFor(
  items: string,
  { concurrency }: WorkflowMapNode,
  count: number,
  bytes: number,
): Pieces {
  const [, most = MOST_ITEMS, read] = WORKFLOW_MOST.exec(items) ?? [];
  const fitting = read === undefined ? Infinity : Math.floor((Number(read) * count) / Math.max(1, bytes));
  return dividedInto(count, 1, Math.max(1, Math.min(Number(most), fitting)), concurrency ?? LANES);
}

/** The pieces of a distributed map. */
export interface Pieces {
  readonly pieces: number;
  /** Of a piece at most. */
  readonly items: number;
  /** Items of a batch at most. */
  readonly size: number;
}

/**
 * What {@link piecesOf} comes to.
 * @param bytes of all lists
 */
export function piecesFor(node: MapNode, count: number, bytes: number): Pieces {
  const size = batchSizeFor(node, count, bytes);
  if (isGrouped(node)) return groupedInto(count, size, mostItemsFor(node, size));
  return dividedInto(count, size, Math.max(size, mostItemsFor(node, size)), lanesOf(node));
}

function groupedInto(count: number, size: number, most: number): Pieces {
  const equal = Math.ceil(count / Math.max(1, Math.ceil(count / most)));
  const items = Math.max(1, Math.ceil(count / MOST_PIECES), equal);
  return { pieces: Math.ceil(count / items), items, size };
}

function dividedInto(count: number, size: number, most: number, lanes: number): Pieces {
  const share = Math.ceil(count / lanes);
  const parts = Math.max(1, Math.min(PIECES_PER_LANE, Math.floor(share / (size * FEWEST_BATCHES))));
  const wanted = Math.max(size, Math.ceil(share / parts));
  const items = Math.ceil(Math.max(Math.ceil(count / MOST_PIECES), Math.min(most, wanted)) / size) * size;
  return { pieces: count === 0 ? 0 : Math.ceil(count / items), items, size };
}

function mostItemsFor(node: MapNode, size: number): number {
  if (node.executionType === "EXPRESS") return Math.min(MOST_ITEMS, expressItems(node));
  if (isGrouped(node)) return mostGrouped(node);
  const batches = Math.max(1, Math.floor(EVENTS / (EVENTS_OF_BATCH * attemptsOf(node))));
  return batches >= MOST_ITEMS ? MOST_ITEMS : Math.min(MOST_ITEMS, batches * size);
}

function batchSizeFor(node: MapNode, count: number, bytes: number): number {
  const { size, by, replicas } = batchingOf(node);
  if (size !== "auto") return size;
  const fitting = Math.floor((BATCH_BYTES * count) / Math.max(1, bytes));
  const share = Math.ceil(count / replicas);
  const wanted =
    by === undefined
      ? Math.max(Math.min(FEWEST_ITEMS, share), Math.ceil(count / (replicas * BATCHES_PER_REPLICA)))
      : share;
  return Math.max(1, Math.min(mostInBatch(node), fitting, wanted));
}
