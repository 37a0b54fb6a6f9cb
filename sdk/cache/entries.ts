import type { Channel } from "node:diagnostics_channel";
import { channels } from "./channels.ts";
import { clock, readClock } from "../invocation/clock.ts";
import type { CacheCounters, Tally } from "../invocation/counters.ts";
import { bytesOf, type CacheDefinition, disposeOf, Entry, give, Terms } from "./entry.ts";
import { LambentError } from "../base/errors.ts";
import { awake, callersTally, callingLoad, isInvoked, runLoad, sharing } from "../invocation/invocation.ts";
import { standsForItself } from "./keys/builtin-classes.ts";
import { Spelling } from "./keys/tokeniser.ts";
import { KeyTrie, ownerOf } from "./keys/trie.ts";
import { isThenable, Load } from "../invocation/load.ts";
import type { Lru } from "./lru.ts";

/** Every run of a function that is known to be sync: it ends before anything else can ask for it, but itself. */
const SYNCHRONOUS_LOAD = new Load(Number.NaN, undefined);

function newLoad(): Load {
  const load = new Load(awake, callingLoad());
  give(load);
  return load;
}

/** Whether the value is there, and young enough. */
function isReady({ state }: Entry): boolean {
  if (state === undefined) return true;
  if (state instanceof Load) return false;
  return state.expires === Number.POSITIVE_INFINITY || state.expires > clock(isInvoked());
}

/** Whether the value is there or may come: a load that a freeze may have cut off may not. */
function isOfUse(entry: Entry): boolean {
  const { state } = entry;
  return state instanceof Load ? state === SYNCHRONOUS_LOAD || state.awake === awake : isReady(entry);
}

type Arguments = readonly unknown[];

/** Misses to be told of at one time, for each holds on to its arguments until then. */
const MAX_TELLING = 8;

type Call = (this: unknown, ...args: Arguments) => unknown;

/** Whether some object in a key compares by identity. Not by `some`, which takes a tenth of an insert. */
function isOfIdentities(tokens: readonly unknown[]): boolean {
  for (const token of tokens) if (standsForItself(token)) return true;
  return false;
}

// Variables of this module: V8 takes a tenth of a hit to find those of another.
const { hit: hitChannel } = channels;
const invocations = sharing;

/** Whether nobody needs to be told of a hit but the cache's counters. */
function isQuiet(): boolean {
  return !invocations.isShared && !hitChannel.hasSubscribers;
}

/** The results of one function by its arguments. */
export class ReplicaCache {
  readonly #definition: CacheDefinition;
  readonly #fn: (this: never, ...args: never) => unknown;
  // These are the definition's, at hand for a hit.
  readonly #counters: CacheCounters;
  readonly #lru: Lru<Entry>;
  readonly #spelling: Spelling;
  readonly #keys: KeyTrie<Entry>;
  /** Misses that the author is about to be told of. */
  #telling = 0;
  /** Whether the last result was a promise; loads of a function that is not known to be sync are traced. */
  #isAsync = true;

  constructor(definition: CacheDefinition, fn: (this: never, ...args: never) => unknown) {
    this.#definition = definition;
    this.#fn = fn;
    this.#counters = definition.counters;
    this.#lru = definition.lru;
    this.#spelling = new Spelling(definition.countsSymbols);
    this.#keys = new KeyTrie(this.#spelling, this);
  }

  /**
   * A function that calls through this cache, for one that declares so many `parameters`. V8 takes half as long as a
   * lookup to make up for parameters that a call leaves out, as long to make an array of them, and less to find the
   * variables of a function than the fields of an object; hence the ways for one argument and for two.
   */
  caller(parameters: number): Call {
    const keys = this.#keys;
    const { ones } = keys;
    const counters = this.#counters;
    const lru = this.#lru;
    const answer = (entry: Entry | undefined, self: unknown, args: Arguments): unknown =>
      this.#answer(entry, self, args, args);
    const callAny: Call = function (...args) {
      return answer(keys.guess(args), this, args);
    };
    // Passed on like this, and used for nothing else, `arguments` is never made an object.
    if (parameters < 2) {
      return function (this: unknown, a?: unknown): unknown {
        if (arguments.length !== 1) return Reflect.apply(callAny, this, arguments);
        // A primitive is its own token, but for -0; and after the only token of a list there is nothing but its entry.
        const isToken = typeof a === "number" ? a !== 0 : typeof a !== "object";
        const entry = isToken ? (ones.get(a) as Entry | undefined) : keys.guess1(a);
        if (entry === undefined || entry.state !== undefined || !isQuiet()) return answer(entry, this, [a]);
        counters.hits++;
        lru.touch(entry);
        return entry.result;
      };
    }
    return function (this: unknown, a?: unknown, b?: unknown): unknown {
      if (arguments.length !== 2) return Reflect.apply(callAny, this, arguments);
      const entry = keys.guess2(a, b);
      if (entry === undefined || entry.state !== undefined || !isQuiet()) return answer(entry, this, [a, b]);
      counters.hits++;
      lru.touch(entry);
      return entry.result;
    };
  }

  call(self: unknown, args: Arguments, key: Arguments): unknown {
    return this.#answer(this.#keys.guess(key), self, args, key);
  }

  has(key: Arguments): boolean {
    const entry = this.#find(key);
    return entry !== undefined && isOfUse(entry);
  }

  delete(key: Arguments): boolean {
    const entry = this.#find(key);
    if (entry === undefined) return false;
    const wasOfUse = isOfUse(entry);
    this.#remove(entry, wasOfUse ? "delete" : "expiry");
    return wasOfUse;
  }

  clear(): void {
    for (const entry of this.#keys.ends()) this.#remove(entry, "clear");
  }

  #find(key: Arguments): Entry | undefined {
    const entry = this.#keys.find(key, this.#spelling.spell(key));
    this.#spelling.release();
    return entry;
  }

