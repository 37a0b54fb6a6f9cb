import type { Json } from "../../sdk/base/json.ts";
import type { MapNode } from "../../sdk/graph/graph.ts";
import { keyPaths } from "./affinity.ts";
import { literal, literalTemplate, query } from "./expression.ts";
import { invocation } from "./invocation-state.ts";
import { replicaOfPiece } from "./list-replica.ts";
import { lanesExpression } from "./lane-expression.ts";
import { atOnceOf, batchingOf } from "./pieces.ts";
import { batchesOf, keyLanesOf, laneBatchesOf, PIECE, ROUNDS } from "./piece-batches.ts";
import { failState, firstErrors, roundStates } from "./rounds.ts";
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
  /** What that was started with of a trace. */
  readonly traceparent: Json;
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

/** JSONata of the number of a piece's items. */
const COUNT = `($${PIECE.piece}.to - $${PIECE.piece}.from)`;
/** JSONata of the ARN of the workflow's own execution. */
const EXECUTION = `$${PIECE.execution}`;
/** What the keys of a piece's items, one for each, are assigned to: to put items side by side by, and as lanes. */
const [GROUPS, LANES] = ["groups", "lanes"];

/** The `ItemProcessor` of a distributed map, but for its configuration. */
export function pieceProcessor(node: MapNode, map: string, compilation: Compilation): Record<string, Json> {
  const { names } = compilation;
  const collected = names.fresh(`${map}Collected`);
  const { entry, states } = roundsOfPiece(node, map, collected, compilation);
  const ended: StateSequence = { entry, states: [...states, [collected, collectState(node, compilation)]] };
  const { affinity } = node.address;
  const { by } = batchingOf(node);
  const lanes: [string, State] | undefined =
    affinity === undefined
      ? undefined
      : [
          names.fresh(`${map}Lanes`),
          keysState(node, keyPaths(node.address), LANES, lanesExpression(KEYS, affinity, "digest"), compilation),
        ];
  const groups: [string, State] | undefined =
    by === undefined ? undefined : [names.fresh(`${map}Keys`), keysState(node, [by], GROUPS, KEYS, compilation)];
  return branchOf(after(lanes, after(groups, ended)));
}

/** JSONata of what the keys operation answers. */
const KEYS = "$states.result.Payload.output";

/** A state that has the keys of the piece's items read, before the rounds: its input goes on as it is. */
function keysState(
  node: MapNode,
  paths: readonly (readonly string[])[],
  variable: string,
  value: string,
  { target }: Compilation,
): State {
  const list: Json = {
    kind: "keys",
    lists: query("$states.input.lists"),
    from: query("$states.input.piece.from"),
    to: query("$states.input.piece.to"),
    paths: query(literal(paths)), // validators in the field take no list of lists
  };
  const replica = replicaOfPiece(node.address, "$states.input.piece");
  const work = { list, execution: "$states.input.execution" };
  return {
    ...invocation(node, query("$states.input.bound"), undefined, target, replica, work),
    Assign: { [variable]: query(value) },
    Output: query("$states.input"),
  };
}

function roundsOfPiece(node: MapNode, map: string, next: string, { target, names }: Compilation): StateSequence {
  const { by, concurrentItems } = batchingOf(node);
  const hasAffinity = node.address.affinity !== undefined;
  const groups = by === undefined ? undefined : GROUPS;
  const failureBytes = `$floor(${FAILURES_BYTES} / ${COUNT})`;
  function batch(failFast: boolean): Json {
    return {
      indices: query("$states.input.indices"),
      lists: query(`$${PIECE.lists}`),
      doneBytes: query(`$max([64, $floor(${DONE_BYTES} * $count($states.input.indices) / ${COUNT})])`),
      ...(concurrentItems === 1 ? {} : { concurrentItems }),
      ...(failFast ? { failFast: literalTemplate(node.name) } : {}),
    };
  }
  const round = {
    node,
    map: names.fresh(`${map}Batches`),
    start: names.fresh(`${map}Piece`),
    variables: ROUNDS,
    size: "$states.input.piece.size",
    assigned: Object.fromEntries(Object.entries(PIECE).map(([field, name]) => [name, query(`$states.input.${field}`)])),
    batches: hasAffinity ? laneBatchesOf(LANES, groups) : groups === undefined ? batchesOf() : keyLanesOf(node, groups),
    ...(hasAffinity || groups !== undefined ? { lane: names.fresh(`${map}Lane`) } : {}),
    concurrency: hasAffinity ? node.concurrency : atOnceOf(node).within,
    outputs: "listed",
    invoke: (failFast: boolean) =>
      invocation(
        node,
        query(`$${PIECE.bound}`),
        { bytes: query(failureBytes) },
        target,
        { ranking: "$states.input.replicas" },
        { batch: batch(failFast), execution: EXECUTION },
      ),
    failureBytes,
    hasFailed: node.minSuccessRatio === undefined ? `$count($${ROUNDS.lost}) > 0` : "false",
    failed: failState(node, ROUNDS, COUNT),
    names,
  } as const;
  return roundStates(round, next);
}

/** The last state of a piece: its outputs, in order. */
function collectState(node: MapNode, { target }: Compilation): State {
  const list: Json = {
    kind: "collect",
    first: query(`$${PIECE.piece}.from`),
    count: query(COUNT),
    done: query(`$${ROUNDS.done}`),
  };
  const budget = { bytes: query(`$floor(${OUTPUTS_BYTES} / $${PIECE.piece}.pieces)`) };
  const result: { readonly [field in keyof PieceResult]: Json } = {
    from: query(`$${PIECE.piece}.from`),
    outputs: query("$states.result.Payload.output"),
    // Without a ratio a piece fails with the first item that does.
    ...(node.minSuccessRatio === undefined
      ? {}
      : { lost: query(`$count($${ROUNDS.lost})`), errors: query(errorsOf(node)) }),
  };
  const replica = replicaOfPiece(node.address, `$${PIECE.piece}`);
  return {
    ...invocation(node, {}, budget, target, replica, { list, execution: EXECUTION }),
    Output: result,
    End: true,
  };
}

/** JSONata of what is told of the items that failed, as long as there is room for it beside what all pieces tell. */
function errorsOf({ name }: MapNode): string {
  return `${literal("")} & $substring(${firstErrors(name, ROUNDS)}, 0, ${errorsRoom(`$${PIECE.piece}.pieces`)})`;
}

/**
 * JSONata of the characters that a piece may tell of its errors.
 * @param pieces JSONata of how many pieces there are
 */
export function errorsRoom(pieces: string): string {
  return `$min([${ERRORS_SHOWN * ERROR_SHOWN}, $floor(${ERRORS_CHARACTERS} / ${pieces})])`;
}
