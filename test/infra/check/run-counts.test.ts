import "../../support/store-directory.ts";
import { expect, test } from "vitest";
import { ActorEnvironment, conditional, gt, mapTask, partial, task, workflow, type Workflow } from "lambent";
import { functionFacts } from "../../../infra/check/function-facts.ts";
import { mapFacts } from "../../../infra/check/map-facts.ts";
import { peakCalls } from "../../../infra/check/peak-calls.ts";
import { runCounts } from "../../../infra/check/run-counts.ts";
import { WorkflowRun } from "../../../infra/check/workflow-run.ts";
import { measure, together } from "../../../infra/cost/measured.ts";
import { historyEvents, type States } from "../../../infra/compile/history-events.ts";
import { target } from "../../support/definitions.ts";
import { executed } from "../../support/executions.ts";

const actor = new ActorEnvironment({ name: "math", replicaCount: 2 });
const double = actor.task(async function double({ n }: { n: number }) {
  return n * 2;
});
const add = task(async function add({ a, b }: { a: number; b: number }) {
  return a + b;
});
const listed = task(async function listed({ n }: { n: number }) {
  return Array.from({ length: n }, (_, index) => index);
});
const tasks = { double, add, listed };

const chain = workflow({ n: 1 }, function chain({ n }) {
  return double({ n: add({ a: n, b: 1 }) });
});
const branches = workflow({ n: 1 }, function branches({ n }) {
  return [double({ n }), double({ n: add({ a: n, b: 1 }) }), add({ a: n, b: 2 })];
});
const mapped = workflow({ values: [1, 2, 3] }, function mapped({ values }) {
  return mapTask(partial(add, { b: 1 }))({ a: mapTask(double)({ n: values }) });
});
const zipped = workflow({ values: [1, 2, 3] }, function zipped({ values }) {
  return mapTask(add, { minSuccessRatio: 0.5 })({ a: values, b: [1, 2, 3] });
});
const batches = workflow({ values: Array.from({ length: 50 }, (_, index) => index) }, function batches({ values }) {
  return [mapTask(double, { batch: 7 })({ n: values }), mapTask(double, { batch: "auto" })({ n: values })];
});
const tests = { dear: 5, cheap: 0 };
const chosen = workflow({ n: 1, values: [1, 2, 3] }, function chosen({ n, values }) {
  return conditional(
    gt(n, 2),
    () => mapTask(double)({ n: values }),
    () => [],
  );
});
const ofWorkflow = workflow(
  {
    values: [
      [1, 2],
      [3, 4],
    ],
  },
  function ofWorkflow({ values }) {
    return mapTask(mapped)({ values });
  },
);
const nested = workflow({ values: [1, 2] }, function nested({ values }) {
  return [mapped({ values: mapTask(double)({ n: values }) }), mapped({}), chain({ n: 3 })];
});

/** Each with an input, and how many states of it failed and were tried again. */
const FORMS: readonly (readonly [string, Workflow<never, unknown>, object])[] = [
  ["tasks in a row", chain, {}],
  ["tasks side by side", branches, {}],
  ["a map of a map", mapped, {}],
  ["a map of a map with an input", mapped, { values: [1, 2, 3, 4, 5] }],
  ["a map without items", mapped, { values: [] }],
  ["a map over two lists that tolerates failures", zipped, {}],
  ["batches", batches, {}],
  ["the dearer way of a conditional", chosen, { n: tests.dear }],
  ["nested workflows with maps", nested, {}],
  ["a map of a workflow", ofWorkflow, {}],
];

const FACTS = { workflows: [], functions: [], target, machineName: () => "machine" };

function runOf({ graph }: Workflow<never, unknown>, input: object): WorkflowRun {
  return new WorkflowRun(graph, FACTS, { input: input as Record<string, never> });
}

test.each(FORMS)("%s: transitions, invocations and events are those of a run", async (_, form, input) => {
  const { status, events } = await executed(form, input as never, tasks, target);
  expect(status).toBe("SUCCEEDED");
  const run = runOf(form, input);
  const counts = run.counts();
  const measured = measure(events);
  expect(counts.transitions).toBe(measured.transitions);
  expect(historyEvents(run.taken, { items: run.iterations, nothingCaught: true })).toBe(events.length);
  const counted = new Map<string, number>();
  for (const { functionName } of measured.invocations) counted.set(functionName, (counted.get(functionName) ?? 0) + 1);
  expect(
    new Map([...counts.invocations].filter(([, { count }]) => count > 0).map(([name, { count }]) => [name, count])),
  ).toEqual(counted);
});

const forty = Array.from({ length: 40 }, (_, index) => index);
const pieces = workflow({ values: forty }, function pieces({ values }) {
  return mapTask(double, { mode: "distributed", batch: 3 })({ n: values });
});
const items = workflow({ values: forty }, function items({ values }) {
  return mapTask(chain, { mode: "distributed" })({ n: values });
});

