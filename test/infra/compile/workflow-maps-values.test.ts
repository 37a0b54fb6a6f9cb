import "../../support/store-directory.ts";
import { expect, test } from "vitest";
import { mapTask, partial, task, workflow } from "lambent";
import { runSkippingWaits } from "../../support/workflow-run.ts";

const page = task(async function page({ n }: { n: number }) {
  return { n, text: String(n).repeat(60_000), lines: [String(n).repeat(40_000), "short"] };
});
const length = task(async function length({ text, all = "" }: { text: string; all?: string }) {
  return text.length + all.length;
});
const echo = task(async function echo({ text }: { text: string }) {
  return text;
});
const sizes = task(async function sizes({ values }: { values: string[] }) {
  return values.map((value) => value.length);
});
const tasks = { page, length, echo, sizes };

test("values of an item that are large are stored, and lists within them are taken apart", async () => {
  const one = workflow({ n: 1, all: "" }, function one({ n, all }) {
    const { text, lines } = page({ n });
    return [length({ text, all }), mapTask(length)({ text: lines })];
  });
  const all = workflow({ numbers: [1, 2, 3, 4, 5, 6, 7, 8] }, function all({ numbers }) {
    const first = page({ n: 9 }).text;
    return mapTask(partial(one, { all: first }))({ n: numbers });
  });
  const { status, output, cause } = await runSkippingWaits(all, {}, tasks);
  expect({ status, cause }).toEqual({ status: "SUCCEEDED", cause: undefined });
  expect(output).toEqual(Array.from({ length: 8 }, () => [120_000, [40_000, 5]]));
});

test("what inner maps return meets in the list of the outer one, by marks where it is large", async () => {
  const inner = workflow({ numbers: [1] }, function inner({ numbers }) {
    const texts = workflow({ n: 1 }, function texts({ n }) {
      return echo({ text: page({ n }).text });
    });
    return mapTask(texts)({ n: numbers });
  });
  const rows = [
    [1, 2, 3],
    [4, 5, 6],
  ];
  const outer = workflow({ rows }, function outer(inputs) {
    const lists = mapTask(inner)({ numbers: inputs.rows });
    return mapTask(sizes)({ values: lists });
  });
  const { status, output, cause } = await runSkippingWaits(outer, {}, tasks);
  expect({ status, cause }).toEqual({ status: "SUCCEEDED", cause: undefined });
  expect(output).toEqual([
    [60_000, 60_000, 60_000],
    [60_000, 60_000, 60_000],
  ]);
});
