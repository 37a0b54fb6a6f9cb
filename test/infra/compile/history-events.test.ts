import { expect, test } from "vitest";
import {
  ActorEnvironment,
  conditional,
  expr,
  gt,
  mapTask,
  partial,
  repeatUntil,
  task,
  tryCatch,
  whileLoop,
  workflow,
  type Ref,
  type Workflow,
} from "lambent";
import { compile } from "../../../infra/compile/compile.ts";
import {
  childHistories,
  historyEvents,
  mostItems,
  stateThatExceeds,
  type Assumptions,
  type States,
} from "../../../infra/compile/history-events.ts";
import { StepFunctions } from "../../../infra/emulator/index.ts";
import type { Json } from "../../../sdk/base/json.ts";
import { target } from "../../support/definitions.ts";
import { jsonata, localFunctions, type Definition } from "../../support/emulator.ts";
import { runSkippingWaits } from "../../support/workflow-run.ts";

const NONE: Assumptions = { items: () => 0 };
const LAMBDA = "arn:aws:states:::lambda:invoke";

/** The events of an execution on the emulator, and of each child execution. */
async function eventsOf(definition: Definition, handler: (payload: Json) => Json = () => 1) {
  const states = new StepFunctions({ functions: localFunctions({ f: handler }), skipWaits: true });
  const roleArn = "arn:aws:iam::000000000000:role/test";
  const machine = { name: "machine", definition: JSON.stringify(definition), roleArn };
  const { stateMachineArn } = states.createStateMachine(machine);
  const { executionArn } = states.startExecution({ stateMachineArn, input: "{}" });
  await states.executionEnd(executionArn);
  function count(arn: string): number {
    return states.getExecutionHistory({ executionArn: arn, maxResults: 1000 }).events.length;
  }
  const { mapRuns } = states.listMapRuns({ executionArn }) as { mapRuns: readonly { mapRunArn: string }[] }; // as the API has it
  const children = mapRuns.flatMap(({ mapRunArn }) => states.listExecutions({ mapRunArn }).executions);
  return { own: count(executionArn), children: children.map((child) => count(child.executionArn)) };
}

function asStates(definition: Definition): States {
  return definition as unknown as States; // a definition as the tests write it
}

const pass = { Type: "Pass", End: true };
const call = { Type: "Task", Resource: LAMBDA, Arguments: { FunctionName: "f" }, End: true };

function block(states: Readonly<Record<string, Definition>>): Definition {
  return { StartAt: Object.keys(states)[0] ?? "", States: states };
}

function mapOf(items: readonly Json[], body: Definition): Definition {
  return { Type: "Map", Items: items, ItemProcessor: body, End: true };
}

const inner = { ...mapOf([], block({ A: call })), Items: "{% $states.input %}" };

const TABLE: readonly (readonly [
  what: string,
  states: Readonly<Record<string, Definition>>,
  assumed?: Partial<Assumptions>,
])[] = [
  ["a Pass", { S: pass }],
  ["a Wait", { S: { Type: "Wait", Seconds: 5, End: true } }],
  ["a Succeed", { S: { Type: "Succeed" } }],
  ["a Fail", { S: { Type: "Fail", Error: "E" } }],
  ["a Task with an integration", { S: call }],
  [
    "a Task that names a function",
    { S: { Type: "Task", Resource: "arn:aws:lambda:us-east-1:000000000000:function:f", End: true } },
  ],
  [
    "states in a row",
    { A: { ...pass, End: false, Next: "B" }, B: { Type: "Wait", Seconds: 1, Next: "C" }, C: { ...call } },
  ],
  [
    "a Choice by its dearer way",
    {
      S: { Type: "Choice", Choices: [{ Condition: "{% true %}", Next: "Dear" }], Default: "Cheap" },
      Dear: { ...call, End: false, Next: "Cheap" },
      Cheap: pass,
    },
  ],
  ["a Parallel", { S: { Type: "Parallel", Branches: [block({ A: pass }), block({ B: call })], End: true } }],
  ["a Map", { S: mapOf([1, 2, 3], block({ A: call })) }, { items: () => 3 }],
  ["a Map without items", { S: mapOf([], block({ A: call })) }],
  [
    "Maps within a Map, of lists that differ in length",
    {
      S: mapOf([[1, 2, 3], [], [4]], block({ T: inner })),
    },
    { items: (map) => (map === "S" ? 3 : 4 / 3) },
  ],
  [
    "a Parallel within a Map within a Parallel",
    {
      S: {
        Type: "Parallel",
        Branches: [
          block({ M: mapOf([1, 2], block({ P: { Type: "Parallel", Branches: [block({ A: call })], End: true } })) }),
        ],
        End: true,
      },
    },
    { items: () => 2 },
  ],
  [
    "a loop that goes round four times",
    {
      S: { Type: "Pass", Assign: { n: 1 }, Next: "Body" },
      Body: { ...call, End: false, Next: "Again" },
      Again: {
        Type: "Choice",
        Choices: [{ Condition: "{% $n < 4 %}", Assign: { n: "{% $n + 1 %}" }, Next: "Pause" }],
        Default: "Last",
      },
      Pause: { Type: "Wait", Seconds: 1, Next: "Body" },
      Last: { ...call },
    },
    { rounds: 4 },
  ],
];

