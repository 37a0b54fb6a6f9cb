import { RECEIPTS_BYTES } from "../sdk/values/budget.ts";
import type { CacheReceipt, Receipt } from "../sdk/invocation/receipt.ts";

/** The receipts of a batch, as many as there is room for. One more stands for all others, with their sums. */
export function boundedReceipts(receipts: readonly Receipt[]): Receipt[] {
  const kept: Receipt[] = [];
  let bytes = 0;
  for (const receipt of receipts) {
    bytes += Buffer.byteLength(JSON.stringify(receipt));
    if (bytes > RECEIPTS_BYTES / 2) break;
    kept.push(receipt);
  }
  const [first, ...others] = receipts.slice(kept.length);
  if (first === undefined) return kept;
  return [...kept, others.reduce(sumOf, { ...first, items: 1 })];
}

function sumOf(sum: Receipt, next: Receipt): Receipt {
  const byCache = new Map(sum.caches.map((cache) => [cache.cache, cache]));
  for (const cache of next.caches) byCache.set(cache.cache, sumOfCache(byCache.get(cache.cache), cache));
  const { index: _, ...rest } = sum;
  return {
    ...rest,
    items: (sum.items ?? 1) + 1,
    durationMs: sum.durationMs + next.durationMs,
    output: next.output === "computed" ? "computed" : sum.output,
    caches: [...byCache.values()],
  };
}

function sumOfCache(sum: CacheReceipt | undefined, next: CacheReceipt): CacheReceipt {
  if (sum === undefined) return next;
  return {
    ...sum,
    ...next, // what it has at the end: entries and bytes
    hits: sum.hits + next.hits,
    misses: sum.misses + next.misses,
    joined: sum.joined + next.joined,
    loadMs: sum.loadMs + next.loadMs,
    evictions: sum.evictions + next.evictions,
  };
}
