import asl from "asl-validator";
import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import {
  ActorEnvironment,
  type MapOptions,
  mapTask,
  partial,
  type TaskOptions,
  type Workflow,
  workflow,
} from "lambent";
import { compile } from "../../../infra/compile/compile.ts";
import { validateDefinition } from "../../../infra/validate/validate.ts";
import { target } from "../../support/definitions.ts";
import { runSkippingWaits, type Surroundings, type WorkflowRun } from "../../support/workflow-run.ts";

const actor = new ActorEnvironment({ name: "batches", replicaCount: 3 });

/** How often each item is still to fail. */
const failures = new Map<number, number>();
beforeEach(() => failures.clear());

/** Returns a list with its value, which a map must not flatten. */
const wrap = actor.task(async function wrap({ value, id = -1 }: { value: unknown; id?: number }) {
  const left = failures.get(id) ?? 0;
  failures.set(id, left - 1);
  if (left > 0) throw new RangeError(`item ${id} fails`);
  return [value] as [never];
});

type Mapped = Workflow<{ values?: unknown[]; ids?: number[] }, unknown>;

function mapped(
  name: string,
  options: MapOptions & { minSuccessRatio?: number },
  retries?: TaskOptions["retries"],
): Mapped {
  const retried = retries === undefined ? wrap : wrap.withOverrides({ retries });
  const { minSuccessRatio, ...others } = options;
  const map =
    minSuccessRatio === undefined ? mapTask(retried, others) : mapTask(retried, { ...others, minSuccessRatio });
  const lists = { values: [] as unknown[], ids: [] as number[] };
  return workflow(lists, ({ values, ids }) => map({ value: values, id: ids }), { name });
}

/** Runs a map over so many values, each with its index as `id`. */
function runOver(form: Mapped, values: readonly unknown[], surroundings?: Surroundings): Promise<WorkflowRun> {
  const inputs = { values: [...values], ids: values.map((_, id) => id) };
  return runSkippingWaits(form, inputs, { wrap }, surroundings);
}

/** The items of each invocation. Those of one round run at the same time, so their order says nothing. */
function batchesOf({ invocations }: WorkflowRun): string[] {
  return invocations.map(({ batch }) => batch?.indices.join() ?? "").toSorted();
}

const FORMS = {
  one: mapped("one", { batch: 1 }, 2),
  three: mapped("three", { batch: 3 }, 2),
  many: mapped("many", { batch: 100, concurrentItems: 3 }, 2),
  auto: mapped("auto", { batch: "auto" }, 2),
  byValue: mapped("byValue", { batchBy: "value" }, 2),
  byField: mapped("byField", { batchBy: "value.a.b", batch: 2 }, 2),
  tolerant: mapped("tolerant", { batch: 2, minSuccessRatio: 0.5 }, 2),
};

test.each(Object.entries(FORMS))("%s: both validators accept the definition", (_, { graph }) => {
  const definition = compile(graph, target);
  expect(asl(definition).errorsText("\n")).toBe("");
  expect(validateDefinition(JSON.stringify(definition), "STANDARD")).toEqual([]);
});

const value = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom([], [[]], [1, [2]], null, { a: { b: 1 } }, { a: { b: "x" } }, { a: 1 }, { $stored: "x" }),
);
const item = fc.record({ value, fails: fc.nat({ max: 2 }) });

test("outputs are those of plain calls, in the order of the lists, whatever the batches and whichever items fail before", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...Object.values(FORMS)),
      fc.array(item, { maxLength: 9 }),
      async (form, items) => {
        items.forEach(({ fails }, id) => failures.set(id, fails));
        const values = items.map((one) => one.value);
        const { output } = await runOver(form, values);
        // Data that looks like one of Lambent's marks is wrapped in what a state machine returns.
        expect(JSON.stringify(output).replaceAll(/\{"\$(?:given|plain)":(\{[^{}]*\})\}/g, "$1")).toBe(
          JSON.stringify(values.map((one) => [one])),
        );
      },
    ),
    { numRuns: 60 },
  );
}, 60_000);

