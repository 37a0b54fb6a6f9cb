import { estimateKeyBytes } from "./byte-size.ts";
import { channels, publish } from "./channels.ts";
import { readClock } from "../invocation/clock.ts";
import { bytesOf, type CacheDefinition, disposeOf, type Entry, Retention } from "./entry.ts";
import { ExpiryList, expectExpiry } from "./expiry.ts";
import { callersTally, possibleFreezes } from "../invocation/invocation.ts";
import { KeyBytes } from "./keys/key-bytes.ts";
import { Tokeniser } from "./keys/tokeniser.ts";
import { KeyTrie } from "./keys/trie.ts";
import { Load } from "../invocation/load.ts";
import { Lru } from "./lru.ts";
import { Share, type Tenant } from "./room.ts";

/**
 * Those that have values to be disposed of, also when the cache is collected. Nothing else here holds what a cache keeps.
 */
const disposing = new Set<KeptEntries>();

/**
 * What a cache keeps: its entries by key, by last use and by expiry, and what they take of the actor's room. It does
 * not know the cached function, which may be one that an instance has made for itself: what holds entries would hold
 * the instance too.
 */
export class KeptEntries implements Tenant {
  readonly tokeniser: Tokeniser;
  readonly keys: KeyTrie<Entry>;
  readonly share: Share;
  readonly #definition: CacheDefinition;
  readonly #keyBytes = new KeyBytes(estimateKeyBytes);
  /** What of `#keyBytes` the share has. */
  #countedBytes = 0;
  readonly #byUse: Lru<Entry>;
  readonly #byExpiry = new ExpiryList();
  /** Entries of loads that have returned a promise. */
  readonly #awaited = new Set<Entry>();

  constructor(definition: CacheDefinition) {
    this.#definition = definition;
    this.tokeniser = new Tokeniser(definition.countsSymbols, estimateKeyBytes);
    this.keys = new KeyTrie(this.tokeniser, this.#keyBytes);
    this.#byUse = new Lru(definition.room);
    this.share = new Share(this, definition.room, definition.counters);
    if (channels.open.hasSubscribers) publish(channels.open, definition.counters, { kept: this });
  }

  /** As `KeyTrie.insert`, for an entry that is being loaded. */
  insert(tokens: unknown[], entry: Entry): void {
    const before = this.#countedBytes;
    this.keys.insert(tokens, entry);
    this.#countKeys();
    entry.bytes = Math.max(0, this.#countedBytes - before);
    const { room } = this.#definition;
    if (room.isOverfull && entry.bytes <= room.maxBytes) room.makeRoom();
  }

  /** Put one that is being loaded in the place of one that has expired, or that waits for what may never come. */
  replace(entry: Entry, fresh: Entry): void {
    this.keys.replace(entry, fresh);
    this.#afterRemoval(entry, "expiry");
  }

  /** Note that the entry's load has returned a promise. */
  awaits(entry: Entry): void {
    this.#awaited.add(entry);
  }

  /** Keep the value of an entry that has been loaded. */
  keep(entry: Entry, value: unknown, load: Load): void {
    this.#awaited.delete(entry);
    const bytes = entry.parent === undefined ? 0 : bytesOf(value, this.#definition);
    // It was removed or replaced while it was being loaded, or by `sizeOf`, which `bytesOf` calls.
    if (entry.parent === undefined) return disposeOf(entry, this.#definition);
    const withKey = bytes + entry.bytes;
    entry.state = this.#retention(entry, load);
    entry.bytes = bytes;
    this.#byUse.add(entry);
    this.share.add(1, bytes);
    if (this.#definition.dispose !== undefined) disposing.add(this);
    if (this.#definition.room.isOverfull) this.#makeRoom(entry, withKey);
  }

  /** Drop an entry whose load has failed. */
  drop(entry: Entry): void {
    this.#awaited.delete(entry);
    if (entry.parent !== undefined) this.#removeKey(entry);
  }

  remove(entry: Entry, reason: string): void {
    if (entry.parent === undefined) return; // a subscriber that was told of the last removal has removed it
    this.#removeKey(entry);
    this.#afterRemoval(entry, reason);
  }

  clear(): void {
    for (const entry of this.keys.leaves()) this.remove(entry, "clear");
  }

  oldest(): Entry | undefined {
    return this.#byUse.oldest();
  }

  evictOldest(): void {
    const entry = this.#byUse.oldest();
    if (entry !== undefined) this.#evict(entry);
  }

  /** Those of loads that Lambda may have cut off: no call waits for them any more. */
  dropAbandoned(): void {
    for (const entry of this.#awaited) {
      const { state } = entry;
      if (state instanceof Load && state.freezesBefore !== possibleFreezes) this.drop(entry);
    }
  }

  expire(now: number): number {
    for (;;) {
      const { soonest } = this.#byExpiry;
      if (soonest === undefined) return Number.POSITIVE_INFINITY;
      if (soonest.expires > now) return soonest.expires;
      this.remove(soonest.entry, "expiry");
    }
  }

  #retention(entry: Entry, load: Load): Retention | undefined {
    const { ttlMs, dispose } = this.#definition;
    if (ttlMs === Number.POSITIVE_INFINITY) return dispose && new Retention(entry, ttlMs, load.lastHolder);
    const retention = new Retention(entry, readClock() + ttlMs, load.lastHolder);
    this.#byExpiry.add(retention);
    expectExpiry(this.share.tenant, retention.expires);
    return retention;
  }

  /** @param withKey bytes of the entry's value and of its key */
  #makeRoom(latest: Entry, withKey: number): void {
    const { room, notify } = this.#definition;
    if (withKey <= room.maxBytes) return room.makeRoom();
    // To make room for it, all other entries would be evicted, and at last the entry itself.
    void notify((notices) => notices.tooLarge(withKey, room.maxBytes));
    this.#evict(latest);
  }

  #evict(entry: Entry): void {
    const { counters } = this.#definition;
    counters.evictions++;
    const tally = callersTally(counters);
    if (tally !== undefined) tally.evictions++;
    this.#removeKey(entry);
    this.#afterRemoval(entry, "eviction");
  }

  #removeKey(entry: Entry): void {
    this.keys.remove(entry);
    this.#countKeys();
  }

  /** For an entry that is out of the trie. One that is being loaded is in no list; `keep` disposes of its value. */
  #afterRemoval(entry: Entry, reason: string): void {
    const { state } = entry;
    if (state instanceof Load) return void this.#awaited.delete(entry);
    if (state !== undefined && state.expires !== Number.POSITIVE_INFINITY) this.#byExpiry.remove(state);
    this.#byUse.remove(entry);
    this.share.add(-1, -entry.bytes);
    if (this.share.entries === 0) disposing.delete(this);
    const { counters } = this.#definition;
    if (channels.leave.hasSubscribers) publish(channels.leave, counters, { reason });
    disposeOf(entry, this.#definition);
    entry.result = undefined; // the Lru drops the entry itself only when it sorts its list
  }

  #countKeys(): void {
    const bytes = this.#keyBytes.beyondFree;
    if (bytes === this.#countedBytes) return;
    this.share.add(0, bytes - this.#countedBytes);
    this.#countedBytes = bytes;
  }
}