test.each(TABLE.map(([what, states, assumed = {}]) => ({ what, states, assumed })))(
  "an execution of $what has the events that are counted",
  async ({ states, assumed }) => {
    const definition = jsonata(states);
    expect(historyEvents(asStates(definition), { ...NONE, ...assumed })).toBe((await eventsOf(definition)).own);
  },
);

test("a Task that fails as often as its retrier allows has the events that are counted, Lambda's own retriers apart", async () => {
  const definition = jsonata({
    S: {
      ...call,
      Retry: [
        { ErrorEquals: ["Lambda.ServiceException"], MaxAttempts: 6 },
        { ErrorEquals: ["Unlucky"], MaxAttempts: 2 },
      ],
    },
  });
  let attempts = 0;
  function unlucky(): Json {
    if (++attempts > 2) return 1;
    const error = new Error("not yet");
    error.name = "Unlucky";
    throw error;
  }
  const { own } = await eventsOf(definition, unlucky);
  expect([own, attempts]).toEqual([13, 3]);
  expect(historyEvents(asStates(definition), { ...NONE, attempts: "author" })).toBe(13);
  expect(historyEvents(asStates(definition), NONE)).toBe(7);
  expect(historyEvents(asStates(definition), { ...NONE, attempts: "all" })).toBe(13 + 6 * 3);
});

