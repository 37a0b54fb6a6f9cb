import { directory } from "../../support/store-directory.ts";
import { readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Budget, Reads } from "../../../sdk/values/budget.ts";
import { fetchStored } from "../../../sdk/values/fetch-stored.ts";
import { storeLarge } from "../../../sdk/values/large-value.ts";
import type { Receipt } from "../../../sdk/invocation/receipt.ts";
import type { Json } from "../../../sdk/base/json.ts";
import { decode, encode } from "../../../sdk/values/wire.ts";

const receipt: Receipt = {
  replica: "r",
  start: "warm",
  initializationType: "on-demand",
  task: "make",
  startedAt: 0,
  durationMs: 1,
  output: "computed",
  caches: [],
};
const MARK = { $stored: expect.stringMatching(/^values\/[0-9a-f]{64}\.json$/) as string };

async function store(value: unknown, budget: Budget): Promise<Json> {
  return (await storeLarge({ output: encode(value, "output"), receipt }, budget)).output;
}

/** As the handler does it. */
async function receive(crossing: Json): Promise<unknown> {
  const stored: Json[] = [];
  const decoded = decode(crossing, stored);
  return stored.length === 0 ? decoded : decode(await fetchStored(crossing), []);
}

function bytes(json: Json): number {
  return Buffer.byteLength(JSON.stringify(json));
}

test("any JSON of any size arrives as it was, and what crosses is within its budget or nothing but marks", async () => {
  const keys = fc.constantFrom("$stored", "$plain", "$absent", "$s3File", "__proto__", "a", "b", "0");
  const long = fc
    .tuple(fc.constantFrom("x", "é", "€", "😀", '"', "\u0000", "\uD800"), fc.nat(4000))
    .map(([letter, length]) => letter.repeat(length));
  const { any: value } = fc.letrec<{ any: unknown }>((tie) => ({
    any: fc.oneof(
      { depthSize: "small" },
      fc.jsonValue(),
      long,
      fc.dictionary(keys, tie("any")),
      fc.array(tie("any"), { maxLength: 6 }),
    ),
  }));
  const { reads } = fc.letrec<{ reads: Reads | undefined }>((tie) => ({
    reads: fc.oneof(
      fc.constant(undefined),
      fc.dictionary(fc.constantFrom("a", "b", "0", "1"), tie("reads")).map((fields) => ({
        by: "reader",
        fields: Object.fromEntries(Object.entries(fields).filter(([, inner]) => inner !== undefined)) as Record<
          string,
          Reads
        >,
      })),
    ),
  }));
  await fc.assert(
    fc.asyncProperty(value, reads, fc.integer({ min: -20, max: 5000 }), async (generated, found, budget) => {
      const plain: unknown = JSON.parse(JSON.stringify(generated));
      const crossing = await store(plain, { bytes: budget, ...(found === undefined ? {} : { reads: found }) });
      expect(JSON.stringify(await receive(crossing))).toBe(JSON.stringify(plain));
      // A mark takes 98 bytes. Of what is taken apart the rest may be more than its budget, but never more than it was.
      const most = found === undefined ? Math.max(budget, 98) : Number.POSITIVE_INFINITY;
      expect(bytes(crossing)).toBeLessThanOrEqual(Math.min(most, bytes(encode(plain, "output"))));
    }),
    { numRuns: 300 },
  );
});

test("around the limit, what crosses fits beside the receipt and Lambda's own headers", async () => {
  const receipts: Receipt[] = [0, 20].map((caches) => ({
    ...receipt,
    caches: Array.from({ length: caches }, () => ({
      cache: "load".repeat(50),
      hits: 1,
      misses: 1,
      joined: 0,
      loadMs: 1,
      evictions: 0,
      entries: 1,
      bytes: 1,
    })),
  }));
  for (const one of receipts) {
    for (let length = 240_000; length < 270_000; length += 1000) {
      const outcome = { output: "x".repeat(length), receipt: one };
      const { output } = await storeLarge(outcome, { bytes: Number.MAX_SAFE_INTEGER });
      expect(Buffer.byteLength(JSON.stringify({ output, receipt: one }))).toBeLessThan(262_144 - 2000);
      expect(await receive(output)).toBe("x".repeat(length));
    }
  }
});

