import type { Json } from "../../sdk/base/json.ts";
import type { MapNode } from "../../sdk/graph/graph.ts";
import { keyPaths } from "./affinity.ts";
import { literal, literalTemplate, query } from "./expression.ts";
import { invocation } from "./invocation-state.ts";
import { replicaOfPiece } from "./list-replica.ts";
import { lanesExpression } from "./lane-expression.ts";
import { atOnceOf, batchingOf } from "./pieces.ts";
import { failState, firstErrors, roundStates, type RoundVariables } from "./rounds.ts";
import { ERROR_SHOWN, ERRORS_SHOWN } from "./shown-errors.ts";
import { branchOf } from "./shared-ends.ts";
import { after, type State, type StateSequence } from "./states.ts";
import type { Compilation } from "./target.ts";

// The child execution of a piece. What it is given is all that it knows: a Distributed Map sees no variable around it.

/** What the child execution of a piece is given, as templates. */
export interface PieceInput {
  /** An entry of {@link piecesOf}. */
  readonly piece: Json;
  /** By input the mark of the stored list. */
  readonly lists: Json;
  readonly bound: Json;
  /** The ARN of the workflow's own execution. */
  readonly execution: Json;
}

/** What becomes of a piece's items: what a child execution returns. */
export interface PieceResult {
  readonly from: number;
  /** Its outputs in order: a list, or the mark of a stored one. */
  readonly outputs: Json;
  /** How many items have failed for good. Only with `minSuccessRatio`. */
  readonly lost?: number;
  /** What is told of these. */
  readonly errors?: string;
}

/** Bytes of what is told of the items of a piece that fail. */
const FAILURES_BYTES = 240_000;
/** Bytes of the outputs of a piece that its variables may hold; a batch with more than its share stores them. */
const DONE_BYTES = 120_000;
/** Bytes of the outputs of all pieces that the Map's result may hold; a piece with more than its share stores them. */
export const OUTPUTS_BYTES = 120_000;
/** Characters of the errors that are told of all pieces. */
const ERRORS_CHARACTERS = 20_000;

/** The names of the variables of a piece. */
interface PieceVariables {
  readonly piece: string;
  readonly lists: string;
  readonly bound: string;
  readonly execution: string;
}

/** The `ItemProcessor` of a distributed map, but for its configuration. */
export function pieceProcessor(node: MapNode, map: string, { target, names }: Compilation): Record<string, Json> {
  // A child execution has no other variables, so short names do: a definition has the states of each map.
  const rounds: RoundVariables = { size: "size", again: "again", done: "done", lost: "lost", seconds: "seconds" };
  const own: PieceVariables = { piece: "piece", lists: "lists", bound: "bound", execution: "execution" };
  const count = `($${own.piece}.to - $${own.piece}.from)`;
  const failureBytes = `$floor(${FAILURES_BYTES} / ${count})`;
  const { by, concurrentItems } = batchingOf(node);
  const { affinity } = node.address;
  const groups = by === undefined ? undefined : "groups";
  const lanes = affinity === undefined ? undefined : "lanes";
  const start = names.fresh(`${map}Piece`);
  const collected = names.fresh(`${map}Collected`);
  const given = Object.entries(own).map(([field, name]) => [name, query(`$states.input.${field}`)] as const);
  const execution = `$${own.execution}`;
  const { entry, states } = roundStates(
    {
      node,
      map: names.fresh(`${map}Batches`),
      start,
      variables: rounds,
      size: "$states.input.piece.size",
      assigned: Object.fromEntries(given),
      ...(lanes === undefined
        ? {
            batches: groups === undefined ? batchesOf(own, rounds) : keyLanesOf(node, own, rounds, groups),
            ...(groups === undefined ? {} : { lane: names.fresh(`${map}Lane`) }),
            concurrency: atOnceOf(node).within,
          }
        : {
            batches: laneBatchesOf(own, rounds, lanes, groups),
            lane: names.fresh(`${map}Lane`),
            concurrency: node.concurrency,
          }),
      outputs: "listed",
      invoke(failFast) {
        const batch: Json = {
          indices: query("$states.input.indices"),
          lists: query(`$${own.lists}`),
          doneBytes: query(`$max([64, $floor(${DONE_BYTES} * $count($states.input.indices) / ${count})])`),
          ...(concurrentItems === 1 ? {} : { concurrentItems }),
          ...(failFast ? { failFast: literalTemplate(node.name) } : {}),
        };
        const budget = { bytes: query(failureBytes) };
        return invocation(
          node,
          query(`$${own.bound}`),
          budget,
          target,
          { ranking: "$states.input.replicas" },
          { batch, execution },
        );
      },
      failureBytes,
      hasFailed: node.minSuccessRatio === undefined ? `$count($${rounds.lost}) > 0` : "false",
      failed: failState(node, rounds, count),
      names,
    },
    collected,
  );
  const result: { readonly [field in keyof PieceResult]: Json } = {
    from: query(`$${own.piece}.from`),
    outputs: query("$states.result.Payload.output"),
    // Without a ratio a piece fails with the first item that does.
    ...(node.minSuccessRatio === undefined
      ? {}
      : { lost: query(`$count($${rounds.lost})`), errors: query(errorsOf(node, own, rounds)) }),
  };
  const collect: State = {
    ...invocation(
      node,
      {},
      { bytes: query(`$floor(${OUTPUTS_BYTES} / $${own.piece}.pieces)`) },
      target,
      replicaOfPiece(node.address, `$${own.piece}`),
      {
        list: {
          kind: "collect",
          first: query(`$${own.piece}.from`),
          count: query(count),
          done: query(`$${rounds.done}`),
        },
        execution,
      },
    ),
    Output: result,
    End: true,
  };
  const ended: StateSequence = { entry, states: [...states, [collected, collect]] };
  function keysState(paths: readonly (readonly string[])[], assigned: Record<string, Json>): State {
    const list: Json = {
      kind: "keys",
      lists: query("$states.input.lists"),
      from: query("$states.input.piece.from"),
      to: query("$states.input.piece.to"),
      paths: query(literal(paths)), // validators in the field take no list of lists
    };
    return {
      ...invocation(
        node,
        query("$states.input.bound"),
        undefined,
        target,
        replicaOfPiece(node.address, "$states.input.piece"),
        {
          list,
          execution: "$states.input.execution",
        },
      ),
      Assign: assigned,
      Output: query("$states.input"),
    };
  }
  const keys = "$states.result.Payload.output";
  const ranked: [string, State] | undefined =
    affinity === undefined || lanes === undefined
      ? undefined
      : [
          names.fresh(`${map}Lanes`),
          keysState(keyPaths(node.address), { [lanes]: query(lanesExpression(keys, affinity, "digest")) }),
        ];
  const grouped: [string, State] | undefined =
    by === undefined || groups === undefined
      ? undefined
      : [names.fresh(`${map}Keys`), keysState([by], { [groups]: query(keys) })];
  return branchOf(after(ranked, after(grouped, ended)));
}

