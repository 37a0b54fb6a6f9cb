import { channels, publish } from "./channels.ts";
import { clock } from "../invocation/clock.ts";
import type { CacheCounters, Tally } from "../invocation/counters.ts";
import { type CacheDefinition, Entry, noteHolder } from "./entry.ts";
import { LambentError } from "../base/errors.ts";
import {
  callersTally,
  callingLoad,
  concurrency,
  isInvoked,
  possibleFreezes,
  runLoad,
} from "../invocation/invocation.ts";
import { KeptEntries } from "./kept-entries.ts";
import { isComparedByIdentity } from "./keys/tokens.ts";
import { thenOf, Load } from "../invocation/load.ts";
import { isAsyncFunction, isPromise, promised } from "./promised.ts";
import { refuseReadOnce } from "./read-once.ts";
import type { Room, Share } from "./room.ts";

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

/** A cache that can no longer be called gives back what it has taken. */
const collected = new FinalizationRegistry<Share>((share) => share.collected());

/** The results of one function by its arguments. */
export class ReplicaCache {
  readonly #definition: CacheDefinition;
  readonly #fn: (this: never, ...args: never) => unknown;
  // Copied from the definition, since each hit reads them.
  readonly #counters: CacheCounters;
  readonly #room: Room;
  readonly #kept: KeptEntries;
  #pendingNotices = 0;
  /** Whether the last result was a promise, or there was none yet: if so, the next load may be waited for. */
  #isAsync = true;

  constructor(definition: CacheDefinition, fn: (this: never, ...args: never) => unknown) {
    this.#definition = definition;
    this.#fn = fn;
    this.#counters = definition.counters;
    this.#room = definition.room;
    this.#kept = new KeptEntries(definition);
    if (isAsyncFunction(fn)) definition.rejects.isKnown = true;
    collected.register(this, this.#kept.share);
  }

  /**
   * The function that an author calls instead of the cached one. There is one for a single argument and one for two,
   * each with a short way for a hit: V8 takes half as long as a whole lookup to fill in parameters that a call leaves
   * out, and as long to make a list of the arguments. What a hit reads is in local variables, which V8 reaches faster
   * than fields of `this`.
   * @param parameters how many the cached function declares
   */
  caller(parameters: number): Call {
    const { keys } = this.#kept;
    const { singleArguments } = keys;
    const counters = this.#counters;
    const room = this.#room;
    const proceed = (entry: Entry | undefined, self: unknown, args: Arguments): unknown =>
      this.#proceed(entry, self, args, args);
    const fail = (error: unknown): Promise<never> => this.#fail(error);
    const callWithAny: Call = function (...args) {
      return proceed(keys.quickFind(args), this, args);
    };
    // `arguments` is only used in `arguments.length` and `Reflect.apply`: for these V8 makes no object of it.
    if (parameters < 2) {
      return function (this: unknown, a?: unknown): unknown {
        if (arguments.length !== 1) {
          try {
            return Reflect.apply(callWithAny, this, arguments);
          } catch (error) {
            return fail(error); // tens of thousands of arguments may have no room on the stack a second time
          }
        }
        // A primitive other than -0 is its own token and the only one of its key, so it leads to an entry and no
        // branch.
        const isToken = typeof a === "number" ? a !== 0 : typeof a !== "object";
        const entry = isToken ? (singleArguments.get(a) as Entry | undefined) : keys.quickFindOne(a);
        if (entry === undefined || entry.state !== undefined || !isPlainHit()) return proceed(entry, this, [a]);
        counters.hits++;
        room.touch(entry);
        return entry.result;
      };
    }
    return function (this: unknown, a?: unknown, b?: unknown): unknown {
      if (arguments.length !== 2) {
        try {
          return Reflect.apply(callWithAny, this, arguments);
        } catch (error) {
          return fail(error);
        }
      }
      const entry = keys.quickFindTwo(a, b);
      if (entry === undefined || entry.state !== undefined || !isPlainHit()) return proceed(entry, this, [a, b]);
      counters.hits++;
      room.touch(entry);
      return entry.result;
    };
  }

  /**
   * Return the result for the key that `keyOf` makes, or call the function with `self` as its `this` and with `args`.
   * @throws whatever the function throws
   * @throws {LambentError} when the key is too large, or the load waits for itself; for an async function it rejects
   */
  call(self: unknown, args: Arguments, keyOf: (self: unknown, args: Arguments) => Arguments): unknown {
    let key: Arguments;
    try {
      key = keyOf(self, args);
    } catch (error) {
      return this.#fail(error);
    }
    return this.#proceed(this.#kept.keys.quickFind(key), self, args, key);
  }

  has(key: Arguments): boolean {
    const entry = this.#find(key);
    return entry !== undefined && isUsable(entry);
  }

  delete(key: Arguments): boolean {
    const entry = this.#find(key);
    if (entry === undefined) return false;
    const wasUsable = isUsable(entry);
    this.#kept.remove(entry, wasUsable ? "delete" : "expiry");
    return wasUsable;
  }

  clear(): void {
    this.#kept.clear();
  }

  #find(key: Arguments): Entry | undefined {
    const { keys, tokeniser } = this.#kept;
    const entry = keys.find(key, tokeniser.tokenise(key));
    tokeniser.release();
    return entry;
  }

