import { directory } from "../support/store-directory.ts";
import { readFileSync, rmSync } from "node:fs";
import { join as pathOf } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { ActorEnvironment, S3File } from "lambent";
import { tasksOf } from "../../handlers/handler.ts";
import { invoke } from "../../handlers/invocation.ts";
import type {
  BatchList,
  BatchOutcome,
  Done,
  Invocation,
  ListWork,
  Outcome,
  StoredList,
} from "../../handlers/payload.ts";
import type { Json } from "../../sdk/base/json.ts";
import type { Budget } from "../../sdk/values/budget.ts";
import { currentStore } from "../../sdk/store/current-store.ts";
import type { ListManifest, ListPart } from "../../sdk/values/list-writer.ts";
import { keyDigest } from "../../sdk/values/replica-ranking.ts";
import { storeList } from "../../sdk/values/store-value.ts";
import { encode } from "../../sdk/values/wire.ts";

const actor = new ActorEnvironment({ name: "lists" });
const made = new Map<string, Json>();
const make = actor.task(async function make({ name }: { name: string }) {
  return made.get(name) ?? null;
});
const echo = actor.task(async function echo(inputs: { value: Json }) {
  return inputs.value;
});
const fail = actor.task(async function fail({ value }: { value: Json }): Promise<Json> {
  if (typeof value === "number" && value % 3 === 0) throw new RangeError(`${value} is divisible`);
  return value;
});
const tasks = tasksOf("lists", [{ make, echo, fail }]);

async function run(invocation: Invocation): Promise<Json> {
  const replica = { id: "r", initializationType: "on-demand" };
  // What crosses is JSON.
  const sent = JSON.parse(JSON.stringify(invocation)) as Invocation;
  const outcome: Outcome | BatchOutcome = await invoke(tasks, sent, replica, () => 60_000);
  return JSON.parse(JSON.stringify(outcome.output)) as Json;
}

async function stored(list: readonly unknown[]): Promise<StoredList> {
  return (await storeList(await currentStore(), encode(list, "list") as Json[])) as unknown as StoredList; // its mark
}

/** What a task that is given a value returns. */
async function received(value: Json | StoredList): Promise<Json> {
  return run({ task: "echo", inputs: { value: value as Json } });
}

function list(work: ListWork, rest: Partial<Invocation> = {}): Promise<Json> {
  return run({ task: "echo", ...rest, list: work });
}

async function join(pieces: readonly BatchList[]): Promise<StoredList> {
  return (await list({ kind: "join", pieces }, { budget: { bytes: 0 } })) as unknown as StoredList; // it does not fit
}

function textOf(key: string): string {
  return readFileSync(pathOf(directory, "local", key), "utf8");
}

function partsOf({ $list }: StoredList): ListPart[] {
  return (JSON.parse(textOf($list.key)) as ListManifest).parts as ListPart[];
}

/** The done of batches of so many items. */
async function batches(value: BatchList, count: number, size: number, doneBytes: number): Promise<Done[]> {
  const done: Done[] = [];
  for (let first = 0; first < count; first += size) {
    const indices = Array.from({ length: Math.min(size, count - first) }, (_, index) => first + index);
    const own = "$list" in value ? value : value.slice(first, first + size);
    const output = (await run({
      task: "echo",
      batch: { indices, lists: { value: own }, doneBytes },
    })) as unknown as BatchOutcome["output"];
    expect(output).toMatchObject({ failed: [], unfinished: [] });
    done.push(output.done);
  }
  return done;
}

const marks = ["$stored", "$list", "$plain", "$absent", "$s3File", "$given", "__proto__", "a"];
const element = fc.oneof(
  { depthSize: "small" },
  fc.jsonValue(),
  fc.dictionary(fc.constantFrom(...marks), fc.jsonValue()),
  fc.string().map((version) => new S3File({ uri: "s3://b/k", version, format: "txt" })),
  // Some in parts of their own, and some too large for any.
  fc
    .tuple(fc.constantFrom("x", "é", "😀", "\n", "\u0000"), fc.constantFrom(0, 10, 600, 70_000, 250_000))
    .map(([letter, times]) => letter.repeat(times)),
);

