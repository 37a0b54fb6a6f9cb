import { ApiError } from "../../emulator/index.ts";
import { residentBytes } from "../../emulator/replicas/replica-memory.ts";
import type { ReplicaControl } from "../../emulator/replicas/replica-control.ts";
import type { ReplicaDescription } from "../../emulator/replicas/replica-pool.ts";
import type { CacheContents, Replica } from "./api.ts";
import type { CacheTotals } from "./cache-totals.ts";
import type { ConsoleSource } from "./source.ts";

/** What may be done with a replica, as it stands in the path of a request. */
export const REPLICA_ACTIONS = ["recycle", "freeze", "thaw"] as const;
export type ReplicaAction = (typeof REPLICA_ACTIONS)[number];

/** All replicas that have not ended. */
export function replicas(source: ConsoleSource, totals: CacheTotals): Replica[] {
  return (source.pool?.describe() ?? [])
    .filter(({ state }) => state !== "ended")
    .map((description) => shown(description, source, totals));
}

/** One of them; undefined if there is none of this id any more. */
export function replica(source: ConsoleSource, totals: CacheTotals, id: string): Replica | undefined {
  const description = source.pool?.describe().find((one) => one.id === id && one.state !== "ended");
  return description && shown(description, source, totals);
}

/**
 * @returns the replica as it is then; after it was told to end at once, as it was
 * @throws {ApiError} 404 if there is no such replica
 */
export function act(source: ConsoleSource, totals: CacheTotals, id: string, action: ReplicaAction): Replica {
  const before = replica(source, totals, id);
  if (before === undefined) throw unknown(id);
  controlOf(source, id)[action]();
  return replica(source, totals, id) ?? { ...before, state: "ended" };
}

/**
 * What is in a replica's caches. One that has a request is not asked, since it would tell when that has ended.
 * @throws {ApiError} 404 if there is no such replica, 409 if it is not free
 */
export async function cacheContents(source: ConsoleSource, id: string): Promise<CacheContents> {
  const control = controlOf(source, id);
  const state = source.pool?.describe().find((one) => one.id === id)?.state;
  if (state !== "idle" && state !== "frozen")
    throw new ApiError(
      "ConflictException",
      `The replica ${id} is ${state}: its caches are told when it is idle or frozen`,
      {},
      409,
    );
  try {
    return { caches: await control.contents() };
  } catch (error) {
    if (replicaIsThere(source, id)) throw error;
    throw unknown(id);
  }
}

function controlOf({ pool }: ConsoleSource, id: string): ReplicaControl {
  const control = pool?.control(id);
  if (control === undefined) throw unknown(id);
  return control;
}

function replicaIsThere({ pool }: ConsoleSource, id: string): boolean {
  return pool?.control(id) !== undefined;
}

function unknown(id: string): ApiError {
  return new ApiError(
    "ResourceNotFound",
    `There is no replica ${id}: it has ended, or its functions run elsewhere`,
    {},
    404,
  );
}

function shown(description: ReplicaDescription, { titleOf }: ConsoleSource, totals: CacheTotals): Replica {
  const { id, functionName, version, initializationType, state, next, pid, memorySize } = description;
  const memoryBytes = pid === undefined ? undefined : residentBytes(pid);
  return {
    id,
    functionName,
    title: titleOf?.(functionName) ?? functionName,
    version,
    initializationType,
    state,
    ...(next === undefined ? {} : { next }),
    ...(pid === undefined ? {} : { pid }),
    ...(memoryBytes === undefined ? {} : { memoryBytes }),
    memoryLimitBytes: memorySize * 2 ** 20,
    startedAt: description.startedAt,
    ...(description.initDuration === undefined ? {} : { initMs: description.initDuration }),
    invocations: description.invocations,
    ...totals.of(id),
  };
}
