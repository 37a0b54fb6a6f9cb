/**
 * The program that is run once the process of a pool is gone: `node replica-cleanup.js ID DIRECTORY`. It ends what
 * still runs of the replicas, which have the pool's id in their environment, and removes their directory.
 */
import { rm } from "node:fs/promises";
import { endMarkedProcesses } from "./replica-leftovers.ts";

const [, , poolId, directory] = process.argv;
if (poolId !== undefined && directory !== undefined) {
  await endMarkedProcesses(poolId);
  await rm(directory, { recursive: true, force: true });
}