test("whatever is in a list, it is read whole, by index and by range as it was stored, and collected and joined in order", async () => {
  const batchSize = fc.integer({ min: 1, max: 7 });
  const bytes = fc.constantFrom(0, 100, 100_000);
  await fc.assert(
    fc.asyncProperty(
      fc.array(element, { maxLength: 15 }),
      batchSize,
      bytes,
      bytes,
      bytes,
      async (generated, size, doneBytes, collectBytes, joinBytes) => {
        const crossing = JSON.parse(JSON.stringify(encode(generated, "list"))) as Json[];
        const mark = await stored(generated);
        expect(mark.$list).toMatchObject({ count: crossing.length });
        expect(await received(mark)).toEqual(crossing);
        for (const value of [crossing, mark]) {
          const done = await batches(value, crossing.length, size, doneBytes);
          const pieces: Json[] = [];
          for (let batch = 0; batch < done.length; batch += 2) {
            const first = batch * size;
            const count = Math.min(2 * size, crossing.length - first);
            const own = done.slice(batch, batch + 2).toReversed();
            pieces.push(await list({ kind: "collect", first, count, done: own }, { budget: { bytes: collectBytes } }));
          }
          const joined = await list({ kind: "join", pieces: pieces as BatchList[] }, { budget: { bytes: joinBytes } });
          expect(await received(joined)).toEqual(crossing);
          const range = await list({ kind: "elements", lists: { value }, from: 1, to: 4 });
          expect(await received((range as { value: Json }).value)).toEqual(crossing.slice(1, 4));
        }
      },
    ),
    { numRuns: 40 },
  );
});

test("no part is larger than 1 MiB, equal lists are one object, and what is joined is not copied", async () => {
  const list = Array.from({ length: 5000 }, (_, index) => ({ index, text: "é".repeat(300) }));
  const mark = await stored(list);
  expect(await stored(list)).toEqual(mark);
  expect(mark.$list).toMatchObject({ count: 5000, bytes: Buffer.byteLength(JSON.stringify(list)) });
  const parts = partsOf(mark);
  expect(parts.length).toBe(Math.ceil(mark.$list.bytes / 2 ** 20));
  for (const { key, bytes } of parts) {
    expect(bytes).toBeLessThanOrEqual(2 ** 20);
    expect(Buffer.byteLength(JSON.stringify(JSON.parse(textOf(key))))).toBe(bytes);
  }
  const joined = await join([mark, [1, 2], mark]);
  expect(joined.$list.count).toBe(10_002);
  expect(partsOf(joined)).toEqual([...parts, { key: expect.any(String) as string, count: 2, bytes: 5 }, ...parts]);
});

test("small pieces become one part", async () => {
  const pieces = await Promise.all(
    Array.from({ length: 50 }, (_, piece) => stored(Array.from({ length: 1000 }, (_, index) => piece * 1000 + index))),
  );
  const joined = await join(pieces);
  expect(partsOf(joined)).toHaveLength(1);
  expect(joined).toEqual(await stored(Array.from({ length: 50_000 }, (_, index) => index)));
});

