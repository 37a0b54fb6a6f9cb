import "../../support/store-directory.ts";
import asl from "asl-validator";
import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { ActorEnvironment, type MapOptions, mapTask, partial, workflow } from "lambent";
import { compile } from "../../../infra/compile/compile.ts";
import { validateDefinition } from "../../../infra/validate/validate.ts";
import { target } from "../../support/definitions.ts";
import { runSkippingWaits } from "../../support/workflow-run.ts";

const actor = new ActorEnvironment({ name: "sizes", replicaCount: 3 });

/** How often each item is still to fail. */
const failures = new Map<number, number>();
beforeEach(() => failures.clear());

/** Returns a list with its value, which a map must not flatten. */
const wrap = actor.task(async function wrap({ value, id, by = "" }: { value: unknown; id: number; by?: string }) {
  const left = failures.get(id) ?? 0;
  failures.set(id, left - 1);
  if (left > 0) throw new RangeError(`item ${id} fails`);
  return [value, by] as [never, string];
});

type Options = MapOptions & { readonly minSuccessRatio?: number };

function mapped(name: string, { minSuccessRatio, ...options }: Options, retries?: number) {
  const bound = partial(retries === undefined ? wrap : wrap.withOverrides({ retries, timeout: 3 }), { by: "all" });
  const map = minSuccessRatio === undefined ? mapTask(bound, options) : mapTask(bound, { ...options, minSuccessRatio });
  const lists = { values: [] as unknown[], ids: [] as number[] };
  return workflow(lists, ({ values, ids }) => map({ value: values, id: ids }), { name });
}

function runOver(form: ReturnType<typeof mapped>, values: readonly unknown[]) {
  return runSkippingWaits(form, { values: [...values], ids: values.map((_, id) => id) }, { wrap });
}

const DISTRIBUTED = {
  alone: mapped("alone", { mode: "distributed" }, 2),
  hasty: mapped("hasty", { mode: "distributed" }),
  batches: mapped("batches", { mode: "distributed", batch: 3 }, 2),
  auto: mapped("auto", { mode: "distributed", batch: "auto", concurrentItems: 2 }, 2),
  byValue: mapped("byValue", { mode: "distributed", batchBy: "value" }, 2),
  byField: mapped("byField", { mode: "distributed", batchBy: "value.a.b", batch: 2 }, 2),
  tolerant: mapped("tolerant", { mode: "distributed", minSuccessRatio: 0.5 }, 2),
  express: mapped("express", { mode: "distributed", executionType: "EXPRESS", batch: 2 }, 2),
};
const FORMS = {
  ...DISTRIBUTED,
  either: mapped("either", {}, 2),
  inline: mapped("inline", { mode: "inline" }, 2),
  eitherBatches: mapped("eitherBatches", { batch: 3 }, 2),
};

test.each(Object.entries(FORMS))("%s: both validators accept the definition", (_, { graph }) => {
  const definition = compile(graph, target);
  expect(asl(definition).errorsText("\n")).toBe("");
  expect(validateDefinition(JSON.stringify(definition), "STANDARD")).toEqual([]);
});

test.each(Object.entries(FORMS))("%s runs", async (_, form) => {
  for (const count of [0, 1, 7, 41]) {
    const values = Array.from({ length: count }, (__, index) => ({ a: { b: index % 5 } }));
    const { status, output, error, cause } = await runOver(form, values);
    expect({ status, output, error, cause }).toMatchObject({
      status: "SUCCEEDED",
      output: values.map((v) => [v, "all"]),
    });
  }
});
void fc;
void describe;
