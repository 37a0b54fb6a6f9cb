import type { TaskAddress } from "../../sdk/graph/graph.ts";
import { rankReplicas } from "../../sdk/values/replica-ranking.ts";
import type { ReplicaChoice } from "./affinity.ts";

// Work on a map's lists has no key of its author's: it goes to one replica after the other.

/**
 * The replica for work on the lists of a piece.
 * @param piece JSONata of an entry of `piecesOf`
 */
export function replicaOfPiece(address: TaskAddress, piece: string): ReplicaChoice {
  return turnOf(address, `$floor(${piece}.from / (${piece}.to - ${piece}.from))`);
}

/**
 * The replica for work on all of a map.
 * @param map its name, so that those of several maps are not all on one
 * @param turn JSONata of a number of the work
 */
export function replicaOfMap(address: TaskAddress, map: string, turn: string = "0"): ReplicaChoice {
  const [first = "0"] = rankReplicas([map], address.affinity?.replicas ?? 1);
  return turnOf(address, `${first} + ${turn}`);
}

function turnOf({ affinity }: TaskAddress, turn: string): ReplicaChoice {
  if (affinity === undefined) return [];
  const { replicas } = affinity;
  return { ranking: `$map([0..${replicas - 1}], function($replica) { (${turn} + $replica) % ${replicas} })` };
}