test("a batch of neighbours reads each part once, and what is gone fails the items that are in it", async () => {
  const mark = await stored(Array.from({ length: 40 }, (_, index) => `${index}`.padEnd(100_000, "-")));
  const [first, second] = partsOf(mark);
  const indices = [8, 9, 10, 11];
  expect(first).toMatchObject({ count: 10 });
  rmSync(pathOf(directory, "local", second?.key ?? ""));
  const { done, failed } = (await run({
    task: "echo",
    batch: { indices, lists: { value: mark }, concurrentItems: 2 },
  })) as unknown as BatchOutcome["output"];
  expect(Object.keys(done)).toEqual(["8", "9"]);
  expect(failed).toEqual([
    { index: 10, error: "StoredValueLost", cause: expect.stringContaining("is gone") as string },
    { index: 11, error: "StoredValueLost", cause: expect.stringContaining("run the workflow again") as string },
  ]);
  rmSync(pathOf(directory, "local", first?.key ?? ""));
  const again = await run({ task: "echo", batch: { indices: [0, 9], lists: { value: mark } } });
  expect(again).toMatchObject({ failed: [], unfinished: [] }); // the part was remembered
});

test("items that fail are told of one by one, and are null in what is collected", async () => {
  const mark = await stored(Array.from({ length: 7 }, (_, index) => index));
  const batch = { indices: [0, 1, 2, 3, 4, 5, 6], lists: { value: mark }, doneBytes: 0 };
  const { done, failed } = (await run({ task: "fail", batch })) as unknown as BatchOutcome["output"];
  expect(failed.map(({ index }) => index)).toEqual([0, 3, 6]);
  expect(done).toEqual({ $stored: expect.stringMatching(/values/) as string });
  expect(await list({ kind: "collect", first: 0, count: 7, done: [done] })).toEqual([null, 1, 2, null, 4, 5, null]);
  await expect(list({ kind: "collect", first: 3, count: 7, done: [done] })).rejects.toThrow(
    "item 1 is none of the 7 from 3 on whose outputs are collected",
  );
});

test("nothing joined is an empty list, and one piece is that piece", async () => {
  expect(await list({ kind: "join", pieces: [] })).toEqual([]);
  expect(await list({ kind: "join", pieces: [[], []] })).toEqual([]);
  expect(await list({ kind: "join", pieces: [[[]]] })).toEqual([[]]);
  const mark = await stored([1, 2, 3]);
  expect(await join([mark, await stored([])])).toEqual(mark);
  // A list that is not opened may be one that is not there.
  const unread = { $list: { key: "lists/absent.json", count: 3, bytes: 1_000_000 } };
  for (const pieces of [[unread], [[], unread, await stored([])]]) {
    expect(await list({ kind: "join", pieces }, { budget: { bytes: 1000 } })).toEqual(unread);
  }
});

test("what the state machine reads of a joined list is in its place, and too much of it is refused by name", async () => {
  const items = Array.from({ length: 5 }, (_, index) => ({ n: index, text: "x".repeat(70_000) }));
  const done = await batches(items, 5, 2, 0);
  const pieces = [(await list({ kind: "collect", first: 0, count: 5, done }, { budget: { bytes: 0 } })) as BatchList];
  const each = { by: "choose", fields: { n: { by: "choose" } } };
  const joined = await list(
    { kind: "join", pieces },
    { budget: { bytes: 1000, reads: { by: "choose", items: each } } },
  );
  const text = { $stored: expect.any(String) as string };
  expect(joined).toEqual([0, 1, 2, 3, 4].map((n) => ({ n, text })));
  const first = await list(
    { kind: "join", pieces },
    { budget: { bytes: 1000, reads: { by: "c", fields: { 0: each } } } },
  );
  expect(first).toEqual([{ n: 0, text }, text, text, text, text]);
  await expect(
    list({ kind: "join", pieces }, { budget: { bytes: 1000, reads: { by: "the caller of workflow w" } } }),
  ).rejects.toThrow(
    /^the outputs of task echo's items are \d+ bytes together\. .* read by the caller of workflow w, .* 262144 bytes: return what is read/,
  );
  const many = await Promise.all([0, 1].map(() => stored(Array.from({ length: 5000 }, () => "x".repeat(50)))));
  await expect(
    list({ kind: "join", pieces: many }, { budget: { bytes: 1000, reads: { by: "the caller of workflow w" } } }),
  ).rejects.toThrow(
    /^the outputs of task echo's 10000 items are 530001 bytes together\. .* here the caller of workflow w reads them, .* 262144 bytes: have a task/,
  );
});

