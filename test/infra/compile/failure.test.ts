import { expect, test } from "vitest";
import {
  after,
  choose,
  conditional,
  eq,
  fail,
  gt,
  mapTask,
  required,
  task,
  tryCatch,
  whileLoop,
  workflow,
  type Workflow,
} from "lambent";
import { runCounts } from "../../../infra/check/run-counts.ts";
import { compile } from "../../../infra/compile/compile.ts";
import { historyEvents } from "../../../infra/compile/history-events.ts";
import { outputBudgets } from "../../../infra/compile/output-budgets.ts";
import { run } from "../../../infra/run/local.ts";
import { target } from "../../support/definitions.ts";
import { runSkippingWaits } from "../../support/workflow-run.ts";

class Base extends Error {}
class Special extends Base {}

const ran: string[] = [];
const add = task(async function add({ a, b }: { a: number; b: number }) {
  ran.push(`${a} + ${b}`);
  if (a < 0) throw new Special(`${a} is less than 0`);
  return a + b;
});
const large = task(async function large({ n }: { n: number }) {
  return "x".repeat(n);
});
const tasks = { add, large };

test.each([
  ["a text", "a text"],
  ["", ""],
  ['{"a": 1}', '{"a": 1}'],
  ['{"errorMessage":"cut', '{"errorMessage":"cut'],
  ['{"errorMessage":"a \\"b\\" \\u00e9"}', 'a "b" é'],
  ['{"errorType":"E","errorMessage":"","trace":["}', ""],
  ["{ no document", "{ no document"],
])("of the cause %j the message is %j", async (cause, message) => {
  const told = workflow({ text: required<string>() }, function told({ text }) {
    return tryCatch(
      () => fail("A", text),
      (error) => error,
    );
  });
  expect(await run(told, { text: cause })).toEqual({ name: "A", message, cause });
});

test("of a message that is too long for a cause the beginning is told", async () => {
  const failing = task(async function failing({ n }: { n: number }): Promise<number> {
    throw new Error("y".repeat(n));
  });
  const told = workflow({ n: 40_000 }, function told({ n }) {
    return tryCatch(
      () => failing({ n }),
      (error) => error.message,
    );
  });
  expect(await run(told, { n: 9_000 })).toBe("y".repeat(9_000));
  expect(String(await run(told, {}))).toMatch(/y{30000}/);
});

test("an expression of the state machine that fails is caught, and a task that gives what is read and too large", async () => {
  const caught = workflow({ n: 400_000 }, function caught({ n }) {
    return tryCatch(
      () =>
        conditional(
          eq(large({ n }), "x"),
          () => 1,
          () => 2,
        ),
      (error) => error.name,
    );
  });
  expect(await run(caught, { n: 1 })).toBe(1);
  expect(await run(caught, {})).not.toBe(2);
});

test("the ways of catchers are in the events and the states that are counted", async () => {
  const handled = workflow({ n: -1 }, function handled({ n }) {
    return tryCatch(
      () => add({ a: n, b: 1 }),
      () => add({ a: add({ a: 1, b: 1 }), b: 1 }),
    );
  });
  const definition = compile(handled.graph, target);
  const assumed = { items: () => 0 };
  const succeeded = await runSkippingWaits(handled, { n: 1 }, tasks);
  expect(historyEvents(definition, { ...assumed, nothingCaught: true })).toBe(succeeded.events);
  const caught = await runSkippingWaits(handled, {}, tasks);
  expect(caught.status).toBe("SUCCEEDED");
  expect(historyEvents(definition, assumed)).toBeGreaterThanOrEqual(caught.events);
  const counting = { iterations: () => 0, ms: () => 1 };
  // Inputs, the Parallel, the task and what ends its block, and Output; caught two tasks and what ends these.
  expect(runCounts(definition, counting, "fewest").transitions).toBe(5);
  expect(runCounts(definition, counting).transitions).toBe(8);
});

