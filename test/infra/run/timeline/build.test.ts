import { expect, test } from "vitest";
import { mapTask, required, S3File, task, workflow } from "lambent";
import { compile } from "../../../../infra/compile/compile.ts";
import type { FunctionFacts } from "../../../../infra/check/function-facts.ts";
import { pricesOf } from "../../../../infra/cost/prices.ts";
import { costOfHistory } from "../../../../infra/run/timeline/cost.ts";
import { buildTimeline } from "../../../../infra/run/timeline/build.ts";
import { bars as receiptBars, summarise } from "../../../../infra/run/timeline/executions.ts";
import { graphOf } from "../../../../infra/run/timeline/graph.ts";
import { outlineOf } from "../../../../infra/run/timeline/outline.ts";
import type { ExecutionHistory, TimelineEvent } from "../../../../infra/run/timeline/history.ts";
import type { Timeline } from "../../../../infra/run/timeline/model.ts";
import { visitsOf } from "../../../../infra/run/timeline/visits.ts";
import { BEGIN, HistoryWriter, lambentDefinition, mapHistory, receipt } from "../../../support/histories.ts";

const ARN = "arn:aws:states:us-east-1:123456789012:execution:svc-dev-scoring:run-1";

function built(events: readonly TimelineEvent[], more: Partial<ExecutionHistory> = {}): Timeline {
  const definition = lambentDefinition({ predict: { Type: "Task", Next: "Output" } });
  return buildTimeline({ machine: "scoring", name: "run-1", arn: ARN, definition, events, ...more });
}

/** `group / lane: label start–end` of each bar. */
function drawn({ groups, bars }: Timeline): string[] {
  const lanes = groups.flatMap(({ name, lanes }) => lanes.map(({ label }) => `${name} / ${label}`));
  return bars.map(({ lane, label, start, end }) => `${lanes[lane]}: ${label} ${start}–${end}`);
}

const cached = new HistoryWriter()
  .task("predict", 1000, receipt("b", 10, 990, { misses: 1, loadMs: 900 }))
  .task("predict2", 1010, receipt("a", 5, 1000, { misses: 1, loadMs: 1100 }))
  .task("predict3", 1100, receipt("b", 1050, 10, { hits: 4 }), 1010)
  .succeed(1200).events;

test("each receipt is a bar of its node, on its replica's lane, whose actor is named without service and stage", () => {
  const timeline = built(cached);
  expect(drawn(timeline)).toEqual([
    "scoring / replica 1 of 2: predict2 5–1005",
    "scoring / replica 2 of 2: predict 10–1000",
    "scoring / replica 2 of 2: predict3 1050–1060",
  ]);
  expect(timeline.groups[0]?.lanes[0]?.about).toBe("a, provisioned-concurrency");
  expect(timeline).toMatchObject({ title: "scoring", status: "SUCCEEDED", durationMs: 1200 });
});

test("the time between a state's asking and the task's beginning is waited for a replica", () => {
  const { bars, totals } = built(cached);
  expect(bars.map(({ start, queuedFrom = start }) => start - queuedFrom)).toEqual([5, 10, 40]);
  expect(totals.queuedMs).toBe(55);
});

test("totals are the sums of the bars: loads, hits, replicas at work, and what hits saved", () => {
  const { totals, bars } = built(cached);
  expect(totals).toMatchObject({ replicas: 2, tasks: 3, loads: 2, loadMs: 2000, hits: 4, coldStarts: 2, failures: 0 });
  expect(totals.savedMs).toBe(4 * 1000);
  expect(totals.busyMs).toBe(1000 + 990 + 10);
  expect(totals.utilisation).toBeCloseTo(2000 / (2 * 1200));
  expect(bars.reduce((sum, { work }) => sum + (work?.loadMs ?? 0), 0)).toBe(totals.loadMs);
  expect(bars.reduce((sum, { work }) => sum + (work?.hits ?? 0), 0)).toBe(totals.hits);
});

