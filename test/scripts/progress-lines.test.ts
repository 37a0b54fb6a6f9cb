import { WriteStream } from "node:tty";
import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import type { MapProgress } from "../../infra/run/remote/map-progress.ts";
import { progressLine, ProgressLines, progressText } from "../../scripts/commands/progress-lines.ts";

const map: MapProgress = {
  node: "score",
  total: 1000,
  isAbout: false,
  done: 400,
  failed: 3,
  loads: 12,
  hits: 388,
  restMs: 125_000,
};

test("how far a map is: done, failed, loads, hits and an estimate of the rest", () => {
  expect(progressText(map)).toBe("400 of 1,000, 3 failed, 12 loads, 388 hits, about 2 min 5 s left");
  const begun = { ...map, total: 2500, isAbout: true, done: 0, failed: 0, loads: 0, hits: 0, restMs: undefined };
  expect(progressText(begun)).toBe("0 of about 2,500");
  expect(progressText({ ...map, done: 1000 })).toBe("1,000 of 1,000, 3 failed, 12 loads, 388 hits");
  expect(progressText({ ...map, restMs: 10 })).toMatch(/, about 1\.0 s left$/);
});

test("a map's line has a bar, after names of one width", () => {
  expect(progressLine({ ...map, failed: 0, loads: 0, hits: 0, restMs: undefined }, 8)).toBe(
    "score     ████████░░░░░░░░░░░░  400 of 1,000",
  );
});

/** A terminal of 30 columns, and what was written to it. */
function terminal(): { readonly stream: WriteStream; readonly written: () => string } {
  const output = new PassThrough();
  const stream = Object.assign(Object.create(WriteStream.prototype) as WriteStream, {
    isTTY: true,
    columns: 30,
    rows: 3,
    write: (text: string) => output.write(text),
  });
  return { stream, written: () => String(output.read() ?? "") };
}

test("on a terminal lines are drawn anew in their place, none longer than it is wide, and no more than it has", () => {
  const { stream, written } = terminal();
  const lines = new ProgressLines(stream);
  lines.draw([map, map, { ...map, node: "last" }]);
  const first = written();
  expect(first.startsWith("\u001B[J")).toBe(true);
  expect(first.split("\n")).toHaveLength(3); // two lines, and the cursor beneath them
  expect(first).toContain("last");
  lines.draw([map]);
  expect(written().startsWith("\u001B[2A\r\u001B[J")).toBe(true);
});
