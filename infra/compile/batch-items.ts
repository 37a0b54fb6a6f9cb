import type { Batching } from "../../sdk/graph/graph.ts";
import { joined, literal, readStep } from "./expression.ts";
import { GIVEN } from "../../sdk/values/wire.ts";
import { zip, type ListSources } from "./map-lists.ts";

/**
 * Items that a batch has at least with `auto`, if no replica is idle for it: at 5 ms each they fill the 100 ms that a
 * replica has for a request, of which it serves ten a second.
 */
export const FEWEST_ITEMS = 20;
/** Batches that each replica gets with `auto`, so that none waits long for the last of another. */
export const BATCHES_PER_REPLICA = 4;
/** Characters of the items of a batch with `auto`. Each may have three bytes, and outputs need room beside them. */
const MOST_CHARACTERS = 60_000;

/**
 * JSONata of how many items a batch of the first round has at most.
 * @param hasLanes whether each replica gets its items one batch after the other: then as many as fit
 */
export function batchSize(
  { size, by, replicas, inTime }: Batching,
  { sources, count }: ListSources,
  hasLanes: boolean,
): string {
  if (size !== "auto") return String(size);
  const share = `$ceil(${count} / ${replicas})`;
  const characters = joined(
    sources.map(([, list]) => `$length($string(${list}))`),
    "+",
  );
  const fitting = `$floor(${MOST_CHARACTERS} * ${count} / (${characters}))`;
  if (hasLanes) return `${count} = 0 ? 1 : $max([1, ${fitting}])`;
  // All that are equal belong together, but for what one replica would do while others are idle.
  const wanted =
    by === undefined
      ? `$max([$min([${FEWEST_ITEMS}, ${share}]), $ceil(${count} / ${replicas * BATCHES_PER_REPLICA})])`
      : share;
  const bounds = [wanted, fitting, ...(inTime === undefined ? [] : [String(inTime)])];
  return `$max([1, $min([${bounds.join(", ")}])])`;
}

/**
 * What {@link batchSize} comes to.
 * @param count items of the list
 * @param characters of all its elements as JSON
 */
export function batchSizeOf(
  { size, by, replicas, inTime = Infinity }: Batching,
  count: number,
  characters: number,
  hasLanes: boolean,
): number {
  if (size !== "auto") return size;
  const share = Math.ceil(count / replicas);
  const fitting = characters === 0 ? Infinity : Math.floor((MOST_CHARACTERS * count) / characters);
  if (hasLanes) return Math.max(1, fitting);
  const wanted =
    by === undefined
      ? Math.max(Math.min(FEWEST_ITEMS, share), Math.ceil(count / (replicas * BATCHES_PER_REPLICA)))
      : share;
  return Math.max(1, Math.min(wanted, fitting, inTime));
}

/**
 * JSONata of the items of a round's Map: one object for each batch, with the indices of its items and, by input, their
 * elements of the lists.
 * @param size the variable with the items of a batch at most
 * @param again the variable with the indices of this round's items; all are, where it is null
 */
export function batchItems({ by }: Batching, lists: ListSources, size: string, again: string): string {
  const batches = batchesOf(lists, size);
  return inRound(
    lists,
    again,
    by === undefined
      ? batches
      : `(${groupedBy(by)}; $each($groups, function($items) { {"batches": ${batches}} }).batches[])`,
  );
}

/**
 * JSONata of the items of a round's Map where the batches of a key follow each other: one object for each key, or for
 * each share of a replica of one that has more items, with its batches.
 */
export function keyLaneItems({ by = [], replicas }: Batching, lists: ListSources, size: string, again: string): string {
  const share = `$max([$${size}, $ceil(${lists.count} / ${replicas})])`;
  const lanes = `$map($partition($items, ${share}), function($items) { {"batches": ${batchesOf(lists, size)}} })[]`;
  return inRound(lists, again, `(${groupedBy(by)}; $each($groups, function($items) { {"lanes": ${lanes}} }).lanes[])`);
}

/**
 * JSONata of the items of a round's Map where each replica has a lane of its own: one object for each lane with items in
 * this round, with its batches, which have its `replicas` too.
 * @param lanes the variable with all lanes, as `lanesExpression` makes them
 */
export function laneItems({ by }: Batching, lists: ListSources, size: string, again: string, lanes: string): string {
  const own = `$items := $map($lane.indices, function($index) { $lookup($byIndex, $string($index)) })[]`;
  const sideBySide =
    by === undefined
      ? ""
      : ` ${groupedBy(by)}; $items := $each($groups, function($items) { {"items": $items} }).items[];`;
  const batches = batchesOf(lists, size, '"replicas": $lane.replicas, ');
  const lane = `function($lane) { (${own}; $exists($items) ? (${sideBySide} {"batches": ${batches}})) }`;
  return inRound(lists, again, `($byIndex := $items{$string(index): $}; $map($${lanes}, ${lane})[])`);
}

/** @param made JSONata of what is made of `$items`, this round's: objects with the index and the inputs of each */
function inRound(lists: ListSources, again: string, made: string): string {
  const items = `$map(${elementsOf(lists)}, function($element, $index) { {"index": $index, "inputs": ${inputsOf(lists)}} })[]`;
  const isAgain = `function($item) { $exists($lookup($${again}, $string($item.index))) }`;
  return (
    `${lists.count} = 0 ? [] : ($items := ${items}; $items := $${again} = null ? $items : $filter($items, ${isAgain})[]; ` +
    `${made})`
  );
}

/** JSONata of a list with an element for each item: of several lists, a list of its element of each. */
export function elementsOf({ sources, haveOneLength, refusal }: ListSources): string {
  const [[, only] = ["", "[]"], ...others] = sources;
  const elements = others.length === 0 ? only : zip(sources);
  return haveOneLength === "true" ? elements : `(${haveOneLength} ? ${elements} : ${refusal})`;
}

/** By input, the JSONata of what an item has of each list, of the element that {@link elementsOf} has for it. */
export function elementOfEach({ sources }: ListSources, element: string): [string, string][] {
  return sources.map(([input], index) => [input, sources.length === 1 ? element : `${element}[${index}]`]);
}

function inputsOf(lists: ListSources): string {
  const fields = elementOfEach(lists, "$element").map(([input, element]) => `${literal(input)}: ${element}`);
  return `{${fields.join(", ")}}`;
}

/** @param more fields of each batch */
function batchesOf({ sources }: ListSources, size: string, more: string = ""): string {
  const batch = `{${more}"indices": $batch.index[], "lists": {${sources.map(([input]) => column(input)).join(", ")}}}`;
  return `$map($partition($items, $${size}), function($batch) { ${batch} })[]`;
}

/** Only $map keeps elements apart that are lists, and [] keeps one element a list. */
function column(input: string): string {
  return `${literal(input)}: $map($batch, function($item) { ${readStep("$item.inputs", input)} })[]`;
}

/** Makes `$groups` of `$items`: those whose value at `path` is equal, by that value. */
function groupedBy(path: readonly string[]): string {
  const [list = "", ...steps] = path;
  const element = readStep("inputs", list);
  // What a caller gave may be wrapped, so that it counts as data.
  const given = readStep(element, GIVEN);
  const value = steps.length === 0 ? element : steps.reduce(readStep, `($exists(${given}) ? ${given} : ${element})`);
  const key = `$exists(${value}) ? $string(${value}) : ""`;
  return `$groups := $items{${key}: [$]}`;
}
