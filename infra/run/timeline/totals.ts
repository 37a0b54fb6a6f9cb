import { savedMs } from "./executions.ts";
import type { Draft } from "./draft.ts";
import { grouped } from "./grouped.ts";
import type { Cost, Totals } from "./model.ts";

/**
 * The sums over an execution's bars.
 * @param failedItems of batches, whose failures are told by the batch alone
 */
export function totalsOf(
  drafts: readonly Draft[],
  durationMs: number,
  failedItems: number,
  cost: Cost | undefined,
): Totals {
  const receipts = drafts.flatMap(({ receipt }) => (receipt === undefined ? [] : [receipt]));
  const work = drafts.flatMap((draft) => draft.work ?? []);
  function sum(numbers: readonly number[]): number {
    return numbers.reduce((total, one) => total + one, 0);
  }
  const byReplica = grouped(
    drafts.filter(({ receipt }) => receipt !== undefined),
    ({ lane }) => lane,
  );
  const busyMs = sum([...byReplica.values()].map(covered));
  // Of a task that waits for its token, its wait fails and is tried again.
  const calls = drafts.filter(({ kind }) => ["invocation", "batch", "call", "wait"].includes(kind));
  const broken = calls.filter(({ kind, status }) => kind !== "batch" && status === "failed").length;
  return {
    replicas: byReplica.size,
    tasks: sum(work.map(({ items }) => items)),
    loads: sum(work.map(({ loads }) => loads)),
    loadMs: sum(work.map(({ loadMs }) => loadMs)),
    preloads: sum(work.map(({ preloads }) => preloads)),
    hits: sum(work.map(({ hits }) => hits)),
    joined: sum(work.map(({ joined }) => joined)),
    stored: work.filter(({ isStored }) => isStored).length,
    coldStarts: new Set(receipts.filter(({ start }) => start === "cold").map(({ replica }) => replica)).size,
    failures: broken + failedItems,
    retries: calls.filter(({ attempt }) => attempt !== undefined).length,
    queuedMs: sum(drafts.map(({ start, queuedFrom = start }) => start - queuedFrom)),
    busyMs,
    utilisation: byReplica.size === 0 || durationMs <= 0 ? 0 : Math.min(1, busyMs / (byReplica.size * durationMs)),
    savedMs: savedMs(receipts),
    ...(cost === undefined ? {} : { cost }),
  };
}

/** The milliseconds in which at least one of the bars goes on. */
function covered(drafts: readonly Draft[]): number {
  let total = 0;
  let until = Number.NEGATIVE_INFINITY;
  for (const { start, end } of drafts.toSorted((one, other) => one.start - other.start)) {
    total += Math.max(0, end - Math.max(start, until));
    until = Math.max(until, end);
  }
  return total;
}
