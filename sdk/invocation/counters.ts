import type { CacheReceipt } from "./receipt.ts";

/** Counts of what a cache did, either since it was made or during one invocation. */
export class Tally {
  hits = 0;
  misses = 0;
  joined = 0;
  evictions = 0;
  /** Milliseconds that loads took; counted for invocations only. */
  loadMs = 0;
}

/** What a cache counts. A decorated method has a cache for each instance; these count together. */
export class CacheCounters extends Tally {
  readonly actor: string;
  readonly cache: string;
  /** Its number among all caches of the replica, from 0 in the order in which they were made. */
  index = 0;
  entries = 0;
  bytes = 0;
  /** Messages of failed preloads that no receipt has listed yet. */
  preloadFailures: readonly string[] = [];
  /** While one invocation runs: the value of `hits` since when it has been the only one. */
  hitsBefore = 0;

  constructor(actor: string, cache: string) {
    super();
    this.actor = actor;
    this.cache = cache;
  }

  receipt(during: Tally): CacheReceipt {
    const receipt: CacheReceipt = {
      cache: this.cache,
      hits: during.hits,
      misses: during.misses,
      joined: during.joined,
      evictions: during.evictions,
      loadMs: Math.round(during.loadMs * 1000) / 1000,
      entries: this.entries,
      bytes: Math.round(this.bytes),
    };
    const { preloadFailures } = this;
    if (preloadFailures.length === 0) return receipt;
    this.preloadFailures = [];
    return { ...receipt, preloadFailures };
  }
}
