import type { CacheReceipt } from "../../../sdk/invocation/receipt.ts";
import { receiptsIn } from "../timeline/executions.ts";
import type { CacheStatistics } from "./api.ts";

/** What the receipts of one replica add up to. */
interface Totals {
  coldStarts: number;
  /** By cache, in the order in which they were first used. */
  readonly caches: Map<string, CacheStatistics>;
}

/** Of so many more replicas than there are, the totals are kept. */
const SPARE = 100;

/** Adds up what receipts tell, by replica. */
export class CacheTotals {
  readonly #byReplica = new Map<string, Totals>();
  readonly #living: () => ReadonlySet<string>;
  #most = SPARE;

  /** @param living the ids of the replicas that there are */
  constructor(living: () => ReadonlySet<string>) {
    this.#living = living;
  }

  /** @param result what a task has answered */
  add(result: unknown): void {
    for (const { replica, start, caches } of receiptsIn(result)) {
      const totals = this.#of(replica);
      if (start === "cold") totals.coldStarts = 1;
      for (const receipt of caches) totals.caches.set(receipt.cache, sum(totals.caches.get(receipt.cache), receipt));
    }
  }

  of(replica: string): { readonly coldStarts: number; readonly caches: readonly CacheStatistics[] } {
    const totals = this.#byReplica.get(replica);
    return { coldStarts: totals?.coldStarts ?? 0, caches: [...(totals?.caches.values() ?? [])] };
  }

  #of(replica: string): Totals {
    const known = this.#byReplica.get(replica);
    if (known !== undefined) return known;
    if (this.#byReplica.size >= this.#most) this.#forgetEnded();
    const totals = { coldStarts: 0, caches: new Map<string, CacheStatistics>() };
    this.#byReplica.set(replica, totals);
    return totals;
  }

  #forgetEnded(): void {
    const living = this.#living();
    for (const replica of this.#byReplica.keys()) if (!living.has(replica)) this.#byReplica.delete(replica);
    this.#most = this.#byReplica.size + SPARE;
  }
}

function sum(before: CacheStatistics | undefined, receipt: CacheReceipt): CacheStatistics {
  const { cache, hits, misses, joined, evictions, loadMs, preloads = 0, preloadMs = 0, entries, bytes } = receipt;
  return {
    cache,
    hits: hits + (before?.hits ?? 0),
    loads: misses + (before?.loads ?? 0),
    joined: joined + (before?.joined ?? 0),
    evictions: evictions + (before?.evictions ?? 0),
    loadMs: loadMs + preloadMs + (before?.loadMs ?? 0),
    preloads: preloads + (before?.preloads ?? 0),
    entries,
    bytes,
  };
}
