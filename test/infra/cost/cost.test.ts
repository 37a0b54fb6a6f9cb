import type { HistoryEvent } from "@aws-sdk/client-sfn";
import { expect, test } from "vitest";
import { ActorEnvironment, conditional, gt, mapTask, task, workflow, type Workflow } from "lambent";
import type { FunctionFacts } from "../../../infra/check/function-facts.ts";
import { WorkflowRun, type ServiceFacts } from "../../../infra/check/workflow-run.ts";
import type { RunAssumptions } from "../../../infra/check/run-assumptions.ts";
import { dollars } from "../../../infra/cost/cost-lines.ts";
import { replicaCosts, workflowCost } from "../../../infra/cost/estimate.ts";
import { executionCost } from "../../../infra/cost/execution-cost.ts";
import { measure } from "../../../infra/cost/measured.ts";
import { pricesOf } from "../../../infra/cost/prices.ts";
import { executionText, replicasText, totalText, workflowText } from "../../../infra/cost/print-cost.ts";
import type { Target } from "../../../infra/compile/compile.ts";
import { replicasForRun } from "../../../infra/compile/replica-states.ts";
import { target } from "../../support/definitions.ts";
import { executed } from "../../support/executions.ts";

const actor = new ActorEnvironment({ name: "math", replicaCount: 2 });
const double = actor.task(async function double({ n }: { n: number }) {
  return n * 2;
});
const plain = task(async function plain({ n }: { n: number }) {
  return n;
});
const doubled = workflow({ values: [1] }, function doubled({ values }) {
  return mapTask(double)({ n: values });
});

/** As the test's target names them. */
const MATH: FunctionFacts = {
  key: "math",
  actor: "math",
  name: "test-math",
  replicas: 2,
  whenBusy: "queue",
  reserved: 4,
  memoryMiB: 2048,
  architecture: "x86_64",
  timeout: 900,
  ttlSeconds: undefined,
};
const TASKS: FunctionFacts = {
  ...MATH,
  key: "tasks",
  actor: "tasks",
  name: "test-tasks",
  replicas: 0,
  memoryMiB: 512,
  architecture: "arm64",
};
const FACTS: ServiceFacts = { workflows: [], functions: [MATH, TASKS], target, machineName: () => "machine" };
const PRICES = pricesOf("us-east-1");

function costOf(
  { graph }: Workflow<never, unknown>,
  assumed: RunAssumptions,
  facts: ServiceFacts = FACTS,
  runs?: number,
) {
  return workflowCost(new WorkflowRun(graph, facts, assumed), PRICES, assumed, runs);
}

test("a run costs its transitions, its requests, and its GB-seconds at the price of its replicas", () => {
  const cost = costOf(doubled, { items: 1000, itemMs: 50 }, FACTS, 10);
  expect(cost.run).toMatchObject([
    { what: "state transitions", quantity: 1004, price: 0.000_025 },
    { what: "requests", of: "math", quantity: 1000, price: 0.000_000_2 },
    // 1,000 times 50 ms of 2 GB.
    {
      what: "duration",
      of: "math",
      quantity: 100,
      price: 0.000_009_722_2,
      note: "on replicas; on demand it would cost $0.00167",
    },
  ]);
  expect(cost.perRun).toBeCloseTo(0.0251 + 0.0002 + 0.000_972_22, 12);
  expect(cost.perMonth).toBeCloseTo(10 * cost.perRun, 12);
  // 500 times one after the other, on each of two replicas.
  expect(cost.ms).toBe(500 * 50);
});

test("plain tasks cost what on-demand instances do, by their architecture", () => {
  const one = workflow({ n: 1 }, function one({ n }) {
    return plain({ n });
  });
  expect(costOf(one, {}).run).toMatchObject([
    { quantity: 3 },
    { quantity: 1 },
    { what: "duration", of: "tasks", quantity: 0.05, price: 0.000_013_333_4, note: "on demand" },
  ]);
});