test("what is read stays, the largest of the rest are stored, and no more of them than need be", async () => {
  const value = { count: 3, big: "b".repeat(3000), bigger: "c".repeat(5000), small: "d".repeat(500) };
  const reads: Reads = { by: "choice", fields: { count: { by: "choice" } } };
  expect(await store(value, { bytes: 9000, reads })).toEqual(value);
  expect(await store(value, { bytes: 4000, reads })).toEqual({ ...value, bigger: MARK });
  expect(await store(value, { bytes: 1000, reads })).toEqual({ ...value, bigger: MARK, big: MARK });
  expect(await store(value, { bytes: 0, reads })).toEqual({ count: 3, big: MARK, bigger: MARK, small: MARK });
  expect(await store(value, { bytes: 0 })).toEqual(MARK);
});

test("what is read deep within stays alone", async () => {
  const value = { a: { b: [{ c: 1, rest: "x".repeat(900) }, "y".repeat(900)], rest: "z".repeat(900) } };
  function read(fields: Record<string, Reads>): Reads {
    return { by: "r", fields };
  }
  const reads = read({ a: read({ b: read({ "0": read({ c: { by: "r" } }) }) }) });
  expect(await store(value, { bytes: 0, reads })).toEqual({ a: { b: [{ c: 1, rest: MARK }, MARK], rest: MARK } });
  expect(value.a.b[1]).toBe("y".repeat(900));
});

test("a list of more elements than even their marks would fit is refused by name", async () => {
  const list = Array.from({ length: 5000 }, () => "x".repeat(200));
  await expect(
    store({ list }, { bytes: 100, reads: { by: "score", fields: { list: { by: "score", fields: {} } } } }),
  ).rejects.toThrow(
    /^task make returned 1015010 bytes\. .* score takes output\.list apart, and of its 5000 parts \d+ bytes are left, .* 262144: return fewer and larger parts, or an S3File$/,
  );
});

test("a stored value that is cut, changed or gone is an error that says so, and is never served", async () => {
  const crossing = await store("the value", { bytes: -1 });
  expect(crossing).toBe("the value"); // shorter than a mark
  const text = "the value".repeat(100);
  const mark = await store(text, { bytes: 100 });
  const path = join(directory, "local", (mark as { $stored: string }).$stored);
  expect(JSON.parse(readFileSync(path, "utf8"))).toBe(text);
  truncateSync(path, 100);
  await expect(receive([mark])).rejects.toThrow(
    /^s3:\/\/local\/values\/.* is not what was stored there: run the workflow again/,
  );
  writeFileSync(path, JSON.stringify("x".repeat(900)));
  await expect(receive([mark])).rejects.toThrow("is not what was stored there");
  rmSync(path);
  await expect(receive([mark])).rejects.toThrow(/is gone, .* it was deleted or has expired; run the workflow again/);
  expect(await store(text, { bytes: 100 })).toEqual(mark);
  expect(await receive([mark, mark])).toEqual([text, text]);
});

test("a value that is used again is written again, so that it does not expire with its first use", async () => {
  function path(mark: Json): string {
    return join(directory, "local", (mark as { $stored: string }).$stored);
  }
  const mark = await store("again".repeat(100), { bytes: 100 });
  writeFileSync(path(mark), "old");
  await store("again".repeat(100), { bytes: 100 });
  expect(JSON.parse(readFileSync(path(mark), "utf8"))).toBe("again".repeat(100));
  expect(readdirSync(join(directory, "local/values")).filter((name) => name.endsWith(".part"))).toEqual([]);
});

test("a replica fetches once what it gets again, and forgets what it has not used for long", async () => {
  const made: Json[] = [];
  for (let index = 0; index < 5; index++) made.push(await store(`${index}`.repeat(4_000_000), { bytes: 100 }));
  const [first, second, ...rest] = made;
  const value = (await receive([first as Json])) as string[];
  expect(value[0]).toBe("0".repeat(4_000_000));
  for (const mark of [second, ...rest.slice(0, 1), first]) await receive([mark as Json]);
  rmSync(join(directory, "local/values"), { recursive: true });
  expect(await receive([first as Json])).toEqual(value);
  for (const mark of rest.slice(1)) await expect(receive([mark])).rejects.toThrow("is gone");

  await store("3".repeat(4_000_000), { bytes: 100 });
  await store("4".repeat(4_000_000), { bytes: 100 });
  for (const mark of rest.slice(1)) await receive([mark]);
  await expect(receive([second as Json])).rejects.toThrow("is gone");
  expect(await receive([first as Json])).toEqual(value);
});

test.each([{ $stored: 5 }, { $stored: "results/x.json" }, { $stored: "../values/../../x.json" }])(
  "%j stands for nothing",
  async (mark) => {
    await expect(receive({ a: mark })).rejects.toThrow("stands for no stored value: leave this name to Lambent");
  },
);
