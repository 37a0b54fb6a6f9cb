import { randomBytes } from "node:crypto";
import { createReadStream, createWriteStream, mkdtempSync, rmSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { LambentError } from "../../sdk/base/errors.ts";
import type { ObjectStore } from "../../sdk/store/object-store.ts";

/** A store under test, and a bucket that it may write to. */
export interface StoreUnderTest {
  readonly store: ObjectStore;
  readonly bucket: string;
}

/** What every {@link ObjectStore} does. */
export function testObjectStore(setup: () => Promise<StoreUnderTest>): void {
  const directory = mkdtempSync(join(tmpdir(), "lambent-store-"));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  let ready: Promise<StoreUnderTest> | undefined;
  function opened(): Promise<StoreUnderTest> {
    return (ready ??= setup());
  }

  async function read(stream: Readable): Promise<string> {
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(Buffer.from(chunk as Uint8Array)); // object stores stream bytes
    return Buffer.concat(chunks).toString();
  }

  test("an object that is put is there, with its size and a version", async () => {
    const { store, bucket } = await opened();
    const info = await store.put(bucket, "put/a.txt", Buffer.from("hello"));
    expect(info).toEqual({ version: expect.stringMatching(/.+/), size: 5 });
    expect(await store.head(bucket, "put/a.txt")).toEqual(info);
    expect((await store.get(bucket, "put/a.txt"))?.toString()).toBe("hello");
  });

  test("an object that was never put is not there", async () => {
    const { store, bucket } = await opened();
    expect(await store.head(bucket, "none")).toBeUndefined();
    expect(await store.get(bucket, "none")).toBeUndefined();
    await expect(store.stream(bucket, "none")).rejects.toThrow(/^s3:\/\/.*\/none: no such object/);
  });

  test("other content is another version, equal content is the same", async () => {
    const { store, bucket } = await opened();
    const one = await store.put(bucket, "version", Buffer.from("one"));
    const two = await store.put(bucket, "version", Buffer.from("two"));
    expect(two.version).not.toBe(one.version);
    expect(await store.put(bucket, "version", Buffer.from("one"))).toEqual(one);
  });

  test("an overwritten version is refused, not served", async () => {
    const { store, bucket } = await opened();
    const { version } = await store.put(bucket, "overwritten", Buffer.from("old"));
    expect(await read(await store.stream(bucket, "overwritten", version))).toBe("old");
    await store.put(bucket, "overwritten", Buffer.from("new"));
    const refused = `s3://${bucket}/overwritten was overwritten, or never had the version that is asked for`;
    await expect(store.stream(bucket, "overwritten", version)).rejects.toThrow(refused);
    // What S3 would take for any version is none, and nothing tells which version there is.
    for (const any of ["*", "", " * ", '"*"', `${version}, *`, "a b"]) {
      const error = await store.stream(bucket, "overwritten", any).catch((thrown: unknown) => thrown);
      expect(error).toEqual(new LambentError(refused));
    }
  });

  test("of many that swap one version, or none, for another, one does", async () => {
    const { store, bucket } = await opened();
    async function race(from: string | undefined): Promise<string[]> {
      const bodies = Array.from({ length: 8 }, () => Buffer.from(randomBytes(8).toString("hex")));
      const infos = await Promise.all(bodies.map((body) => store.swap(bucket, "swapped", body, from)));
      const won = infos.flatMap((info, index) => (info === undefined ? [] : [{ info, body: bodies[index] }]));
      expect(won).toHaveLength(1);
      expect(await store.head(bucket, "swapped")).toEqual(won[0]?.info);
      expect(await store.get(bucket, "swapped")).toEqual(won[0]?.body);
      return won.map(({ info }) => info.version);
    }
    const [first] = await race(undefined);
    const [second] = await race(first);
    expect(await store.swap(bucket, "swapped", Buffer.from("late"), first)).toBeUndefined();
    expect(await store.swap(bucket, "swapped", Buffer.from("late"), undefined)).toBeUndefined();
    expect(await store.swap(bucket, "never", Buffer.from("late"), second)).toBeUndefined();
  });

  test("when an object was written is told, and nothing of one that is not there", async () => {
    const { store, bucket } = await opened();
    await store.put(bucket, "timed", Buffer.from("now"));
    expect(Math.abs(Date.now() - Number(await store.writtenAt(bucket, "timed")))).toBeLessThan(60_000);
    expect(await store.writtenAt(bucket, "untimed")).toBeUndefined();
  });

  test("with ifAbsent the first of many writers wins, and all are told its version", async () => {
    const { store, bucket } = await opened();
    const writers = Array.from({ length: 8 }, (_, index) =>
      store.put(bucket, "race", Buffer.from(`writer ${index}`), { ifAbsent: true }),
    );
    const infos = await Promise.all(writers);
    expect(new Set(infos.map(({ version }) => version)).size).toBe(1);
    expect(await store.head(bucket, "race")).toEqual(infos[0]);
    const kept = (await store.get(bucket, "race"))?.toString();
    expect(kept).toMatch(/^writer \d$/);
    await store.put(bucket, "race", Buffer.from("late"), { ifAbsent: true });
    expect((await store.get(bucket, "race"))?.toString()).toBe(kept);
  });

  test("a file is put with ifAbsent once", async () => {
    const { store, bucket } = await opened();
    const file = join(directory, "once.txt");
    await writeFile(file, "first");
    const first = await store.put(bucket, "once", { file }, { ifAbsent: true });
    await writeFile(file, "second");
    expect(await store.put(bucket, "once", { file }, { ifAbsent: true })).toEqual(first);
  });

  test("ranges: from the start, from the middle, and to the end", async () => {
    const { store, bucket } = await opened();
    const { version } = await store.put(bucket, "range", Buffer.from("0123456789"));
    async function part(start: number, end?: number): Promise<string> {
      return read(await store.stream(bucket, "range", version, { start, ...(end === undefined ? {} : { end }) }));
    }
    expect(await part(0, 0)).toBe("0");
    expect(await part(3, 6)).toBe("3456");
    expect(await part(7)).toBe("789");
  });

  test("keys may hold any characters that S3 allows, and lie apart", async () => {
    const { store, bucket } = await opened();
    const key = fc
      .string({ unit: fc.constantFrom(..."abzAZ09-_.~ +=&%#äß日"), minLength: 1, maxLength: 12 })
      .filter((text) => !/^\.+$/.test(text));
    const keys = fc.uniqueArray(
      fc.array(key, { minLength: 1, maxLength: 3 }).map((parts) => `keys/${parts.join("/")}/end`),
      { minLength: 2, maxLength: 4 },
    );
    await fc.assert(
      fc.asyncProperty(keys, async (names) => {
        await Promise.all(names.map((name) => store.put(bucket, name, Buffer.from(name))));
        for (const name of names) expect((await store.get(bucket, name))?.toString()).toBe(name);
      }),
      { numRuns: 10 },
    );
  });

  test("empty objects are objects", async () => {
    const { store, bucket } = await opened();
    expect(await store.put(bucket, "empty", Buffer.alloc(0))).toMatchObject({ size: 0 });
    expect(await store.get(bucket, "empty")).toEqual(Buffer.alloc(0));
    expect(await read(await store.stream(bucket, "empty"))).toBe("");
  });

  describe("a file of 48 MB, three times the memory that its transfer may take", () => {
    const file = join(directory, "large.bin");

    test("goes up and comes down unchanged, in memory that does not grow with it", { timeout: 120_000 }, async () => {
      const { store, bucket } = await opened();
      const block = randomBytes(1024 * 1024);
      await pipeline(Readable.from(Array.from({ length: 48 }, () => block)), createWriteStream(file));
      const before = memoryInUse();
      const samples: number[] = [];
      const timer = setInterval(() => samples.push(memoryInUse()), 250); // each collects garbage, for some 100 ms
      const { version } = await store.put(bucket, "large.bin", { file });
      const copy = join(directory, "copy.bin");
      await pipeline(await store.stream(bucket, "large.bin", version), createWriteStream(copy));
      samples.push(memoryInUse());
      clearInterval(timer);
      expect(await same(file, copy)).toBe(true);
      expect(Math.max(...samples) - before).toBeLessThan(16 * 1024 * 1024);
    });
  });
}

/**
 * Bytes, in the heap and beside it, that something still refers to. The process's size would have in it what has not
 * been collected yet: some 32 MB of buffers, whether a file has 100 MB or 300.
 */
function memoryInUse(): number {
  collectGarbage();
  collectGarbage(); // the first leaves buffers to a thread of its own, the second waits for it
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void; // what the flag exposes

/** Whether two files have one content. */
async function same(left: string, right: string): Promise<boolean> {
  const rights = createReadStream(right)[Symbol.asyncIterator]() as AsyncIterator<Buffer, undefined>; // no encoding is set, so chunks are buffers
  for await (const chunk of createReadStream(left)) {
    const other = await rights.next();
    if (other.done === true || !other.value.equals(chunk as Buffer)) return false;
  }
  return (await rights.next()).done === true;
}
