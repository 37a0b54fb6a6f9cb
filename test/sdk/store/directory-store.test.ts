import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { DirectoryStore } from "../../../sdk/store/directory-store.ts";
import { testObjectStore } from "../../support/object-store-suite.ts";

describe("a directory as an object store", () => {
  const root = mkdtempSync(join(tmpdir(), "lambent-directory-store-"));
  afterAll(() => rmSync(root, { recursive: true, force: true }));
  testObjectStore(async () => ({ store: new DirectoryStore(root), bucket: "bucket" }));

  test("a key that leaves its bucket is refused", async () => {
    const store = new DirectoryStore(root);
    await expect(store.put("bucket", "../../etc/passwd", Buffer.from("x"))).rejects.toThrow(
      "the key leaves its bucket",
    );
  });
});
