import { estimateBytes } from "./byte-size.ts";
import type { CacheCounters } from "../invocation/counters.ts";
import type { CacheNotices } from "./notices.ts";
import { afterInvocation, lastInvocation } from "../invocation/invocation.ts";
import { End } from "./keys/trie-node.ts";
import type { Load } from "../invocation/load.ts";
import type { Listed, Lru } from "./lru.ts";

/** What is kept under a key, from the call that begins to load it. There may be very many: no field is idle. */
export class Entry extends End implements Listed {
  /** What the function returned: for an async one its promise. */
  result: unknown = undefined;
  /** The load under way, or else the terms; an entry is in the list of the least recently used only without a load. */
  state: Load | Terms | undefined;
  usedAt = 0;
  bytes = 0;

  constructor(load: Load) {
    super();
    this.state = load;
  }
}

/** On what terms the value of a cache with `ttl` or `dispose` is kept. */
export class Terms {
  /** By `clock`. */
  readonly expires: number;
  /** The last invocation that may have been given the value. */
  givenTo: number;

  constructor(expires: number, givenTo: number) {
    this.expires = expires;
    this.givenTo = givenTo;
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
  /** Tell the author of the cache something, soon. */
  readonly tell: (what: (notices: CacheNotices) => void) => Promise<void>;
}

/** What keeping a small entry takes, its key included. */
const ENTRY_BYTES = 200;

/** What a value counts for: what `sizeOf` says, or an estimate, with what an entry takes besides. */
export function bytesOf(value: unknown, { sizeOf, tell }: CacheDefinition): number {
  if (sizeOf === undefined) return ENTRY_BYTES + estimateBytes(value);
  try {
    const bytes = sizeOf(value);
    if (typeof bytes === "number" && bytes >= 0) return bytes;
    void tell((notices) => notices.sizeFailed(`returned ${String(bytes)}`));
  } catch (error) {
    void tell((notices) => notices.sizeFailed(`threw ${String(error)}`));
  }
  return ENTRY_BYTES + estimateBytes(value);
}

/** Have a value that leaves disposed of, once no invocation runs that was given it. */
export function disposeOf({ result, state }: Entry, { dispose, tell }: CacheDefinition): void {
  if (dispose === undefined || state === undefined) return;
  afterInvocation(state.givenTo, () => {
    disposeValue(result, dispose).catch((error: unknown) => tell((notices) => notices.disposeFailed(error)));
  });
}

/** The value of a promise is meant: a rejected one is not kept, and never comes here. */
async function disposeValue(result: unknown, dispose: (value: unknown) => unknown): Promise<void> {
  await dispose(await result); // and later: whoever lets go of the value is in the middle of something
}

/** Take note that an entry's value is being handed out. */
export function give(state: Load | Terms): void {
  state.givenTo = lastInvocation;
}
