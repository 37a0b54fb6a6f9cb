import { createHash } from "node:crypto";
import { rmdirSync, rmSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { hasEnded, ownerName } from "../emulator/replicas/process-owner.ts";

/** How many services this process has served: each has a directory of its own. */
let served = 0;

/** Directories that are in use, and go when the process exits before it has closed its services. */
const inUse = new Set<string>();

/**
 * The name of a directory in which artifacts lie while they are served: away from the project, whose `node_modules`
 * would lend them what Lambda does not have.
 */
export function newArtifactsDirectory(root: string): string {
  served += 1;
  const owner = process.getuid?.() ?? "user";
  const project = join(tmpdir(), `lambent-${owner}`, createHash("sha256").update(root).digest("hex").slice(0, 16));
  const directory = join(project, `${ownerName()}-${served}`);
  if (inUse.size === 0) process.on("exit", removeAll);
  inUse.add(directory);
  return directory;
}

export async function removeArtifacts(directory: string): Promise<void> {
  await rm(directory, { recursive: true, force: true });
  removeIfEmpty(dirname(directory));
  inUse.delete(directory);
  if (inUse.size === 0) process.off("exit", removeAll);
}

function removeAll(): void {
  for (const directory of inUse) {
    rmSync(directory, { recursive: true, force: true });
    removeIfEmpty(dirname(directory));
  }
}

/** Another process may serve the same project. */
function removeIfEmpty(directory: string): void {
  try {
    rmdirSync(directory);
  } catch {
    // It is not empty, or not there.
  }
}

/**
 * Removes what emulators of the same project have left that were killed. The name of their directory begins with their
 * process's.
 * @param own a directory of the project
 */
export async function removeAbandonedArtifacts(own: string): Promise<void> {
  const directory = dirname(own);
  const names = await readdir(directory).catch(() => []);
  const abandoned = names.filter((name) => hasEnded(name));
  await Promise.all(abandoned.map((name) => rm(join(directory, name), { recursive: true, force: true })));
}