/** JSONata of batches of `$indices`. */
function partitioned(size: string): string {
  return `$map($partition($indices, $${size}), function($batch) { {"indices": $batch[]} })[]`;
}

/** JSONata of the batches of a round. */
function batchesOf({ piece }: PieceVariables, { size, again }: RoundVariables): string {
  const all = `[$${piece}.from..$${piece}.to - 1]`;
  const indices = `$${again} = null ? ${all} : $map($keys($${again}), function($index) { $number($index) })[]`;
  return `($indices := ${indices}; ${partitioned(size)})`;
}

/**
 * JSONata of the lanes of a round where items are put together by a key: the batches of a key follow each other, as many
 * as one replica's share of the piece.
 * @param keys the variable with the items' keys
 */
function keyLanesOf(node: MapNode, { piece }: PieceVariables, { size, again }: RoundVariables, keys: string): string {
  const all = `$map($${keys}, function($key, $position) { {"index": $${piece}.from + $position, "key": $key} })[]`;
  const isNow = `function($item) { $${again} = null or $exists($lookup($${again}, $string($item.index))) }`;
  const share = `$max([$${size}, $ceil($count($${keys}) / ${batchingOf(node).replicas})])`;
  const lanes = `$map($partition($indices, ${share}), function($indices) { {"batches": ${partitioned(size)}} })[]`;
  return `($groups := $filter(${all}, ${isNow})[]{key: [index]}; $each($groups, function($indices) { {"lanes": ${lanes}} }).lanes[])`;
}

/**
 * JSONata of the lanes of a round: those that have items in it, with their batches.
 * @param lanes the variable with the lanes of the piece, whose indices count from its first item
 * @param groups the variable with the keys by which items are side by side
 */
function laneBatchesOf(
  { piece }: PieceVariables,
  { size, again }: RoundVariables,
  lanes: string,
  groups: string | undefined,
): string {
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

/** JSONata of what is told of the items that failed, as long as there is room for it beside what all pieces tell. */
function errorsOf({ name }: MapNode, { piece }: PieceVariables, rounds: RoundVariables): string {
  return `${literal("")} & $substring(${firstErrors(name, rounds)}, 0, ${errorsRoom(`$${piece}.pieces`)})`;
}

/**
 * JSONata of the characters that a piece may tell of its errors.
 * @param pieces JSONata of how many pieces there are
 */
export function errorsRoom(pieces: string): string {
  return `$min([${ERRORS_SHOWN * ERROR_SHOWN}, $floor(${ERRORS_CHARACTERS} / ${pieces})])`;
}