test("the line of npm start and the page tell the same figures", () => {
  const [line, { totals }] = [summarise(cached), built(cached)];
  const { loads, hits, joined, stored, replicas, preloads, tasks } = totals;
  expect(line).toMatchObject({ loads, hits, joined, stored, replicas, preloads, invocations: tasks });
  expect(line.withoutCacheMs - line.durationMs).toBe(totals.savedMs / 2);
});

test("preloads count as loads when it is worked out what hits saved, and are told apart", () => {
  const events = new HistoryWriter()
    .task("embed", 20, receipt("a", 0, 10, { hits: 1, preloads: 1, preloadMs: 600 }))
    .task("embed", 40, receipt("a", 20, 10, { hits: 1 }))
    .succeed(50).events;
  expect(built(events).totals).toMatchObject({ loads: 0, preloads: 1, hits: 2, savedMs: 1200 });
  expect(summarise(events).withoutCacheMs).toBe(50 + 1200);
});

test("items of a map are named by their indices, and their states by the map", () => {
  const timeline = built(mapHistory(3, 2), {
    definition: lambentDefinition({ score: { Type: "Map", Next: "Output" } }),
  });
  expect(drawn(timeline)).toEqual([
    "workflow / score: score · 3 items 0–2030",
    "scoring / replica 1 of 2: score[0] 1–2001",
    "scoring / replica 1 of 2: score[2] 2010–2019",
    "scoring / replica 2 of 2: score[1] 1–2001",
  ]);
  expect(timeline.nodes).toEqual([{ name: "score", bars: 3, failures: 0 }]);
  expect(timeline.bars.find(({ label }) => label === "score[2]")).toMatchObject({
    input: '{"text":"item 2"}',
    output: '{"score":2}',
  });
});

test("maps within maps have an index for each", () => {
  const history = new HistoryWriter();
  history.enter("Map", "outer", 0);
  history.add("MapStateStarted", 0, { length: 1 });
  history.add("MapIterationStarted", 0, { name: "outer", index: 4 });
  history.enter("Map", "inner", 0);
  history.add("MapStateStarted", 0, { length: 1 });
  history.add("MapIterationStarted", 0, { name: "inner", index: 2 });
  history.enter("Task", "innerItem", 0);
  history.call({ end: 9, answer: { output: 1, receipt: receipt("a", 1, 8) } });
  expect(built(history.events).bars.map(({ label }) => label)).toContain("inner[4][2]");
});

test("attempts that failed are bars of their own, without a replica, and later ones are numbered", () => {
  const history = new HistoryWriter();
  history.enter("Task", "predict", 0);
  history.call({ end: 50, error: "ApiError", cause: '{"errorMessage":"no"}' });
  history.call({ scheduled: 1050, end: 1100, answer: { output: 1, receipt: receipt("a", 1060, 30, { hits: 1 }) } });
  history.exit("Task", "predict", 1100);
  const timeline = built(history.succeed(1100).events);
  expect(drawn(timeline)).toEqual([
    "scoring / replica 1 of 1: predict 1060–1090",
    "scoring / no receipt: predict 0–50",
  ]);
  expect(timeline.bars[0]).toMatchObject({ attempt: 2, status: "succeeded", queuedFrom: 1050 });
  expect(timeline.bars[1]).toMatchObject({ status: "failed", error: "ApiError", cause: '{"errorMessage":"no"}' });
  expect(timeline.totals).toMatchObject({ failures: 1, retries: 1, tasks: 1 });
});

test.each([
  ["TaskTimedOut", { error: "States.Timeout" }],
  ["TaskSubmitFailed", { error: "Lambda.ResourceNotFoundException" }],
  ["TaskStartFailed", { error: "Lambda.Unknown" }],
])("%s ends an attempt", (type, details) => {
  const history = new HistoryWriter();
  history.enter("Task", "predict", 0);
  history.add("TaskScheduled", 0, { resourceType: "lambda", parameters: '{"FunctionName":"f","Payload":{}}' });
  history.add(type, 30, details);
  expect(built(history.events).bars).toMatchObject([{ start: 0, end: 30, status: "failed", ...details }]);
});

