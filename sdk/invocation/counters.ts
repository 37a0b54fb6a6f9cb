import type { CacheReceipt } from "./receipt.ts";

/** Counts of what a cache did, either since it was made or during one invocation. */
export class Tally {
  hits = 0;
  misses = 0;
  joined = 0;
  evictions = 0;
  /** Milliseconds that loads took; where the load returns no promise, counted for invocations only. */
  loadMs = 0;
}

type PreloadCounts = Pick<CacheReceipt, "preloads" | "preloadMs" | "preloadFailures">;

/** What a cache counts. A decorated method has a cache for each instance; these count together. */
export class CacheCounters extends Tally {
  readonly actor: string;
  readonly cache: string;
  /** Loads that threw, or whose value could not be kept. */
  loadFailures = 0;
  entries = 0;
  bytes = 0;
  /** What calls of the cache go to: set once it is registered. */
  declare owner?: WeakRef<object>;
  /** Of the preloads, what no receipt has listed yet. */
  #unlisted: PreloadCounts = {};
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
    if (!this.hasUnlisted) return receipt;
    const listed = { ...receipt, ...this.#unlisted };
    this.#unlisted = {};
    return listed;
  }

  /** Whether the next receipt has preloads to list. */
  get hasUnlisted(): boolean {
    const { preloads, preloadFailures } = this.#unlisted;
    return preloads !== undefined || preloadFailures !== undefined;
  }

  countPreload(ms: number): void {
    const { preloads = 0, preloadMs = 0 } = this.#unlisted;
    const sum = Math.round((preloadMs + ms) * 1000) / 1000;
    this.#unlisted = { ...this.#unlisted, preloads: preloads + 1, preloadMs: sum };
  }

  countPreloadFailure(message: string): void {
    const { preloadFailures = [] } = this.#unlisted;
    this.#unlisted = { ...this.#unlisted, preloadFailures: [...preloadFailures, message] };
  }
}
