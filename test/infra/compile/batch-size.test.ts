import fc from "fast-check";
import jsonata from "jsonata";
import { expect, test } from "vitest";
import { ActorEnvironment, mapTask, workflow } from "lambent";
import { batchSize, batchSizeOf } from "../../../infra/compile/batch-items.ts";
import type { Batching } from "../../../sdk/graph/graph.ts";

const batching: fc.Arbitrary<Batching> = fc.record(
  {
    size: fc.oneof(fc.integer({ min: 1, max: 200 }), fc.constant("auto" as const)),
    by: fc.constant(["key"]),
    concurrentItems: fc.constant(1),
    replicas: fc.integer({ min: 1, max: 50 }),
    inTime: fc.integer({ min: 1, max: 200 }),
  },
  { requiredKeys: ["size", "concurrentItems", "replicas"] },
);
const lists = fc
  .tuple(fc.nat({ max: 200 }), fc.constantFrom(1, "x".repeat(400), "x".repeat(2000), { a: [1, 2] }, null))
  .map(([length, element]) => Array.from({ length }, () => element));

test("how many items a batch has is the same in TypeScript and in the state machine", async () => {
  await fc.assert(
    fc.asyncProperty(batching, lists, fc.boolean(), async (form, list, hasLanes) => {
      const sources = { sources: [["key", "$list"] as const], count: "$count($list)" };
      const source = { ...sources, haveOneLength: "true", refusal: "", assigned: undefined, variables: {} };
      const size = (await jsonata(batchSize(form, source, hasLanes)).evaluate({}, { list })) as number; // what the expression is of
      expect(batchSizeOf(form, list.length, JSON.stringify(list).length, hasLanes)).toBe(size);
    }),
    { numRuns: 100 },
  );
});

test("of auto each item has room for its timeout, before the function's time is over", () => {
  const actor = new ActorEnvironment({ name: "slow", replicaCount: 2, timeout: 121 });
  const task = actor.task(async function work({ n }: { n: number }) {
    return n;
  });
  function inTime(timeout: number | undefined, concurrentItems = 1): number | undefined {
    const timed = timeout === undefined ? task : task.withOverrides({ timeout });
    const { graph } = workflow(
      { values: [1] },
      ({ values }) => mapTask(timed, { batch: "auto", concurrentItems })({ n: values }),
      {
        name: "timed",
      },
    );
    const [node] = graph.nodes;
    return node?.kind === "map" ? node.batch?.inTime : undefined;
  }
  expect([inTime(30), inTime(30, 5), inTime(120), inTime(500), inTime(undefined)]).toEqual([4, 20, 1, 1, undefined]);
});
