import type { CacheReceipt } from "../sdk/invocation/receipt.ts";

/** What all caches together did for one task. */
export function cacheSums({ caches }: { readonly caches: readonly CacheReceipt[] }): CacheSums {
  const sums = { hits: 0, misses: 0, joined: 0, loadMs: 0 };
  for (const cache of caches) {
    sums.hits += cache.hits;
    sums.misses += cache.misses;
    sums.joined += cache.joined;
    sums.loadMs += cache.loadMs;
  }
  return sums;
}

export type CacheSums = Pick<CacheReceipt, "hits" | "misses" | "joined" | "loadMs">;
