import type { Channel } from "node:diagnostics_channel";
import { channels } from "./channels.ts";
import { clock, readClock } from "../invocation/clock.ts";
import type { CacheCounters, Tally } from "../invocation/counters.ts";
import { bytesOf, type CacheDefinition, disposeOf, Entry, noteHolder, Retention } from "./entry.ts";
import { LambentError } from "../base/errors.ts";
import {
  callersTally,
  callingLoad,
  concurrency,
  isInvoked,
  possibleFreezes,
  runLoad,
} from "../invocation/invocation.ts";
import { Tokeniser } from "./keys/tokeniser.ts";
import { isComparedByIdentity } from "./keys/tokens.ts";
import { KeyTrie, ownerOf } from "./keys/trie.ts";
import { isThenable, Load } from "../invocation/load.ts";
import type { Lru } from "./lru.ts";

/**
 * Stands for each load of a function that returned no promise the last time. It ends before any other call can find its
 * entry, except for calls that the function itself makes, so nothing about it needs to be kept.
 */
const SYNCHRONOUS_LOAD = new Load(Number.NaN, undefined);

function newLoad(): Load {
  const load = new Load(possibleFreezes, callingLoad());
  noteHolder(load);
  return load;
}

/** Whether the entry has a value that has not expired. */
function isReady({ state }: Entry): boolean {
  if (state === undefined) return true;
  if (state instanceof Load) return false;
  return state.expires === Number.POSITIVE_INFINITY || state.expires > clock(isInvoked());
}

/**
 * Whether the entry has a value, or will have one: a load may never end if Lambda froze the instance since it began.
 */
function isUsable(entry: Entry): boolean {
  const { state } = entry;
  if (!(state instanceof Load)) return isReady(entry);
  return state === SYNCHRONOUS_LOAD || state.freezesBefore === possibleFreezes;
}

type Arguments = readonly unknown[];

/** Notices of misses that may wait to be printed at one time: each keeps the arguments in memory until then. */
const MAX_PENDING_NOTICES = 8;

type Call = (this: unknown, ...args: Arguments) => unknown;

/** A loop, since `tokens.some(…)` takes a tenth of the time of an insert. */
function hasIdentityToken(tokens: readonly unknown[]): boolean {
  for (const token of tokens) if (isComparedByIdentity(token)) return true;
  return false;
}

// Copied into variables of this module: to reach those of another takes V8 a tenth of the time of a hit.
const { hit: hitChannel } = channels;
const invocations = concurrency;

/** Whether a hit has to be counted by the cache's counters alone: no invocation is credited, no subscriber is told. */
function isPlainHit(): boolean {
  return !invocations.isConcurrent && !hitChannel.hasSubscribers;
}

/** The results of one function by its arguments. */
export class ReplicaCache {
  readonly #definition: CacheDefinition;
  readonly #fn: (this: never, ...args: never) => unknown;
  // Copied from the definition, since each hit reads them.
  readonly #counters: CacheCounters;
  readonly #lru: Lru<Entry>;
  readonly #tokeniser: Tokeniser;
  readonly #keys: KeyTrie<Entry>;
  #pendingNotices = 0;
  /** Whether the last result was a promise, or there was none yet: if so, the next load may be waited for. */
  #isAsync = true;

  constructor(definition: CacheDefinition, fn: (this: never, ...args: never) => unknown) {
    this.#definition = definition;
    this.#fn = fn;
    this.#counters = definition.counters;
    this.#lru = definition.lru;
    this.#tokeniser = new Tokeniser(definition.countsSymbols);
    this.#keys = new KeyTrie(this.#tokeniser, this);
  }

  /**
   * The function that an author calls instead of the cached one. There is one for a single argument and one for two,
   * each with a short way for a hit: V8 takes half as long as a whole lookup to fill in parameters that a call leaves
   * out, and as long to make a list of the arguments. What a hit reads is in local variables, which V8 reaches faster
   * than fields of `this`.
   * @param parameters how many the cached function declares
   */
  caller(parameters: number): Call {
    const keys = this.#keys;
    const { singleArguments } = keys;
    const counters = this.#counters;
    const lru = this.#lru;
    const proceed = (entry: Entry | undefined, self: unknown, args: Arguments): unknown =>
      this.#proceed(entry, self, args, args);
    const callWithAny: Call = function (...args) {
      return proceed(keys.quickFind(args), this, args);
    };
    // `arguments` is only used in `arguments.length` and `Reflect.apply`: for these V8 makes no object of it.
    if (parameters < 2) {
      return function (this: unknown, a?: unknown): unknown {
        if (arguments.length !== 1) return Reflect.apply(callWithAny, this, arguments);
        // A primitive other than -0 is its own token and the only one of its key, so it leads to an entry and no
        // branch.
        const isToken = typeof a === "number" ? a !== 0 : typeof a !== "object";
        const entry = isToken ? (singleArguments.get(a) as Entry | undefined) : keys.quickFindOne(a);
        if (entry === undefined || entry.state !== undefined || !isPlainHit()) return proceed(entry, this, [a]);
        counters.hits++;
        lru.touch(entry);
        return entry.result;
      };
    }
    return function (this: unknown, a?: unknown, b?: unknown): unknown {
      if (arguments.length !== 2) return Reflect.apply(callWithAny, this, arguments);
      const entry = keys.quickFindTwo(a, b);
      if (entry === undefined || entry.state !== undefined || !isPlainHit()) return proceed(entry, this, [a, b]);
      counters.hits++;
      lru.touch(entry);
      return entry.result;
    };
  }

