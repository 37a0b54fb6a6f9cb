import { directory } from "../../support/store-directory.ts";
import { execFile } from "node:child_process";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import { expect, test } from "vitest";

test("a list of 50 MB is stored and read piece by piece in memory that has no room for it twice", async () => {
  const program = join(directory, "program/large-list.mjs");
  await build({
    entryPoints: [fileURLToPath(new URL("large-list.ts", import.meta.url))],
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    splitting: true, // so that the client of S3 is not loaded
    outExtension: { ".js": ".mjs" },
    outdir: join(directory, "program"),
  });
  const work = join(directory, "megabytes");
  const { stdout } = await promisify(execFile)(process.execPath, ["--max-old-space-size=95", program, work, "50000"]);
  await rm(work, { recursive: true });
  expect(JSON.parse(stdout)).toEqual({
    $list: { key: expect.any(String) as string, count: 50_000, bytes: 50_150_001 },
    isSame: true,
  });
}, 120_000);