test("batches cost a request and a transition for several items", () => {
  const batched = workflow({ values: [1] }, function batched({ values }) {
    return mapTask(double, { batch: 25, concurrentItems: 5 })({ n: values });
  });
  expect(costOf(batched, { items: 100, msOf: { double: 10 } }).run).toMatchObject([
    { what: "state transitions", quantity: 7 + 4 },
    { what: "requests", quantity: 4 },
    // Four times 25 items, five at a time.
    { what: "duration", quantity: (4 * 50 * 2) / 1000 },
  ]);
});

test("a conditional's run costs from its cheapest way to its dearest", () => {
  const chosen = workflow({ n: 1 }, function chosen({ n }) {
    return conditional(
      gt(n, 1),
      () => plain({ n: plain({ n }) }),
      () => n,
    );
  });
  const { perRun, leastPerRun } = costOf(chosen, {});
  expect([perRun > leastPerRun, leastPerRun]).toEqual([true, 4 * 0.000_025]);
});

test("an EXPRESS run costs a request and its memory's time, in 64 MB and 100 ms, and its schedule counts its runs", () => {
  const express = workflow(
    { n: 1 },
    function express({ n }) {
      return plain({ n });
    },
    { type: "EXPRESS", schedule: "rate(2 hours)" },
  );
  const { run, runsPerMonth } = costOf(express, { itemMs: 150 });
  expect(run).toMatchObject([
    { what: "EXPRESS executions", quantity: 1, price: 0.000_001 },
    { what: "EXPRESS duration", quantity: 0.0625 * 0.2 },
    { what: "requests" },
    { what: "duration", quantity: 0.15 / 2 },
    { what: "schedule", price: 0.000_001 },
  ]);
  expect(runsPerMonth).toBe(365);
});

test("replicas cost by the hour and the month, whether or not anything runs", () => {
  const [math, ...others] = replicaCosts(FACTS, PRICES);
  expect(others).toEqual([]);
  expect(math?.perHour).toBeCloseTo(2 * 2 * 3600 * 0.000_004_166_7, 12);
  expect(math?.perMonth).toBeCloseTo(730 * 4 * 3600 * 0.000_004_166_7, 9);
  expect(replicasText(replicaCosts(FACTS, PRICES))).toBe(
    [
      "replicas: provisioned concurrency, whether or not anything runs; a month has 730 hours",
      "  math  $43.80 a month  2 × 2 GB, $0.06 an hour",
    ].join("\n"),
  );
});

test("replicas that come and go with runs cost by runs, in steps of five minutes", () => {
  const facts = { ...FACTS, functions: [{ ...MATH, ttlSeconds: 400 }, TASKS] };
  // Half a second and 400 s are ten minutes.
  expect(costOf(doubled, { items: 10 }, facts).run).toMatchObject([
    {},
    {},
    {},
    { what: "replicas", of: "math", quantity: 2 * 2 * 600, price: 0.000_004_166_7 },
    { what: "schedule", of: "math", quantity: 1, price: 0.000_001 },
    { what: "state transitions", of: "math", quantity: 17, price: 0.000_025 },
  ]);
  expect(replicaCosts(facts, PRICES)).toMatchObject([{ perMonth: undefined, ttlSeconds: 400 }]);
});