test("the children of a Distributed Map have histories of their own", async () => {
  const processor = { ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" }, ...block({ A: call }) };
  const definition = jsonata({ S: mapOf([1, 2, 3], processor) });
  const { own, children } = await eventsOf(definition);
  expect(historyEvents(asStates(definition), { items: () => 3 })).toBe(own);
  const [child, ...others] = childHistories(asStates(definition));
  expect(others).toEqual([]);
  expect(child).toMatchObject({ map: "S", type: "STANDARD" });
  expect(children).toEqual([7, 7, 7]);
  expect(child && historyEvents(child.definition, NONE)).toBe(7);
});

const actor = new ActorEnvironment({ name: "math", replicaCount: 2 });
const double = actor.task(async function double({ n }: { n: number }) {
  return n * 2;
});
const add = task(async function add({ a, b }: { a: number; b: number }) {
  return a + b;
});

const failures = new Map<number, number>();
const twiceUnlucky = task(async function twiceUnlucky({ n }: { n: number }) {
  const before = failures.get(n) ?? 0;
  failures.set(n, before + 1);
  if (n === 2 && before < 2) throw new RangeError("not yet");
  return n;
});

// Otherwise the dearest way goes by child executions.
const INLINE = { mode: "inline" } as const;

const sums = workflow({ values: [1, 2, 3, 4] }, function sums({ values }) {
  const doubled = mapTask(double, INLINE)({ n: values });
  const first = double({ n: 1 });
  return conditional(
    gt(first, 0),
    () => mapTask(partial(add, { b: first }), INLINE)({ a: doubled }),
    () => doubled,
  );
});
const outer = workflow({ values: [1, 2, 3, 4] }, function outer({ values }) {
  return {
    first: sums({ values }),
    second: sums({ values: mapTask(double, INLINE)({ n: values }) }),
  };
});
const some = workflow({ values: [1, 2, 3, 4] }, function some({ values }) {
  return mapTask(double, { ...INLINE, minSuccessRatio: 0.5 })({ n: values });
});
const batches = workflow({ values: [1, 2, 3, 4] }, function batches({ values }) {
  return mapTask(twiceUnlucky.withOverrides({ retries: { maxAttempts: 2 } }), { ...INLINE, batch: 4 })({ n: values });
});

const WORKFLOWS: readonly (readonly [Workflow<{ values?: number[] }, unknown>, Assumptions])[] = [
  [sums, { items: () => 4 }],
  [outer, { items: () => 4 }],
  [some, { items: () => 4 }],
  // One batch in each of three rounds.
  [batches, { items: () => 1, rounds: 3 }],
];

test.each(WORKFLOWS)("an execution of the workflow %# has the events that are counted", async (tried, assumed) => {
  const { status, events } = await runSkippingWaits(tried, {}, { double, add, twiceUnlucky });
  expect(status).toBe("SUCCEEDED");
  expect(historyEvents(compile(tried.graph, target), { ...assumed, nothingCaught: true })).toBe(events);
});

test("the way of a state that is caught counts, if it is the dearer", () => {
  const definition = compile(some.graph, target);
  // Each item that fails has a Pass more.
  const [all, none] = [false, true].map((nothingCaught) =>
    historyEvents(definition, { items: () => 4, nothingCaught }),
  );
  expect((all ?? 0) - (none ?? 0)).toBe(4 * 2);
});

test("a map may have as many items as keep the history below the limit", () => {
  const one = workflow({ values: [1] }, function one({ values }) {
    return mapTask(double)({ n: values });
  });
  const definition = compile(one.graph, target);
  // Of 2 of the execution, 2 of each of Inputs and Output, and 4 of the Map; an item has 7.
  expect(mostItems(definition, "double", NONE)).toBe(Math.floor((24_999 - 10) / 7));
  expect(mostItems(definition, "double", NONE, 10)).toBe(-1);
  expect(mostItems(definition, "no map", NONE)).toBe(Number.POSITIVE_INFINITY);
  expect(mostItems(definition, "double", { ...NONE, attempts: "all" }, 200)).toBeLessThan(5);
});

test("the state that makes a history too long is named, after those that it is within", () => {
  const definition = compile(outer.graph, target);
  const assumed: Assumptions = { items: (map) => (map.endsWith("add") ? 4000 : 3) };
  const way = stateThatExceeds(definition, assumed);
  expect(way?.at(-1)).toMatch(/add$/);
  expect(stateThatExceeds(definition, NONE)).toBeUndefined();
});

test("a loop whose rounds make a history too long is named, also where more comes after it or it is in a branch", () => {
  const add = task(async ({ n }: { n: number }) => n + 1, { name: "add" });
  function counting(n: Ref<number>): Ref<number> {
    return repeatUntil({
      state: n,
      do: (state) => expr.add(state, 1),
      until: (state) => gt(state, 9),
      maxIterations: 200,
    });
  }
  const inRow = workflow({ n: 1 }, ({ n }) => add({ n: counting(add({ n })) }), { name: "inRow" });
  expect(stateThatExceeds(compile(inRow.graph, target), NONE, 1000)).toEqual(["loop"]);
  const tried = workflow(
    { n: 1 },
    ({ n }) =>
      tryCatch(
        () => counting(n),
        () => 0,
      ),
    { name: "tried" },
  );
  expect(stateThatExceeds(compile(tried.graph, target), NONE, 1000)).toEqual(["tried", "loop"]);
  const inLoop = workflow(
    { n: 1 },
    ({ n }) => whileLoop({ state: n, while: (state) => gt(state, 1), do: counting, maxIterations: 1 }),
    { name: "inLoop" },
  );
  expect(stateThatExceeds(compile(inLoop.graph, target), NONE, 1000)).toEqual(["loop"]);
});