test("a block that always fails is counted by its handler", () => {
  const always = workflow({ n: 1 }, function always({ n }) {
    return tryCatch(
      () => fail("A", "a"),
      () => add({ a: n, b: 1 }),
    );
  });
  for (const which of ["most", "fewest"] as const) {
    expect(
      runCounts(compile(always.graph, target), { iterations: () => 0, ms: () => 1 }, which).transitions,
    ).toBeGreaterThan(3);
  }
});

test("a class is caught around where a class that extends it is tried again, and the other way round", async () => {
  const inner = workflow({ n: -1 }, function inner({ n }) {
    return tryCatch(
      () => add.withOverrides({ retries: { maxAttempts: 1, errors: [Special] } })({ a: n, b: 1 }),
      (error) => error.name,
      { errors: [Base] },
    );
  });
  const outer = workflow({ n: -1 }, function outer({ n }) {
    return tryCatch(
      () => add.withOverrides({ retries: { maxAttempts: 1, errors: [Base] } })({ a: n, b: 1 }),
      (error) => error.name,
      { errors: [Special] },
    );
  });
  for (const tried of [inner, outer]) {
    ran.length = 0;
    expect(await run(tried, {})).toBe("Special");
    expect(ran).toEqual(["-1 + 1", "-1 + 1"]);
  }
});

const deferring = { failurePolicy: "afterExecutable" } as const;

async function ranBefore(failing: Workflow<never, unknown>, inputs: object, error: string): Promise<string[]> {
  ran.length = 0;
  const any = failing as unknown as Workflow<object, unknown>; // the inputs of each call are its workflow's
  await expect(run(any, inputs)).rejects.toThrow(error);
  return ran.toSorted();
}

test("after a failure all runs that does not need what failed, in branches and loops too, and the first error is told", async () => {
  const wide = workflow(
    { n: -1 },
    function wide({ n }) {
      const first = add({ a: n, b: 1 });
      const second = add({ a: -2, b: 2 });
      const chosen = choose(
        [[gt(second, 0), () => add({ a: 3, b: 3 })]], // needs what has failed
        () => 0,
      );
      const looped = whileLoop({
        state: 4,
        while: (state) => gt(state, 3),
        do: (state) => add({ a: add({ a: state, b: -10 }), b: 5 }), // fails in its second task
        maxIterations: 3,
      });
      const ordered = after(first, () => add({ a: 6, b: 6 }));
      const mapped = mapTask(add)({ a: [7, 8], b: [7, 8] });
      const last = add({ a: mapped[0]!, b: 9 });
      return [first, chosen, looped, ordered, last];
    },
    deferring,
  );
  expect(await ranBefore(wide, {}, "Special: -1 is less than 0")).toEqual(
    ["-1 + 1", "-2 + 2", "-6 + 5", "14 + 9", "4 + -10", "7 + 7", "8 + 8"].toSorted(),
  );
  expect(await ranBefore(wide, { n: 1 }, "Special: -2 is less than 0")).toContain("6 + 6");
});

test("items in child executions catch their own errors, and a map in child executions is caught around", async () => {
  const one = workflow({ n: 1 }, function one({ n }) {
    return tryCatch(
      () => add({ a: n, b: 1 }),
      ({ message }) => message,
    );
  });
  const all = workflow({ ns: [1, -1] }, function all({ ns }) {
    return mapTask(one, { mode: "distributed" })({ n: ns });
  });
  expect(await run(all, {})).toEqual([2, "-1 is less than 0"]);
  const around = workflow({ ns: [1, -1] }, function around({ ns }) {
    return tryCatch(
      () => mapTask(add, { mode: "distributed" })({ a: ns, b: ns }),
      ({ name }) => name,
      { errors: [Base] },
    );
  });
  expect(await run(around, { ns: [1, 2] })).toEqual([2, 4]);
  expect(await run(around, {})).toBe("Base");
});

