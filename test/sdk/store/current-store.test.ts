import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { S3File } from "lambent";
import { setDefaultStore } from "../../../sdk/store/current-store.ts";

const directory = await mkdtemp(join(tmpdir(), "lambent-store-"));
afterAll(() => rm(directory, { recursive: true, force: true }));

test("without a store a file cannot go up, and the error says what to do; once that is done it goes up", async () => {
  const path = join(directory, "a.txt");
  await writeFile(path, "hello");
  await expect(S3File.from(path)).rejects.toThrow(
    'no object store: set LAMBENT_BUCKET to an S3 bucket, or LAMBENT_STORE to a directory, in the environment; a script or a test may import "lambent/local"',
  );
  setDefaultStore(join(directory, "store"));
  expect(await (await S3File.from(path)).text()).toBe("hello");
});
