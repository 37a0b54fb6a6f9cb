import asl from "asl-validator";
import fc from "fast-check";
import { expect, test } from "vitest";
import { ActorEnvironment, type MapOptions, mapTask, type Workflow, workflow } from "lambent";
import { compile } from "../../../infra/compile/compile.ts";
import { validateDefinition } from "../../../infra/validate/validate.ts";
import { target } from "../../support/definitions.ts";
import { runSkippingWaits } from "../../support/workflow-run.ts";

const actor = new ActorEnvironment({ name: "batches", replicaCount: 3 });

/** How often each item is still to fail. */
const failures = new Map<number, number>();

/** Returns a list with its value, which a map must not flatten. */
const wrap = actor.task(async function wrap({ value, id = -1 }: { value: unknown; id?: number }) {
  const left = failures.get(id) ?? 0;
  failures.set(id, left - 1);
  if (left > 0) throw new RangeError(`item ${id} fails`);
  return [value] as [never];
});

type Options = Parameters<typeof mapTask>[1];

function mapped(
  name: string,
  options: Options,
  retries?: number,
): Workflow<{ values: unknown[]; ids: number[] }, unknown[]> {
  const retried = retries === undefined ? wrap : wrap.withOverrides({ retries });
  return workflow(
    { values: [] as unknown[], ids: [] as number[] },
    ({ values, ids }) => mapTask(retried, options as MapOptions)({ value: values, id: ids }),
    { name },
  );
}

const FORMS = {
  one: mapped("one", { batch: 1 }, 2),
  three: mapped("three", { batch: 3 }, 2),
  many: mapped("many", { batch: 100, concurrentItems: 3 }, 2),
  auto: mapped("auto", { batch: "auto" }, 2),
  byValue: mapped("byValue", { batchBy: "value" }, 2),
  byField: mapped("byField", { batchBy: "value.a.b", batch: 2 }, 2),
};

test.each(Object.entries(FORMS))("%s: both validators accept the definition", (_, { graph }) => {
  const definition = compile(graph, target);
  expect(asl(definition).errorsText("\n")).toBe("");
  expect(validateDefinition(JSON.stringify(definition), "STANDARD")).toEqual([]);
});

const value = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom([], [[]], [1, [2]], null, { a: { b: 1 } }, { a: { b: "x" } }, { a: 1 }),
);
const item = fc.record({ value, fails: fc.nat({ max: 2 }) });

test("outputs are those of plain calls in the order of the lists, whatever the batches and whichever items fail before", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...Object.values(FORMS)),
      fc.array(item, { maxLength: 9 }),
      async (form, items) => {
        failures.clear();
        items.forEach(({ fails }, id) => failures.set(id, fails));
        const inputs = { values: items.map((one) => one.value), ids: items.map((_, id) => id) };
        const { output } = await runSkippingWaits(form, inputs, { wrap });
        expect(output).toEqual(items.map((one) => [one.value]));
      },
    ),
    { numRuns: 60 },
  );
});