function batchHistory(): HistoryWriter {
  const history = new HistoryWriter();
  history.enter("Map", "score", 0);
  history.add("MapStateStarted", 0, { length: 1 });
  history.add("MapIterationStarted", 0, { name: "score", index: 0 });
  history.enter("Task", "scoreBatch", 0);
  const item = { task: "score" };
  history.call({
    end: 140,
    payload: { task: "score", inputs: {}, batch: { indices: [4, 7, 9], lists: { text: ["a", "b", "c"] } } },
    answer: {
      output: { done: { 4: "A", 7: "B" }, failed: [{ index: 9, error: "ApiError", cause: "no c" }], unfinished: [] },
      receipts: [
        receipt("a", 10, 100, { misses: 1, loadMs: 80 }, { ...item, index: 4 }),
        receipt("a", 110, 20, { hits: 1 }, { ...item, index: 7 }),
      ],
    },
  });
  return history;
}

test("a batch is an invocation around its items, each with its own input and output, and tells which failed", () => {
  const { bars, totals } = built(batchHistory().events);
  const [, batch, first, second] = bars;
  expect(batch).toMatchObject({ kind: "batch", label: "score · batch of 3", start: 10, end: 140, queuedFrom: 0 });
  expect(batch).toMatchObject({ status: "failed", error: "1 of 3 items failed", cause: "score[9] ApiError: no c" });
  expect(first).toMatchObject({ kind: "item", label: "score[4]", input: '{"text":"a"}', output: '"A"', start: 10 });
  expect(second).toMatchObject({ kind: "item", label: "score[7]", input: '{"text":"b"}', output: '"B"', end: 130 });
  expect(totals).toMatchObject({ tasks: 2, loads: 1, hits: 1, failures: 1, busyMs: 120, queuedMs: 10 });
});

test("an item of a batch that failed is a mark where the next one began, or at the batch's end", () => {
  const [, , , , last] = built(batchHistory().events).bars;
  expect(last).toMatchObject({ kind: "item", label: "score[9]", status: "failed", error: "ApiError", cause: "no c" });
  expect(last).toMatchObject({ input: '{"text":"c"}', start: 140, end: 140 });
  const batch = { indices: [3, 4], lists: { text: ["a", "b"] } };
  const output = { done: { 4: "B" }, failed: [{ index: 3, error: "E", cause: "a" }], unfinished: [] };
  function marks(more: object): unknown[] {
    const history = new HistoryWriter();
    history.enter("Task", "score", 0);
    const payload = { task: "score", inputs: {}, batch: { ...batch, ...more } };
    history.call({ end: 90, payload, answer: { output, receipts: [receipt("a", 30, 40, {}, { index: 4 })] } });
    const { bars } = built(history.events);
    return bars.filter(({ kind, work }) => kind === "item" && work === undefined).map(({ start }) => start);
  }
  expect(marks({})).toEqual([30]);
  expect(marks({ concurrentItems: 2 })).toEqual([90]);
});

test("a batch of which all items failed has no receipt, and is drawn with them all the same", () => {
  const history = new HistoryWriter();
  history.enter("Task", "score", 0);
  const failed = [0, 1].map((index) => ({ index, error: "E", cause: `no ${index}` }));
  const payload = { task: "score", inputs: {}, batch: { indices: [0, 1], lists: {} } };
  history.call({ end: 90, payload, answer: { output: { done: {}, failed, unfinished: [] }, receipts: [] } });
  const timeline = built(history.events);
  expect(drawn(timeline)).toEqual([
    "scoring / no receipt: score · batch of 2 0–90",
    "scoring / no receipt: score[0] 90–90",
    "scoring / no receipt: score[1] 90–90",
  ]);
  expect(timeline.totals).toMatchObject({ failures: 2, tasks: 0 });
  expect(timeline.nodes).toEqual([{ name: "score", bars: 2, failures: 2 }]);
});

/** `FunctionName` of an actor's call, as the compiler writes it, and the function's own. */
function affine(names: readonly string[]): { readonly [name: string]: object } {
  const arns = names.map((name) => `arn:aws:lambda:us-east-1:123456789012:function:${name}:live`);
  const FunctionName = `{% ${JSON.stringify(arns)}[$number($key)] %}`;
  return { predict: { Type: "Task", Arguments: { FunctionName }, Next: "Output" } };
}

