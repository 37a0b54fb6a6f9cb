import "../../support/store-directory.ts";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test, vi } from "vitest";
import { ActorEnvironment, S3File } from "lambent";
import { runInvocation } from "../../../sdk/invocation/invocation.ts";
import { directory } from "../../support/store-directory.ts";

const MIB = 1024 * 1024;
vi.stubEnv("LAMBENT_EPHEMERAL_STORAGE", "10");

// What an earlier process left: a whole copy, and a part of one.
const left = join(directory, "tmp/lambent-files");
for (const name of ["a/left.bin", "b/cut.bin.1.part"]) {
  mkdirSync(dirname(join(left, name)), { recursive: true });
  writeFileSync(join(left, name), Buffer.alloc(2 * MIB));
}

/** A file of so many MiB in the store. */
async function file(name: string, mib: number): Promise<S3File> {
  const path = join(directory, name);
  writeFileSync(path, Buffer.alloc(mib * MIB, name));
  return S3File.from(path);
}

/** As a task of its own. */
async function inTask<T>(work: () => Promise<T>): Promise<T> {
  const outcome = await runInvocation(work);
  if (!outcome.isOk) throw outcome.error;
  return outcome.result;
}

const [one, two, three, four] = (await Promise.all(
  ["one.bin", "two.bin", "three.bin", "four.bin"].map((name) => file(name, 4)),
)) as [S3File, S3File, S3File, S3File];

test("what an earlier process left takes room, until it has to go; parts go at once", async () => {
  const path = await inTask(() => one.download());
  expect(existsSync(join(left, "b/cut.bin.1.part"))).toBe(false);
  expect(existsSync(join(left, "a/left.bin"))).toBe(true);
  await inTask(() => two.download());
  expect(existsSync(join(left, "a/left.bin"))).toBe(true); // 2 + 4 + 4
  await inTask(() => three.download());
  expect(existsSync(join(left, "a/left.bin"))).toBe(false);
  expect(existsSync(path)).toBe(false); // 2 MiB were not enough
});

test("what was used longest ago goes first, and is downloaded again when it is asked for", async () => {
  const [second, third] = [await inTask(() => two.download()), await inTask(() => three.download())];
  expect(await inTask(() => two.download())).toBe(second); // now three is the one used longest ago
  const fourth = await inTask(() => four.download());
  expect([second, third, fourth].map((path) => existsSync(path))).toEqual([true, false, true]);
  expect(readFileSync(await inTask(() => three.download()), "utf8").slice(0, 9)).toBe("three.bin");
});

test("what running tasks use stays, and one that finds no room says so before it downloads", async () => {
  await inTask(async () => {
    const [first, second] = [await one.download(), await two.download()];
    await expect(inTask(() => three.download())).rejects.toThrow(
      `${three.uri} has 4194304 bytes, and of the disk's 10485760 bytes 8388608 are taken by files in use: set the actor's ephemeralStorageSize to 12 MiB or more`,
    );
    expect([first, second].map((path) => existsSync(path))).toEqual([true, true]);
  });
  await inTask(() => three.download());
});

test("what a cache is loading stays until it has loaded", async () => {
  const actor = new ActorEnvironment({ name: "loader" });
  let opened: (() => void) | undefined;
  const waiting = new Promise<void>((resolve) => (opened = resolve));
  const load = actor.cache(async function load(wanted: S3File) {
    const path = await wanted.download();
    await waiting;
    return readFileSync(path, "utf8").slice(0, 7);
  });
  // As in a preload, outside of every invocation.
  const loading = load(one);
  await two.download();
  await three.download();
  await four.download();
  opened?.();
  expect(await loading).toBe("one.bin");
});

test("a file that is larger than the disk is refused with what would hold it", async () => {
  const large = await file("large.bin", 11);
  await expect(large.download()).rejects.toThrow(
    `${large.uri} has 11534336 bytes, and the disk holds 10485760: set the actor's ephemeralStorageSize to 11 MiB or more`,
  );
  expect((await large.text()).length).toBe(11 * MIB); // it can still be read
});

test("a download is told in the receipt of the invocation that began it, and one before all in the first", async () => {
  await one.download();
  const first = await runInvocation(() => Promise.all([two.download(), two.download()]));
  expect(first.downloads).toMatchObject({ bytes: expect.any(Number) });
  expect(first.downloads?.files).toBeGreaterThan(0);
  const again = await runInvocation(() => two.download());
  expect(again.downloads).toBeUndefined();
});
