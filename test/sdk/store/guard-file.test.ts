import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { guarded } from "../../../sdk/store/guard-file.ts";

const directory = mkdtempSync(join(tmpdir(), "lambent-guard-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const file = join(directory, "guard");

test("one at a time does what is guarded, and nothing is left, also where it fails", async () => {
  let inside = 0;
  async function alone(): Promise<number> {
    const found = ++inside;
    await new Promise(setImmediate);
    inside--;
    return found;
  }
  expect(await Promise.all(Array.from({ length: 8 }, () => guarded(file, alone)))).toEqual(Array(8).fill(1));
  await expect(guarded(file, () => Promise.reject(new Error("failed")))).rejects.toThrow("failed");
  expect(readdirSync(directory)).toEqual([]);
});

test("a guard that another has taken meanwhile is left to it", async () => {
  await guarded(file, async () => {
    rmSync(file); // its inode is also that of the holder's own file
    writeFileSync(file, "another's");
  });
  expect(readFileSync(file, "utf8")).toBe("another's");
  expect(readdirSync(directory)).toEqual(["guard"]);
  rmSync(file);
});
