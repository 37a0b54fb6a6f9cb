import { readClock } from "../invocation/clock.ts";
import { beforeInvocations } from "../invocation/invocation.ts";
import type { Retention } from "./entry.ts";
import type { Tenant } from "./room.ts";

/**
 * The entries of one cache, in the order in which they expire. They are added in it, since all of a cache have the same
 * time to live and the clock does not go back.
 */
export class ExpiryList {
  soonest: Retention | undefined;
  #latest: Retention | undefined;

  add(retention: Retention): void {
    retention.sooner = this.#latest;
    if (this.#latest === undefined) this.soonest = retention;
    else this.#latest.later = retention;
    this.#latest = retention;
  }

  remove(retention: Retention): void {
    const { sooner, later } = retention;
    if (sooner === undefined) this.soonest = later;
    else sooner.later = later;
    if (later === undefined) this.#latest = sooner;
    else later.sooner = sooner;
    retention.sooner = retention.later = undefined;
  }
}

/** The caches that have entries which will expire. They are not held: a cache may be collected. */
const expiring = new Set<WeakRef<Tenant>>();
/** No entry expires before. */
let soonest = Number.POSITIVE_INFINITY;

/** Have the first invocation that starts at `at` or later call the cache's `expire`. */
export function expectExpiry(cache: WeakRef<Tenant>, at: number): void {
  if (expiring.size === 0) beforeInvocations(expireAll);
  expiring.add(cache);
  soonest = Math.min(soonest, at);
}

/** What nobody asks for any more would otherwise be kept, and its `dispose` not called, until its room is needed. */
function expireAll(): void {
  if (soonest === Number.POSITIVE_INFINITY) return;
  const now = readClock();
  if (now < soonest) return;
  soonest = Number.POSITIVE_INFINITY;
  for (const cache of expiring) {
    const next = cache.deref()?.expire(now) ?? Number.POSITIVE_INFINITY;
    if (next === Number.POSITIVE_INFINITY) expiring.delete(cache);
    else soonest = Math.min(soonest, next);
  }
}
