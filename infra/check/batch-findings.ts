import { count, counted, type Finding } from "./finding.ts";
import type { MapFacts } from "./map-facts.ts";
import type { WorkflowRun } from "./workflow-run.ts";

/** How a map's items are put together into invocations as they will run, and whether each fits its function's time. */
export function batchFindings(facts: MapFacts, run: WorkflowRun): Finding[] {
  const { state, node, items, batch } = facts;
  if (batch === undefined || node.kind === "workflowMap" || node.batch === undefined) return [];
  const { size: written, by, replicas, concurrentItems } = node.batch;
  const pieces = run.piecesOf(facts, run.wayOf(facts));
  const size = Math.min(pieces?.size ?? batch.size, Math.max(1, items));
  const batches = run.requestsOf(facts);
  const perReplica = Math.ceil(batches / replicas);
  const isBound = pieces === undefined ? batch.isBound === true : node.address.affinity !== undefined;
  const grouped = by === undefined ? (isBound ? ", at most" : ",") : `, grouped by ${by.join(".")}: at least`;
  const says =
    `${written === "auto" ? "auto" : count(written)}: ${counted(size, "item")} per batch${grouped} ` +
    `${counted(batches, "batch", "batches")} of ${counted(items, "item")}, ${count(perReplica)} per replica`;
  const finding: Finding = { grade: "fact", subject: "batches", node: state, number: size, says };
  const { timeout } = node.options;
  const seconds = run.actorOf(node.address.actor)?.timeout;
  if (timeout === undefined || seconds === undefined) return [finding];
  const needed = Math.ceil(size / concurrentItems) * timeout;
  if (needed <= seconds) return [finding];
  const fitting = Math.max(1, Math.floor(seconds / timeout)) * concurrentItems;
  return [
    {
      grade: "warning",
      subject: "batches",
      node: state,
      number: needed,
      limit: seconds,
      says: `${says}; if each takes its timeout of ${count(timeout)} s, a batch takes ${count(needed)} s and its function has ${count(seconds)} s`,
      remedy: `what has no time left is sent again in a next round: write batch: ${fitting}, or less`,
    },
  ];
}