test("keys are equal for equal values, in the state or in the store, and those by which replicas are ranked", async () => {
  const docs = [
    { model: { b: 1, a: [2] } },
    { model: { a: [2], b: 1 }, rest: "x" },
    {},
    { model: "é".repeat(700_000) },
  ];
  const mark = await stored(docs);
  const paths = [["doc", "model"], ["region"]];
  for (const doc of [docs, mark]) {
    const keys = await list({ kind: "keys", lists: { doc }, from: 0, to: 9, paths }, { inputs: { region: "eu" } });
    expect(keys).toEqual(docs.map(({ model }) => keyDigest([model, "eu"])));
  }
  expect(await list({ kind: "keys", lists: { doc: mark }, from: 1, to: 2, paths: [["doc"]] })).toEqual([
    keyDigest([docs[1]]),
  ]);
});

test("the elements of several lists come side by side, with what is read of them in its place", async () => {
  const docs = Array.from({ length: 10 }, (_, index) => ({ n: index, text: "t".repeat(1000 * index) }));
  const lists = { doc: await stored(docs), other: Array.from({ length: 10 }, (_, index) => index) };
  const doc = { by: "inner", fields: {}, items: { by: "inner", fields: { n: { by: "inner" } } } };
  const budget: Budget = { bytes: 3000, reads: { by: "inner", fields: { doc, other: { by: "inner", fields: {} } } } };
  const text = { $stored: expect.any(String) as string };
  expect(await list({ kind: "elements", lists, from: 1, to: 4 }, { budget })).toEqual({
    doc: [docs[1], { n: 2, text }, { n: 3, text }],
    other: [1, 2, 3],
  });
});

test("an output that maps alone read is stored as one list once its elements' marks do not fit", async () => {
  const reads = { by: "each", fields: {}, list: true } as const;
  function output(value: Json, budget: Budget): Promise<Json> {
    return run({ task: "echo", inputs: { value }, budget });
  }
  const short = Array.from({ length: 5 }, () => "x".repeat(1000));
  expect(await output(short, { bytes: 1000, reads })).toEqual(
    short.map(() => ({ $stored: expect.any(String) as string })),
  );
  const long = Array.from({ length: 5000 }, (_, index) => `${index}`.padStart(50));
  const mark = await output(long, { bytes: 100_000, reads });
  expect(mark).toEqual({ $list: { key: expect.any(String) as string, count: 5000, bytes: 265_001 } });
  expect(await received(mark)).toEqual(long);
  const within = await output({ long, n: 1 }, { bytes: 100_000, reads: { by: "each", fields: { long: reads } } });
  expect(within).toEqual({ long: mark, n: 1 });
  await expect(output(long, { bytes: 100_000, reads: { by: "each", fields: {} } })).rejects.toThrow(
    "takes output apart",
  );
});

test("a mark of a list that is none, or that is gone, is refused by name", async () => {
  for (const $list of [5, {}, { key: "results/x.json", count: 1, bytes: 1 }]) {
    await expect(received({ $list } as unknown as Json)).rejects.toThrow(
      "stands for no stored list: leave this name to Lambent",
    );
  }
  const mark = await stored(["gone"]);
  rmSync(pathOf(directory, "local", mark.$list.key));
  await expect(received(mark)).rejects.toThrow(/is gone, .* run the workflow again/);
});

test("the receipt tells what was done", async () => {
  const replica = { id: "r", initializationType: "on-demand" };
  const work = { task: "echo", list: { kind: "join", pieces: [] } } as const;
  expect(await invoke(tasks, work, replica, () => 60_000)).toMatchObject({
    receipt: { task: "echo", list: "join", replica: "r", caches: [] },
  });
});
