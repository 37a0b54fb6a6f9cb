import type { Channel } from "node:diagnostics_channel";
import { estimateBytes } from "./byte-size.ts";
import { channels } from "./cache-channels.ts";
import { clock, readClock } from "./cache-clock.ts";
import type { CacheCounters, Tally } from "./cache-counters.ts";
import type { CacheNotices } from "./cache-notices.ts";
import { LambentError } from "./errors.ts";
import {
  afterInvocation,
  awake,
  callersTally,
  callingLoad,
  isInvoked,
  isShared,
  lastInvocation,
  runLoad,
} from "./invocation.ts";
import { Spelling } from "./key-spelling.ts";
import { End, KeyTrie } from "./key-trie.ts";
import { Load } from "./load.ts";
import type { Listed, Lru } from "./lru.ts";

/** What is kept under a key, from the call that begins to load it. */
export class Entry extends End implements Listed {
  readonly home: ReplicaCache;
  /** What the function returned: for an async one its promise. */
  result: unknown = undefined;
  /** The load under way; an entry is in the list of the least recently used only when there is none. */
  load: Load | undefined;
  usedAt = 0;
  slot = -1;
  bytes = 0;
  /** By `clock`. */
  expires = 0;
  /** The last invocation that may have been given the value. */
  givenTo: number;

  constructor(home: ReplicaCache, load: Load) {
    super();
    this.home = home;
    this.load = load;
    this.givenTo = lastInvocation;
  }
}

/** What all caches of one function have in common: a decorated method has one for each instance. */
export interface CacheDefinition {
  readonly counters: CacheCounters;
  readonly lru: Lru<Entry>;
  /** Milliseconds; infinite without `ttl`. */
  readonly ttlMs: number;
  readonly countsSymbols: boolean;
  readonly sizeOf: ((value: unknown) => number) | undefined;
  readonly dispose: ((value: unknown) => unknown) | undefined;
  readonly notices: CacheNotices;
}

/** What keeping a small entry takes, its key included. */
const entryBytes = 200;

type Arguments = readonly unknown[];

/** The results of one function by its arguments. */
export class ReplicaCache {
  readonly #definition: CacheDefinition;
  readonly #fn: (this: never, ...args: never) => unknown;
  // These are the definition's, at hand for a hit.
  readonly #counters: CacheCounters;
  readonly #lru: Lru<Entry>;
  readonly #expires: boolean;
  readonly #disposes: boolean;
  readonly #spelling: Spelling;
  readonly #keys: KeyTrie<Entry>;
  /** Whether the last result was a promise; loads of a function that is not known to be sync are traced. */
  #isAsync = true;

  constructor(definition: CacheDefinition, fn: (this: never, ...args: never) => unknown) {
    this.#definition = definition;
    this.#fn = fn;
    this.#counters = definition.counters;
    this.#lru = definition.lru;
    this.#expires = definition.ttlMs !== Number.POSITIVE_INFINITY;
    this.#disposes = definition.dispose !== undefined;
    this.#spelling = new Spelling(definition.countsSymbols);
    this.#keys = new KeyTrie(this.#spelling);
  }

  // One and two arguments have ways of their own: an array for them would cost more than the lookup.

  call1(self: unknown, a: unknown): unknown {
    const entry = this.#keys.guess1(a);
    if (entry !== undefined && this.isReady(entry)) return this.hit(entry);
    return this.#slowCall(self, [a], [a]);
  }

  call2(self: unknown, a: unknown, b: unknown): unknown {
    const entry = this.#keys.guess2(a, b);
    if (entry !== undefined && this.isReady(entry)) return this.hit(entry);
    return this.#slowCall(self, [a, b], [a, b]);
  }

  call(self: unknown, args: Arguments, key: Arguments): unknown {
    const entry = this.#keys.guess(key);
    if (entry !== undefined && this.isReady(entry)) return this.hit(entry);
    return this.#slowCall(self, args, key);
  }