  /** @param guess the entry, if it was found by a guess */
  #answer(guess: Entry | undefined, self: unknown, args: Arguments, key: Arguments): unknown {
    if (guess !== undefined && isReady(guess)) return this.#hit(guess);
    const tokens = this.#spelling.spell(key);
    const entry = this.#keys.find(key, tokens);
    if (entry === undefined) {
      const fresh = this.#newEntry();
      this.#keys.insert(tokens, fresh);
      this.#spelling.release();
      if (isOfIdentities(tokens)) this.#tellMissed(tokens, key);
      return this.#load(fresh, self, args);
    }
    this.#spelling.release();
    const { state } = entry;
    if (state instanceof Load && isOfUse(entry)) return this.#join(entry, state);
    if (isReady(entry)) return this.#hit(entry);
    const fresh = this.#newEntry();
    this.#keys.replace(entry, fresh);
    this.#leave(entry, "expiry");
    return this.#load(fresh, self, args);
  }

  #hit(entry: Entry): unknown {
    const { result, state } = entry;
    this.#counters.hits++;
    if (sharing.isShared) this.#creditHit();
    if (state !== undefined) give(state);
    this.#lru.touch(entry);
    if (channels.hit.hasSubscribers) this.#publish(channels.hit); // last: who is told may delete the entry
    return result;
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
    this.#counters.joined++;
    const tally = callersTally(this.#counters);
    if (tally !== undefined) tally.joined++;
    if (channels.join.hasSubscribers) this.#publish(channels.join);
    give(load);
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
    // Reading the clock takes a tenth of an insert, so it is left out where nobody is told how long a sync load took.
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
    // The marked place: `this` and the arguments are the function's own, which only the Cached type knows.
    return this.#fn.apply(self as never, args as never);
  }

  /** A method of its own, since a closure would be made for each sync load too. */
  #runTraced(load: Load, self: unknown, args: Arguments): unknown {
    return runLoad(load, () => this.#run(self, args));
  }

  #follow(entry: Entry, result: PromiseLike<unknown>, start: number, tally: Tally | undefined): void {
    if (entry.state === SYNCHRONOUS_LOAD) entry.state = newLoad();
    const load = entry.state instanceof Load ? entry.state : SYNCHRONOUS_LOAD;
    // Both ways at once: a promise derived by `finally` would reject once more, with nobody to handle it.
    result.then(
      (value) => this.#loaded(entry, load, start, tally, value),
      (error: unknown) => this.#failed(entry, load, start, tally, error),
    );
  }

  #loaded(entry: Entry, load: Load, start: number, tally: Tally | undefined, value: unknown): void {
    const ms = this.#settle(load, start, tally);
    if (channels.load.hasSubscribers) this.#publish(channels.load, { ms });
    const bytes = entry.parent === undefined ? 0 : bytesOf(value, this.#definition);
    if (entry.parent === undefined) return disposeOf(entry, this.#definition); // deleted or started anew meanwhile
    entry.state = this.#terms(load);
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

  #terms(load: Load): Terms | undefined {
    const { ttlMs, dispose } = this.#definition;
    if (ttlMs !== Number.POSITIVE_INFINITY) return new Terms(readClock() + ttlMs, load.givenTo);
    return dispose && new Terms(ttlMs, load.givenTo);
  }

  #settle(load: Load, start: number, tally: Tally | undefined): number {
    if (load === SYNCHRONOUS_LOAD) give(load); // to the caller; nobody else can have been
    else load.settle();
    const ms = Number.isNaN(start) ? start : performance.now() - start;
    if (tally !== undefined) tally.loadMs += ms;
    return ms;
  }

  #makeRoom(latest: Entry): void {
    if (latest.bytes > this.#lru.maxBytes) {
      // It would push out everything else, and then itself.
      const { bytes } = latest;
      void this.#definition.tell((notices) => notices.tooLarge(bytes, this.#lru.maxBytes));
      return this.#evict(latest);
    }
    while (this.#lru.isOverfull) {
      const oldest = this.#lru.oldest();
      if (oldest === undefined) return;
      const owner = ownerOf(oldest); // of another function, perhaps: they share the actor's list
      if (owner instanceof ReplicaCache) owner.#evict(oldest);
      else this.#lru.remove(oldest);
    }
  }

  /** A key with objects that compare by identity may never be found again. */
  #tellMissed(tokens: readonly unknown[], key: Arguments): void {
    if (this.#telling === MAX_TELLING) return;
    this.#telling++;
    const told = this.#definition.tell((notices) => notices.missed(tokens.filter(standsForItself), key));
    void told.then(() => this.#telling--);
  }

  #evict(entry: Entry): void {
    this.#counters.evictions++;
    const tally = callersTally(this.#counters);
    if (tally !== undefined) tally.evictions++;
    this.#keys.remove(entry);
    this.#leave(entry, "eviction");
  }

  #remove(entry: Entry, reason: string): void {
    if (entry.parent === undefined) return; // by somebody who was told of the last one
    this.#keys.remove(entry);
    this.#leave(entry, reason);
  }

  /** What is under way leaves when it arrives. */
  #leave(entry: Entry, reason: string): void {
    if (entry.state instanceof Load) return;
    this.#lru.remove(entry);
    this.#counters.entries--;
    this.#counters.bytes -= entry.bytes;
    if (channels.leave.hasSubscribers) this.#publish(channels.leave, { reason });
    disposeOf(entry, this.#definition);
    entry.result = undefined; // the list may hold the entry for a while
  }

  #publish(channel: Channel, more?: object): void {
    channel.publish({ actor: this.#counters.actor, cache: this.#counters.cache, ...more });
  }
}
