import { expect, test } from "vitest";
import { ActorEnvironment, currentContext, task } from "lambent";
import { tasksOf } from "../../handlers/handler.ts";
import { invoke } from "../../handlers/invocation.ts";
import type { Batch, BatchOutcome, Outcome } from "../../handlers/payload.ts";
import type { Json } from "../../sdk/base/json.ts";

const actor = new ActorEnvironment({ name: "batch-handler" });
const load = actor.cache(async function load(model: string) {
  return model.length;
});
const score = actor.task(async function score({ model, n }: { model: string; n: number }) {
  if (n < 0) throw new RangeError("negative");
  return (await load(model)) + n;
});
const wait = actor.task(async function wait({ ms }: { ms: number }) {
  const { signal } = currentContext();
  await new Promise((resolve) => setTimeout(resolve, ms));
  return signal.aborted ? "late" : "in time";
});
let atWork = 0;
const busy = actor.task(async function busy({ n }: { n: number }) {
  atWork++;
  await new Promise((resolve) => setTimeout(resolve, 5));
  const most = atWork;
  atWork--;
  return most + n;
});
const tasks = tasksOf("batch-handler", [{ score, wait, busy }]);

function run(
  task: string,
  inputs: Json,
  batch: Batch,
  rest: object = {},
  ms = 60_000,
): Promise<Outcome | BatchOutcome> {
  const ends = Date.now() + ms;
  const replica = { id: "r", initializationType: "on-demand" };
  return invoke(tasks, { task, inputs, batch, ...rest }, replica, () => ends - Date.now());
}

test("each item has an output or an error, by its index, and a receipt of its own", async () => {
  const batch = { indices: [3, 7, 9], lists: { n: [1, -1, 2] } };
  expect(await run("score", { model: "abc" }, batch)).toMatchObject({
    output: { done: { 3: 4, 9: 5 }, failed: [{ index: 7, error: "RangeError", cause: "negative" }], unfinished: [] },
    receipts: [
      { index: 3, task: "score", caches: [{ cache: "load", hits: 0, misses: 1 }] },
      { index: 9, caches: [{ cache: "load", hits: 1, misses: 0 }] },
    ],
  });
});

test("an item that takes longer than the task's timeout fails alone", async () => {
  const { output } = await run("wait", {}, { indices: [0, 1], lists: { ms: [1500, 1] } }, { timeout: 1 });
  expect(output).toEqual({
    done: { 1: "in time" },
    failed: [{ index: 0, error: "States.Timeout", cause: "task wait took longer than its timeout of 1 s" }],
    unfinished: [],
  });
});

test("an item that is at work shortly before Lambda ends the invocation is sent again, if it had not all of the time", async () => {
  const batch = { indices: [0, 1, 2], lists: { ms: [1, 5000, 1] } };
  expect((await run("wait", {}, batch, {}, 1000)).output).toEqual({
    done: { 0: "in time" },
    failed: [],
    unfinished: [1, 2],
  });
});

test("the first item, which had, fails", async () => {
  expect((await run("wait", {}, { indices: [0], lists: { ms: [5000] } }, {}, 1000)).output).toMatchObject({
    failed: [
      { index: 0, error: "Sandbox.Timedout", cause: expect.stringContaining("give its function a longer timeout") },
    ],
  });
});

test("so many items are at work at once as are asked for", async () => {
  const lists = { n: [0, 0, 0, 0] };
  const { output } = await run("busy", {}, { indices: [0, 1, 2, 3], lists });
  expect(output).toMatchObject({ done: { 0: 1, 1: 1, 2: 1, 3: 1 } });
  const both = await run("busy", {}, { indices: [0, 1, 2, 3], lists, concurrentItems: 2 });
  expect(both.output).toMatchObject({ done: { 0: 2, 2: 2 } });
});

test("of a thousand items the receipts are bounded, and the last stands for all others", async () => {
  const indices = Array.from({ length: 1000 }, (_, index) => index);
  const outcome = await run("score", { model: "many" }, { indices, lists: { n: indices } });
  const receipts = "receipts" in outcome ? outcome.receipts : [];
  expect(JSON.stringify(receipts).length).toBeLessThan(32_768);
  expect(receipts.length).toBeGreaterThan(20);
  expect(receipts.reduce((sum, { items = 1 }) => sum + items, 0)).toBe(1000);
  expect(receipts.flatMap(({ caches }) => caches).reduce((sum, { hits, misses }) => sum + hits + misses, 0)).toBe(1000);
});

test.each([
  ["a long name", "NameError".repeat(20), "cause ".repeat(60)],
  ["a cause of control characters", "Error", "\u0000".repeat(300)],
  ["wide characters", "Error", "😀".repeat(200)],
])("a failed item takes no more bytes than it may have: %s", async (_, name, message) => {
  const fails = task(async function fails(_inputs: { n: number }): Promise<number> {
    throw Object.defineProperty(new Error(message), "name", { value: name });
  });
  const own = tasksOf(undefined, [{ fails }]);
  async function failed(bytes: number, rest: object = {}): Promise<{ error: string; cause: string }> {
    const invocation = {
      task: "fails",
      inputs: {},
      batch: { indices: [123_456], lists: { n: [1] } },
      budget: { bytes },
      ...rest,
    };
    const { output } = await invoke(own, invocation, { id: "r", initializationType: "on-demand" }, () => 60_000);
    const [entry = { error: "", cause: "" }] = (output as unknown as { failed: { error: string; cause: string }[] })
      .failed; // as a batch answers
    expect(Buffer.byteLength(JSON.stringify(entry))).toBeLessThanOrEqual(Math.max(bytes, 44));
    return entry;
  }
  for (const bytes of [10, 60, 240, 700]) {
    const { error, cause } = await failed(bytes);
    expect([name.startsWith(error), message.startsWith(cause)]).toEqual([true, true]);
  }
  expect((await failed(700, { errors: [name] })).error).toBe(name);
});
