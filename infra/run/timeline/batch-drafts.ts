import type { BatchCall, Call } from "./calls.ts";
import { queued, texts, timesOf, WITHOUT_RECEIPT, workOf, type Draft, type GroupKey } from "./draft.ts";

/** What is the same for the invocation of a batch and its items. */
type Whole = Omit<Draft, "kind" | "group" | "lane">;

/**
 * The invocation around, each of its items, and a mark for each that has failed.
 * @param itemsOf what the items' labels begin with
 */
export function batchDrafts(
  whole: Whole,
  itemsOf: string,
  { receipts }: Call,
  batch: BatchCall,
  group: GroupKey,
): Draft[] {
  const { node, input, output: _, attempt, child, replica } = whole;
  const { inputs, outputs, failures } = batch;
  const lane = receipts[0]?.replica ?? WITHOUT_RECEIPT;
  const begun = receipts.map(({ startedAt }) => startedAt);
  const start = begun.length === 0 ? whole.start : Math.min(...begun);
  const ends = receipts.map((receipt) => timesOf(receipt).end);
  // What has failed after the last item that succeeded is told by nothing but the answer's time.
  const end = Math.max(...ends, ...(failures.length > 0 ? [whole.end] : []), start);
  const failed = failures.map(({ index, error, cause }) => `${itemsOf}[${index}] ${error}: ${cause}`).join("\n");
  const place = {
    node,
    group,
    lane,
    ...(child === undefined ? {} : { child }),
    ...(replica === undefined ? {} : { replica }),
  };
  const envelope: Draft = {
    ...place,
    status: failures.length === 0 ? whole.status : "failed",
    label: `${itemsOf} · batch of ${inputs.size}`,
    start,
    end,
    kind: "batch",
    ...queued(whole.start, start),
    ...(attempt === undefined ? {} : { attempt }),
    ...texts(input, undefined),
    ...(failures.length === 0 ? {} : { error: `${failures.length} of ${inputs.size} items failed`, cause: failed }),
  };
  const items = receipts.map((receipt): Draft => {
    const { index, items: count = 1 } = receipt;
    const isOne = index !== undefined && count === 1;
    return {
      ...place,
      label: isOne ? `${itemsOf}[${index}]` : `${itemsOf} · ${count} items`,
      ...timesOf(receipt),
      status: "succeeded",
      kind: "item",
      work: workOf(receipt),
      receipt,
      ...(isOne ? texts(inputs.get(index), outputs.get(index)) : {}),
    };
  });
  const known = knownEnds(batch, receipts, end);
  const marks = failures.map(({ index, error, cause }): Draft => {
    const at = known.get(index) ?? end;
    const own = {
      label: `${itemsOf}[${index}]`,
      start: at,
      end: at,
      error,
      cause,
      ...texts(inputs.get(index), undefined),
    };
    return { ...place, ...own, kind: "item", status: "failed" };
  });
  return [envelope, ...items, ...marks];
}

/**
 * When items that failed had ended at the latest: an item that fails has no receipt, and where items run one after the
 * other, the next one begins when it has ended.
 */
function knownEnds({ inputs, isInOrder }: BatchCall, receipts: Call["receipts"], end: number): Map<number, number> {
  if (!isInOrder) return new Map();
  const begun = new Map(receipts.map(({ index, startedAt }) => [index, startedAt]));
  const known = new Map<number, number>();
  let next = end;
  for (const index of [...inputs.keys()].toReversed()) {
    known.set(index, next);
    next = begun.get(index) ?? next;
  }
  return known;
}
