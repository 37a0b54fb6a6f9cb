import "../../support/store-directory.ts";
import fc from "fast-check";
import { beforeEach, expect, test } from "vitest";
import { ActorEnvironment, mapTask, type MapOptions, type Workflow, workflow } from "lambent";
import { compile } from "../../../infra/compile/compile.ts";
import { target } from "../../support/definitions.ts";
import { runSkippingWaits } from "../../support/workflow-run.ts";

const actor = new ActorEnvironment({ name: "thresholds", replicaCount: 3 });

/** The items that fail. */
const failing = new Set<number>();
beforeEach(() => failing.clear());

/** Returns a list, which a map must not flatten. */
const wrap = actor.task(async function wrap({ n }: { n: number }) {
  if (failing.has(n)) throw new RangeError(`item ${n} fails`);
  return [n];
});

type Options = MapOptions & { readonly minSuccessRatio?: number };
type Mapped = Workflow<{ ns?: number[] }, unknown>;

function mapped({ minSuccessRatio, ...options }: Options, retries?: number): Mapped {
  const own = retries === undefined ? wrap : wrap.withOverrides({ retries });
  const map = minSuccessRatio === undefined ? mapTask(own, options) : mapTask(own, { ...options, minSuccessRatio });
  return workflow({ ns: [] as number[] }, ({ ns }) => map({ n: ns }), { name: "mapped" });
}

/** The most items that a map has inline. */
function mostOf({ graph }: Mapped): number {
  return Number(/\$count\(\$ns\) > (\d+)/.exec(JSON.stringify(compile(graph, target)))?.[1]);
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, n) => n);
}

test.each([
  ["by its history", mapped({}, 300), 20],
  ["in batches by its history", mapped({ batch: 3 }, 200), 60],
  ["by its places at once", mapped({ concurrency: 100 }), 40],
  ["in batches by its places", mapped({ concurrency: 50, batch: 2 }), 80],
])("%s: at the threshold and on both sides of it the outputs are those of plain calls", async (_, form, about) => {
  const most = mostOf(form);
  expect(most).toBeGreaterThan(about / 4);
  expect(most).toBeLessThan(about * 4);
  for (const count of new Set([0, 1, most - 1, most, most + 1, 40, 41])) {
    const { output, invocations } = await runSkippingWaits(form, { ns: upTo(count) }, { wrap });
    expect(output).toEqual(upTo(count).map((n) => [n]));
    expect(invocations.some(({ list }) => list?.kind === "join")).toBe(count > most);
  }
});

test.each([
  ["inline", { mode: "inline" }],
  ["inline in batches", { mode: "inline", batch: 4 }],
  ["in child executions", { mode: "distributed" }],
  ["in child executions in batches", { mode: "distributed", batch: 4 }],
  ["by the number of items", { concurrency: 41, batch: 1 }],
] as const)("%s: a map fails exactly where succeeded / count < minSuccessRatio", async (_, options) => {
  // Ratios of small numbers are where a quotient could round otherwise than the author's own.
  const ratio = fc.oneof(
    fc.tuple(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 50 })).map(([a, b]) => Math.min(1, a / b)),
    fc.double({ min: 0.01, max: 1, noNaN: true }),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(0, 1, 3, 7, 40, 41, 49),
      fc.nat(),
      ratio,
      fc.boolean(),
      async (count, some, by, isExact) => {
        failing.clear();
        const failed = count === 0 ? 0 : some % (count + 1);
        for (let n = 0; n < failed; n++) failing.add((n * 7 + some) % count);
        const succeeded = count - failing.size;
        // The ratio that there is, too: it suffices.
        const minSuccessRatio = isExact && succeeded > 0 ? succeeded / count : by;
        const run = await runSkippingWaits(mapped({ ...options, minSuccessRatio }), { ns: upTo(count) }, { wrap });
        const outputs = upTo(count).map((n) => (failing.has(n) ? null : [n]));
        const isTooFew = count > 0 && succeeded / count < minSuccessRatio;
        expect(run).toMatchObject(
          isTooFew ? { status: "FAILED", error: "TooFewSucceeded" } : { status: "SUCCEEDED", output: outputs },
        );
      },
    ),
    { numRuns: 8 },
  );
});
