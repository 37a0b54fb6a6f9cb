import { expect, test } from "vitest";
import { buildTimeline } from "../../../../infra/run/timeline/build.ts";
import { cellsOf } from "../../../../infra/run/timeline/drawing/cells.ts";
import { barsByLane } from "../../../../infra/run/timeline/drawing/paint.ts";
import { contrast, DARK, inkOn, LIGHT, nodeRole, type Role } from "../../../../infra/run/timeline/drawing/palette.ts";
import { frameOf, rowsOf } from "../../../../infra/run/timeline/drawing/rows.ts";
import { formatMs, ticksOf } from "../../../../infra/run/timeline/drawing/time.ts";
import { timelineSvg } from "../../../../infra/run/timeline/files/svg.ts";
import { timelineTrace } from "../../../../infra/run/timeline/files/trace.ts";
import { layOut } from "../../../../infra/run/timeline/layout.ts";
import { HistoryWriter, lambentDefinition, mapHistory, receipt } from "../../../support/histories.ts";

test.each([
  [0, "0 ms"],
  [0.42, "0.4 ms"],
  [230.4, "230 ms"],
  [10_060, "10.1 s"],
  [125_000, "2 min 5 s"],
  [3_780_000, "1 h 3 min"],
  [59_960, "1 min 0 s"],
])("%d milliseconds are %s", (ms, text) => {
  expect(formatMs(ms)).toBe(text);
});

test.each([
  [0, 10_000, ["0 s", "2 s", "4 s", "6 s", "8 s", "10 s"]],
  [0, 1000, ["0.0 s", "0.2 s", "0.4 s", "0.6 s", "0.8 s", "1.0 s"]],
  [0.1, 0.5, ["0.1 ms", "0.2 ms", "0.3 ms", "0.4 ms", "0.5 ms"]],
  [59_000, 61_000, ["59.0 s", "59.5 s", "1:00.0", "1:00.5", "1:01.0"]],
  [0, 7_200_000, ["0 s", "30:00", "1:00:00", "1:30:00", "2:00:00"]],
])("from %d to %d ms there are marks at round times", (from, to, labels) => {
  expect(ticksOf(from, to, 5).map(({ label }) => label)).toEqual(labels);
});

test("letters and signs can be told from their ground in both themes", () => {
  for (const theme of [LIGHT, DARK]) {
    for (const role of ["ink", "muted"]) {
      expect(contrast(theme[role] ?? "", theme["ground"] ?? "")).toBeGreaterThan(4.5);
      expect(contrast(theme[role] ?? "", theme["lane"] ?? "")).toBeGreaterThan(4.5);
    }
    const roles: Role[] = [0, 1, 2, 3, 4, 5, 6, 7].map(nodeRole);
    for (const role of [...roles, "failed" as const]) {
      expect(contrast(theme[role] ?? "", theme["ground"] ?? "")).toBeGreaterThan(3);
      expect(contrast(theme[role] ?? "", inkOn(role))).toBeGreaterThan(4.5);
    }
    expect(contrast(theme["load"] ?? "", theme["load-mark"] ?? "")).toBeGreaterThan(3);
    expect(contrast(theme["load"] ?? "", "#000000")).toBeGreaterThan(4.5);
  }
});

test("bars that are too narrow to be told apart are one cell, and each has its own when it is zoomed", () => {
  const timeline = buildTimeline({ machine: "m", name: "n", events: mapHistory(400, 2) });
  const frame = frameOf(1000);
  const row = rowsOf(timeline, () => false, frame).find((one) => one.kind === "lane" && one.label === "replica 1 of 2");
  if (row?.kind !== "lane") throw new Error("there is such a lane");
  const bars = barsByLane(timeline)[row.lane] ?? [];
  const whole = cellsOf(row, bars, { from: 0, to: 400_000 }, frame);
  expect(whole.map((cell) => cell.bars.length)).toEqual([1, 199]);
  const zoomed = cellsOf(row, bars, { from: 2000, to: 2100 }, frame);
  expect(zoomed.map((cell) => cell.bars.length)).toEqual(Array.from({ length: zoomed.length }, () => 1));
  expect(zoomed.length).toBeGreaterThan(9);
});

test("a narrow chart has its lanes' names above them, a wide one beside them", () => {
  expect(frameOf(390).gutter).toBe(0);
  expect(frameOf(1000).gutter).toBeGreaterThan(100);
});

