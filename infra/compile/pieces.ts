import { HISTORY_EVENTS } from "../../sdk/base/aws-limits.ts";
import type { Batching, MapNode } from "../../sdk/graph/graph.ts";
import { literal } from "./expression.ts";
import { expressItems } from "./item-time.ts";

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

/** Items of a batch with `auto`. */
const FEWEST_IN_BATCH = 20;
const MOST_IN_BATCH = 100;
/** Bytes of the elements of a batch with `auto`, which a replica reads from the store. */
const BATCH_BYTES = 4_000_000;

/** Each item by itself, where the author wants no batches. */
const ALONE: Batching = { size: 1, concurrentItems: 1, replicas: 1 };

export function batchingOf({ batch = ALONE }: MapNode): Batching {
  return batch;
}

/**
 * JSONata of a distributed map's pieces: of each the range of its items, how many there are in a batch at most, and how
 * many pieces there are.
 * @param count JSONata of the number of items
 * @param bytes JSONata of the bytes of all lists
 */
export function piecesOf(node: MapNode, count: string, bytes: string): string {
  const lanes = lanesOf(node);
  // Of each lane's share as many equal parts as are worth a piece.
  const parts = `$max([1, $min([${PIECES_PER_LANE}, $floor($share / ($size * ${FEWEST_BATCHES}))])])`;
  const wanted = `$max([$size, $ceil($share / ${parts})])`;
  const items = `$max([$ceil($count / ${MOST_PIECES}), $min([$max([$size, ${mostItems(node)}]), ${wanted}])])`;
  const pieces =
    `$map([0..$ceil($count / $items) - 1], function($piece) { ` +
    `{"from": $piece * $items, "to": $min([$count, ($piece + 1) * $items]), "size": $size, "pieces": $ceil($count / $items)} })[]`;
  return (
    `($count := ${count}; $share := $ceil($count / ${lanes}); $size := ${sizeOfBatch(node, bytes)}; $items := $ceil(${items} / $size) * $size; ` +
    `$count = 0 ? [] : ${refusedIfTooMany(node)}${pieces})`
  );
}

/** How many pieces run at once. With affinity all replicas are at work on a piece, and the pieces follow each other. */
function lanesOf({ address, concurrency = LANES }: MapNode): number {
  return address.affinity === undefined ? concurrency : 1;
}

/** JSONata of how many items a piece may have by its history, or by the time of an EXPRESS execution. */
function mostItems(node: MapNode): string {
  if (node.executionType === "EXPRESS") return String(Math.min(MOST_ITEMS, expressItems(node)));
  const batches = Math.max(1, Math.floor(EVENTS / (EVENTS_OF_BATCH * attemptsOf(node))));
  return batches >= MOST_ITEMS ? String(MOST_ITEMS) : `$min([${MOST_ITEMS}, ${batches} * $size])`;
}

/** JSONata that fails where the list is so long that a piece of it does not fit into an execution. */
function refusedIfTooMany(node: MapNode): string {
  if (node.executionType === "EXPRESS") {
    const message = `${node.name}: so many items do not fit into EXPRESS child executions of this task's timeout: leave executionType out. Items: `;
    return `$items > ${Math.max(1, expressItems(node))} ? $error(${literal(message)} & $count) : `;
  }
  const message = `${node.name}: so many items do not fit into the histories of ${MOST_PIECES} child executions: put more of them into a batch. Items: `;
  return `$items / $size * ${EVENTS_OF_BATCH} > ${HISTORY_EVENTS - 100} ? $error(${literal(message)} & $count) : `;
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
    by === undefined ? `$max([$min([${FEWEST_IN_BATCH}, ${share}]), $ceil($count / ${replicas * 4})])` : share;
  return `$max([1, $min([${most}, ${fitting}, ${wanted}])])`;
}

/** Items of a batch with `auto` at most, by the time of an invocation and of an EXPRESS execution. */
function mostInBatch(node: MapNode): number {
  const { inTime = Infinity } = batchingOf(node);
  return Math.max(1, Math.min(MOST_IN_BATCH, inTime, node.executionType === "EXPRESS" ? expressItems(node) : Infinity));
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
  const share = Math.ceil(count / lanesOf(node));
  const parts = Math.max(1, Math.min(PIECES_PER_LANE, Math.floor(share / (size * FEWEST_BATCHES))));
  const wanted = Math.max(size, Math.ceil(share / parts));
  const most = Math.max(size, mostItemsFor(node, size));
  const items = Math.ceil(Math.max(Math.ceil(count / MOST_PIECES), Math.min(most, wanted)) / size) * size;
  return { pieces: count === 0 ? 0 : Math.ceil(count / items), items, size };
}

function mostItemsFor(node: MapNode, size: number): number {
  if (node.executionType === "EXPRESS") return Math.min(MOST_ITEMS, expressItems(node));
  const batches = Math.max(1, Math.floor(EVENTS / (EVENTS_OF_BATCH * attemptsOf(node))));
  return batches >= MOST_ITEMS ? MOST_ITEMS : Math.min(MOST_ITEMS, batches * size);
}

function batchSizeFor(node: MapNode, count: number, bytes: number): number {
  const { size, by, replicas } = batchingOf(node);
  if (size !== "auto") return size;
  const fitting = Math.floor((BATCH_BYTES * count) / Math.max(1, bytes));
  const share = Math.ceil(count / replicas);
  const wanted =
    by === undefined ? Math.max(Math.min(FEWEST_IN_BATCH, share), Math.ceil(count / (replicas * 4))) : share;
  return Math.max(1, Math.min(mostInBatch(node), fitting, wanted));
}
