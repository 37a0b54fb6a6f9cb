import { PLAIN_TASKS } from "../../sdk/base/function-names.ts";
import { count, counted, type Finding } from "./finding.ts";
import type { MapFacts } from "./map-facts.ts";
import type { WorkflowRun } from "./workflow-run.ts";

/** How a map's items are put together into invocations, and whether each batch fits its function's time. */
export function batchFindings({ state, node, items, batch }: MapFacts, run: WorkflowRun): Finding[] {
  if (batch === undefined || node.batch === undefined) return [];
  const { size, by, replicas, concurrentItems } = node.batch;
  const perReplica = Math.ceil(batch.batches / replicas);
  const grouped = by === undefined ? "" : `, grouped by ${by.join(".")}: at least`;
  const says =
    `${size === "auto" ? "auto" : count(size)}: ${counted(batch.size, "item")} per batch${grouped}, ` +
    `${count(batch.batches)} ${batch.batches === 1 ? "batch" : "batches"} of ${counted(items, "item")}, ${count(perReplica)} per replica`;
  const finding: Finding = { grade: "fact", subject: "batches", node: state, number: batch.size, says };
  const { timeout } = node.options;
  const seconds = run.functions.find(({ key }) => key === (node.address.actor ?? PLAIN_TASKS))?.timeout;
  if (timeout === undefined || seconds === undefined) return [finding];
  const needed = Math.ceil(batch.size / concurrentItems) * timeout;
  if (needed <= seconds) return [finding];
  return [
    {
      grade: "warning",
      subject: "batches",
      node: state,
      number: needed,
      limit: seconds,
      says: `${says}; if each takes its timeout of ${count(timeout)} s, a batch takes ${count(needed)} s and its function has ${count(seconds)} s`,
      remedy: 'what has no time left is sent again in a next round: write a smaller batch, or "auto"',
    },
  ];
}
