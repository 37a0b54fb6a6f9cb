import { possibleFreezes } from "../invocation/invocation.ts";

/** What takes a place in a room. */
export interface RoomItem {
  /** When it was last used, counted in uses of the room's items; 0 while it is in no list. */
  usedAt: number;
}

/** What one cache keeps, as its room knows it. */
export interface Tenant {
  /** Its least recently used item. */
  oldest(): RoomItem | undefined;
  evictOldest(): void;
  clear(): void;
  /** Drop the keys of loads that may never end. */
  dropAbandoned(): void;
  /** Remove what has expired at `now`. Returns when the next entry will; infinite if there is none. */
  expire(now: number): number;
}

/**
 * The limits of an actor's caches, and what they take of them together. It does not hold them: a cache that nobody can
 * call any more is collected with all that it keeps.
 */
export class Room {
  readonly maxEntries: number;
  readonly maxBytes: number;
  entries = 0;
  bytes = 0;
  /** Counts the uses of all items of all tenants. */
  clock = 0;
  readonly #shares = new Set<Share>();
  /** The tenant that had the least recently used item, and when the oldest of the others' was used, or later. */
  #evicting: Share | undefined;
  #othersUsedAt = 0;
  /** `possibleFreezes` when abandoned loads were dropped last. */
  #freezes = 0;

  constructor(maxEntries: number, maxBytes: number) {
    this.maxEntries = maxEntries;
    this.maxBytes = maxBytes;
  }

  get isOverfull(): boolean {
    return this.entries > this.maxEntries || this.bytes > this.maxBytes;
  }

  /** Note that the item was used. */
  touch(item: RoomItem): void {
    item.usedAt = ++this.clock;
  }

  admit(share: Share): void {
    this.#shares.add(share);
  }

  leave(share: Share): void {
    this.#shares.delete(share);
  }

  /**
   * Remove what was used least recently, until the rest has room: first the keys of loads that may never end. Those of
   * loads that are waited for stay, and may take more than there is.
   */
  makeRoom(): void {
    if (this.#freezes !== possibleFreezes) {
      this.#freezes = possibleFreezes;
      for (const share of this.#shares) share.tenant.deref()?.dropAbandoned();
    }
    while (this.isOverfull) {
      const tenant = this.#leastRecentlyUsed();
      if (tenant === undefined) return;
      tenant.evictOldest();
    }
  }

  /**
   * The tenant that has the item which was used least recently. All are asked only when the last one's oldest item is
   * no older than any of theirs can be.
   */
  #leastRecentlyUsed(): Tenant | undefined {
    const last = this.#evicting?.tenant.deref();
    const at = last?.oldest()?.usedAt;
    if (at !== undefined && at <= this.#othersUsedAt) return last;
    this.#evicting = undefined;
    let first = Number.POSITIVE_INFINITY;
    let second = this.clock; // items that are added from now on are used later
    for (const share of this.#shares) {
      const tenant = share.tenant.deref();
      if (tenant === undefined) share.collected(); // its memory is free, though the registry has not told yet
      const usedAt = tenant?.oldest()?.usedAt ?? Number.POSITIVE_INFINITY;
      if (usedAt < first) {
        second = Math.min(first, second);
        first = usedAt;
        this.#evicting = share;
      } else second = Math.min(usedAt, second);
    }
    this.#othersUsedAt = second;
    return this.#evicting?.tenant.deref();
  }
}

/** What one cache takes of its room. It outlives the cache, and gives back what a collected one took. */
export class Share {
  readonly tenant: WeakRef<Tenant>;
  readonly #room: Room;
  /** Those that the cache's receipts tell. */
  readonly #told: { entries: number; bytes: number };
  entries = 0;
  #bytes = 0;

  constructor(tenant: Tenant, room: Room, told: { entries: number; bytes: number }) {
    this.tenant = new WeakRef(tenant);
    this.#room = room;
    this.#told = told;
    room.admit(this);
  }

  add(entries: number, bytes: number): void {
    this.entries += entries;
    this.#bytes += bytes;
    this.#room.entries += entries;
    this.#room.bytes += bytes;
    this.#told.entries += entries;
    this.#told.bytes += bytes;
  }

  /** For a cache that has been collected: what it kept for `dispose` is disposed of. */
  collected(): void {
    this.tenant.deref()?.clear();
    this.add(-this.entries, -this.#bytes);
    this.#room.leave(this);
  }
}
