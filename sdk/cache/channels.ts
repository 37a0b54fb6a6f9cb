import type { Channel } from "node:diagnostics_channel";
import type { CacheCounters } from "../invocation/counters.ts";

// Not imported: for an `import` Node wraps its own module in an ES module with all of its exports, which takes longer
// than loading the whole cache does.
const { channel } = process.getBuiltinModule("node:diagnostics_channel");

/**
 * Channels of `node:diagnostics_channel` on which caches publish what they do. Every message has the names of `actor`
 * and `cache`. `load` (a load succeeded) and `failure` (it failed) also have `ms`, milliseconds; `failure` has the
 * `error`; `open` (a cache has been made) has `kept`, what it keeps, for who looks into it; `leave` (an entry was removed)
 * has the `reason`: `eviction`, `expiry`, `delete` or `clear`.
 */
export const channels: Readonly<Record<"hit" | "miss" | "join" | "load" | "failure" | "leave" | "open", Channel>> = {
  hit: channel("lambent:cache:hit"),
  miss: channel("lambent:cache:miss"),
  join: channel("lambent:cache:join"),
  load: channel("lambent:cache:load"),
  failure: channel("lambent:cache:failure"),
  leave: channel("lambent:cache:leave"),
  open: channel("lambent:cache:open"),
};

export function publish(to: Channel, { actor, cache }: CacheCounters, more?: object): void {
  to.publish({ actor, cache, ...more });
}
