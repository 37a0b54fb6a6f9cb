import { directory } from "../../support/store-directory.ts";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { S3File } from "lambent";

const work = await mkdtemp(join(tmpdir(), "lambent-file-"));
async function write(name: string, content: string): Promise<string> {
  await writeFile(join(work, name), content);
  return join(work, name);
}

test("a file goes up and comes back as text, JSON, stream or local copy", async () => {
  const file = await S3File.from(await write("data.json", '{"a":1}'));
  expect(file).toMatchObject({
    uri: expect.stringMatching(/^s3:\/\/local\/files\/[0-9a-f]{64}\/data\.json$/),
    format: "json",
  });
  expect(await file.text()).toBe('{"a":1}');
  expect(await file.json()).toEqual({ a: 1 });
  expect(await text(await file.stream())).toBe('{"a":1}');
  expect(await readFile(await file.download(), "utf8")).toBe('{"a":1}');
});

test("a file is downloaded once, to a path of its own for each content", async () => {
  const first = await S3File.from(await write("model.txt", "one"), "txt");
  const second = await S3File.from(await write("model.txt", "two"), "txt");
  const paths = await Promise.all([first.download(), first.download(), second.download()]);
  expect(paths[0]).toBe(paths[1]);
  expect(paths[2]).not.toBe(paths[0]);
  expect(paths[0]).toMatch(/model\.txt$/);
  expect([await readFile(paths[0], "utf8"), await readFile(paths[2], "utf8")]).toEqual(["one", "two"]);
});

test("two files are equal by address and version of the content", async () => {
  const file = await S3File.from(await write("same.txt", "same"), "txt");
  const again = await S3File.from(await write("same.txt", "same"), "txt");
  const other = new S3File({ ...file, version: "other" });
  expect(file.equals(again)).toBe(true);
  expect(file.hashCode()).toBe(again.hashCode());
  expect(file.equals(other)).toBe(false);
});

test("content that was overwritten or removed since is not served", async () => {
  const file = await S3File.from(await write("gone.txt", "before"), "txt");
  const path = join(directory, file.uri.slice("s3://".length));
  await writeFile(path, "after");
  await expect(file.text()).rejects.toThrow(`${file.uri} was overwritten, or never had the version that is asked for`);
  await rm(path);
  await expect(file.download()).rejects.toThrow(`${file.uri}: no such object`);
});

test("a failed download leaves nothing behind, and is tried again", async () => {
  const source = await write("later.txt", "here now");
  const file = await S3File.from(source, "txt");
  const path = join(directory, file.uri.slice("s3://".length));
  await rm(path);
  await expect(file.download()).rejects.toThrow("no such object");
  await S3File.from(source, "txt");
  expect(await readFile(await file.download(), "utf8")).toBe("here now");
});

test("a local path that cannot be read is named", async () => {
  await expect(S3File.from(join(work, "nowhere.txt"))).rejects.toThrow(
    /S3File\.from\(".*nowhere\.txt"\): cannot read the file/,
  );
  expect(await readdir(work)).not.toContain("nowhere.txt");
});

test("an address that is none says what it must look like", async () => {
  await expect(new S3File({ uri: "key", version: "", format: "" }).text()).rejects.toThrow(
    '"key" is not the address of a file: it must read s3://bucket/key',
  );
});