test("a run that finds its replicas there has fewer transitions, and what is not counted is told", () => {
  const forRun: Target = {
    ...target,
    replicasForRun: (name) => replicasForRun({ name: name ?? "", replicaCount: 2, ttlSeconds: 400 }, () => "test-math"),
    cooling: { groupName: "g", stateMachineArn: "m", roleArn: "r" },
  };
  const facts = { ...FACTS, functions: [{ ...MATH, ttlSeconds: 400 }, TASKS], target: forRun };
  const run = new WorkflowRun(doubled.graph, facts, { items: 10 });
  const without = costOf(doubled, { items: 10 }).run[0]?.quantity ?? 0;
  // Replicas, Lease, PutOffCooling, LookForReplicas, AreReplicasThere, ReplicasAsked, and ReplicasReady for none.
  expect(run.counts("fewest").transitions - without).toBe(7);
  // Besides, ScheduleCooling and StartReplicas, without AreReplicasThere, and the states of one wait: two looks.
  expect(run.counts("most").transitions - without).toBe(15);
  const cost = costOf(doubled, { items: 10 }, facts);
  expect(cost.leastPerRun).toBeLessThan(cost.perRun);
  expect(cost.assumed).toContainEqual(expect.stringContaining("Not counted: 3 transitions for each further look"));
});

const NEAR: FunctionFacts = {
  ...MATH,
  key: "near-0",
  actor: "near",
  name: "test-near.0",
  replicas: 1,
  memoryMiB: 1024,
};
const near = new ActorEnvironment({ name: "near", replicaCount: 4, affinity: true });
const score = near.task(
  async function score({ n }: { n: number }) {
    return n;
  },
  { affinityKey: ({ n }) => n },
);
const NEARS = [0, 1, 2, 3].map((n) => ({ ...NEAR, key: `near-${n}`, name: `test-near.${n}` }));

test.each<[string, object, number]>([
  ["as they fit", {}, 1],
  ["in batches", { batch: 10 }, 1],
  ["one by one", { batch: 1 }, 1],
  ["two at a time", { batch: 10, concurrentItems: 2 }, 2],
  ["in child executions", { mode: "distributed" }, 1],
])("with affinity the time of all items is billed, on one line for all replicas: %s", (_, options, atOnce) => {
  const scored = workflow({ values: [1] }, function scored({ values }) {
    return mapTask(score, options)({ n: values });
  });
  const facts = { ...FACTS, functions: [...NEARS, TASKS] };
  const durations = costOf(scored, { itemsOf: { score: 1000 }, msOf: { score: 20 } }, facts).run.filter(
    ({ what }) => what === "duration",
  );
  // 1,000 times 20 ms of 1 GB; in child executions what stores and joins lists takes as long besides.
  expect(durations.map(({ of }) => of)).toEqual(["near"]);
  const seconds = durations[0]?.quantity ?? 0;
  const most = "mode" in options ? 0.2 : 1e-9;
  expect(seconds).toBeGreaterThanOrEqual(20 / atOnce - 1e-9);
  expect(seconds).toBeLessThan(20 / atOnce + most);
  expect(replicaCosts(facts, PRICES)).toMatchObject([{ function: "near", replicas: 4, gigabytes: 1 }]);
});

test("replicas whose settings differ cost by their own, and come up for a run each once", () => {
  const [first, ...others] = NEARS;
  const functions = [{ ...first, ...NEAR, memoryMiB: 3072 }, ...others].map((fn) => ({ ...fn, ttlSeconds: 300 }));
  const scored = workflow({ values: [1] }, function scored({ values }) {
    return [mapTask(score)({ n: values }), score({ n: 1 })];
  });
  const { run } = costOf(scored, { items: 100, itemMs: 10 }, { ...FACTS, functions });
  expect(run.filter(({ what }) => what === "replicas").map(({ of, quantity }) => [of, quantity])).toEqual([
    ["near-0", 3 * 600],
    ["near-1, near-2, near-3", 3 * 600],
  ]);
  expect(run.filter(({ what }) => what === "schedule")).toMatchObject([{ of: "near", quantity: 4 }]);
});