test.each([
  ["svc-dev-model-2-0", "svc-dev-model-2-1", "svc-dev-model-2-2"],
  ["renamed", "svc-dev-model-2-1", "svc-dev-model-2-2"],
])("an actor's functions are one group if the definition says so, with the replica's number: %s", (...names) => {
  const history = new HistoryWriter();
  for (const [functionName = "", replica, start] of [
    [names[2], "z", 0],
    [names[0], "a", 10],
    [names[0], "b", 20],
    ["svc-dev-other-1", "y", 40],
  ] as const) {
    history.enter("Task", "predict", start);
    history.call({ functionName, end: start + 9, answer: { output: 1, receipt: receipt(replica, start, 5) } });
    history.exit("Task", "predict", start + 9);
  }
  const definition = lambentDefinition(affine(names));
  expect(drawn(built(history.succeed(50).events, { definition }))).toEqual([
    "model-2 / replica 1 of 3: predict 10–15",
    "model-2 / replica 1 of 3, instance 2: predict 20–25",
    "model-2 / replica 3 of 3: predict 0–5",
    "other-1 / replica 1 of 1: predict 40–45",
  ]);
});

test("items of a batch that ran at the same time are one below the other, and one receipt may stand for many", () => {
  const history = new HistoryWriter();
  history.enter("Task", "score", 0);
  const both = [receipt("a", 0, 50, {}, { index: 0 }), receipt("a", 10, 50, {}, { index: 1 })];
  const rest = receipt("a", 60, 40, { hits: 500 }, { index: 2, items: 500 });
  const payload = { task: "score", inputs: {}, batch: { indices: [0, 1], lists: {} } };
  history.call({ end: 100, payload, answer: { output: { done: {} }, receipts: [...both, rest] } });
  const { bars, totals, groups } = built(history.events);
  expect(bars.map(({ label, row }) => `${label} ${row}`)).toEqual([
    "score · batch of 2 0",
    "score[0] 0",
    "score[1] 1",
    "score · 500 items 0",
  ]);
  expect(groups[0]?.lanes[0]?.rows).toBe(2);
  expect(totals.tasks).toBe(502);
});

test("a replica's invocations are in one row, though beginnings are whole milliseconds", () => {
  const events = new HistoryWriter()
    .task("predict", 10, receipt("a", 1, 8.9))
    .task("predict", 20, receipt("a", 9, 3)).events;
  expect(built(events).groups[0]?.lanes).toMatchObject([{ rows: 1 }]);
});

test("of hand-written state machines each state is a lane, and maps and parallels are around them", () => {
  const history = new HistoryWriter();
  history.enter("Pass", "Begin", 0);
  history.exit("Pass", "Begin", 0);
  history.enter("Parallel", "Both", 0);
  const started = history.add("ParallelStateStarted", 0);
  history.enter("Wait", "Rest", 0, started);
  history.exit("Wait", "Rest", 900);
  history.enter("Task", "Pay", 5, started);
  history.call({ scheduled: 5, end: 400, payload: { amount: 3 }, answer: { receipt: "paid", caches: [] } });
  history.exit("Task", "Pay", 400);
  history.add("ParallelStateSucceeded", 900);
  history.exit("Parallel", "Both", 900);
  const timeline = built(history.succeed(900).events, { definition: '{"StartAt":"Begin","States":{}}' });
  expect(drawn(timeline)).toEqual([
    "workflow / Both: Both 0–900",
    "states / Begin: Begin 0–0",
    "states / Rest: Rest 0–900",
    "states / Pay: Pay 5–400",
  ]);
  expect(timeline.bars[3]).toMatchObject({
    kind: "call",
    input: '{"amount":3}',
    output: '{"receipt":"paid","caches":[]}',
  });
  expect(timeline.totals).toMatchObject({ tasks: 0, replicas: 0, utilisation: 0, savedMs: 0 });
});