  has(key: Arguments): boolean {
    const entry = this.#find(key);
    return entry !== undefined && this.#isOfUse(entry);
  }

  delete(key: Arguments): boolean {
    const entry = this.#find(key);
    if (entry === undefined) return false;
    const isOfUse = this.#isOfUse(entry);
    this.#remove(entry, isOfUse ? "delete" : "expiry");
    return isOfUse;
  }

  clear(): void {
    for (const entry of this.#keys.ends()) this.#remove(entry, "clear");
  }

  #find(key: Arguments): Entry | undefined {
    const entry = this.#keys.find(key, this.#spelling.spell(key));
    this.#spelling.forgetUnused();
    return entry;
  }

  #slowCall(self: unknown, args: Arguments, key: Arguments): unknown {
    const tokens = this.#spelling.spell(key);
    const entry = this.#keys.find(key, tokens);
    if (entry === undefined) {
      const load = new Load(awake, callingLoad());
      const fresh = new Entry(this, load);
      this.#keys.insert(key, tokens, fresh);
      this.#spelling.forgetUnused();
      this.#definition.notices.missed(tokens, key);
      return this.#load(fresh, load, self, args);
    }
    this.#spelling.forgetUnused();
    if (entry.load !== undefined && this.#isOfUse(entry)) return this.#join(entry, entry.load);
    if (this.isReady(entry)) return this.hit(entry);
    const load = new Load(awake, callingLoad());
    const fresh = new Entry(this, load);
    this.#keys.replace(entry, fresh);
    this.#leave(entry, "expiry");
    return this.#load(fresh, load, self, args);
  }

  /** Whether the value is there, and young enough. */
  isReady(entry: Entry): boolean {
    return entry.load === undefined && (!this.#expires || entry.expires > clock(isInvoked()));
  }

  /** Whether the value is there or may come: a load that a freeze may have cut off may not. */
  #isOfUse(entry: Entry): boolean {
    return entry.load === undefined ? this.isReady(entry) : entry.load.awake === awake;
  }

  hit(entry: Entry): unknown {
    this.#counters.hits++;
    if (isShared) this.#creditHit();
    if (channels.hit.hasSubscribers) this.#publish(channels.hit);
    if (this.#disposes) entry.givenTo = lastInvocation;
    this.#lru.touch(entry);
    return entry.result;
  }

  #creditHit(): void {
    const tally = callersTally(this.#counters);
    if (tally !== undefined) tally.hits++;
  }

  #join(entry: Entry, load: Load): unknown {
    const caller = callingLoad();
    // A sync load, or the part of an async one before its first await, can only be met by what it calls.
    if (entry.result === undefined || (caller !== undefined && load.dependsOn(caller))) {
      const { cache: name } = this.#counters;
      throw new LambentError(
        `${name} waits for itself: what its load calls has called ${name} with the same arguments, and neither could go on. Call it with other arguments there, or do without the cache`,
      );
    }
    caller?.waitFor(load);
    this.#count("joined");
    if (channels.join.hasSubscribers) this.#publish(channels.join);
    entry.givenTo = lastInvocation;
    return entry.result;
  }

