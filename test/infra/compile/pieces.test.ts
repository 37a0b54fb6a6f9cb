import fc from "fast-check";
import jsonata from "jsonata";
import { expect, test } from "vitest";
import { HISTORY_EVENTS, PAYLOAD_BYTES } from "../../../sdk/base/aws-limits.ts";
import { atOnceOf, attemptsOf, piecesFor, piecesOf, taskPieces } from "../../../infra/compile/pieces.ts";
import type { MapNode } from "../../../sdk/graph/graph.ts";

interface Piece {
  readonly from: number;
  readonly to: number;
  readonly size: number;
  readonly pieces: number;
}

const PLAIN: MapNode = {
  kind: "map",
  name: "double",
  variable: "double",
  address: { task: "double" },
  bound: {},
  lists: {},
  options: {},
};

async function pieces(node: Partial<MapNode>, count: number, bytes = count * 1000): Promise<Piece[]> {
  const found: unknown = await jsonata(piecesOf(taskPieces({ ...PLAIN, ...node }), "count", "bytes")).evaluate({
    count,
    bytes,
  });
  return JSON.parse(JSON.stringify(found)) as Piece[]; // by `piecesOf`
}

/** What is given of some options. */
function given<T extends object>(options: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return JSON.parse(JSON.stringify(options)) as { [K in keyof T]?: Exclude<T[K], undefined> }; // plain data
}

const nodes = fc.record({
  concurrency: fc.constantFrom(undefined, 1, 8, 100, 2000),
  batch: fc.constantFrom(
    undefined,
    { size: 3, concurrentItems: 1, replicas: 8 },
    { size: 5000, concurrentItems: 2, replicas: 8 },
    { size: "auto" as const, concurrentItems: 1, replicas: 8 },
    { size: "auto" as const, concurrentItems: 2, replicas: 3, inTime: 28 },
    { size: "auto" as const, by: ["n"], concurrentItems: 1, replicas: 8 },
    { size: 5000, by: ["n"], concurrentItems: 1, replicas: 8 },
  ),
  options: fc.record({ retries: fc.constantFrom(0, 2, 20), timeout: fc.constantFrom(1, 30, 800) }),
});
const counts = fc.oneof(fc.nat({ max: 50 }), fc.nat({ max: 2000 }), fc.nat({ max: 2_000_000 }));

test("pieces are all items in order, of whole batches, and no more than what they come to has room for", async () => {
  await fc.assert(
    fc.asyncProperty(nodes, counts, async ({ concurrency, batch, ...node }, count) => {
      const found = await pieces({ ...node, ...given({ concurrency }), ...given({ batch }) }, count);
      function isNext({ from, to, size, pieces: all }: Piece, index: number): boolean {
        const isWhole = to === count || (to - from) % size === 0 || batch?.by !== undefined;
        return from === (found[index - 1]?.to ?? 0) && to > from && isWhole && all === found.length;
      }
      expect(found.every(isNext)).toBe(true);
      expect(found.at(-1)?.to ?? 0).toBe(count);
      const form = { ...PLAIN, ...node, ...given({ concurrency }), ...given({ batch }) };
      expect(piecesFor(form, count, count * 1000)).toMatchObject({ pieces: found.length });
      expect(found.length * 260).toBeLessThan(PAYLOAD_BYTES - 20_000);
    }),
    { numRuns: 50 },
  );
});

test("what is told of the pieces before there are any is what the state machine makes", async () => {
  const more = fc.record({
    affinity: fc.constantFrom(undefined, { replicas: 8, paths: [["n"]] }),
    bytes: fc.nat({ max: 200_000 }),
  });
  await fc.assert(
    fc.asyncProperty(nodes, counts, more, async ({ concurrency, batch, ...node }, count, { affinity, bytes }) => {
      const address = { task: "double", ...given({ affinity }) };
      const own = { ...node, address, ...given({ concurrency }), ...given({ batch }) };
      const found = await pieces(own, count, count * bytes);
      const told = piecesFor({ ...PLAIN, ...own }, count, count * bytes);
      expect(told.pieces).toBe(found.length);
      if (found[0] === undefined) return;
      expect(told.size).toBe(found[0].size);
      expect(Math.min(told.items, count)).toBe(found[0].to);
    }),
    { numRuns: 200 },
  );
});