  /**
   * Return the result for `key`, or call the function with `self` as its `this` and with `args`.
   * @throws whatever the function throws
   * @throws {LambentError} when the key is too large, or the load waits for itself
   */
  call(self: unknown, args: Arguments, key: Arguments): unknown {
    return this.#proceed(this.#keys.quickFind(key), self, args, key);
  }

  has(key: Arguments): boolean {
    const entry = this.#find(key);
    return entry !== undefined && isUsable(entry);
  }

  delete(key: Arguments): boolean {
    const entry = this.#find(key);
    if (entry === undefined) return false;
    const wasUsable = isUsable(entry);
    this.#remove(entry, wasUsable ? "delete" : "expiry");
    return wasUsable;
  }

  clear(): void {
    for (const entry of this.#keys.leaves()) this.#remove(entry, "clear");
  }

  #find(key: Arguments): Entry | undefined {
    const entry = this.#keys.find(key, this.#tokeniser.tokenise(key));
    this.#tokeniser.release();
    return entry;
  }

  /** @param quicklyFound what `quickFind` returned: undefined does not mean that there is no entry */
  #proceed(quicklyFound: Entry | undefined, self: unknown, args: Arguments, key: Arguments): unknown {
    if (quicklyFound !== undefined && isReady(quicklyFound)) return this.#hit(quicklyFound);
    const tokens = this.#tokeniser.tokenise(key);
    const entry = this.#keys.find(key, tokens);
    if (entry === undefined) {
      const fresh = this.#newEntry();
      this.#keys.insert(tokens, fresh);
      this.#tokeniser.release();
      if (hasIdentityToken(tokens)) this.#noticeMiss(tokens, key);
      return this.#load(fresh, self, args);
    }
    this.#tokeniser.release();
    const { state } = entry;
    if (state instanceof Load && isUsable(entry)) return this.#join(entry, state);
    if (isReady(entry)) return this.#hit(entry);
    const fresh = this.#newEntry();
    this.#keys.replace(entry, fresh);
    this.#afterRemoval(entry, "expiry");
    return this.#load(fresh, self, args);
  }

  #hit(entry: Entry): unknown {
    const { result, state } = entry;
    this.#counters.hits++;
    if (concurrency.isConcurrent) this.#creditHit();
    if (state !== undefined) noteHolder(state);
    this.#lru.touch(entry);
    if (channels.hit.hasSubscribers) this.#publish(channels.hit); // last, since a subscriber may delete the entry
    return result;
  }

  #creditHit(): void {
    const tally = callersTally(this.#counters);
    if (tally !== undefined) tally.hits++;
  }

  #join(entry: Entry, load: Load): unknown {
    const caller = callingLoad();
    // The function has not returned yet, so it is the function that calls: its call would wait for its own result.
    // Otherwise the caller may be part of a longer circle of loads.
    if (entry.result === undefined || (caller !== undefined && load.dependsOn(caller))) {
      const { cache: name } = this.#counters;
      throw new LambentError(
        `${name} waits for itself: what its load calls has called ${name} with the same arguments, and neither could go on. Call it with other arguments there, or do without the cache`,
      );
    }
    caller?.waitFor(load);
    this.#counters.joined++;
    const tally = callersTally(this.#counters);
    if (tally !== undefined) tally.joined++;
    if (channels.join.hasSubscribers) this.#publish(channels.join);
    noteHolder(load);
    return entry.result;
  }

  #newEntry(): Entry {
    return new Entry(this.#isAsync ? newLoad() : SYNCHRONOUS_LOAD);
  }

  #load(entry: Entry, self: unknown, args: Arguments): unknown {
    const load = entry.state instanceof Load ? entry.state : SYNCHRONOUS_LOAD;
    this.#counters.misses++;
    const tally = callersTally(this.#counters);
    if (tally !== undefined) tally.misses++;
    if (channels.miss.hasSubscribers) this.#publish(channels.miss);
    // Reading the clock takes a tenth of the time of an insert: a synchronous load is only timed if somebody gets the
    // time.
    const isTimed = load !== SYNCHRONOUS_LOAD || tally !== undefined || channels.load.hasSubscribers;
    const start = isTimed || channels.failure.hasSubscribers ? performance.now() : Number.NaN;
    let result: unknown;
    try {
      result = load === SYNCHRONOUS_LOAD ? this.#run(self, args) : this.#runTraced(load, self, args);
    } catch (error) {
      this.#failed(entry, load, start, tally, error);
      throw error;
    }
    entry.result = result;
    if (isThenable(result)) {
      this.#isAsync = true;
      this.#follow(entry, result, start, tally);
    } else {
      this.#isAsync = false;
      this.#loaded(entry, load, start, tally, result);
    }
    return result;
  }

  #run(self: unknown, args: Arguments): unknown {
    // `Cached` and the decorator only let it be called with the function's own types of `this` and arguments.
    return this.#fn.apply(self as never, args as never);
  }

  /** Outside of `#load`, because V8 would make the closure there for synchronous loads too. */
  #runTraced(load: Load, self: unknown, args: Arguments): unknown {
    return runLoad(load, () => this.#run(self, args));
  }

  #follow(entry: Entry, result: PromiseLike<unknown>, start: number, tally: Tally | undefined): void {
    if (entry.state === SYNCHRONOUS_LOAD) entry.state = newLoad();
    const load = entry.state instanceof Load ? entry.state : SYNCHRONOUS_LOAD;
    // Not `finally`: it returns another promise, which would reject without a handler.
    result.then(
      (value) => this.#loaded(entry, load, start, tally, value),
      (error: unknown) => this.#failed(entry, load, start, tally, error),
    );
  }

  #loaded(entry: Entry, load: Load, start: number, tally: Tally | undefined, value: unknown): void {
    const ms = this.#settle(load, start, tally);
    if (channels.load.hasSubscribers) this.#publish(channels.load, { ms });
    const bytes = entry.parent === undefined ? 0 : bytesOf(value, this.#definition);
    // It was removed or replaced while it was being loaded, or by `sizeOf`, which `bytesOf` calls.
    if (entry.parent === undefined) return disposeOf(entry, this.#definition);
    entry.state = this.#retention(load);
    entry.bytes = bytes;
    this.#lru.add(entry);
    this.#counters.entries++;
    this.#counters.bytes += entry.bytes;
    if (this.#lru.isOverfull) this.#makeRoom(entry);
  }

  #failed(entry: Entry, load: Load, start: number, tally: Tally | undefined, error: unknown): void {
    const ms = this.#settle(load, start, tally);
    if (entry.parent !== undefined) this.#keys.remove(entry);
    if (channels.failure.hasSubscribers) this.#publish(channels.failure, { ms, error });
  }

  #retention(load: Load): Retention | undefined {
    const { ttlMs, dispose } = this.#definition;
    if (ttlMs !== Number.POSITIVE_INFINITY) return new Retention(readClock() + ttlMs, load.lastHolder);
    return dispose && new Retention(ttlMs, load.lastHolder);
  }

  #settle(load: Load, start: number, tally: Tally | undefined): number {
    if (load === SYNCHRONOUS_LOAD) noteHolder(load); // only the caller gets the value
    else load.settle();
    const ms = Number.isNaN(start) ? start : performance.now() - start;
    if (tally !== undefined) tally.loadMs += ms;
    return ms;
  }

  #makeRoom(latest: Entry): void {
    if (latest.bytes > this.#lru.maxBytes) {
      // To make room for it, all other entries would be evicted, and at last the entry itself.
      const { bytes } = latest;
      void this.#definition.notify((notices) => notices.tooLarge(bytes, this.#lru.maxBytes));
      return this.#evict(latest);
    }
    while (this.#lru.isOverfull) {
      const oldest = this.#lru.oldest();
      if (oldest === undefined) return;
      const owner = ownerOf(oldest); // may be the cache of another function: all of an actor's share one Lru
      if (owner instanceof ReplicaCache) owner.#evict(oldest);
      else this.#lru.remove(oldest);
    }
  }

  /** A key that contains objects compared by identity may never be asked for again: its author should know. */
  #noticeMiss(tokens: readonly unknown[], key: Arguments): void {
    if (this.#pendingNotices === MAX_PENDING_NOTICES) return;
    this.#pendingNotices++;
    const printed = this.#definition.notify((notices) => notices.missed(tokens.filter(isComparedByIdentity), key));
    void printed.then(() => this.#pendingNotices--);
  }

  #evict(entry: Entry): void {
    this.#counters.evictions++;
    const tally = callersTally(this.#counters);
    if (tally !== undefined) tally.evictions++;
    this.#keys.remove(entry);
    this.#afterRemoval(entry, "eviction");
  }

  #remove(entry: Entry, reason: string): void {
    if (entry.parent === undefined) return; // a subscriber that was told of the last removal has removed it
    this.#keys.remove(entry);
    this.#afterRemoval(entry, reason);
  }

  /** For an entry that is out of the trie. One that is being loaded is in no Lru; `#loaded` disposes of its value. */
  #afterRemoval(entry: Entry, reason: string): void {
    if (entry.state instanceof Load) return;
    this.#lru.remove(entry);
    this.#counters.entries--;
    this.#counters.bytes -= entry.bytes;
    if (channels.leave.hasSubscribers) this.#publish(channels.leave, { reason });
    disposeOf(entry, this.#definition);
    entry.result = undefined; // the Lru drops the entry itself only when it sorts its list
  }

  #publish(channel: Channel, more?: object): void {
    channel.publish({ actor: this.#counters.actor, cache: this.#counters.cache, ...more });
  }
}
