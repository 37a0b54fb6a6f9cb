/**
 * The program that is run once the process of a pool is gone: `node replica-cleanup.js DIRECTORY`. It ends what still
 * runs of the pool's replicas, and removes their directory.
 */
import { rm } from "node:fs/promises";
import { endProcessesOf } from "./replica-leftovers.ts";

const [, , directory] = process.argv;
if (directory !== undefined) {
  await endProcessesOf(directory);
  await rm(directory, { recursive: true, force: true });
}
