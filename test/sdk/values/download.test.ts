import "../../support/store-directory.ts";
import { execFile } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { DownloadProgress } from "../../../sdk/values/download-progress.ts";
import { downloadObject } from "../../../sdk/values/range-download.ts";
import { DirectoryStore } from "../../../sdk/store/directory-store.ts";
import { S3Store } from "../../../sdk/store/s3-store.ts";
import { S3Server, s3Server } from "../../support/s3-server.ts";
import { unlessInstalled } from "../../support/tools.ts";

const MIB = 1024 * 1024;
const directory = await mkdtemp(join(tmpdir(), "lambent-download-"));
afterAll(() => rm(directory, { recursive: true, force: true }));

async function hashOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}

describe.skipIf(s3Server === undefined)(`a large object of S3${unlessInstalled("versitygw", s3Server)}`, () => {
  const size = 40 * MIB + 1;
  const source = join(directory, "large.bin");
  let server: S3Server;
  let store: S3Store;
  let version: string;
  beforeAll(async () => {
    await writeFile(source, randomBytes(size));
    server = await S3Server.start();
    await server.makeBucket("models");
    store = new S3Store(server.config);
    version = (await store.put("models", "large.bin", { file: source })).version;
  });
  afterAll(() => server.stop());
  beforeEach(() => {
    server.faults.length = 0;
    server.requests = 0;
  });

  function object(): Parameters<typeof downloadObject>[0] {
    return { store, bucket: "models", key: "large.bin", version, size };
  }

  test("it comes in parts of 8 MiB that are put together as they were", async () => {
    let bytes = 0;
    await downloadObject(object(), join(directory, "copy.bin"), (count) => (bytes += count));
    expect(await hashOf(join(directory, "copy.bin"))).toBe(await hashOf(source));
    expect(bytes).toBe(size);
    expect(server.requests).toBe(6);
  });

  test("parts that break off, or are refused for a while, go on from where they broke", async () => {
    server.faults.push({ cutAfter: 3 * MIB }, "reset", { cutAfter: 1 }, "503");
    await downloadObject(object(), join(directory, "broken.bin"), () => undefined);
    expect(await hashOf(join(directory, "broken.bin"))).toBe(await hashOf(source));
  });

  test("what is overwritten meanwhile is told, and no part is left running", async () => {
    await expect(
      downloadObject({ ...object(), version: '"another"' }, join(directory, "other.bin"), () => undefined),
    ).rejects.toThrow("s3://models/large.bin was overwritten, or never had the version that is asked for");
  });
});

test("a store that fails now and then is asked again from where it broke, and one that stays broken fails the download", async () => {
  const real = new DirectoryStore(join(directory, "store"));
  const source = join(directory, "flaky.bin");
  await writeFile(source, randomBytes(20 * MIB));
  const { version, size } = await real.put("b", "flaky.bin", { file: source });
  let left = 4;
  const flaky = Object.assign(Object.create(real) as DirectoryStore, {
    stream: (...args: Parameters<DirectoryStore["stream"]>) => {
      if (left-- > 0) return Promise.reject(new Error("the connection was lost"));
      return real.stream(...args);
    },
  });
  const target = join(directory, "flaky-copy.bin");
  const object = { store: flaky, bucket: "b", key: "flaky.bin", version, size };
  await downloadObject(object, target, () => undefined);
  expect(await hashOf(target)).toBe(await hashOf(source));
  left = Number.POSITIVE_INFINITY;
  await expect(downloadObject(object, target, () => undefined)).rejects.toThrow(
    /^s3:\/\/b\/flaky\.bin: bytes \d+ to \d+ did not come, 5 times: Error: the connection was lost$/,
  );
});

test("a file of 1 GB is downloaded in memory that does not grow with it", { timeout: 120_000 }, async () => {
  const program = join(directory, "program/large-file.mjs");
  await build({
    entryPoints: [fileURLToPath(new URL("large-file.ts", import.meta.url))],
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    splitting: true, // so that the client of S3 is not loaded
    outExtension: { ".js": ".mjs" },
    outdir: join(directory, "program"),
  });
  const work = join(directory, "gigabyte");
  const { stdout } = await promisify(execFile)(process.execPath, [program, work, "1000000000"]);
  const { grown, size } = JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as { grown: number; size: number };
  await rm(work, { recursive: true });
  expect(size).toBe(1_000_000_000);
  expect(grown).toBeLessThan(100 * MIB); // eight parts on their way, in chunks of 64 KiB, and what is not collected yet
});

test("a download that takes long is told of every few seconds, and one that does not is not", () => {
  const long = new DownloadProgress("s3://b/model.onnx", 1_200_000_000, 0);
  expect(long.received(300_000_000, 2_000)).toBeUndefined();
  expect(long.received(100_000_000, 3_000)).toBe("s3://b/model.onnx: 400 of 1200 MB downloaded in 3.0 s");
  expect(long.received(100_000_000, 4_000)).toBeUndefined();
  expect(long.received(300_000_000, 7_500)).toBe("s3://b/model.onnx: 800 of 1200 MB downloaded in 7.5 s");
  expect(long.received(400_000_000, 12_000)).toBeUndefined();
  expect(long.finished(12_000)).toBe("s3://b/model.onnx: 1200 MB downloaded in 12.0 s");
  const short = new DownloadProgress("s3://b/small.onnx", 5_000_000, 0);
  expect([short.received(5_000_000, 900), short.finished(900)]).toEqual([undefined, undefined]);
});