test("tasks that call other services, and functions that are named by their ARN alone, are bars too", () => {
  const history = new HistoryWriter();
  history.enter("Task", "Store", 0);
  history.add("TaskScheduled", 0, { resourceType: "aws-sdk:s3", resource: "putObject", parameters: '{"Bucket":"b"}' });
  history.add("TaskStarted", 1);
  history.add("TaskSucceeded", 20, { output: "{}" });
  history.exit("Task", "Store", 20);
  history.enter("Task", "Old", 20);
  history.add("LambdaFunctionScheduled", 20, { resource: "arn:aws:lambda:us-east-1:1:function:old", input: '{"n":1}' });
  history.add("LambdaFunctionStarted", 21);
  history.add("LambdaFunctionSucceeded", 60, { output: '{"n":2}' });
  history.exit("Task", "Old", 60);
  const { bars } = built(history.events, { definition: undefined });
  expect(bars).toMatchObject([
    { label: "Store", input: '{"Bucket":"b"}', output: "{}" },
    { label: "Old", input: '{"n":1}', output: '{"n":2}' },
  ]);
});

test("what runs is drawn until now", () => {
  const history = new HistoryWriter();
  history.enter("Task", "predict", 0);
  history.add("TaskScheduled", 10, {
    resourceType: "lambda",
    parameters: '{"FunctionName":"svc-dev-scoring","Payload":{}}',
  });
  const whole = { machine: "m", name: "n", events: history.events };
  const timeline = buildTimeline(whole, { now: new Date(BEGIN + 500) });
  expect(timeline).toMatchObject({
    status: "RUNNING",
    durationMs: 500,
    bars: [{ start: 10, end: 500, status: "running" }],
  });
});

test("a failure is told, by what the history ends with if nobody says it", () => {
  const history = new HistoryWriter();
  history.add("ExecutionFailed", 10, { error: "ApiError", cause: "not today" });
  expect(built(history.events)).toMatchObject({ status: "FAILED", failure: "ApiError: not today", bars: [] });
  expect(built(history.events, { failure: "why" }).failure).toBe("why");
});

test("child executions of a Distributed Map are within it; those without a history are bars from begin to end, and that is said", () => {
  const history = new HistoryWriter();
  history.enter("Map", "score", 0);
  history.add("MapRunStarted", 0, { mapRunArn: "run" });
  const child = new HistoryWriter().task("scoreItem", 50, receipt("a", 10, 30, { hits: 1 })).succeed(50).events;
  const at = { mapRunArn: "run", status: "SUCCEEDED", startedAt: new Date(BEGIN + 5), endedAt: new Date(BEGIN + 60) };
  const children = [
    { ...at, name: "child-1", events: child },
    { ...at, name: "child-2" },
  ];
  const timeline = built(history.events, { children });
  expect(drawn(timeline)).toEqual([
    "workflow / score: score 0–0",
    "scoring / replica 1 of 1: score 10–40",
    "score · child executions / without a history: score · child-2 5–60",
  ]);
  expect(timeline.bars[1]?.child).toBe("child-1");
  expect(timeline.totals).toMatchObject({ tasks: 1, hits: 1 });
  expect(timeline.notes[0]).toMatch(/^1 of 2 child executions are drawn by their beginning and end alone/);
});

test("outputs of other functions that look like receipts are none, and make nothing of the rest unreadable", () => {
  const history = new HistoryWriter();
  for (const forged of ["paid", { replica: "a" }, { replica: "a", caches: [{}], startedAt: 1, durationMs: 1 }, null]) {
    history.enter("Task", "Pay", 0);
    history.call({ end: 5, answer: { receipt: forged } });
    history.exit("Task", "Pay", 5);
  }
  expect(receiptBars(history.events)).toEqual([]);
  expect(built(history.events).totals).toMatchObject({ tasks: 0 });
  expect(summarise([])).toMatchObject({ invocations: 0, durationMs: 0, withoutCacheMs: 0 });
  expect(built([])).toMatchObject({ bars: [], durationMs: 0 });
});

