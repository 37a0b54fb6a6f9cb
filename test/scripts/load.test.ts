import { spawnSync } from "node:child_process";
import { expect, it } from "vitest";
import { withFigures } from "../../scripts/figures/write-figures.ts";
import { growthOf } from "../../scripts/load/growth.ts";

/** A minute of samples, one each second, of memory that may rise by a tenth. @param bytes at a second */
function growthBy(bytes: (second: number) => number): ReturnType<typeof growthOf> {
  return growthOf(
    Array.from({ length: 60 }, (_, seconds) => ({ seconds, bytes: bytes(seconds) })),
    0.1,
  );
}

it("memory that is filled once, for a small part of the time, is flat", () => {
  expect(growthBy((second) => 100e6 + 2e6 * Math.min(second, 5)).isFlat).toBe(true);
});

it("memory that rises until garbage is collected is flat", () => {
  expect(growthBy((second) => 100e6 + 5e6 * (second % 7)).isFlat).toBe(true);
});

it("half a megabyte a second that nothing gives back is growth", () => {
  expect(growthBy((second) => 100e6 + 5e6 * (second % 7) + 0.5e6 * second)).toMatchObject({ isFlat: false });
});

it(
  "a service under load for a minute, 50 executions at a time, makes no mistake, takes no more memory and leaves nothing after Ctrl-C",
  { timeout: 300_000 },
  () => {
    const { stdout, stderr, status } = spawnSync("node", ["dist/scripts/load/load.js", "--seconds", "60"], {
      encoding: "utf8",
      env: { ...process.env, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" },
    });
    expect(stderr).toBe("");
    expect(stdout).toMatch(/^\d\d+ executions, 50 at a time: p50 \d+ ms, p99 \d+ ms$/m);
    expect(stdout).toMatch(/^emulator's heap in use: .*: flat$/m);
    expect(stdout).toMatch(/^emulator: .*: flat$/m);
    expect(stdout).toMatch(/^replicas: .*: flat$/m);
    expect(stdout).toContain("left behind: nothing\nfaults: 0\n");
    expect(status).toBe(0);
  },
);

it("figures take the place of those of the run before, and leave the others", () => {
  const page = "# Figures\n\n<!-- figures: load -->\nold\n<!-- end -->\n\n<!-- figures: day -->\n<!-- end -->\n";
  expect(withFigures(page, "load", ["1 execution"], "Here")).toBe(
    "# Figures\n\n<!-- figures: load -->\n\nHere:\n\n```text\n1 execution\n```\n\n<!-- end -->\n\n<!-- figures: day -->\n<!-- end -->\n",
  );
  expect(() => withFigures(page, "fuzz", [], "Here")).toThrow('no place for the figures "fuzz"');
});
