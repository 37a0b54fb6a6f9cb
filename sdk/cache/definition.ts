import { CacheCounters } from "../invocation/counters.ts";
import { checkOptions } from "./check-options.ts";
import type { CacheDefinition } from "./entry.ts";
import { type CacheLimits, resolveLimits } from "./limits.ts";
import type { CacheOptions } from "./options.ts";
import type { CacheNotices } from "./notices.ts";
import { Room } from "./room.ts";

/**
 * What a cache needs to know of its actor. Must be the same object for all caches of one actor: they share its limits.
 */
export interface CachingActor {
  readonly name: string;
  readonly limits?: CacheLimits;
}

/** The room of all caches of an actor that have no limits of their own. */
const roomByActor = new WeakMap<CachingActor, Room>();

/** @throws {LambentError} when an option is unknown, or its value is refused */
export function defineCache<A extends readonly unknown[], V>(
  actor: CachingActor,
  name: string,
  options: CacheOptions<A, V>,
): CacheDefinition {
  const owner = `actor.cache of ${name}`;
  checkOptions(options, owner);
  const { ttl, sizeOf, dispose, symbols = false } = options;
  return {
    counters: new CacheCounters(actor.name, name),
    room: roomOf(actor, options, owner),
    ttlMs: ttl === undefined ? Number.POSITIVE_INFINITY : ttl * 1000,
    countsSymbols: symbols,
    // They take a V. They are only called with results of the cached function, whose type V is; entries have no such
    // type.
    sizeOf: sizeOf as CacheDefinition["sizeOf"],
    dispose: dispose as CacheDefinition["dispose"],
    rejects: { isKnown: false },
    notify: notifierOf(name),
  };
}

/** The code and the texts of notices are loaded with the first notice: most replicas never need them. */
function notifierOf(name: string): CacheDefinition["notify"] {
  let notices: Promise<CacheNotices> | undefined;
  return async (print) => {
    try {
      notices ??= import("./notices.ts").then(({ CacheNotices }) => new CacheNotices(name));
      print(await notices);
    } catch {
      // The chunk cannot be loaded, or the author's error cannot be printed. Neither may fail the author's call.
      notices = undefined;
      console.warn(`${name}: there is something to tell of this cache, which could not be put into words`);
    }
  };
}

function roomOf(actor: CachingActor, options: CacheLimits, owner: string): Room {
  if (options.maxEntries !== undefined || options.maxBytes !== undefined) {
    return newRoom({ ...actor.limits, ...options }, owner);
  }
  let room = roomByActor.get(actor);
  if (room === undefined) roomByActor.set(actor, (room = newRoom(actor.limits ?? {}, `the actor ${actor.name}`)));
  return room;
}

function newRoom(limits: CacheLimits, owner: string): Room {
  const { maxEntries, maxBytes } = resolveLimits(limits, owner);
  return new Room(maxEntries, maxBytes);
}