const scoring: FunctionFacts = {
  key: "scoring",
  actor: "scoring",
  name: "svc-dev-scoring",
  replicas: 1,
  whenBusy: "queue",
  reserved: 2,
  memoryMiB: 1024,
  architecture: "x86_64",
  timeout: 900,
  ttlSeconds: undefined,
};

test("what an execution cost is in the totals if it is known: transitions and invocations, by receipts", () => {
  const events = new HistoryWriter().task("predict", 1000, receipt("a", 0, 1000, { hits: 1 })).succeed(1000).events;
  const history = { machine: "m", name: "n", events };
  const cost = costOfHistory(history, [scoring], pricesOf("us-east-1"));
  // One transition of $0.000025, one request of $0.0000002, one GB-second on a replica of $0.0000097222.
  expect(cost).toMatchObject({
    text: expect.stringMatching(/^\$0\.0000349/),
    how: expect.stringContaining("in us-east-1"),
  });
  expect(buildTimeline(history, { cost }).totals.cost).toBe(cost);
  expect(buildTimeline(history).totals.cost).toBeUndefined();
  const express = { mapRunArn: "run", name: "child", status: "SUCCEEDED", startedAt: new Date(BEGIN) };
  expect(costOfHistory({ ...history, children: [express] }, [scoring], pricesOf("us-east-1")).how).toContain(
    "1 EXPRESS child execution has no history",
  );
});

test("of a task that waits for its token, the invocation is what its receipt says, and nobody pays for the wait", () => {
  const day = 86_400_000;
  const history = new HistoryWriter();
  history.enter("Task", "approve", 0);
  const asks = receipt("a", 10, 1000, { hits: 1 });
  history.call({ end: day, submitted: { at: 1020, answer: { output: null, receipt: asks } }, answer: { by: "Ada" } });
  history.exit("Task", "approve", day);
  const { events } = history.succeed(day);
  const timeline = built(events);
  expect(drawn(timeline)).toEqual([
    "scoring / replica 1 of 1: approve 10–1010",
    `states / approve: approve 1020–${day}`,
  ]);
  expect(timeline.bars.map(({ kind, output }) => [kind, output])).toEqual([
    ["invocation", undefined],
    ["wait", '{"by":"Ada"}'],
  ]);
  expect(timeline.totals).toMatchObject({ tasks: 1, hits: 1, failures: 0, replicas: 1 });
  expect(timeline.nodes).toEqual([{ name: "approve", bars: 1, failures: 0 }]);
  expect(summarise(events)).toMatchObject({ invocations: 1, hits: 1 });
  const cost = costOfHistory({ machine: "m", name: "n", events }, [scoring], pricesOf("us-east-1"));
  expect(cost.text).toMatch(/^\$0\.0000349/); // as of the same invocation without a token
});

test("a task whose token nobody sends has failed once: its invocation has not", () => {
  const history = new HistoryWriter();
  history.enter("Task", "approve", 0);
  const asks = receipt("a", 10, 1000);
  history.call({
    end: 9000,
    submitted: { at: 1020, answer: { output: null, receipt: asks } },
    error: "States.Timeout",
  });
  const { bars, totals } = built(history.events);
  expect(bars.map(({ kind, status, error }) => [kind, status, error])).toEqual([
    ["invocation", "succeeded", undefined],
    ["wait", "failed", "States.Timeout"],
  ]);
  expect(totals).toMatchObject({ tasks: 1, failures: 1, retries: 0 });
});

