import { randomUUID } from "node:crypto";
import { link, readFile, rename, rm, writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

/** Milliseconds. What is done under a guard takes one or two; a guard that stays is one of a process that was killed. */
const LONGEST = 2_000;

/** Do something while no other process that asks for the same guard does, by a file that only one of them can make. */
export async function guarded<T>(file: string, work: () => Promise<T>): Promise<T> {
  const mine = `${file}.${randomUUID()}`;
  await writeFile(mine, mine);
  try {
    await taken(mine, file);
    try {
      return await work();
    } finally {
      // Only if it is still there: a process that was stopped for too long finds another's.
      await removed(file, mine);
    }
  } finally {
    await rm(mine, { force: true });
  }
}

/** Makes the guard, once it is gone, or once it has been the same for too long by this process's own clock. */
async function taken(mine: string, file: string): Promise<void> {
  let seen: string | undefined;
  let since = performance.now();
  while (!(await made(mine, file))) {
    const found = await ownerOf(file);
    if (found !== seen) [seen, since] = [found, performance.now()];
    if (seen !== undefined && performance.now() - since > LONGEST) await removed(file, seen);
    await sleep(1 + Math.random() * 5);
  }
}

async function made(mine: string, file: string): Promise<boolean> {
  try {
    await link(mine, file);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
}

/** Under another name first: of several that remove it one does, and one that was made meanwhile is put back. */
async function removed(file: string, owner: string): Promise<void> {
  const old = `${file}.${randomUUID()}`;
  await rename(file, old).catch(() => undefined);
  if ((await ownerOf(old)) !== owner) await link(old, file).catch(() => undefined);
  await rm(old, { force: true });
}

async function ownerOf(file: string): Promise<string | undefined> {
  return readFile(file, "utf8").catch(() => undefined);
}
