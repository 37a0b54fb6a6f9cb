import "../../support/store-directory.ts";
import asl from "asl-validator";
import { expect, test } from "vitest";
import { conditional, gt, isTrue, mapTask, partial, required, task, workflow, type Workflow } from "lambent";
import { compile } from "../../../infra/compile/compile.ts";
import { MAP_MODES, type Block, type MapMode } from "../../../sdk/graph/graph.ts";
import { mapNode } from "../../../sdk/graph/walk.ts";
import { validateDefinition } from "../../../infra/validate/validate.ts";
import { add, double, target } from "../../support/definitions.ts";
import { runSkippingWaits } from "../../support/workflow-run.ts";

const split = task(async function split({ text }: { text: string }) {
  return text === "" ? [] : text.split(" ");
});
const shout = task(async function shout({ word, mark = "!" }: { word: string; mark?: string }) {
  return word.toUpperCase() + mark;
});
const measure = task(async function measure({ word }: { word: string }) {
  return { length: word.length, isLong: word.length > 3 };
});
const join = task(async function join({ words, ...rest }: { words: (string | null)[]; by?: string; extra?: number }) {
  return [words.join(rest.by ?? " "), ...(rest.extra === undefined ? [] : [String(rest.extra)])].join("#");
});
const refuse = task(async function refuse({ word }: { word: string }) {
  if (word.startsWith("x")) throw new RangeError(`${word} is refused`);
  return word;
});
const tries = new Map<string, number>();
const unlucky = task(async function unlucky({ word }: { word: string }) {
  const before = tries.get(word) ?? 0;
  tries.set(word, before + 1);
  if (before < 1) throw new RangeError("not yet");
  return `${word}${before}`;
});

/** The same workflow with each map of a workflow in one mode. */
function inMode<B extends Block>(block: B, mode: MapMode): B {
  const nodes = block.nodes.map((node) => {
    const changed = node.kind === "workflowMap" ? { ...node, mode } : node;
    return mapNode<Block, Block>(changed, {
      block: (inner) => inMode(inner, mode),
      graph: (inner) => inMode(inner, mode),
    });
  });
  return { ...block, nodes };
}

const tasks = { add, double, split, shout, measure, join, refuse, unlucky };

/** Each workflow is run in its own form, and with all its maps of workflows in one of both modes. */
async function run<I, O>(tried: Workflow<I, O>, inputs: I) {
  const runs = [];
  for (const mode of [undefined, ...MAP_MODES]) {
    const graph = mode === undefined ? tried.graph : { ...inMode(tried.graph, mode), toString: () => mode };
    const definition = compile(graph, target);
    expect(validateDefinition(JSON.stringify(definition))).toEqual([]);
    tries.clear();
    const {
      events: _,
      histories: __,
      ...result
    } = await runSkippingWaits({ ...tried, graph } as Workflow<I, O>, inputs, tasks);
    // The expression of a query that fails depends on the mode.
    runs.push({
      ...result,
      cause: result.cause?.replace(/^An error occurred while executing the state .* D3137: /, ""),
    });
  }
  const [own, ...others] = runs;
  for (const { invocations: _, replicas: __, ...other } of others) expect(own).toMatchObject(other);
  return own!;
}

const shoutWord = workflow({ word: "", mark: "?" }, function shoutWord({ word, mark }) {
  const { isLong } = measure({ word });
  return conditional(
    isTrue(isLong),
    () => shout({ word, mark }),
    () => word,
  );
});
const shoutText = workflow({ text: required<string>(), mark: "!" }, function shoutText({ text, mark }) {
  return join({ words: mapTask(partial(shoutWord, { mark }))({ word: split({ text }) }) });
});
const shoutAll = workflow({ texts: ["what a nice day", "", "one"], mark: "!!" }, function shoutAll({ texts, mark }) {
  return mapTask(partial(shoutText, { mark }))({ text: texts });
});

