import { createHash } from "node:crypto";
import fc from "fast-check";
import jsonata from "jsonata";
import { describe, expect, test } from "vitest";
import { query } from "../../../infra/compile/expression.ts";
import { lanesExpression } from "../../../infra/compile/lane-expression.ts";
import { jsonataLanguage } from "../../../infra/language/jsonata.ts";
import { lanesOf, type Lane } from "../../../sdk/values/lanes.ts";
import { rankReplicasOf } from "../../../sdk/values/replica-ranking.ts";
import { view } from "../../support/view.ts";

const KEYS = "$input.keys";

/** As an expression gives it: replicas are texts. */
function texts(lanes: readonly Lane[]): unknown {
  return lanes.map(({ replicas, indices }) => ({ replicas: replicas.map(String), indices }));
}

async function byPackage(keys: readonly string[], replicas: number, isByRanking?: true): Promise<unknown> {
  const compiled = jsonata(lanesExpression(KEYS, { replicas, ...(isByRanking && { isByRanking }) }));
  compiled.registerFunction("hash", (text: string) => createHash("sha256").update(text).digest("hex"));
  return JSON.parse(JSON.stringify(await compiled.evaluate({}, { input: { keys } })));
}

const keys = fc.oneof(
  fc.array(fc.constantFrom("a", "b", "c", "d", "e"), { minLength: 1, maxLength: 60 }),
  fc.array(fc.string(), { minLength: 1, maxLength: 40 }),
  // One that has most of the items.
  fc
    .tuple(fc.array(fc.string(), { maxLength: 20 }), fc.nat({ max: 60 }))
    .map(([others, count]) => ["hot", ...others, ...Array.from({ length: count }, () => "hot")]),
);
const replicas = fc.integer({ min: 1, max: 9 });

test("a state machine shares out items as TypeScript does, in the emulator and in JSONata's own engine", async () => {
  await fc.assert(
    fc.asyncProperty(keys, replicas, async (texted, count) => {
      const lanes = texts(lanesOf(texted, count));
      const expression = jsonataLanguage.template(query(lanesExpression(KEYS, { replicas: count })), "Arguments");
      expect(await expression(view({}, { input: { keys: texted } }))).toEqual(lanes);
      expect(await byPackage(texted, count)).toEqual(lanes);
    }),
    { numRuns: 60 },
  );
}, 60_000);

test("by ranking, each key is on the first replica of its own, whatever the others are", async () => {
  await fc.assert(
    fc.asyncProperty(keys, replicas, async (texted, count) => {
      const lanes = lanesOf(texted, count, "by ranking");
      for (const lane of lanes)
        for (const index of lane.indices) expect(rankReplicasOf(texted[index]!, count)[0]).toBe(lane.replicas[0]);
      expect(await byPackage(texted, count, true)).toEqual(texts(lanes));
    }),
    { numRuns: 20 },
  );
}, 60_000);

test("of 40 keys on 8 replicas most are where single calls look, and evenly", () => {
  const texted = Array.from({ length: 40 }, (_, index) => `("model-${index}")`);
  const even = lanesOf(texted, 8);
  const moved = even.flatMap(({ replicas: [replica], indices }) =>
    indices.filter((index) => rankReplicasOf(texted[index]!, 8)[0] !== replica),
  );
  expect(moved.length).toBeLessThanOrEqual(12);
  expect(Math.max(...itemsOf(even))).toBe(5);
});

test("so many keys that hashing them would take long are shared out by the beginning of their hashes", async () => {
  const texted = Array.from({ length: 2_000 }, (_, index) => `key-${index % 1_500}`);
  const lanes = lanesOf(texted, 8);
  expect(await byPackage(texted, 8)).toEqual(texts(lanes));
  expect(Math.max(...itemsOf(lanes))).toBeLessThanOrEqual(350);
  expect(loadsOf(texted, lanes)).toBe(1_500);
});

function itemsOf(lanes: readonly Lane[]): number[] {
  return lanes.map(({ indices }) => indices.length);
}

/** How often a key is loaded: once on each replica that has any of its items, if these are side by side. */
function loadsOf(texted: readonly string[], lanes: readonly Lane[]): number {
  return lanes
    .flatMap(({ indices }) => indices.map((index, at) => texted[index] !== texted[indices[at - 1] ?? -1]))
    .filter(Boolean).length;
}

describe("lanes", () => {
  test("have each item once, those of a key side by side and in order, and no replica has much more than the mean", () => {
    fc.assert(
      fc.property(keys, replicas, (texted, count) => {
        const lanes = lanesOf(texted, count);
        expect(lanes.flatMap(({ indices }) => indices).toSorted((one, other) => one - other)).toEqual([
          ...texted.keys(),
        ]);
        expect(Math.max(...itemsOf(lanes))).toBeLessThanOrEqual(
          Math.max(Math.ceil(texted.length / count), (1.4 * texted.length) / count),
        );
        for (const { replicas: order } of lanes)
          expect(order.toSorted((one, other) => one - other)).toEqual(Array.from({ length: count }, (_, one) => one));
      }),
    );
  });

  test("of 40 equal models on 8 replicas are 5 models each", () => {
    const texted = Array.from({ length: 1_000 }, (_, index) => `("model-${(index * 7) % 40}")`);
    const lanes = lanesOf(texted, 8);
    expect(itemsOf(lanes)).toEqual([125, 125, 125, 125, 125, 125, 125, 125]);
    expect(loadsOf(texted, lanes)).toBe(40);
  });

  test("of a model with half of the items are several replicas', and they have other models too", () => {
    const texted = Array.from({ length: 1_000 }, (_, index) => (index % 2 === 0 ? "(hot)" : `(model-${index % 39})`));
    const lanes = lanesOf(texted, 8);
    expect(Math.max(...itemsOf(lanes)) / 125).toBeLessThanOrEqual(1.4);
    expect(loadsOf(texted, lanes)).toBe(43);
  });

  test("give a key to the first of its ranking where that has room", () => {
    for (const text of ["a", "b", "c"]) {
      const [lane] = lanesOf([text], 8);
      expect(lane).toEqual({ replicas: rankReplicasOf(text, 8), indices: [0] });
    }
  });

  test("depend on the keys alone and not on their order, where each has about as many items", () => {
    const models = Array.from({ length: 40 }, (_, index) => `model-${index}`);
    function replicaOf(texted: readonly string[]): Record<string, number | undefined> {
      const lanes = lanesOf(texted, 8);
      return Object.fromEntries(
        models.map((model) => [
          model,
          lanes.find(({ indices }) => indices.some((index) => texted[index] === model))?.replicas[0],
        ]),
      );
    }
    const once = replicaOf(models);
    const often = models.toReversed().flatMap((model, index) => Array.from({ length: 20 + (index % 11) }, () => model));
    expect(replicaOf(often)).toEqual(once);
  });
});
