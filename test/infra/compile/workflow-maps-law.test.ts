import "../../support/store-directory.ts";
import fc from "fast-check";
import { expect, test } from "vitest";
import { conditional, gt, mapTask, partial, task, workflow, type Ref } from "lambent";
import { runSkippingWaits } from "../../support/workflow-run.ts";

const note = task(async function note({ value, by }: { value: number; by: number }) {
  return value * 10 + by;
});
const spread = task(async function spread({ value }: { value: number }) {
  return Array.from({ length: Math.abs(value) % 3 }, (_, index) => value + index);
});

/** What is done with a number. */
type Form =
  | { readonly kind: "task" }
  | { readonly kind: "map"; readonly body: Form; readonly mode?: "inline" | "distributed" }
  | { readonly kind: "zip"; readonly body: Form }
  | { readonly kind: "if"; readonly whenTrue: Form; readonly whenFalse: Form }
  /** A list that stands in the workflow. */
  | { readonly kind: "pair"; readonly body: Form };

const { form } = fc.letrec<{ form: Form }>((tie) => ({
  form: fc.oneof(
    { maxDepth: 3, depthSize: "small" },
    fc.constant<Form>({ kind: "task" }),
    fc.record(
      { kind: fc.constant("map" as const), body: tie("form"), mode: fc.constantFrom("inline", "distributed") },
      { requiredKeys: ["kind", "body"] },
    ) as fc.Arbitrary<Form>, // exactOptionalPropertyTypes
    fc.record({ kind: fc.constant("zip" as const), body: tie("form") }),
    fc.record({ kind: fc.constant("if" as const), whenTrue: tie("form"), whenFalse: tie("form") }),
    fc.record({ kind: fc.constant("pair" as const), body: tie("form") }),
  ),
}));

/** A workflow of the form, which takes a number, and one that is the same for all. */
function workflowOf(shape: Form): ReturnType<typeof leaf> {
  return workflow(
    { value: 0, by: 0 },
    ({ value, by }): Ref<unknown> => {
      switch (shape.kind) {
        case "task":
          return note({ value, by });
        case "map": {
          const options = shape.mode === undefined ? {} : { mode: shape.mode };
          return mapTask(partial(workflowOf(shape.body), { by }), options)({ value: spread({ value }) });
        }
        case "zip": {
          const values = spread({ value });
          return mapTask(workflowOf(shape.body))({ value: values, by: values });
        }
        case "if":
          return conditional(
            gt(value, 2),
            () => workflowOf(shape.whenTrue)({ value, by }),
            () => workflowOf(shape.whenFalse)({ value, by }),
          ) as Ref<unknown>;
        case "pair":
          return mapTask(partial(workflowOf(shape.body), { by }))({
            value: [value, workflowOf({ kind: "task" })({ value: 1, by }) as Ref<number>],
          });
      }
    },
    { name: "shaped" },
  );
}

function leaf() {
  return workflow({ value: 0, by: 0 }, ({ value }): Ref<unknown> => value as Ref<unknown>, { name: "leaf" });
}

/** The same by plain calls. */
async function plain(shape: Form, value: number, by: number): Promise<unknown> {
  switch (shape.kind) {
    case "task":
      return note.fn({ value, by });
    case "map":
      return Promise.all((await spread.fn({ value })).map((one) => plain(shape.body, one, by)));
    case "zip":
      return Promise.all((await spread.fn({ value })).map((one) => plain(shape.body, one, one)));
    case "if":
      return plain(value > 2 ? shape.whenTrue : shape.whenFalse, value, by);
    case "pair":
      return Promise.all([value, 10 + by].map((one) => plain(shape.body, one, by)));
  }
}

test("any nesting of maps, conditionals and workflows gives what plain calls give, in their order", async () => {
  const shapes = fc.record({ shape: form, values: fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 3 }) });
  await fc.assert(
    fc.asyncProperty(shapes, async ({ shape, values }) => {
      const body = workflowOf(shape);
      const all = workflow(
        { values: [0] },
        ({ values: given }) => mapTask(partial(body, { by: 7 }))({ value: given }),
        {
          name: "all",
        },
      );
      const { status, output, cause } = await runSkippingWaits(all, { values }, { note, spread });
      expect({ status, output, cause }).toEqual({
        status: "SUCCEEDED",
        output: await Promise.all(values.map((value) => plain(shape, value, 7))),
        cause: undefined,
      });
    }),
    { numRuns: 25 },
  );
});
