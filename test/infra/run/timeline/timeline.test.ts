import { expect, test } from "vitest";
import type { CacheReceipt, Receipt } from "../../../../sdk/invocation/receipt.ts";
import { bars, lanes, summarise, type TimelineEvent } from "../../../../infra/run/timeline/executions.ts";
import { timelineHtml } from "../../../../infra/run/timeline/html.ts";

function at(ms: number): Date {
  return new Date(1_000_000 + ms);
}
function receipt(
  replica: string,
  startedAt: number,
  durationMs: number,
  cache: Pick<CacheReceipt, "hits" | "misses" | "loadMs" | "preloads" | "preloadMs">,
): Receipt {
  return {
    replica,
    start: cache.misses > 0 ? "cold" : "warm",
    initializationType: "provisioned-concurrency",
    task: "predict",
    startedAt: 1_000_000 + startedAt,
    durationMs,
    output: "computed",
    caches: [{ cache: "loadModel", joined: 0, evictions: 0, entries: 1, bytes: 1, ...cache }],
  };
}

/** Entering and success of a state, as Step Functions records a `lambda:invoke`. */
function invocation(id: number, name: string, end: number, of: Receipt): TimelineEvent[] {
  const output = JSON.stringify({ StatusCode: 200, Payload: { output: 1, receipt: of } });
  return [
    { id, previousEventId: id - 1, type: "TaskStateEntered", timestamp: at(0), stateEnteredEventDetails: { name } },
    { id: id + 1, previousEventId: id, type: "TaskScheduled", timestamp: at(0) },
    {
      id: id + 2,
      previousEventId: id + 1,
      type: "TaskSucceeded",
      timestamp: at(end),
      taskSucceededEventDetails: { output },
    },
  ];
}

const events: TimelineEvent[] = [
  { id: 1, previousEventId: 0, type: "ExecutionStarted", timestamp: at(0) },
  ...invocation(2, "predict", 1000, receipt("b", 10, 990, { hits: 0, misses: 1, loadMs: 900 })),
  ...invocation(5, "predict2", 1010, receipt("a", 5, 1000, { hits: 0, misses: 1, loadMs: 1100 })),
  ...invocation(8, "predict<3>", 1100, receipt("b", 1050, 10, { hits: 4, misses: 0, loadMs: 0 })),
  { id: 11, previousEventId: 10, type: "ExecutionSucceeded", timestamp: at(1200) },
];

test("each receipt in a history is a bar of the state that made it, on its replica's lane", () => {
  expect(bars(events).map(({ state }) => state)).toEqual(["predict", "predict2", "predict<3>"]);
  expect(lanes(bars(events)).map((lane) => [lane.replica, lane.bars.map(({ state }) => state)])).toEqual([
    ["a", ["predict2"]],
    ["b", ["predict", "predict<3>"]],
  ]);
});

test("the sum says what the cache saved: each hit a load, shared among the replicas", () => {
  expect(summarise(events)).toEqual({
    replicas: 2,
    invocations: 3,
    loads: 2,
    preloads: 0,
    hits: 4,
    joined: 0,
    stored: 0,
    durationMs: 1200,
    withoutCacheMs: 1200 + (4 * 1000) / 2,
  });
});

test("what was loaded before the execution counts as a load of that length, and the page says so", () => {
  const preloaded: TimelineEvent[] = [
    { id: 1, previousEventId: 0, type: "ExecutionStarted", timestamp: at(0) },
    ...invocation(2, "embed", 20, receipt("a", 0, 10, { hits: 1, misses: 0, loadMs: 0, preloads: 1, preloadMs: 600 })),
    ...invocation(5, "embed", 40, receipt("a", 20, 10, { hits: 1, misses: 0, loadMs: 0 })),
    { id: 8, previousEventId: 7, type: "ExecutionSucceeded", timestamp: at(50) },
  ];
  expect(summarise(preloaded)).toMatchObject({ loads: 0, preloads: 1, hits: 2, withoutCacheMs: 50 + 2 * 600 });
  const page = timelineHtml("embeddings", preloaded);
  expect(page).toContain("1 preloads, 0 loads, 2 hits");
  expect(page).toContain("loadModel: 1 preloads in 600 ms, 0 loads in 0 ms, 1 hits");
});

test("a page has a lane for each replica and tells loads from hits, with every name escaped", () => {
  const page = timelineHtml("wf & co", events);
  expect(page).toContain("<title>wf &amp; co</title>");
  expect(page.match(/<section>/g)).toHaveLength(2);
  expect(page.match(/<i class="load"/g)).toHaveLength(2);
  expect(page.match(/<i class="hit" style="left:87\.500%;width:0\.833%" title="predict&lt;3>/g)).toHaveLength(1);
});

test("histories without receipts, and outputs of other functions, make no bars", () => {
  expect(
    bars([{ id: 1, type: "TaskSucceeded", taskSucceededEventDetails: { output: '{"Payload":{"receipt":"paid"}}' } }]),
  ).toEqual([]);
  expect(summarise([])).toMatchObject({ invocations: 0, durationMs: 0, withoutCacheMs: 0 });
});