test("a map of a workflow runs it for each element, with conditionals and maps of workflows within", async () => {
  expect(String(shoutAll.graph)).toBe(
    'shoutAll(texts = ["what a nice day","","one"], mark = "!!")\n' +
      "  shoutText = map workflow shoutText {mark: mark} for text of texts\n" +
      "  return shoutText",
  );
  const { status, output } = await run(shoutAll, {});
  expect([status, output]).toEqual(["SUCCEEDED", ["WHAT!! a NICE!! day", "", "one"]]);
  expect((await run(shoutAll, { texts: [] })).output).toEqual([]);
  expect((await run(shoutAll, { texts: ["just words"], mark: "." })).output).toEqual(["JUST. WORDS."]);
});

test("the definition of maps within maps is one that another validator accepts", () => {
  expect(asl(compile(shoutAll.graph, target)).errorsText("\n")).toBe("");
});

test("elements that are lists are mapped over within an item", async () => {
  const sums = workflow({ row: [0], by: 1 }, function sums({ row, by }) {
    return mapTask(partial(add, { b: by }))({ a: row });
  });
  const table = workflow({ rows: [[1, 2], [], [3]] }, function table({ rows }) {
    return { with10: mapTask(partial(sums, { by: 10 }))({ row: rows }), plain: mapTask(sums)({ row: rows }) };
  });
  expect((await run(table, {})).output).toEqual({ with10: [[11, 12], [], [13]], plain: [[2, 3], [], [4]] });
});

test("inputs that are neither lists nor bound have their defaults in each item, and optional ones may be missing", async () => {
  const joined = workflow(
    { words: ["a"], by: "-", extra: undefined as number | undefined },
    function joined({ words, by, extra }) {
      return join({ words, by, extra });
    },
  );
  const all = workflow({ lists: [["a", "b"], ["c"]], extras: [1, 2] }, function all({ lists, extras }) {
    return [
      mapTask(joined)({ words: lists }),
      mapTask(joined)({ words: lists, extra: extras }),
      mapTask(partial(joined, { extra: extras[1], by: "+" }))({ words: lists }),
    ];
  });
  expect((await run(all, {})).output).toEqual([
    ["a-b", "c"],
    ["a-b#1", "c#2"],
    ["a+b#2", "c#2"],
  ]);
});

test("lists that differ in length are refused when the map runs", async () => {
  const wf = workflow({ a: [1, 2], b: [1] }, function wf({ a, b }) {
    const sum = workflow({ a: 1, b: 1 }, function sum(inputs) {
      return add({ a: inputs.a, b: inputs.b });
    });
    return mapTask(sum)({ a, b });
  });
  const { error, cause } = await run(wf, {});
  expect(error).toBe("States.QueryEvaluationError");
  expect(cause).toContain("the lists differ in length: a has 2, b has 1");
});

const checked = workflow({ word: "" }, function checked({ word }) {
  return shout({ word: refuse({ word }) });
});

test("a map fails as its item does: with the error of the task within it", async () => {
  const all = workflow({ words: ["a", "xb"] }, function all({ words }) {
    return mapTask(checked)({ word: words });
  });
  expect(await run(all, {})).toMatchObject({
    status: "FAILED",
    error: "RangeError",
    cause: expect.stringContaining("xb is refused") as string,
  });
});

test("with minSuccessRatio an item in which a task fails is null, and too many of them fail the map", async () => {
  const some = workflow({ words: ["a", "xb", "c"], ratio: 1 }, function some({ words }) {
    return mapTask(checked, { minSuccessRatio: 0.5 })({ word: words });
  });
  expect((await run(some, {})).output).toEqual(["A!", null, "C!"]);
  expect(await run(some, { words: ["a", "xb", "xc"] })).toMatchObject({
    error: "TooFewSucceeded",
    cause:
      "checked: 1 of 3 items succeeded, minSuccessRatio is 0.5; the first errors: checked[1]: RangeError: xb is refused; checked[2]: RangeError: xc is refused",
  });
  expect((await run(some, { words: [] })).output).toEqual([]);
});

