import { subscribe } from "node:diagnostics_channel";
import type { KeptEntries } from "../../../sdk/cache/kept-entries.ts";
import type { CacheContent } from "./cache-content.ts";
import { cacheKeyText } from "./cache-key-text.ts";

/** So many entries of a cache are told one by one. */
const SHOWN = 100;

/** Note the caches that the function makes. @returns what tells what is in those that it still has */
export function followCaches(): () => readonly CacheContent[] {
  const made = new Map<WeakRef<KeptEntries>, string>();
  const gone = new FinalizationRegistry<WeakRef<KeptEntries>>((ref) => made.delete(ref));
  subscribe("lambent:cache:open", (message) => {
    // Only caches publish there, and those of the bundle are of the version that this program is of.
    const { cache, kept } = message as { readonly cache: string; readonly kept: KeptEntries };
    const ref = new WeakRef(kept);
    made.set(ref, cache);
    gone.register(kept, ref);
  });
  return () => {
    const contents = new Map<string, CacheContent>();
    for (const [ref, cache] of made) {
      const kept = ref.deref();
      if (kept !== undefined) contents.set(cache, together(cache, contents.get(cache), kept));
    }
    return [...contents.values()];
  };
}

/** A decorated method has a cache for each instance: they are told as one, as receipts tell them. */
function together(cache: string, others: CacheContent | undefined, kept: KeptEntries): CacheContent {
  const leaves = kept.keys.leaves();
  const { entries = 0, bytes = 0, shown = [] } = others ?? {};
  const own = leaves.slice(0, SHOWN - shown.length).map((entry) => ({
    key: cacheKeyText(entry),
    bytes: Math.round(entry.bytes),
    isLoading: typeof entry.state === "object" && !("expires" in entry.state),
  }));
  return {
    cache,
    entries: entries + leaves.length,
    bytes: bytes + Math.round(leaves.reduce((sum, entry) => sum + entry.bytes, 0)),
    shown: [...shown, ...own],
  };
}
