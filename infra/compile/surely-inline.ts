import { INLINE_MAP_CONCURRENCY } from "../../sdk/base/aws-limits.ts";
import type { MapNode } from "../../sdk/graph/graph.ts";
import { knownLength } from "./map-lists.ts";

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
