import { type Channel, channel } from "node:diagnostics_channel";

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