test("an execution that had replicas come up costs them from its beginning to the end of their time", () => {
  function at(seconds: number): Date {
    return new Date(1e12 + seconds * 1000);
  }
  const parameters = JSON.stringify({ FunctionName: "test-math", Qualifier: "live" });
  const events: HistoryEvent[] = [
    { id: 1, type: "ExecutionStarted", timestamp: at(0) },
    {
      id: 2,
      type: "TaskScheduled",
      timestamp: at(1),
      taskScheduledEventDetails: {
        resourceType: "aws-sdk:lambda",
        resource: "getProvisionedConcurrencyConfig",
        region: "us-east-1",
        parameters,
      },
    },
    { id: 3, type: "ExecutionSucceeded", timestamp: at(500) },
  ];
  const { lines } = executionCost(measure(events), [{ ...MATH, ttlSeconds: 200 }, TASKS], PRICES);
  // 500 s and 200 s are 15 minutes; the cooling starts after 200, 400 and 600 s.
  expect(lines.slice(1)).toMatchObject([
    { what: "replicas", of: "math", quantity: 2 * 2 * 900 },
    { what: "schedule", quantity: 3 },
    { what: "state transitions", of: "math", quantity: 3 * 17 },
  ]);
});

test("an execution's cost is the sum of its receipts", async () => {
  const both = workflow({ values: [1, 2, 3, 4, 5] }, function both({ values }) {
    return [mapTask(double)({ n: values }), mapTask(double, { batch: 2 })({ n: values }), plain({ n: 1 })];
  });
  const { events } = await executed(both, { values: [1, 2, 3, 4, 5] }, { double, plain }, target);
  const measured = measure(events);
  const receipts = measured.invocations.flatMap((one) => one.receipts);
  expect(receipts.map(({ task }) => task).toSorted()).toEqual([...Array<string>(10).fill("double"), "plain"]);
  const alone = measured.invocations.filter((one) => one.receipts.length === 1);
  expect(alone.map(({ ms }) => ms)).toEqual(alone.map(({ receipts: [one] }) => Math.ceil(one?.durationMs ?? -1)));
  const cost = executionCost(measured, FACTS.functions, PRICES);
  function msOf(isMath: boolean): number {
    return measured.invocations
      .filter(({ functionName }) => functionName.includes("math") === isMath)
      .reduce((sum, { ms }) => sum + ms, 0);
  }
  const byHand =
    measured.transitions * 0.000_025 +
    measured.invocations.length * 0.000_000_2 +
    ((2 * msOf(true)) / 1000) * 0.000_009_722_2 +
    ((0.5 * msOf(false)) / 1000) * 0.000_013_333_4;
  expect(measured.invocations.length).toBe(5 + 3 + 1);
  expect(cost.usd).toBeCloseTo(byHand, 12);
  expect(cost.left).toEqual([]);
  expect(Object.keys(cost.taskMs).toSorted()).toEqual(["double", "plain"]);
});

function invocation(ids: number, output: object | undefined, name = "f:live") {
  const [scheduled, started, ended] = [ids, ids + 1, ids + 2];
  const result = output === undefined ? "TaskFailed" : "TaskSucceeded";
  return [
    {
      id: scheduled,
      previousEventId: scheduled - 1,
      timestamp: new Date(0),
      type: "TaskScheduled" as const,
      taskScheduledEventDetails: {
        resourceType: "lambda",
        resource: "invoke",
        region: "r",
        parameters: JSON.stringify({ FunctionName: name }),
      },
    },
    { id: started, previousEventId: scheduled, timestamp: new Date(100), type: "TaskStarted" as const },
    {
      id: ended,
      previousEventId: started,
      timestamp: new Date(350),
      type: result as "TaskSucceeded",
      ...(output === undefined
        ? {}
        : {
            taskSucceededEventDetails: { resourceType: "lambda", resource: "invoke", output: JSON.stringify(output) },
          }),
    },
  ];
}