describe("batches", () => {
  test("have so many items, in the order of the lists", async () => {
    expect(batchesOf(await runOver(FORMS.three, ["a", "b", "c", "d", "e", "f", "g"]))).toEqual(["0,1,2", "3,4,5", "6"]);
  });

  test("by what is equal have those items together, as many as one replica's share of the list", async () => {
    const run = await runOver(FORMS.byValue, ["a", "b", "a", "b", "c", "a", "a", "a"]);
    expect(batchesOf(run)).toEqual(["0,2,5", "1,3", "4", "6,7"]);
  });

  test("of a key follow each other, and those of different keys run at the same time", async () => {
    const atWork: string[] = [];
    const seen = new Set<string>();
    const watched = actor.task(async function watched({ value }: { value: string }) {
      expect(atWork).not.toContain(value);
      atWork.push(value);
      for (const one of atWork) seen.add([one, value].toSorted().join());
      await new Promise((resolve) => setTimeout(resolve, 5));
      atWork.splice(atWork.indexOf(value), 1);
      return value;
    });
    const values = ["a", "b", "a", "b", "b", "a", "c"];
    const following = workflow({ values }, function following({ values }) {
      return mapTask(watched, { batchBy: "value", batch: 1 })({ value: values });
    });
    const run = await runSkippingWaits(following, {}, { watched });
    expect(run).toMatchObject({ output: values });
    expect(batchesOf(run)).toEqual(["0", "1", "2", "3", "4", "5", "6"]);
    expect(seen).toContain("a,b");
  });

  test("by a field of the elements, where some have none", async () => {
    const values = [{ a: { b: 1 } }, {}, { a: { b: 1 } }, { a: { b: 1 } }, { a: {} }];
    expect(batchesOf(await runOver(FORMS.byField, values))).toEqual(["0,2", "1,4", "3"]);
  });

  test.each([
    [1, 1],
    [5, 2],
    [60, 20],
    [100, 20],
    [600, 50],
  ])("of auto suit the list and the replicas: of %i items on 3 replicas at most %i", async (count, size) => {
    const run = await runOver(
      FORMS.auto,
      Array.from({ length: count }, () => 1),
    );
    expect(Math.max(...run.invocations.map(({ batch }) => batch?.indices.length ?? 0))).toBe(size);
  });

  test("of auto have no more than the state machine carries", async () => {
    const { status, invocations } = await runOver(
      FORMS.auto,
      Array.from({ length: 12 }, () => "x".repeat(16_000)),
    );
    expect([status, invocations.length]).toEqual(["SUCCEEDED", 4]);
  });

  test("carry what is the same for all items once", async () => {
    const join = actor.task(async function join({ value, end }: { value: string; end: string }) {
      return value + end;
    });
    const ends = workflow({ values: ["a", "b"], end: "!" }, function ends({ values, end }) {
      return mapTask(partial(join, { end }), { batch: 2 })({ value: values });
    });
    const { output, invocations } = await runSkippingWaits(ends, {}, { join });
    expect(output).toEqual(["a!", "b!"]);
    expect(invocations).toMatchObject([{ inputs: { end: "!" }, batch: { lists: { value: ["a", "b"] } } }]);
  });

  test("of no items are no invocation", async () => {
    expect(await runOver(FORMS.byValue, [])).toMatchObject({ output: [], invocations: [] });
  });
});