test("an inner map that fails for too few successes is one failed item of the outer one", async () => {
  const inner = workflow({ words: [""] }, function inner({ words }) {
    return mapTask(refuse, { minSuccessRatio: 1 })({ word: words });
  });
  const outer = workflow({ lists: [["a"], ["b", "xc"]] }, function outer({ lists }) {
    return mapTask(inner, { minSuccessRatio: 0 })({ words: lists });
  });
  expect((await run(outer, {})).output).toEqual([["a"], null]);
});

test("retries of a map of a workflow run the item again from its first task", async () => {
  const twice = workflow({ word: "" }, function twice({ word }) {
    return unlucky({ word });
  });
  const all = workflow({ words: ["a", "b"] }, function all({ words }) {
    return mapTask(twice, { retries: { maxAttempts: 1, errors: [RangeError] } })({ word: words });
  });
  expect((await run(all, {})).output).toEqual(["a1", "b1"]);
});

test("what a conditional returns is mapped over, and a conditional maps", async () => {
  const wf = workflow({ n: 3, words: ["a", "long one"] }, function wf({ n, words }) {
    const chosen = conditional(
      gt(n, 2),
      () => words,
      () => split({ text: "b c" }),
    );
    return conditional(
      gt(n, 1),
      () => mapTask(shoutWord)({ word: chosen }),
      () => [],
    );
  });
  expect((await run(wf, {})).output).toEqual(["a", "LONG ONE?"]);
  expect((await run(wf, { n: 2 })).output).toEqual(["b", "c"]);
  expect((await run(wf, { n: 1 })).output).toEqual([]);
});

test("maps of workflows run side by side, and end branches", async () => {
  const wf = workflow({ words: ["long", "words"] }, function wf({ words }) {
    const one = mapTask(shoutWord)({ word: words });
    const other = mapTask(partial(shoutWord, { mark: "." }), { minSuccessRatio: 1 })({ word: words });
    return { one, other, both: join({ words: [one[0] ?? null, other[1] ?? null] }) };
  });
  expect((await run(wf, {})).output).toEqual({
    one: ["LONG?", "WORDS?"],
    other: ["LONG.", "WORDS."],
    both: "LONG? WORDS.",
  });
});

test("one workflow is called and mapped several times in one workflow, and a bound one is called", async () => {
  const wf = workflow({ word: "long" }, function wf({ word }) {
    const bound = partial(shoutWord, { mark: "," });
    return [bound({ word }), shoutWord({ word }), mapTask(bound)({ word: [word, bound({ word })] })];
  });
  expect((await run(wf, {})).output).toEqual(["LONG,", "LONG?", ["LONG,", "LONG,,"]]);
});

test("what a caller gives that looks like a mark is data within items too", async () => {
  const wf = workflow({ rows: [[{ word: "a" }]] }, function wf({ rows }) {
    const words = workflow({ row: [{ word: "a" }] }, function words({ row }) {
      const one = workflow({ item: { word: "a" } }, function one({ item }) {
        return [shout({ word: item.word }), item];
      });
      return mapTask(one)({ item: row });
    });
    return mapTask(words)({ row: rows });
  });
  const odd = { word: "b", deep: { $stored: "no key" } };
  const { output, invocations } = await run(wf, { rows: [[{ word: "a" }, odd]] as never });
  expect(output).toMatchObject([
    [
      ["A!", { word: "a" }],
      ["B!", { word: "b" }],
    ],
  ]);
  expect(invocations.map(({ inputs }) => inputs)).toHaveLength(2);
});

