import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { bundle } from "./replicas/bundle.ts";

test("a million different keys of every sort leave the heap as large as a hundred thousand did", async () => {
  const program = await bundle("million-keys");
  const { stdout } = await promisify(execFile)(process.execPath, ["--expose-gc", "--max-old-space-size=64", program]);
  const { warm, growth } = JSON.parse(stdout) as { warm: number; growth: number };
  expect(warm).toBeLessThan(24 * 1024 * 1024);
  // 900,000 keys more: half a byte for each, where one that leaked would be hundreds.
  expect(growth).toBeLessThan(512 * 1024);
}, 60_000);
