import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { required, S3File, task, workflow } from "lambent";
import { run } from "lambent/local";

const directory = await mkdtemp(join(tmpdir(), "lambent-local-"));
afterAll(() => rm(directory, { recursive: true, force: true }));

const read = task(async function read({ file }: { file: S3File<"txt"> }) {
  return file.text();
});
const reading = workflow({ file: required<S3File<"txt">>() }, function reading({ file }) {
  return read({ file });
});

test("a file that a script uploads before its first run is there for the workflow's tasks", async () => {
  const path = join(directory, "a.txt");
  await writeFile(path, "hello");
  const file = await S3File.from(path, "txt");
  expect(await run(reading, { file })).toBe("hello");
});
