import type { Batching } from "../../sdk/graph/graph.ts";
import { literal, readStep } from "./expression.ts";
import { GIVEN } from "../../sdk/values/wire.ts";
import { zip, type ListSources } from "./map-lists.ts";

/**
 * Items that a batch has at least with `auto`, if no replica is idle for it: at 5 ms each they fill the 100 ms that a
 * replica has for a request, of which it serves ten a second.
 */
const FEWEST = 20;
/** Batches that each replica gets with `auto`, so that none waits long for the last of another. */
const BATCHES_PER_REPLICA = 4;
/** Characters of the items of a batch with `auto`. Each may have three bytes, and outputs need room beside them. */
const MOST_CHARACTERS = 60_000;

/** JSONata of how many items a batch of the first round has at most. */
export function batchSize({ size, by, replicas, inTime }: Batching, { sources, count }: ListSources): string {
  if (size !== "auto") return String(size);
  const share = `$ceil(${count} / ${replicas})`;
  const characters = sources.map(([, list]) => `$length($string(${list}))`).join(" + ");
  const fitting = `$floor(${MOST_CHARACTERS} * ${count} / (${characters}))`;
  // All that are equal belong together, but for what one replica would do while others are idle.
  const wanted =
    by === undefined
      ? `$max([$min([${FEWEST}, ${share}]), $ceil(${count} / ${replicas * BATCHES_PER_REPLICA})])`
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
): number {
  if (size !== "auto") return size;
  const share = Math.ceil(count / replicas);
  const fitting = characters === 0 ? Infinity : Math.floor((MOST_CHARACTERS * count) / characters);
  const wanted =
    by === undefined ? Math.max(Math.min(FEWEST, share), Math.ceil(count / (replicas * BATCHES_PER_REPLICA))) : share;
  return Math.max(1, Math.min(wanted, fitting, inTime));
}

/**
 * JSONata of the items of a round's Map: one object for each batch, with the indices of its items and, by input, their
 * elements of the lists.
 * @param size the variable with the items of a batch at most
 * @param again the variable with the indices of this round's items; all are, where it is null
 */
export function batchItems({ by }: Batching, lists: ListSources, size: string, again: string): string {
  const { sources, count, haveOneLength, refusal } = lists;
  const [[key, only] = ["", "[]"], ...others] = sources;
  const inputs =
    others.length === 0
      ? `{${literal(key)}: $element}`
      : `{${sources.map(([input], index) => `${literal(input)}: $element[${index}]`).join(", ")}}`;
  const elements = others.length === 0 ? only : `(${haveOneLength} ? ${zip(sources)} : ${refusal})`;
  const items = `$map(${elements}, function($element, $index) { {"index": $index, "inputs": ${inputs}} })[]`;
  const isAgain = `function($item) { $exists($lookup($${again}, $string($item.index))) }`;
  const batch = `{"indices": $batch.index[], "lists": {${sources.map(([input]) => column(input)).join(", ")}}}`;
  const batches = `$map($partition($items, $${size}), function($batch) { ${batch} })[]`;
  return (
    `${count} = 0 ? [] : ($items := ${items}; $items := $${again} = null ? $items : $filter($items, ${isAgain})[]; ` +
    `${by === undefined ? batches : grouped(by, batches)})`
  );
}

/** Only $map keeps elements apart that are lists, and [] keeps one element a list. */
function column(input: string): string {
  return `${literal(input)}: $map($batch, function($item) { ${readStep("$item.inputs", input)} })[]`;
}

/** The batches of each group of items whose value at `path` is equal, one group after the other. */
function grouped(path: readonly string[], batches: string): string {
  const [list = "", ...steps] = path;
  const element = readStep("inputs", list);
  // What a caller gave may be wrapped, so that it counts as data.
  const given = readStep(element, GIVEN);
  const value = steps.length === 0 ? element : steps.reduce(readStep, `($exists(${given}) ? ${given} : ${element})`);
  const key = `$exists(${value}) ? $string(${value}) : ""`;
  return `($groups := $items{${key}: [$]}; $each($groups, function($items) { {"batches": ${batches}} }).batches[])`;
}