test("a piece's history has room for all attempts of all its items, while there may be more pieces", async () => {
  for (const retries of [0, 2, 10, 100]) {
    for (const batch of [undefined, { size: 4, concurrentItems: 1, replicas: 8 }]) {
      const node = { concurrency: 1, options: { retries }, ...(batch === undefined ? {} : { batch }) };
      const [{ from, to, size } = { from: 0, to: 0, size: 1 }] = await pieces(node, 10_000);
      const batches = Math.ceil((to - from) / size) * attemptsOf({ ...PLAIN, ...node });
      expect(batches * 7).toBeLessThan(HISTORY_EVENTS / 2 + 100);
    }
  }
});

test("so many pieces that all that may be at work at once are, if the list has as many batches", async () => {
  expect(await pieces({ concurrency: 8 }, 9)).toHaveLength(5);
  expect(await pieces({ concurrency: 8 }, 64)).toHaveLength(8);
  expect(await pieces({ concurrency: 40 }, 50)).toHaveLength(25);
  expect(await pieces({ concurrency: 8 }, 4000)).toHaveLength(64);
  expect(await pieces({ concurrency: 8 }, 1_000_000)).toHaveLength(900);
});

test.each([
  [8, {}, 1_000_000, 1000, 100],
  [8, {}, 1_000_000, 100_000, 40], // by the bytes of its elements
  [8, { inTime: 30 }, 1_000_000, 1000, 30], // by the time of an invocation
  [8, {}, 100, 1000, 13], // so that all replicas have some
])(
  "an automatic batch suits the list: on %i replicas with %o of %i items of %i bytes it has %i",
  async (replicas, others, count, bytes, size) => {
    const batch = { size: "auto", concurrentItems: 1, replicas, ...others } as const;
    expect((await pieces({ batch }, count, count * bytes))[0]?.size).toBe(size);
  },
);

test("an EXPRESS piece has as many items as surely end in time, and a list of more is refused", async () => {
  const node = { executionType: "EXPRESS", options: { timeout: 10, retries: 1 } } as const;
  const found = await pieces(node, 6000);
  expect(Math.max(...found.map(({ from, to }) => to - from))).toBeLessThanOrEqual(7); // (150 - 1) / (2 * 10)
  await expect(pieces(node, 10_000)).rejects.toThrow("do not fit into EXPRESS child executions");
});

test("so many items that a piece's history could not hold one attempt of each are refused", async () => {
  await expect(pieces({}, 3_300_000)).rejects.toThrow("put more of them into a batch");
  expect(await pieces({ batch: { size: 10, concurrentItems: 1, replicas: 8 } }, 3_300_000)).toHaveLength(900);
});

test("pieces are as large as they may be where items are together by a key, and run in lanes within", async () => {
  const batch = { size: "auto", by: ["n"], concurrentItems: 1, replicas: 8 } as const;
  const node = { concurrency: 8, batch };
  async function sizes(count: number, options: Partial<MapNode> = {}): Promise<number[]> {
    return (await pieces({ ...node, ...options }, count)).map(({ from, to }) => to - from);
  }
  expect(await sizes(1000)).toEqual([1000]);
  expect(await sizes(1438)).toEqual([719, 719]);
  expect(await sizes(20_000)).toHaveLength(20);
  expect(await sizes(2000, { options: { retries: 2 } })).toHaveLength(6); // 384 items, each of which may be a batch
  expect(await sizes(1000, { batch: { ...batch, size: 5000 } })).toEqual([1000]);
  function atOnce(concurrency?: number): ReturnType<typeof atOnceOf> {
    return atOnceOf({ ...PLAIN, batch, ...given({ concurrency }) });
  }
  expect([8, 40, 100, undefined].map(atOnce)).toEqual([
    { pieces: 1, within: 8 },
    { pieces: 1, within: 40 },
    { pieces: 3, within: 33 },
    {},
  ]);
});