test("states that the compiler makes of a map are the map's, and work on its lists is no task", () => {
  const history = new HistoryWriter();
  const list = { kind: "join", pieces: [] };
  history.enter("Map", "scoreStored", 0);
  history.add("MapStateStarted", 0, { length: 1 });
  history.add("MapIterationStarted", 0, { name: "scoreStored", index: 0 });
  history.enter("Task", "scoreStore", 0);
  const stored = receipt("a", 0, 5, {}, { list: "join" });
  history.call({ end: 6, payload: { task: "score", inputs: {}, list }, answer: { output: [], receipt: stored } });
  history.exit("Task", "scoreStore", 6);
  history.exit("Map", "scoreStored", 6);
  history.enter("Map", "score", 6);
  history.add("MapRunStarted", 6, { mapRunArn: "run" });
  history.exit("Map", "score", 40);
  history.enter("Task", "scoreJoined", 40);
  const joined = receipt("a", 41, 5, {}, { list: "join" });
  history.call({ end: 47, payload: { task: "score", inputs: {}, list }, answer: { output: [], receipt: joined } });
  const child = new HistoryWriter();
  const [started] = child.events;
  child.events[0] = Object.assign({}, started, {
    executionStartedEventDetails: { input: '{"piece":{"from":1000,"to":2000}}' },
  });
  child.enter("Map", "scoreBatches", 10);
  child.add("MapStateStarted", 10, { length: 1 });
  child.add("MapIterationStarted", 10, { name: "scoreBatches", index: 0 });
  child.enter("Task", "scoreBatchesBatch", 10);
  const batch = { indices: [1000], lists: { text: { $list: { key: "k", count: 5000, bytes: 9 } } } };
  child.call({
    end: 20,
    payload: { task: "score", inputs: {}, batch },
    answer: { output: { done: { $stored: {} }, failed: [] }, receipts: [receipt("a", 12, 5, {}, { index: 1000 })] },
  });
  const at = { mapRunArn: "run", status: "SUCCEEDED", startedAt: new Date(BEGIN + 5), endedAt: new Date(BEGIN + 60) };
  const timeline = built(history.events, { children: [{ ...at, name: "child-1", events: child.events }] });
  expect(drawn(timeline)).toEqual([
    "workflow / score: score 6–40",
    "scoring / replica 1 of 1: score · stores its list 0–5",
    "scoring / replica 1 of 1: score · batch of 1 12–17",
    "scoring / replica 1 of 1: score[1000] 12–17",
    "scoring / replica 1 of 1: score · joins outputs 41–46",
  ]);
  expect(timeline.bars[3]).toMatchObject({
    child: "child-1, items 1,000 to 1,999",
    input: '{"text":"element 1000 of a stored list"}',
  });
  expect(timeline.nodes).toEqual([{ name: "score", bars: 1, failures: 0 }]);
  expect(timeline.totals.tasks).toBe(1);
});

test("items of a map of a workflow in pieces are named by their indices in the whole map, and pieces are not drawn", () => {
  const history = new HistoryWriter();
  history.enter("Map", "fitted", 0);
  history.add("MapRunStarted", 0, { mapRunArn: "run" });
  const child = new HistoryWriter();
  const [started] = child.events;
  child.events[0] = Object.assign({}, started, {
    executionStartedEventDetails: { input: '{"piece":{"from":1000,"to":1002}}' },
  });
  child.task("fittedPiece", 5, receipt("a", 1, 3, {}, { list: "elements" }));
  child.enter("Map", "fittedItems2", 5);
  const map = child.add("MapStateStarted", 5, { length: 2 });
  for (const index of [0, 1]) {
    child.add("MapIterationStarted", 5, { name: "fittedItems2", index }, map);
    child.task("fitted_measure", 20 + 10 * index, receipt("a", 12 + 10 * index, 5));
    child.enter("Map", "fitted_words", 30);
    child.add("MapStateStarted", 30, { length: 1 });
    child.add("MapIterationStarted", 30, { name: "fitted_words", index: 3 });
    child.task("fitted_wordsItem", 40 + index, receipt("a", 31 + index, 1));
  }
  const at = { mapRunArn: "run", status: "SUCCEEDED", startedAt: new Date(BEGIN), endedAt: new Date(BEGIN + 60) };
  const { bars, nodes } = built(history.events, { children: [{ ...at, name: "child-1", events: child.events }] });
  expect(bars.filter(({ kind }) => kind === "invocation").map(({ label }) => label)).toEqual([
    "fitted",
    "fitted_measure[1000]",
    "fitted_measure[1001]",
    "fitted_words[1000][3]",
    "fitted_words[1001][3]",
  ]);
  expect(nodes.map(({ name }) => name)).toEqual(["fitted", "fitted_measure", "fitted_words"]);
});

