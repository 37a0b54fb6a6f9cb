import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { bundle } from "../replicas/bundle.ts";

test.each([[[]], [["--disallow-code-generation-from-strings"]]])(
  "records are found in a process run with %j",
  async (flags) => {
    const program = await bundle("records");
    const { stdout } = await promisify(execFile)(process.execPath, [...flags, program]);
    expect(JSON.parse(stdout)).toEqual({ hits: 594, misses: 6, joined: 0, evictions: 0, size: 6 });
  },
);
