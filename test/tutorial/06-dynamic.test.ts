import { ActorEnvironment, dynamic, task, workflow } from "lambent";
import { run } from "lambent/local";
import { expect, test } from "vitest";
import { compile } from "../../infra/compile/compile.ts";
import { testExamples } from "../support/examples.ts";
import * as chapter from "./06-dynamic.ts";

testExamples(chapter);

test("the function of a dynamic can be called by itself, and tells which calls it would make", async () => {
  const calls = await chapter.readTexts.fn({ texts: ["a", "b c"] });
  expect(calls).toMatchObject([
    { task: "shout", inputs: { text: "a", times: 2 } },
    { task: "summarise", inputs: { text: "b c" } },
  ]);
});

test("a dynamic is a task and a map over its calls, and the map's item chooses by the call's task", () => {
  expect(String(chapter.reading.graph)).toBe(
    [
      'reading(texts = ["one","two words"])',
      "  readTexts      = readTexts {texts: texts}",
      "  readTextsCalls = map workflow readTextsCalls for call of readTexts",
      "  return readTextsCalls",
    ].join("\n"),
  );
});

const lengthOf = task(async function lengthOf({ text }: { text: string }) {
  return text.length;
});
const near = new ActorEnvironment({ name: "near", replicaCount: 2, affinity: true });
const scored = near.task(
  async function scored({ model, text }: { model: string; text: string }) {
    return `${model}: ${text.length}`;
  },
  { affinityKey: (inputs) => inputs.model },
);

test.each(["inline", "distributed"] as const)("calls with large inputs are made, %s", async (mode) => {
  const planned = dynamic(
    { lengthOf, scored },
    function planned({ count, length }: { count: number; length: number }, calls) {
      const text = "x".repeat(length);
      return Array.from({ length: count }, (_, index) =>
        index % 2 === 0 ? calls.lengthOf({ text }) : calls.scored({ model: `m${index}`, text }),
      );
    },
    { mode },
  );
  const many = workflow({ count: 4, length: 200_000 }, function many({ count, length }) {
    return planned({ count, length });
  });
  expect(await run(many)).toEqual([200_000, "m1: 200000", 200_000, "m3: 200000"]);
  expect(await run(many, { count: 0 })).toEqual([]);
});

test("a called task has its own retries, timeout and replica, and its inputs go as one value", () => {
  const retried = lengthOf.withOverrides({ retries: 2, timeout: 30 });
  const plan = dynamic(
    { retried, scored },
    function plan(_: {}, calls) {
      return [calls.retried({ text: "" }), calls.scored({ model: "m", text: "" })];
    },
    { mode: "inline" },
  );
  const one = workflow({}, function one() {
    return plan({});
  });
  const target = {
    functionName: (actor?: string, replica?: number) => `${actor ?? "tasks"}-${replica ?? 0}`,
    queues: () => false,
  };
  const { States } = compile(one.graph, target);
  const text = JSON.stringify(States);
  expect(text).toContain('"TimeoutSeconds":30');
  expect(text).toContain("$planCalls_call.inputs.model");
  expect(text).toContain('"inputs":"{% $exists($planCalls_call.inputs) ? $planCalls_call.inputs : ');
});

test("a called task may wait for its token", async () => {
  const asked = task<number, { n: number }>(async function asked() {}, { token: true, timeout: 10 });
  const asking = dynamic({ asked }, function asking(_: {}, calls) {
    return [calls.asked({ n: 1 }), calls.asked({ n: 2 })];
  });
  const answered = workflow({}, function answered() {
    return asking({});
  });
  expect(await run(answered, {}, { answers: { asked: 5 } })).toEqual([5, 5]);
});
