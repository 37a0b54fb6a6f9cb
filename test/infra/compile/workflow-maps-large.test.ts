import "../../support/store-directory.ts";
import asl from "asl-validator";
import { expect, test } from "vitest";
import { mapTask, partial, task, workflow, type Workflow } from "lambent";
import { compile } from "../../../infra/compile/compile.ts";
import { validateDefinition } from "../../../infra/validate/validate.ts";
import { target } from "../../support/definitions.ts";
import { runSkippingWaits } from "../../support/workflow-run.ts";

const texts = task(async function texts({ count, size }: { count: number; size: number }) {
  return Array.from({ length: count }, (_, n) => ({ n, text: String(n % 10).repeat(size) }));
});
const numbers = task(async function numbers({ count }: { count: number }) {
  return Array.from({ length: count }, (_, n) => n);
});
const shown = task(async function shown({ item, by }: { item: { n: number; text: string }; by: string }) {
  return { n: item.n, text: `${by}${item.text}` };
});
const pick = task(async function pick({ n, text }: { n: number; text: string }) {
  return n + text.length;
});
const failing = task(async function failing({ n, below }: { n: number; below: number }) {
  if (n < below) throw new RangeError(`item ${n} fails`);
  return [n];
});
const tries = new Map<number, number>();
const unlucky = task(async function unlucky({ n }: { n: number }) {
  tries.set(n, (tries.get(n) ?? 0) + 1);
  if (n % 400 === 0 && tries.get(n) === 1) throw new RangeError("not yet");
  return n;
});
const total = task(async function total({ items }: { items: { n: number; text: string }[] }) {
  return items.reduce((sum, { n, text }) => sum + n + text.length, 0);
});
const tasks = { texts, numbers, shown, pick, failing, unlucky, total };

async function run<I, O>(form: Workflow<I, O>, inputs: I) {
  const definition = compile(form.graph, target);
  expect(validateDefinition(JSON.stringify(definition))).toEqual([]);
  expect(asl(definition).errorsText("\n")).toBe("");
  tries.clear();
  return runSkippingWaits(form, inputs, tasks);
}

const one = workflow({ item: { n: 0, text: "" }, by: "" }, function one({ item, by }) {
  return shown({ item, by });
});
const picked = workflow({ item: { n: 0, text: "" } }, function picked({ item }) {
  return pick({ n: item.n, text: item.text });
});
/** Sums of 0 to `count - 1`, and of the lengths of as many texts. */
function sumOf(count: number, length: number): number {
  return (count * (count - 1)) / 2 + count * length;
}

test(
  "a stored list of some MB is mapped, and its outputs go to a task and to another map",
  { timeout: 120_000 },
  async () => {
    const form = workflow({ count: 2500, size: 1000, by: ">" }, function form({ count, size, by }) {
      const outputs = mapTask(partial(one, { by }))({ item: texts({ count, size }) });
      return { total: total({ items: outputs }), picked: mapTask(picked)({ item: outputs }) };
    });
    const { status, output, cause } = await run(form, {});
    expect({ status, cause }).toEqual({ status: "SUCCEEDED", cause: undefined });
    expect(output).toEqual({
      total: sumOf(2500, 1001),
      picked: Array.from({ length: 2500 }, (_, n) => n + 1001),
    });
  },
);

test("few items that are a stored list, many items that are none, one item and none", async () => {
  const form = workflow({ count: 4, size: 100_000, by: "" }, function form({ count, size, by }) {
    return total({ items: mapTask(partial(one, { by }))({ item: texts({ count, size }) }) });
  });
  expect((await run(form, {})).output).toBe(sumOf(4, 100_000));
  expect((await run(form, { count: 1500, size: 1 })).output).toBe(sumOf(1500, 1));
  expect((await run(form, { count: 1, size: 300_000 })).output).toBe(300_000);
  expect((await run(form, { count: 0 })).output).toBe(0);
});

const failed = workflow({ n: 0, below: 0 }, function failed({ n, below }) {
  return failing({ n, below });
});

test("without minSuccessRatio the first item that fails ends the map with its own error", async () => {
  const form = workflow({ count: 2000 }, function form({ count }) {
    return total({ items: mapTask(partial(failed, { below: 1 }))({ n: numbers({ count }) }) as never });
  });
  const { error, cause, invocations } = await run(form, {});
  expect(error).toBe("RangeError");
  expect(cause).toContain("item 0 fails");
  expect(invocations.filter(({ task: name, list }) => name === "failing" && list === undefined).length).toBeLessThan(
    1500,
  );
});

