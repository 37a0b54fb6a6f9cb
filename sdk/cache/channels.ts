import type { Channel } from "node:diagnostics_channel";

// Not imported: what a module of Node's is wrapped in for that takes longer to make than all of the cache to load.
const { channel } = process.getBuiltinModule("node:diagnostics_channel");

/**
 * What caches do, for whoever subscribes with `node:diagnostics_channel`. Every message has `actor` and `cache`;
 * `load` and `failure` have `ms`, `failure` the `error`, `leave` the `reason`.
 */
export const channels: Readonly<Record<"hit" | "miss" | "join" | "load" | "failure" | "leave", Channel>> = {
  hit: channel("lambent:cache:hit"),
  miss: channel("lambent:cache:miss"),
  join: channel("lambent:cache:join"),
  load: channel("lambent:cache:load"),
  failure: channel("lambent:cache:failure"),
  leave: channel("lambent:cache:leave"),
};
