import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { DirectoryStore } from "../../../sdk/store/directory-store.ts";
import { testObjectStore } from "../../support/object-store-suite.ts";

describe("a directory as an object store", () => {
  const root = mkdtempSync(join(tmpdir(), "lambent-directory-store-"));
  afterAll(() => rmSync(root, { recursive: true, force: true }));
  testObjectStore(async () => ({ store: new DirectoryStore(root), bucket: "bucket" }));

  const store = new DirectoryStore(root);
  const text = Buffer.from("x");

  test.each([
    ["bucket", "../../etc/passwd"],
    ["bucket", "a/../../secret"],
    ["bucket", "/etc/passwd"],
    ["bucket", "a/./b"],
    ["bucket", "a//b"],
    ["bucket", "a/"],
    ["bucket", "..\\..\\secret"],
    ["bucket", "a\0b"],
    ["bucket", ""],
  ])("bucket %j and key %j: a key that leaves its bucket is refused", async (bucket, key) => {
    for (const call of [store.head(bucket, key), store.get(bucket, key), store.stream(bucket, key)])
      await expect(call).rejects.toThrow("the key leaves its bucket");
    await expect(store.put(bucket, key, text)).rejects.toThrow("the key leaves its bucket");
  });

  test.each(["..", ".", "", ".hashes", "a/b", "../other", "a\\b", "a\0b", "/"])("%j is no bucket", async (bucket) => {
    for (const call of [store.head(bucket, "k"), store.get(bucket, "k"), store.stream(bucket, "k")])
      await expect(call).rejects.toThrow("a bucket's name has letters");
    await expect(store.put(bucket, "k", text)).rejects.toThrow("a bucket's name has letters");
  });

  test("a key is no URL: what is encoded in it stays as it is", async () => {
    await store.put("bucket", "%2e%2e/%2fetc", text);
    expect(await store.get("bucket", "%2e%2e/%2fetc")).toEqual(text);
    expect(existsSync(join(root, "bucket", "%2e%2e", "%2fetc"))).toBe(true);
  });

  test("no symbolic link leads out of the root, neither a file, nor a directory, nor one to what is not there yet", async () => {
    const outside = mkdtempSync(join(tmpdir(), "lambent-outside-"));
    writeFileSync(join(outside, "secret"), "secret");
    mkdirSync(join(root, "links"), { recursive: true });
    symlinkSync(join(outside, "secret"), join(root, "links/file"));
    symlinkSync(outside, join(root, "links/directory"));
    symlinkSync(join(outside, "new"), join(root, "links/new"));
    symlinkSync(outside, join(root, "bucket-link"));
    const leads = "a symbolic link leads out of";
    for (const [bucket, key] of [
      ["links", "file"],
      ["links", "directory/secret"],
      ["bucket-link", "secret"],
    ] as const) {
      await expect(store.head(bucket, key)).rejects.toThrow(leads);
      await expect(store.get(bucket, key)).rejects.toThrow(leads);
      await expect(store.stream(bucket, key)).rejects.toThrow(leads);
    }
    for (const key of ["file", "directory/new", "new"])
      await expect(store.put("links", key, text)).rejects.toThrow(leads);
    expect(readdirSync(outside)).toEqual(["secret"]);
    rmSync(outside, { recursive: true });
  });

  test("a link within the root is followed, and the root itself may be one", async () => {
    await store.put("bucket", "real", text);
    symlinkSync(join(root, "bucket/real"), join(root, "bucket/other"));
    expect(await store.get("bucket", "other")).toEqual(text);
    const link = `${root}-link`;
    symlinkSync(root, link);
    expect(await new DirectoryStore(link).get("bucket", "real")).toEqual(text);
    rmSync(link);
  });
});
