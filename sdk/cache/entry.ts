import { estimateBytes } from "./byte-size.ts";
import type { CacheCounters } from "../invocation/counters.ts";
import type { CacheNotices } from "./notices.ts";
import { afterInvocation, lastInvocation } from "../invocation/invocation.ts";
import { Leaf } from "./keys/trie-node.ts";
import type { Load } from "../invocation/load.ts";
import type { Room, RoomItem } from "./room.ts";

/**
 * What a cache holds for one key, from the call that begins to load it. It is the key's leaf in the trie and an item of
 * the Lru in one object, since a cache may have millions.
 */
export class Entry extends Leaf implements RoomItem {
  /** What the function returned: for an async function its promise. */
  result: unknown = undefined;
  /**
   * While it is being loaded, its load. Then its retention, or undefined if the cache has neither `ttl` nor `dispose`.
   */
  state: Load | Retention | undefined;
  /** 0 while it is in no Lru: while it is being loaded, and after it was removed. */
  usedAt = 0;
  /** Of the value. While it is being loaded, what its key has added to the trie. */
  bytes = 0;

  constructor(load: Load) {
    super();
    this.state = load;
  }
}

/** How long the value of a cache with `ttl` or `dispose` has to be kept. */
export class Retention {
  /** In milliseconds, as `clock` counts them. */
  readonly expires: number;
  /**
   * The number of the last invocation that got the value, and may still use it: it is not disposed of before that ends.
   */
  lastHolder: number;
  readonly entry: Entry;
  /** Its neighbours in the list of those that expire. */
  sooner: Retention | undefined = undefined;
  later: Retention | undefined = undefined;

  constructor(entry: Entry, expires: number, lastHolder: number) {
    this.entry = entry;
    this.expires = expires;
    this.lastHolder = lastHolder;
  }
}

/** What all caches of one function share: a decorated method has a cache for each instance. */
export interface CacheDefinition {
  readonly counters: CacheCounters;
  readonly room: Room;
  /** Milliseconds; infinite without `ttl`. */
  readonly ttlMs: number;
  readonly countsSymbols: boolean;
  readonly sizeOf: ((value: unknown) => number) | undefined;
  readonly dispose: ((value: unknown) => unknown) | undefined;
  /** Whether a call whose key cannot be made is to reject, as the function itself does, instead of throwing. */
  readonly rejects: { isKnown: boolean };
  /** Print a notice for the author of the cache, once the code for it is loaded. */
  readonly notify: (print: (notices: CacheNotices) => void) => Promise<void>;
}

/** What an entry with a small key takes, without its value. */
const ENTRY_BYTES = 200;

/** The bytes of a value for `maxBytes`: what `sizeOf` returns, or an estimate of the value and its entry. */
export function bytesOf(value: unknown, { sizeOf, notify }: CacheDefinition): number {
  if (sizeOf === undefined) return ENTRY_BYTES + estimateBytes(value);
  try {
    const bytes = sizeOf(value);
    if (typeof bytes === "number" && bytes >= 0) return bytes;
    void notify((notices) => notices.sizeFailed(`returned ${String(bytes)}`));
  } catch (error) {
    void notify((notices) => notices.sizeFailed(`threw ${String(error)}`));
  }
  return ENTRY_BYTES + estimateBytes(value);
}

/** Call `dispose` for the value of a removed entry, as soon as no invocation that got the value is running. */
export function disposeOf({ result, state }: Entry, { dispose, notify }: CacheDefinition): void {
  if (dispose === undefined || state === undefined) return;
  afterInvocation(state.lastHolder, () => {
    disposeValue(result, dispose).catch((error: unknown) => notify((notices) => notices.disposeFailed(error)));
  });
}

async function disposeValue(result: unknown, dispose: (value: unknown) => unknown): Promise<void> {
  // `dispose` gets what a promise resolves to; entries of rejected ones are removed before. The `await` also makes sure
  // that the author's function does not run in the middle of the cache's own code.
  await dispose(await result);
}

/** Note that a running invocation gets the value. */
export function noteHolder(state: Load | Retention): void {
  state.lastHolder = lastInvocation;
}
