import type { CacheReceipt } from "./receipt.ts";

/** What happened; of a cache since it was made, or during one invocation. */
export class Tally {
  hits = 0;
  misses = 0;
  joined = 0;
  evictions = 0;
  /** Milliseconds; of invocations only. */
  loadMs = 0;
}

/** What a cache counts. The caches of one decorated method, one per instance, count together. */
export class CacheCounters extends Tally {
  readonly actor: string;
  readonly cache: string;
  /** Among all caches of the replica, in the order in which they were made. */
  index = 0;
  entries = 0;
  bytes = 0;
  /** Messages of preloads that failed and that no receipt has told of. */
  preloadFailures: readonly string[] = [];
  /** `hits` when the only running invocation began to be alone. */
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