describe("an item that fails", () => {
  test("alone is sent again", async () => {
    failures.set(1, 1);
    failures.set(4, 2);
    expect(batchesOf(await runOver(FORMS.three, ["a", "b", "c", "d", "e"]))).toEqual(["0,1,2", "1,4", "3,4", "4"]);
  });

  test("for good fails the map by its own error, with the item and its message", async () => {
    failures.set(1, 9);
    expect(await runOver(FORMS.three, ["a", "b", "c"])).toMatchObject({
      status: "FAILED",
      error: "RangeError",
      cause: "wrap[1]: item 1 fails",
    });
  });

  test("fails the map at once where nothing is tried again, and no item of its batch begins after it", async () => {
    failures.set(0, 1);
    const run = await runOver(mapped("hasty", { batch: 3 }), ["a", "b", "c"]);
    expect(run).toMatchObject({ status: "FAILED", error: "RangeError" });
    expect(run.cause).toContain("item 0 fails");
    expect(failures.has(1)).toBe(false);
  });

  test("is null where a share may fail", async () => {
    failures.set(1, 9);
    expect((await runOver(FORMS.tolerant, ["a", "b", "c"])).output).toEqual([["a"], null, ["c"]]);
  });

  test("is told if too few can succeed", async () => {
    for (const id of [0, 1]) failures.set(id, 9);
    expect(await runOver(FORMS.tolerant, ["a", "b", "c"])).toMatchObject({
      error: "TooFewSucceeded",
      cause:
        "wrap: 1 of 3 items succeeded, minSuccessRatio is 0.5; the first errors: wrap[0]: RangeError: item 0 fails; wrap[1]: RangeError: item 1 fails",
    });
  });

  test("is tried again only for the errors that are named, those of subclasses among them", async () => {
    class Broken extends Error {}
    class BrokenPipe extends Broken {}
    let calls = 0;
    const flaky = actor.task(
      async function flaky({ n }: { n: number }) {
        if (calls++ === 0) throw new BrokenPipe("once");
        if (n === 2) throw new TypeError("always");
        return n;
      },
      { retries: { maxAttempts: 3, errors: [Broken] } },
    );
    const flakily = workflow({ ns: [1, 2] }, function flakily({ ns }) {
      return mapTask(flaky, { batch: 2 })({ n: ns });
    });
    expect(await runSkippingWaits(flakily, { ns: [1, 3] }, { flaky })).toMatchObject({ output: [1, 3] });
    calls = 0;
    const { error, cause } = await runSkippingWaits(flakily, { ns: [1, 2] }, { flaky });
    expect([error, cause]).toEqual(["TypeError", "flaky[1]: always"]);
  });
});

describe("an invocation", () => {
  test("answers before Lambda ends it, and what it has not begun is sent again", async () => {
    let remaining = 0;
    const slow = actor.task(async function slow({ n }: { n: number }) {
      remaining -= 1000;
      return n;
    });
    const slowly = workflow({ ns: [1, 2, 3, 4, 5] }, function slowly({ ns }) {
      return mapTask(slow, { batch: 5 })({ n: ns });
    });
    const surroundings = {
      crash: () => void (remaining = 2500), // as each invocation begins
      remainingMs: () => remaining,
    };
    const run = await runSkippingWaits(slowly, {}, { slow }, surroundings);
    expect(run.output).toEqual([1, 2, 3, 4, 5]);
    expect(batchesOf(run)).toEqual(["0,1,2,3,4", "3,4"]);
  });

  test("that does not come back is found out in halves, until only the item at fault fails", async () => {
    const crash: Surroundings["crash"] = ({ batch }) => (batch?.indices.includes(5) ? "Runtime.ExitError" : undefined);
    const run = await runOver(mapped("halved", { batch: 8, minSuccessRatio: 0.8 }), [..."abcdefgh"], { crash });
    expect(run.output).toEqual([..."abcdefgh"].map((letter) => (letter === "f" ? null : [letter])));
    const alone = await runOver(mapped("alone", { batch: 8 }), [..."abcdefgh"], { crash });
    expect(alone).toMatchObject({ error: "Runtime.ExitError", cause: "wrap[5]: the process has ended" });
  });
});

test("the wait between rounds grows to the longest that there is, after any number of failures", async () => {
  failures.set(0, 110); // 1000 to the power of 103 is more than a number can be
  const often = mapped("often", { batch: 2 }, { maxAttempts: 120, backoffRate: 1000 });
  expect(await runOver(often, ["a"])).toMatchObject({ output: [["a"]] });
});

test.each([
  [{ batch: 0 }, 'mapTask(wrap): batch must be a whole number of items, 1 or more, or "auto", not 0'],
  [{ batch: 1.5 }, "not 1.5"],
  [{ batch: "many" as "auto" }, 'not "many"'],
  [{ batchBy: "" }, 'batchBy must be the name of a list, or a path in its elements such as "document.model", not '],
  [{ batchBy: "model" }, "batchBy names model, which is not one of the lists that it maps over: value"],
  [{ batch: 2, concurrentItems: 0 }, "concurrentItems must be a whole number, 1 or more, not 0"],
  [{ batch: 1, concurrentItems: 3 }, "concurrentItems is 3, but batches of 1 item have none to work on at once"],
  [{ concurrentItems: 2 }, "concurrentItems are those of a batch: say with batch how many items one has"],
])("%j is refused", (options, message) => {
  expect(() =>
    workflow({ values: [1] }, ({ values }) => mapTask(wrap, options)({ value: values }), { name: "x" }),
  ).toThrow(message);
});