const near = new ActorEnvironment({ name: "near", replicaCount: 2, affinity: true });
const score = near.task(
  async function score({ n }: { n: number }) {
    return n;
  },
  { affinityKey: ({ n }) => n },
);
const lanes = workflow({ values: forty }, function lanes({ values }) {
  return mapTask(score)({ n: values });
});
const four = new ActorEnvironment({ name: "four", replicaCount: 4, affinity: true });
const rank = four.task(
  async function rank({ n }: { n: number; k?: number }) {
    return n;
  },
  { affinityKey: ({ n }) => n },
);
const many = Array.from({ length: 400 }, (_, index) => index);
const tens = workflow({ values: many }, function tens({ values }) {
  return mapTask(rank, { batch: 10 })({ n: values });
});
const single = workflow({ values: forty }, function single({ values }) {
  return mapTask(rank, { batch: 1 })({ n: values });
});
const fewKeys = workflow({ values: [1, 1, 1, 1, 1, 1, 1, 2, 2, 3, 3, 3] }, function fewKeys({ values }) {
  return mapTask(rank, { batch: 2 })({ n: values });
});
const oneKey = workflow({ values: forty }, function oneKey({ values }) {
  return mapTask(partial(rank.withOverrides({ timeout: 5 }), { k: 1 }), { batch: 3 })({ n: values });
});
const lanesOfPieces = workflow({ values: forty }, function lanesOfPieces({ values }) {
  return mapTask(score, { mode: "distributed", batch: 40 })({ n: values });
});

test.each<[string, Workflow<never, unknown>]>([
  ["a map in child executions", pieces],
  ["a map of a workflow in child executions", items],
  ["a map with affinity", lanes],
  ["a map with affinity in batches, the lanes as uneven as its keys", tens],
  ["a map with affinity and an invocation for each item", single],
  ["a map with affinity and fewer keys than replicas", fewKeys],
  ["a map with affinity and an input that is bound", oneKey],
  ["a map with affinity in child executions", lanesOfPieces],
])("%s: transitions, invocations and events are those of a run", async (_, form) => {
  const { status, events, children } = await executed(form, {} as never, { ...tasks, score, rank }, target);
  expect(status).toBe("SUCCEEDED");
  const run = runOf(form, {});
  const measured = together([events, ...children].map(measure));
  const counts = run.counts();
  expect(counts.transitions).toBe(measured.transitions);
  expect(counts.children.standard).toBe(children.length);
  const invocations = [...counts.invocations.values()].reduce((sum, { count }) => sum + count, 0);
  expect(invocations).toBe(measured.invocations.length);
  expect(historyEvents(run.taken, { items: run.iterations, nothingCaught: true })).toBe(events.length);
});

test("where only a run knows which replica gets what, batches are counted as many as there may be, and that is said", async () => {
  const late = workflow({ n: 41 }, function late({ n }) {
    return mapTask(rank, { batch: 10 })({ n: listed({ n }) });
  });
  const run = new WorkflowRun(late.graph, FACTS, { items: 41 });
  expect(run.isBound).toBe(true);
  // Lanes of 11, 1, 1 and 28 items would be 2, 1, 1 and 3 batches.
  expect(run.maps[0]?.batch).toEqual({ size: 10, batches: 7, lanes: 4, isBound: true });
  const { events } = await executed(late as Workflow<never, unknown>, { n: 41 } as never, { listed, rank }, target);
  const measured = measure(events);
  const counts = run.counts();
  expect(measured.transitions).toBeLessThanOrEqual(counts.transitions);
  expect(counts.transitions - measured.transitions).toBeLessThanOrEqual(2);
  expect(events.length).toBeLessThanOrEqual(historyEvents(run.taken, { items: run.iterations, nothingCaught: true }));
  expect(runOf(tens as Workflow<never, unknown>, {}).isBound).toBe(false);
});

test("the cheaper way of a conditional is that of the fewest transitions", async () => {
  const { events } = await executed(chosen, { n: tests.cheap } as never, tasks, target);
  const run = runOf(chosen as Workflow<never, unknown>, {});
  expect(run.counts("fewest").transitions).toBe(measure(events).transitions);
  expect(run.counts("most").transitions).toBeGreaterThan(run.counts("fewest").transitions);
});

test("what is tried again is a transition more", async () => {
  let left = 2;
  const unlucky = task(
    async function unlucky({ n }: { n: number }) {
      if (left-- > 0) throw new RangeError("not yet");
      return n;
    },
    { retries: 3 },
  );
  const once = workflow({ n: 1 }, function once({ n }) {
    return unlucky({ n });
  });
  const { status, events } = await executed(once, { n: 1 }, { unlucky }, target);
  expect([status, measure(events).transitions, measure(events).invocations.length]).toEqual(["SUCCEEDED", 3 + 2, 3]);
  expect(runOf(once as Workflow<never, unknown>, {}).counts().transitions).toBe(3);
});