  /** @param quicklyFound what `quickFind` returned: undefined does not mean that there is no entry */
  #proceed(quicklyFound: Entry | undefined, self: unknown, args: Arguments, key: Arguments): unknown {
    if (quicklyFound !== undefined && isReady(quicklyFound)) return this.#hit(quicklyFound);
    const { keys, tokeniser } = this.#kept;
    let tokens: unknown[];
    try {
      tokens = tokeniser.tokenise(key);
    } catch (error) {
      return this.#fail(error);
    }
    const entry = keys.find(key, tokens);
    if (entry === undefined) {
      const fresh = this.#newEntry();
      this.#kept.insert(tokens, fresh);
      tokeniser.release();
      if (hasIdentityToken(tokens)) this.#noticeMiss(tokens, key);
      return this.#load(fresh, self, args);
    }
    tokeniser.release();
    const { state } = entry;
    if (state instanceof Load && isUsable(entry)) return this.#join(entry, state);
    if (isReady(entry)) return this.#hit(entry);
    const fresh = this.#newEntry();
    this.#kept.replace(entry, fresh);
    return this.#load(fresh, self, args);
  }

  /** Fail a call that has no result: as the function itself would. */
  #fail(error: unknown): Promise<never> {
    if (this.#definition.rejects.isKnown) return Promise.reject(error);
    throw error;
  }

  #hit(entry: Entry): unknown {
    const { result, state } = entry;
    this.#counters.hits++;
    if (concurrency.isConcurrent) this.#creditHit();
    if (state !== undefined) noteHolder(state);
    this.#room.touch(entry);
    if (channels.hit.hasSubscribers) publish(channels.hit, this.#counters); // last, since a subscriber may delete the entry
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
      return this.#fail(
        new LambentError(
          `${name} waits for itself: what its load calls has called ${name} with the same arguments, and neither could go on. Call it with other arguments there, or do without the cache`,
        ),
      );
    }
    caller?.waitFor(load);
    this.#counters.joined++;
    const tally = callersTally(this.#counters);
    if (tally !== undefined) tally.joined++;
    if (channels.join.hasSubscribers) publish(channels.join, this.#counters);
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
    if (channels.miss.hasSubscribers) publish(channels.miss, this.#counters);
    // Reading the clock takes a tenth of the time of an insert: a synchronous load is only timed if somebody gets the
    // time.
    const isTimed = load !== SYNCHRONOUS_LOAD || tally !== undefined || channels.load.hasSubscribers;
    const start = isTimed || channels.failure.hasSubscribers ? performance.now() : Number.NaN;
    let result: unknown;
    try {
      result = load === SYNCHRONOUS_LOAD ? this.#run(self, args) : this.#runTraced(load, self, args);
    } catch (error) {
      this.#failed(entry, load, start, tally, error);
      return this.#fail(error);
    }
    const then = thenOf(result);
    if (then === undefined) {
      this.#isAsync = false;
      entry.result = result;
      return this.#loaded(entry, load, start, tally, result);
    }
    this.#isAsync = true;
    this.#definition.rejects.isKnown = true;
    return this.#follow(entry, result, then, start, tally);
  }

  #run(self: unknown, args: Arguments): unknown {
    // `Cached` and the decorator only let it be called with the function's own types of `this` and arguments.
    return this.#fn.apply(self as never, args as never);
  }

  /** Outside of `#load`, because V8 would make the closure there for synchronous loads too. */
  #runTraced(load: Load, self: unknown, args: Arguments): unknown {
    return runLoad(load, () => this.#run(self, args));
  }

  /** What is returned and kept is a promise of the cache's own: it rejects if the value turns out not to be kept. */
  #follow(entry: Entry, result: unknown, then: Function, start: number, tally: Tally | undefined): unknown {
    if (entry.state === SYNCHRONOUS_LOAD) entry.state = newLoad();
    const load = entry.state instanceof Load ? entry.state : SYNCHRONOUS_LOAD;
    this.#kept.awaits(entry);
    const promise = isPromise(result, then) ? result : runLoad(load, () => promised(result, then));
    const kept = promise.then(
      (value) => this.#loaded(entry, load, start, tally, value),
      (error: unknown) => {
        this.#failed(entry, load, start, tally, error);
        throw error;
      },
    );
    entry.result = kept;
    kept.catch(() => {}); // a call whose promise nobody looks at is no unhandled rejection
    return kept;
  }

  /** Returns the value. */
  #loaded(entry: Entry, load: Load, start: number, tally: Tally | undefined, value: unknown): unknown {
    try {
      refuseReadOnce(value, this.#definition);
    } catch (error) {
      this.#failed(entry, load, start, tally, error);
      throw error;
    }
    const ms = this.#settle(load, start, tally);
    if (channels.load.hasSubscribers) publish(channels.load, this.#counters, { ms });
    this.#kept.keep(entry, value, load);
    return value;
  }

  #failed(entry: Entry, load: Load, start: number, tally: Tally | undefined, error: unknown): void {
    const ms = this.#settle(load, start, tally);
    this.#counters.loadFailures++;
    this.#kept.drop(entry);
    if (channels.failure.hasSubscribers) publish(channels.failure, this.#counters, { ms, error });
  }

  #settle(load: Load, start: number, tally: Tally | undefined): number {
    if (load === SYNCHRONOUS_LOAD) noteHolder(load); // only the caller gets the value
    else load.settle();
    const ms = Number.isNaN(start) ? start : performance.now() - start;
    if (tally !== undefined) tally.loadMs += ms;
    if (ms > 0) this.#counters.loadMs += ms;
    return ms;
  }

  /** A key that contains objects compared by identity may never be asked for again: its author should know. */
  #noticeMiss(tokens: readonly unknown[], key: Arguments): void {
    if (this.#pendingNotices === MAX_PENDING_NOTICES) return;
    this.#pendingNotices++;
    const printed = this.#definition.notify((notices) => notices.missed(tokens.filter(isComparedByIdentity), key));
    void printed.then(() => this.#pendingNotices--);
  }
}
