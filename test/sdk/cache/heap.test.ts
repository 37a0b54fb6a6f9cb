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

test("5,000 keys of 100 KB of any sort do not end a replica of 256 MB", async () => {
  const program = await bundle("large-keys");
  const env = { ...process.env, AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "256" };
  const { stdout } = await promisify(execFile)(process.execPath, ["--max-old-space-size=256", program], { env });
  const { texts, found } = JSON.parse(stdout) as { texts: number; found: number };
  expect(texts).toBeGreaterThan(1200);
  expect(texts).toBeLessThan(1342); // 128 MiB
  expect(found).toBe(100_008);
}, 60_000);

test("caches that instances make for themselves go with the instances, and leave nothing to later invocations", async () => {
  const program = await bundle("instances");
  const { stdout } = await promisify(execFile)(process.execPath, ["--expose-gc", program]);
  const { left, ...rest } = JSON.parse(stdout) as { left: Record<string, number> };
  // The last one may still be on the stack.
  for (const count of Object.values(left)) expect(count).toBeLessThan(5);
  expect(Object.keys(left)).toHaveLength(8);
  expect(rest).toEqual({ receipts: 1600, disposed: 200, caches: 1, hits: 1 });
}, 60_000);
