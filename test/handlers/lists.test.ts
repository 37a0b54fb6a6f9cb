import { directory } from "../support/store-directory.ts";
import { readdirSync, readFileSync, rmSync } from "node:fs";
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