test("items of a batch that are at work at the same time are billed once, and what has no receipt by its events", () => {
  const receipt = {
    replica: "r",
    initializationType: "provisioned-concurrency",
    caches: [],
    task: "t",
    output: "computed",
  };
  const receipts = [
    { ...receipt, startedAt: 1000, durationMs: 30 },
    { ...receipt, startedAt: 1010, durationMs: 40 },
    { ...receipt, startedAt: 1060, durationMs: 10.5 },
  ];
  const { invocations } = measure([
    ...invocation(1, { Payload: { receipts } }),
    ...invocation(11, undefined),
    ...invocation(21, { Payload: 5 }),
  ]);
  expect(invocations.map(({ ms, isProvisioned }) => [ms, isProvisioned])).toEqual([
    [61, true],
    [250, undefined],
    [250, undefined],
  ]);
  const cost = executionCost({ ms: 0, providedFor: [], transitions: 0, invocations }, [], PRICES, 3);
  expect(cost.left.join("\n")).toMatch(
    /^3 EXPRESS child executions .* left out\nf:live is no function of this service.*\n2 invocations have no receipt/,
  );
  const one = executionCost(
    { ms: 0, providedFor: [], transitions: 0, invocations: invocations.slice(1, 2) },
    [],
    PRICES,
    1,
  );
  expect(one.left.join("\n")).toMatch(
    /^1 EXPRESS child execution has no history: its duration, and what it invokes, .*\n.*\n1 invocation has no receipt/,
  );
});

test("outputs from the store and downloads are requests to S3", () => {
  const receipt = { replica: "r", initializationType: "on-demand", caches: [], task: "t", startedAt: 0, durationMs: 1 };
  const receipts = [
    { ...receipt, output: "stored" },
    { ...receipt, output: "computed", downloads: { files: 3, bytes: 1, ms: 1 } },
  ];
  const { invocations } = measure(invocation(1, { Payload: { receipts } }));
  const { lines } = executionCost({ ms: 0, providedFor: [], transitions: 0, invocations }, [], PRICES);
  expect(lines).toContainEqual(expect.objectContaining({ what: "S3 reads", quantity: 4, price: 0.000_000_4 }));
});

test("prices differ by region; one that is not known is told with those that are", () => {
  expect(pricesOf("eu-central-1").x86_64).toEqual({
    onDemand: 0.000_016_666_7,
    provisioned: 0.000_011_701_1,
    replica: 0.000_005_014_7,
  });
  expect(pricesOf("us-east-1").arm64.replica).toBeCloseTo(0.000_003_333_4, 9);
  expect(() => pricesOf("mars-north-1")).toThrow(
    /^the prices of mars-north-1 are not known; .*: ap-northeast-1, .*us-west-2$/,
  );
});

test("amounts have as many digits as say something", () => {
  expect([0, 1234.567, 0.0251, 0.000_025, 0.000_000_2].map(dollars)).toEqual([
    "$0",
    "$1,234.57",
    "$0.0251",
    "$0.000025",
    "$0.0000002",
  ]);
});

test("costs are tables, with what was assumed", () => {
  const cost = costOf(doubled, { items: 1000, itemMs: 50 }, FACTS, 10);
  expect(workflowText(cost)).toBe(
    [
      "workflow doubled",
      "  state transitions    $0.0251  1,004 transitions × $0.000025",
      "  requests of math     $0.0002  1,000 requests × $0.0000002",
      "  duration of math   $0.000972  100 GB-seconds × $0.0000097222 (on replicas; on demand it would cost $0.00167)",
      "  a run                $0.0263",
      "  a month               $0.263  10 runs",
      "  assumed times: 50 ms (--item-ms) a task",
      "  assumed items: double 1,000 (--items)",
    ].join("\n"),
  );
  const total = totalText([cost, costOf(doubled, {})], replicaCosts(FACTS, PRICES), "us-east-1");
  expect(total).toMatch(
    /^in all \$44\.06 a month, of which \$43\.80 without any run, without runs of doubled: --runs-per-month N\nprices of us-east-1, .*Not counted: free tiers/,
  );
  expect(executionText("execution e", [], 0, ["something is left out"])).toBe(
    "execution e\n  in all  $0\n  something is left out",
  );
});
