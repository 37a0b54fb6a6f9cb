import type { GraphData, TaskAddress } from "../../sdk/graph/graph.ts";
import { allNodes, invokingNode, mapAddresses } from "../../sdk/graph/walk.ts";
import { warmedFunction } from "../../sdk/invocation/warming-name.ts";

/**
 * A graph whose `warmAll`s load each key where the workflow will look for it. Maps share keys out evenly, and what is
 * loaded for them is shared out in the same way; single calls go to the first replica of a key's ranking, and what is
 * loaded for an actor of which the workflow maps no task goes there.
 */
export function withWarmedReplicas(graph: GraphData): GraphData {
  const nodes = allNodes(graph);
  const mapped = new Set(
    nodes.flatMap((node) =>
      node.kind === "map" && warmedFunction(node.address.task) === undefined ? [node.address.actor] : [],
    ),
  );
  const isConcerned = nodes.some((node) => isForCalls(invokingNode(node)?.address));
  function isForCalls(address: TaskAddress | undefined): boolean {
    return address?.affinity !== undefined && warmedFunction(address.task) !== undefined && !mapped.has(address.actor);
  }
  if (!isConcerned) return graph;
  return mapAddresses(graph, (address) =>
    address.affinity === undefined || !isForCalls(address)
      ? address
      : { ...address, affinity: { ...address.affinity, isByRanking: true } },
  );
}