  #load(entry: Entry, load: Load, self: unknown, args: Arguments): unknown {
    const tally = this.#count("misses");
    if (channels.miss.hasSubscribers) this.#publish(channels.miss);
    // The marked place: `this` and the arguments are the function's own, which only the Cached type knows.
    const call = () => this.#fn.apply(self as never, args as never);
    let result: unknown;
    try {
      result = this.#isAsync ? runLoad(load, call) : call();
    } catch (error) {
      this.#failed(entry, load, tally, error);
      throw error;
    }
    entry.result = result;
    this.#isAsync = isThenable(result);
    if (isThenable(result)) {
      // Both ways at once: a promise derived by `finally` would reject once more, with nobody to handle it.
      result.then(
        (value) => this.#loaded(entry, load, tally, value),
        (error: unknown) => this.#failed(entry, load, tally, error),
      );
    } else this.#loaded(entry, load, tally, result);
    return result;
  }

  #loaded(entry: Entry, load: Load, tally: Tally | undefined, value: unknown): void {
    const ms = this.#settle(load, tally);
    if (channels.load.hasSubscribers) this.#publish(channels.load, { ms });
    if (entry.parent === undefined) return this.#dispose(entry); // deleted or started anew meanwhile
    entry.load = undefined;
    entry.bytes = this.#sizeOf(value);
    if (this.#expires) entry.expires = readClock() + this.#definition.ttlMs;
    this.#lru.add(entry);
    this.#counters.entries++;
    this.#counters.bytes += entry.bytes;
    if (this.#lru.isOverfull) this.#makeRoom(entry);
  }

  #failed(entry: Entry, load: Load, tally: Tally | undefined, error: unknown): void {
    const ms = this.#settle(load, tally);
    if (entry.parent !== undefined) this.#keys.remove(entry);
    if (channels.failure.hasSubscribers) this.#publish(channels.failure, { ms, error });
  }

  #settle(load: Load, tally: Tally | undefined): number {
    const ms = performance.now() - load.startedAt;
    load.settle();
    this.#counters.loadMs += ms;
    if (tally !== undefined) tally.loadMs += ms;
    return ms;
  }

  #makeRoom(latest: Entry): void {
    if (latest.bytes > this.#lru.maxBytes) {
      // It would push out everything else, and then itself.
      this.#definition.notices.tooLarge(latest.bytes, this.#lru.maxBytes);
      return this.#evict(latest);
    }
    while (this.#lru.isOverfull) {
      const oldest = this.#lru.oldest();
      if (oldest !== undefined) oldest.home.#evict(oldest);
    }
  }

  #evict(entry: Entry): void {
    this.#count("evictions");
    this.#keys.remove(entry);
    this.#leave(entry, "eviction");
  }

  #remove(entry: Entry, reason: string): void {
    this.#keys.remove(entry);
    this.#leave(entry, reason);
  }

  /** What is under way leaves when it arrives. */
  #leave(entry: Entry, reason: string): void {
    if (entry.load !== undefined) return;
    this.#lru.remove(entry);
    this.#counters.entries--;
    this.#counters.bytes -= entry.bytes;
    if (channels.leave.hasSubscribers) this.#publish(channels.leave, { reason });
    this.#dispose(entry);
  }

  #dispose({ result, givenTo }: Entry): void {
    const { dispose, notices } = this.#definition;
    if (dispose === undefined) return;
    afterInvocation(
      givenTo,
      () => void disposeOf(result, dispose).catch((error: unknown) => notices.disposeFailed(error)),
    );
  }

  #sizeOf(value: unknown): number {
    const { sizeOf, notices } = this.#definition;
    if (sizeOf === undefined) return entryBytes + estimateBytes(value);
    try {
      const bytes = sizeOf(value);
      if (typeof bytes === "number" && bytes >= 0) return bytes;
      notices.sizeFailed(`returned ${String(bytes)}`);
    } catch (error) {
      notices.sizeFailed(`threw ${String(error)}`);
    }
    return entryBytes + estimateBytes(value);
  }

  #count(what: "misses" | "joined" | "evictions"): Tally | undefined {
    this.#counters[what]++;
    const tally = callersTally(this.#counters);
    if (tally !== undefined) tally[what]++;
    return tally;
  }

  #publish(channel: Channel, more?: object): void {
    channel.publish({ actor: this.#counters.actor, cache: this.#counters.cache, ...more });
  }
}

/** The value of a promise is meant: a rejected one is not kept, and never comes here. */
async function disposeOf(result: unknown, dispose: (value: unknown) => unknown): Promise<void> {
  await dispose(isThenable(result) ? await result : result);
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