test.each([
  ["batch", { batch: 5 }],
  ["batchBy", { batchBy: "word" }],
  ["concurrentItems", { concurrentItems: 2 }],
])("%s with a workflow is refused, and told what to do", (name, options) => {
  expect(() =>
    workflow({ words: [""] }, function wf({ words }) {
      return mapTask(shoutWord, options as never)({ word: words });
    }),
  ).toThrow(
    `mapTask(shoutWord): ${name} is of maps of a task, and an item of this one is a workflow of several states: leave it ` +
      "out, and give it to a mapTask of a task within the workflow, or do what the workflow does in one task",
  );
});

test.each([
  ["mapTask(shoutWord): concurrency must be a whole number, 1 or more, not 0", { concurrency: 0 }, { word: ["a"] }],
  ["mapTask(shoutWord): minSuccessRatio must lie between 0 and 1, not 2", { minSuccessRatio: 2 }, { word: ["a"] }],
  ["workflow shoutWord has no input wort; it has: word, mark", {}, { wort: ["a"] }],
  ["workflow shoutWord: word[1] must be of type string, not number", {}, { word: ["a", 1] }],
  [
    "mapTask(shoutWord): word must be a list, one element for each call; bind single values with partial()",
    {},
    { word: "a" },
  ],
  ["mapTask(shoutWord) needs at least one list to map over", {}, {}],
])("%s", (message, options, inputs) => {
  expect(() =>
    workflow({}, function wf() {
      return mapTask(shoutWord, options as object)(inputs as never);
    }),
  ).toThrow(message);
});

test("a workflow's required input must be bound or a list", () => {
  expect(() =>
    workflow({ marks: [""] }, ({ marks }) => mapTask(shoutText)({ mark: marks } as never), { name: "wf" }),
  ).toThrow("workflow shoutText: text is required");
  expect(() =>
    workflow({ texts: [""] }, ({ texts }) => mapTask(partial(shoutText, { text: "a" }))({ text: texts } as never), {
      name: "wf",
    }),
  ).toThrow("mapTask(shoutText): text is bound by partial() already; leave the list out");
});

const twice = workflow({ n: 0 }, function twice({ n }) {
  return double({ n: double({ n }) });
});

test("many items are in child executions, and few in the workflow's own", async () => {
  const all = workflow({ values: [0] }, function all({ values }) {
    return mapTask(twice)({ n: values });
  });
  const [, most] = /\$count\(\$values\) > (\d+)/.exec(JSON.stringify(compile(all.graph, target))) ?? [];
  // An item has 2 events of its iteration, 2 of each of Inputs and Output, and 5 of each task; before them is a Choice.
  expect(Number(most)).toBe(1247);
  const few = await runSkippingWaits(all, { values: [1, 2] }, tasks);
  expect([few.output, few.histories.length]).toEqual([[4, 8], 1]);
});

test("a map that is forced to be inline fails with more items than the history has room for", async () => {
  const all = workflow({ values: [0] }, function all({ values }) {
    return mapTask(twice, { mode: "inline" })({ n: values });
  });
  const { error, cause } = await runSkippingWaits(all, { values: Array.from({ length: 2000 }, () => 1) }, tasks);
  expect(error).toBe("TooManyItems");
  expect(cause).toMatch(/^twice: it has 2000 items, and of mode "inline" the workflow's history has room for 15\d\d/);
});

test("the items of an EXPRESS workflow are in its own execution, however many they are", () => {
  const express = workflow({ values: [0] }, ({ values }) => mapTask(twice)({ n: values }), {
    name: "express",
    type: "EXPRESS",
  });
  expect(JSON.stringify(compile(express.graph, target))).not.toContain("DISTRIBUTED");
  const forced = workflow({ values: [0] }, ({ values }) => mapTask(twice, { mode: "distributed" })({ n: values }), {
    name: "forced",
    type: "EXPRESS",
  });
  expect(() => compile(forced.graph, target)).toThrow(
    'twice: its mode is "distributed", and workflow forced is of type EXPRESS, which starts no child executions',
  );
});