test("how many items a map has is what the workflow, the options, the input or the defaults say", () => {
  const known = workflow({ given: [1, 2], needed: [1] }, function known({ given, needed }) {
    const literal = mapTask(double)({ n: [1, 2, 3] });
    const again = mapTask(double, { batch: 2 })({ n: literal });
    const late = mapTask(double)({ n: listed({ n: 4 }) });
    const two = mapTask(add)({ a: given, b: needed });
    return [again, late, two, mapped({ values: given })];
  });
  function itemsOf(assumed: Parameters<typeof mapFacts>[1]): string[] {
    return mapFacts(known.graph, assumed).map(
      ({ state, items, source, batch }) => `${state} ${items} ${source} ${batch?.batches ?? "-"}`,
    );
  }
  expect(itemsOf({})).toEqual([
    "double 3 workflow -",
    "double2 3 workflow 2",
    "double3 100 assumed -",
    "add 2 default -",
    "mapped_double 2 default -",
    "mapped_add 2 default -",
  ]);
  expect(itemsOf({ items: 7, itemsOf: { double3: 5 }, input: { given: [1, 2, 3, 4] } })).toEqual([
    "double 3 workflow -",
    "double2 3 workflow 2",
    "double3 5 option -",
    "add 7 option -",
    "mapped_double 7 option -",
    "mapped_add 7 option -",
  ]);
  expect(itemsOf({ input: { given: [1, 2, 3, 4] } })).toContain("mapped_double 4 input -");
});

const lambda = "arn:aws:states:::lambda:invoke";
function call(name: string, next?: string) {
  return {
    Type: "Task",
    Resource: lambda,
    Arguments: { FunctionName: name },
    ...(next === undefined ? { End: true } : { Next: next }),
  };
}

test("a Distributed Map's children are counted by their type: EXPRESS ones have no transitions that are billed", () => {
  function definition(type: string): States {
    const processor = {
      ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: type },
      StartAt: "A",
      States: { A: call("f", "B"), B: call("g") },
    };
    return { StartAt: "M", States: { M: { Type: "Map", ItemProcessor: processor, End: true } } };
  }
  const assumed = { iterations: () => 10, ms: () => 100 };
  expect(runCounts(definition("STANDARD"), assumed)).toMatchObject({
    transitions: 1 + 10 * 2,
    children: { standard: 10, express: 0 },
    ms: 200,
  });
  expect(runCounts(definition("EXPRESS"), assumed)).toMatchObject({
    transitions: 1,
    children: { standard: 0, express: 10, expressMs: 2000 },
  });
});

test("the calls at once are those of a map's concurrency, and of branches together", () => {
  const definition: States = {
    StartAt: "P",
    States: {
      P: {
        Type: "Parallel",
        Branches: [
          { StartAt: "A", States: { A: call("f") } },
          {
            StartAt: "M",
            States: {
              M: {
                Type: "Map",
                MaxConcurrency: 3,
                ItemProcessor: { StartAt: "B", States: { B: call("f") } },
                End: true,
              },
            },
          },
          { StartAt: "C", States: { C: call("g") } },
        ],
        Next: "D",
      },
      D: call("f"),
    },
  };
  expect(peakCalls(definition, () => 10)).toEqual(
    new Map([
      ["f", { calls: 4, state: "P" }],
      ["g", { calls: 1, state: "C" }],
    ]),
  );
  expect(peakCalls(definition, () => 1).get("f")).toEqual({ calls: 2, state: "P" });
});

test("a function's settings are those of serverless.yml, of the actor, and of the provider, in this order", () => {
  const description = {
    actor: { name: "math", replicaCount: 2, whenBusy: "queue" as const, memorySize: 512, timeout: 30 },
    tasks: [],
    exports: [],
  };
  expect(functionFacts(description, "s-dev-math", {}, { memorySize: 2048, timeout: 6, architecture: "arm64" })).toEqual(
    {
      key: "math",
      actor: "math",
      name: "s-dev-math",
      replicas: 2,
      whenBusy: "queue",
      reserved: 4,
      memoryMiB: 512,
      architecture: "arm64",
      timeout: 30,
      ttlSeconds: undefined,
    },
  );
  const own = { name: "other", memorySize: "256", provisionedConcurrency: 5, reservedConcurrency: 7, timeout: 9 };
  expect(functionFacts(description, "s-dev-math", own, {})).toMatchObject({
    name: "other",
    replicas: 5,
    reserved: 7,
    memoryMiB: 256,
    timeout: 9,
  });
  expect(functionFacts({ tasks: [], exports: [] }, "s-dev-tasks", {}, {})).toMatchObject({
    key: "tasks",
    replicas: 0,
    reserved: undefined,
    memoryMiB: 1024,
  });
});