test("minSuccessRatio is exact, and tells of the first items that failed", async () => {
  function form(below: number) {
    return workflow(
      { count: 1300 },
      ({ count }) => {
        return mapTask(partial(failed, { below }), { minSuccessRatio: 0.75 })({ n: numbers({ count }) });
      },
      { name: "form" },
    );
  }
  const { output } = await run(form(325), {});
  expect(output).toEqual(Array.from({ length: 1300 }, (_, n) => (n < 325 ? null : [n])));
  expect(await run(form(326), {})).toMatchObject({
    error: "TooFewSucceeded",
    cause: expect.stringMatching(
      /^failed: 974 of 1300 items succeeded, minSuccessRatio is 0\.75; the first errors: failed\[0\]: RangeError: item 0 fails; failed\[1\]/,
    ) as string,
  });
});

test("items of a piece are tried again by themselves", async () => {
  const again = workflow({ n: 0 }, function again({ n }) {
    return unlucky({ n });
  });
  const form = workflow({ count: 1300 }, function form({ count }) {
    return mapTask(again, { retries: { maxAttempts: 1, errors: [RangeError] } })({ n: numbers({ count }) });
  });
  const { output } = await run(form, {});
  expect(output).toEqual(Array.from({ length: 1300 }, (_, n) => n));
  expect([tries.get(0), tries.get(1), tries.get(400)]).toEqual([2, 1, 2]);
});

test(
  "elements that are large lists, and a large list that is bound, are mapped within items",
  { timeout: 120_000 },
  async () => {
    const rows = task(async function rows({ count }: { count: number }) {
      return Promise.all([1, 2].map((by) => texts.fn({ count: count * by, size: 4000 })));
    });
    const row = workflow({ row: [{ n: 0, text: "" }], all: [{ n: 0, text: "" }] }, function row(inputs) {
      return [
        mapTask(picked)({ item: inputs.row }),
        total({ items: mapTask(partial(one, { by: "-" }))({ item: inputs.all }) }),
      ];
    });
    const form = workflow({ count: 80 }, function form({ count }) {
      const all = texts({ count: 80, size: 4000 });
      return mapTask(partial(row, { all }))({ row: rows({ count }) });
    });
    Object.assign(tasks, { rows });
    const { output, cause } = await run(form, {});
    expect(cause).toBeUndefined();
    expect(output).toEqual(
      [80, 160].map((count) => [Array.from({ length: count }, (_, n) => n + 4000), sumOf(80, 4001)]),
    );
  },
);

test("what is stored of a map's outputs is read by the items of the next one", async () => {
  const form = workflow({ count: 3, size: 100_000 }, function form({ count, size }) {
    const outputs = mapTask(partial(one, { by: "-" }), { mode: "distributed" })({ item: texts({ count, size }) });
    return mapTask(picked)({ item: outputs });
  });
  expect((await run(form, {})).output).toEqual([100_001, 100_002, 100_003]);
  expect((await run(form, { count: 2, size: 10_000 })).output).toEqual([10_001, 10_002]);
});

test("several lists of which one is stored, and lists that differ in length", async () => {
  const both = workflow({ n: 0, item: { n: 0, text: "" } }, function both({ n, item }) {
    return pick({ n, text: item.text });
  });
  const form = workflow({ count: 400, others: 400 }, function form({ count, others }) {
    return mapTask(both)({ n: numbers({ count: others }), item: texts({ count, size: 2000 }) });
  });
  expect((await run(form, {})).output).toEqual(Array.from({ length: 400 }, (_, n) => n + 2000));
  expect((await run(form, { others: 399 })).cause).toContain("the lists differ in length: n has 399, item has 400");
});

test("a map within an item is of any size, too", async () => {
  const row = workflow({ count: 0 }, function row({ count }) {
    return mapTask(picked)({ item: texts({ count, size: 1000 }) });
  });
  const form = workflow({ counts: [3, 0, 400, 1] }, function form({ counts }) {
    return mapTask(row)({ count: counts });
  });
  const { output, cause } = await run(form, {});
  expect(cause).toBeUndefined();
  expect(output).toEqual([3, 0, 400, 1].map((count) => Array.from({ length: count }, (_, n) => n + 1000)));
});
