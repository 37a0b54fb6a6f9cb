import type { MapNode } from "../../sdk/graph/graph.ts";
import { batchingOf } from "./pieces.ts";
import type { RoundVariables } from "./rounds.ts";

// The batches of the rounds of a piece, by the index of their items in the whole map.

/** The variables of a piece. A child execution has no others, so short names do: a definition has the states of each map. */
export const PIECE = { piece: "piece", lists: "lists", bound: "bound", execution: "execution" } as const;
export const ROUNDS: RoundVariables = { size: "size", again: "again", done: "done", lost: "lost", seconds: "seconds" };
const { piece } = PIECE;
const { size, again } = ROUNDS;

/** JSONata of batches of `$indices`. */
function partitioned(): string {
  return `$map($partition($indices, $${size}), function($batch) { {"indices": $batch[]} })[]`;
}

/** JSONata of the batches of a round. */
export function batchesOf(): string {
  const all = `[$${piece}.from..$${piece}.to - 1]`;
  const indices = `$${again} = null ? ${all} : $map($keys($${again}), function($index) { $number($index) })[]`;
  return `($indices := ${indices}; ${partitioned()})`;
}

/**
 * JSONata of the lanes of a round where items are put together by a key: the batches of a key follow each other, as many
 * as one replica's share of the piece.
 * @param keys the variable with the items' keys
 */
export function keyLanesOf(node: MapNode, keys: string): string {
  const all = `$map($${keys}, function($key, $position) { {"index": $${piece}.from + $position, "key": $key} })[]`;
  const isNow = `function($item) { $${again} = null or $exists($lookup($${again}, $string($item.index))) }`;
  const share = `$max([$${size}, $ceil($count($${keys}) / ${batchingOf(node).replicas})])`;
  const lanes = `$map($partition($indices, ${share}), function($indices) { {"batches": ${partitioned()}} })[]`;
  return `($groups := $filter(${all}, ${isNow})[]{key: [index]}; $each($groups, function($indices) { {"lanes": ${lanes}} }).lanes[])`;
}

/**
 * JSONata of the lanes of a round: those that have items in it, with their batches.
 * @param lanes the variable with the lanes of the piece, whose indices count from its first item
 * @param groups the variable with the keys by which items are side by side
 */
export function laneBatchesOf(lanes: string, groups: string | undefined): string {
  const isNow = `function($position) { $${again} = null or $exists($lookup($${again}, $string($${piece}.from + $position))) }`;
  const keyed = `$map($positions, function($position) { {"key": $${groups}[$position], "position": $position} }){key: [position]}`;
  const sideBySide =
    groups === undefined
      ? ""
      : ` $groups := ${keyed}; $positions := $each($groups, function($own) { {"of": $own} }).of[];`;
  const indices = `$map($batch, function($position) { $${piece}.from + $position })[]`;
  const batches = `$map($partition($positions, $${size}), function($batch) { {"replicas": $lane.replicas, "indices": ${indices}} })[]`;
  const lane = `function($lane) { ($positions := $filter($lane.indices, ${isNow})[]; $exists($positions) ? (${sideBySide} {"batches": ${batches}})) }`;
  return `$map($${lanes}, ${lane})[]`;
}