test("states that wait for the replicas of a run are one wait for each actor", () => {
  const history = new HistoryWriter();
  history.enter("Map", "Replicas", 0);
  const map = history.add("MapStateStarted", 0, { length: 2 });
  for (const index of [0, 1]) {
    const item = { key: `near-${index}`, FunctionName: `svc-dev-near-${index}`, replicas: 1, warmStart: true };
    history.add("MapIterationStarted", 0, { name: "Replicas", index }, map);
    history.add("TaskStateEntered", 0, { name: "Lease", input: JSON.stringify(item) });
    history.exit("Task", "Lease", 5);
    history.enter("Wait", "WaitForReplicas", 5);
    history.exit("Wait", "WaitForReplicas", 100 * (index + 1));
  }
  history.exit("Map", "Replicas", 200);
  const definition = lambentDefinition(affine(["svc-dev-near-0", "svc-dev-near-1"]));
  expect(drawn(built(history.events, { definition }))).toEqual([
    "states / waiting for replicas: replicas of near · 2 wanted 0–200",
  ]);
});

test("of a map that may have child executions, the graph has the author's nodes, and not how the error of one is found", () => {
  const list = task(async function list() {
    return [1];
  });
  const double = task(async function double({ n }: { n: number }) {
    return 2 * n;
  });
  const { graph } = workflow({}, function doubled() {
    return mapTask(double)({ n: list({}) });
  });
  const definition = JSON.stringify(compile(graph, { functionName: () => "tasks", queues: () => false }));
  expect(definition).toContain("aws-sdk:sfn:listMapRuns");
  expect(graphOf(definition, true)?.boxes.map(({ node }) => node)).toEqual(["list", "double"]);
  expect(outlineOf(definition, true)?.ways).toEqual([{ from: "list", to: "double" }]);
});

test("of files that are given, and of a map between tasks, the graph has the author's nodes and ways", () => {
  const read = task(async function read({ file }: { file: S3File }) {
    return [file.uri.length];
  });
  const double = task(async function double({ n }: { n: number }) {
    return 2 * n;
  });
  const total = task(async function total({ numbers }: { numbers: number[] }) {
    return numbers.length;
  });
  const { graph } = workflow({ file: required<S3File>(S3File) }, function totals({ file }) {
    return total({ numbers: mapTask(double, { batch: "auto" })({ n: read({ file }) }) });
  });
  const definition = JSON.stringify(compile(graph, { functionName: () => "tasks", queues: () => false }));
  expect(definition).toContain("aws-sdk:s3:headObject");
  const outline = outlineOf(definition, true);
  expect(outline?.nodes.map(({ name }) => name)).toEqual(["read", "double", "total"]);
  expect(outline?.ways).toEqual([
    { from: "read", to: "double" },
    { from: "double", to: "total" },
  ]);
});

test("what is stopped with its execution, or by a sibling's failure, ends there, and a redrive goes on in its state", () => {
  function event(id: number, type: string, previousEventId: number, details: object = {}): TimelineEvent {
    return { id, type, previousEventId, timestamp: new Date(id * 100), ...details };
  }
  function waits(id: number, previous: number): TimelineEvent[] {
    const resource = "sendMessage.waitForTaskToken";
    return [
      event(id, "TaskStateEntered", previous, { stateEnteredEventDetails: { name: "Ask" } }),
      event(id + 1, "TaskScheduled", id, { taskScheduledEventDetails: { resourceType: "sqs", resource } }),
    ];
  }
  const events = [
    ...waits(1, 0),
    event(3, "TaskStateAborted", 2),
    ...waits(4, 2),
    event(6, "ExecutionAborted", 5),
    event(7, "ExecutionRedriven", 6, { executionRedrivenEventDetails: { redriveCount: 1 } }),
    event(8, "TaskScheduled", 4, { taskScheduledEventDetails: { resourceType: "sqs", resource: "sendMessage" } }),
  ];
  const visits = visitsOf(events);
  expect(visits.map(({ stoppedAt }) => stoppedAt)).toEqual([300, undefined]);
  expect(visits.map(({ attempts }) => attempts.length)).toEqual([1, 2]);
});