const evil = '<a href="x">&\u0001';
const failing = new HistoryWriter();
failing.enter("Task", evil, 0);
failing.call({ end: 50, error: evil });
failing.call({
  scheduled: 60,
  end: 90,
  answer: { output: 1, receipt: receipt("a", 70, 20, { misses: 1, loadMs: 15 }) },
});
failing.exit("Task", evil, 90);
const timeline = buildTimeline({
  machine: evil,
  name: "n",
  definition: lambentDefinition({ [evil]: { Type: "Task", Next: "Output" } }),
  events: failing.succeed(100).events,
});

test("the picture is one well-formed document that needs nothing else, with everything escaped", () => {
  const svg = timelineSvg(timeline);
  expect(svg).not.toMatch(/<a |<script|<image| href="/);
  expect(svg).not.toContain("\u0001");
  expect(svg).toContain("&lt;a href=&quot;x&quot;&gt;&amp;\uFFFD");
  expect(svg).toContain("prefers-color-scheme:dark");
  expect(svg).toContain("1 load of 15 ms");
});

test("the trace has a process for each group, threads for lanes, and complete events in microseconds", () => {
  const { traceEvents, otherData } = JSON.parse(timelineTrace(timeline)) as {
    traceEvents: { ph: string; name: string; pid: number; tid: number; ts: number; dur: number; args: object }[];
    otherData: object;
  };
  const named = traceEvents.filter(({ name }) => name === "process_name" || name === "thread_name");
  expect(named.map(({ args }) => args)).toMatchObject([
    { name: "svc-dev-scoring" },
    { name: "replica 1 of 1", about: "a, provisioned-concurrency" },
    { name: "no receipt" },
  ]);
  const [whole, load, failed] = traceEvents.filter(({ ph }) => ph === "X");
  expect(whole).toMatchObject({ name: evil, ts: 70_000, dur: 20_000, args: { attempt: 2, waitedForReplicaMs: 10 } });
  expect(load).toMatchObject({ name: "load", ts: 70_000, dur: 15_000, tid: whole?.tid, pid: whole?.pid });
  expect(failed).toMatchObject({ ts: 0, dur: 50_000, args: { status: "failed", error: evil } });
  expect(otherData).toMatchObject({ execution: "n", status: "SUCCEEDED", loads: 1, failures: 1 });
});

test("in a trace what overlaps is never in one thread, unless one is within the other", () => {
  const history = new HistoryWriter();
  history.enter("Task", "score", 0);
  const receipts = [0, 1, 2].map((index) => receipt("a", 5 * index, 50, { misses: 1, loadMs: 4 }, { index }));
  const payload = { task: "score", inputs: {}, batch: { indices: [0, 1, 2], lists: {} } };
  history.call({ end: 100, payload, answer: { output: { done: {} }, receipts } });
  const trace = timelineTrace(buildTimeline({ machine: "m", name: "n", events: history.events }));
  const { traceEvents } = JSON.parse(trace) as { traceEvents: { ph: string; tid: number; ts: number; dur: number }[] };
  const complete = traceEvents.filter(({ ph }) => ph === "X");
  for (const one of complete) {
    for (const other of complete) {
      if (one === other || one.tid !== other.tid || one.ts > other.ts) continue;
      const isWithin = other.ts + other.dur <= one.ts + one.dur;
      expect(isWithin || other.ts >= one.ts + one.dur || one.ts === other.ts).toBe(true);
    }
  }
  expect(complete).toHaveLength(1 + 2 * 3);
});

test("a graph is laid out in rows: each box below all that lead to it, with room between, also where ways lead back", () => {
  const shapes = ["a", "b", "c", "d", "alone"].map((node) => ({
    node,
    type: "Task",
    width: 100,
    height: 30,
    within: [],
  }));
  const ways = [
    ["a", "b"],
    ["a", "c"],
    ["b", "d"],
    ["c", "d"],
    ["a", "d"],
    ["d", "a"],
  ].map(([from = "", to = ""]) => ({ from, to }));
  const { boxes, lines, width, height } = layOut(shapes, ways);
  const at = new Map(boxes.map((box) => [box.node, box]));
  expect(at.get("b")?.y).toBe(at.get("c")?.y);
  expect(at.get("d")?.y).toBeGreaterThan(at.get("b")?.y ?? 0);
  expect(Math.abs((at.get("b")?.x ?? 0) - (at.get("c")?.x ?? 0))).toBeGreaterThanOrEqual(100);
  expect(lines.filter(({ isBack }) => isBack)).toHaveLength(1);
  for (const box of boxes) {
    expect(box.x).toBeGreaterThanOrEqual(0);
    expect(box.x + box.width).toBeLessThanOrEqual(width);
    expect(box.y + box.height).toBeLessThanOrEqual(height);
  }
});