test("values of any size leave a block, and go on to tasks in a handler", async () => {
  const measure = task(async function measure({ text }: { text: string }) {
    if (text.startsWith("x")) return text.length;
    throw new Base(text);
  });
  const kept = workflow({ n: 400_000 }, function kept({ n }) {
    const outer = large({ n });
    const inner = tryCatch(
      () => large({ n }),
      () => "none",
    );
    const handled = tryCatch(
      () => measure({ text: "y" }),
      () => measure({ text: outer }),
    );
    return [measure({ text: inner }), handled];
  });
  expect(await run(kept, {})).toEqual([400_000, 400_000]);
});

test("the workflow that onFailure names is run as any other, also in a workflow of type EXPRESS", async () => {
  const told: unknown[] = [];
  const hear = task(async function hear({ what }: { what: unknown }) {
    told.push(what);
    return null;
  });
  const telling = workflow(
    { inputs: required<{ n: number }>(), error: required<{ name: string }>() },
    function telling({ inputs, error }) {
      return [hear({ what: inputs.n }), hear({ what: error.name })];
    },
  );
  const failing = workflow({ n: -1 }, ({ n }) => add({ a: n, b: 1 }), {
    name: "failing",
    type: "EXPRESS",
    onFailure: telling,
  });
  await expect(run(failing, {})).rejects.toThrow("Special: -1 is less than 0");
  expect(told.toSorted()).toEqual([-1, "Special"]);
});

test("what can still run may return as much as without a failure policy", async () => {
  const pair = workflow({ n: 100_000 }, ({ n }) => [large({ n }), add({ a: n, b: 1 })], { name: "pair", ...deferring });
  expect(outputBudgets(pair.graph).get("large")?.bytes).toBeGreaterThan(100_000);
  expect(await run(pair, {})).toEqual(["x".repeat(100_000), 100_001]);
});

test("a nested workflow keeps to its own failure policy, also in a map", async () => {
  const pair = workflow(
    { n: -1 },
    function pair({ n }) {
      return [add({ a: n, b: 1 }), add({ a: add({ a: 1, b: 1 }), b: 2 })];
    },
    deferring,
  );
  const pairs = workflow({ n: -1 }, function pairs({ n }) {
    return [pair({ n }), mapTask(pair)({ n: [5] })];
  });
  expect(await run(pairs, { n: 1 })).toEqual([[2, 4], [[6, 4]]]);
  const one = workflow({ n: -1 }, function one({ n }) {
    return pair({ n });
  });
  expect(await ranBefore(one, {}, "Special: -1 is less than 0")).toEqual(["-1 + 1", "1 + 1", "2 + 2"]);
});

test("a chain runs as it does without a failure policy", () => {
  const [now, later] = [{}, deferring].map((options) => {
    const chain = workflow({ n: 1 }, ({ n }) => add({ a: add({ a: n, b: 1 }), b: 2 }), { name: "chain", ...options });
    return compile(chain.graph, target);
  });
  expect(later).toEqual(now);
});

test("a workflow's timeout is its definition's", async () => {
  const idle = task(async function idle({ n }: { n: number }) {
    await new Promise((resolve) => setTimeout(resolve, 5000));
    return n;
  });
  const slow = workflow(
    { n: 1 },
    function slow({ n }) {
      return idle({ n });
    },
    { timeout: 1 },
  );
  expect(compile(slow.graph, target).TimeoutSeconds).toBe(1);
  await expect(run(slow, {})).rejects.toThrow("timed out: the execution took longer than 1 s");
});

test("a call of a workflow whose retries may have more events than an execution is refused", () => {
  const nested = workflow({ n: 1 }, function nested({ n }) {
    return add({ a: n, b: 1 });
  });
  const often = workflow({ n: 1 }, function often({ n }) {
    return nested.withOverrides({ retries: 10_000 })({ n });
  });
  expect(() => compile(often.graph, target)).toThrow(/^nested: it may have \d+ events, .*so ask for fewer retries$/);
});
