import "../../support/store-directory.ts";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  choose,
  conditional,
  expr,
  fail,
  gt,
  isIn,
  mapTask,
  partial,
  repeatUntil,
  task,
  tryCatch,
  whileLoop,
  workflow,
  type ErrorClass,
  type Ref,
  type WorkflowMapOptions,
} from "lambent";
import { run, type ExecutionError } from "lambent/local";
import { runSkippingWaits } from "../../support/workflow-run.ts";

/** Its name is as long as that of the class that it extends, since a task reports it by the one that is waited for. */
class AboveSeven extends RangeError {
  override readonly name = "AboveSeven";
}

const step = task(async function step({ value, by }: { value: number; by: number }) {
  if (value === 7) throw new AboveSeven("seven");
  if (value === 4) throw new TypeError("four");
  return (value * 3 + by) % 10;
});
const sure = task(async function sure({ value }: { value: number }) {
  return (value + 1) % 10;
});
const lengthOf = task(async function lengthOf({ text }: { text: string }) {
  return text.length % 10;
});
const spread = task(async function spread({ value }: { value: number }) {
  return Array.from({ length: value % 3 }, (_, index) => (value + index) % 10);
});
const total = task(async function total({ values }: { values: (number | null)[] }) {
  return values.reduce<number>((sum, value) => (sum + (value ?? 5)) % 10, 0);
});
const tasks = { step, sure, lengthOf, spread, total };

/** What is done with a number from 0 to 9, which gives such a number or fails. Nothing that fails runs beside another. */
type Form =
  | { readonly kind: "step" }
  | { readonly kind: "then"; readonly first: Form; readonly second: Form }
  /** Beside a task that does not fail. */
  | { readonly kind: "beside"; readonly body: Form }
  | { readonly kind: "if"; readonly above: number; readonly whenTrue: Form; readonly whenFalse: Form }
  | {
      readonly kind: "choose";
      readonly bad: readonly number[];
      readonly above: number;
      readonly high: Form;
      readonly other: Form;
    }
  | {
      readonly kind: "try";
      readonly body: Form;
      readonly errors: readonly (string | ErrorClass)[];
      readonly handler: Form | "told" | "rethrown";
    }
  | { readonly kind: "while" | "until"; readonly above: number; readonly most: number; readonly body: Form }
  /** One item after the other, or with what fails as null. */
  | { readonly kind: "map"; readonly body: Form; readonly tolerates: boolean; readonly options: WorkflowMapOptions }
  | { readonly kind: "call"; readonly body: Form };

const digit = fc.integer({ min: 0, max: 9 });
const above = fc.integer({ min: 0, max: 8 });
/** None: all of them. */
const errors = fc.subarray([AboveSeven, RangeError, TypeError, "Bad", "TooManyIterations"]);
const modes = fc.constantFrom<WorkflowMapOptions[]>({}, { mode: "inline" }, { mode: "distributed" });
const { form } = fc.letrec<{ form: Form }>((tie) => {
  const inner: fc.Arbitrary<Form> = tie("form");
  const handler = fc.oneof(inner, fc.constantFrom("told" as const, "rethrown" as const));
  return {
    form: fc.oneof(
      { maxDepth: 4, depthSize: "large" },
      fc.constant<Form>({ kind: "step" }),
      fc.record({ kind: fc.constant("then" as const), first: inner, second: inner }),
      fc.record({ kind: fc.constant("beside" as const), body: inner }),
      fc.record({ kind: fc.constant("if" as const), above, whenTrue: inner, whenFalse: inner }),
      fc.record({
        kind: fc.constant("choose" as const),
        bad: fc.array(above, { maxLength: 3 }),
        above,
        high: inner,
        other: inner,
      }),
      fc.record({ kind: fc.constant("try" as const), body: inner, errors, handler }),
      fc.record({
        kind: fc.constantFrom("while" as const, "until" as const),
        above,
        most: fc.integer({ min: 1, max: 4 }),
        body: inner,
      }),
      fc.record({ kind: fc.constant("map" as const), body: inner, tolerates: fc.boolean(), options: modes }),
      fc.record({ kind: fc.constant("call" as const), body: inner }),
    ),
  };
});

/** The nodes of the form. */
function traced(shape: Form, value: Ref<number>, by: Ref<number>): Ref<number> {
  switch (shape.kind) {
    case "step":
      return step({ value, by });
    case "then":
      return traced(shape.second, traced(shape.first, value, by), by);
    case "beside":
      return total({ values: [traced(shape.body, value, by), sure({ value })] });
    case "if":
      return conditional(
        gt(value, shape.above),
        () => traced(shape.whenTrue, value, by),
        () => traced(shape.whenFalse, value, by),
      );
    case "choose":
      return choose(
        [
          [isIn(value, [...shape.bad]), () => fail("Bad", expr.format`${value} is bad`)],
          [gt(value, shape.above), () => traced(shape.high, value, by)],
        ],
        () => traced(shape.other, value, by),
      );
    case "try":
      return tryCatch(
        () => traced(shape.body, value, by),
        ({ name }) => {
          if (shape.handler === "rethrown") return fail("Again", name);
          return shape.handler === "told" ? lengthOf({ text: name }) : traced(shape.handler, value, by);
        },
        shape.errors.length === 0 ? {} : { errors: shape.errors },
      );
    case "while":
      return whileLoop({
        state: value,
        while: (state) => gt(state, shape.above),
        do: (state) => traced(shape.body, state, by),
        maxIterations: shape.most,
      });
    case "until":
      return repeatUntil({
        state: value,
        do: (state) => traced(shape.body, state, by),
        until: (state) => gt(state, shape.above),
        maxIterations: shape.most,
      });
    case "map": {
      const body = partial(workflowOf(shape.body), { by });
      const values = spread({ value });
      return shape.tolerates
        ? total({ values: mapTask(body, { ...shape.options, minSuccessRatio: 0 })({ value: values }) })
        : total({ values: mapTask(body, { ...shape.options, concurrency: 1 })({ value: values }) });
    }
    case "call":
      return workflowOf(shape.body)({ value, by });
  }
}

function workflowOf(shape: Form) {
  return workflow({ value: 0, by: 0 }, ({ value, by }) => traced(shape, value, by), { name: "shaped" });
}

class Failed extends Error {
  readonly names: readonly string[];
  constructor(...names: readonly string[]) {
    super(names[0]);
    this.names = names;
  }
}

function isCaught(errors: readonly (string | ErrorClass)[], names: readonly string[]): boolean {
  return errors.length === 0 || errors.some((one) => names.includes(typeof one === "string" ? one : one.name));
}

/** The same by plain calls. */
async function plain(shape: Form, value: number, by: number): Promise<number> {
  switch (shape.kind) {
    case "step":
      if (value === 7) throw new Failed("AboveSeven", "RangeError");
      if (value === 4) throw new Failed("TypeError");
      return step.fn({ value, by });
    case "then":
      return plain(shape.second, await plain(shape.first, value, by), by);
    case "beside":
      return total.fn({ values: [await plain(shape.body, value, by), await sure.fn({ value })] });
    case "if":
      return plain(value > shape.above ? shape.whenTrue : shape.whenFalse, value, by);
    case "choose":
      if (shape.bad.includes(value)) throw new Failed("Bad");
      return plain(value > shape.above ? shape.high : shape.other, value, by);
    case "try":
      return plain(shape.body, value, by).catch((error: Failed) => {
        const { names } = error;
        if (!isCaught(shape.errors, names)) throw error;
        if (shape.handler === "rethrown") throw new Failed("Again");
        return shape.handler === "told" ? (names[0] ?? "").length % 10 : plain(shape.handler, value, by);
      });
    case "while":
    case "until": {
      let state = value;
      for (let round = shape.kind === "while" ? 0 : -1; ; round++) {
        if (round >= 0 && state > shape.above !== (shape.kind === "while")) return state;
        if (round + (shape.kind === "while" ? 0 : 1) === shape.most) throw new Failed("TooManyIterations");
        state = await plain(shape.body, state, by);
      }
    }
    case "map": {
      const values: (number | null)[] = [];
      for (const one of await spread.fn({ value })) {
        const item = plain(shape.body, one, by);
        values.push(await (shape.tolerates ? item.catch(() => null) : item));
      }
      return total.fn({ values });
    }
    case "call":
      return plain(shape.body, value, by);
  }
}

const programs = fc.record({ shape: form, value: digit, by: digit });

test("branches, loops, maps, calls and caught errors within each other come to what plain calls come to", async () => {
  await fc.assert(
    fc.asyncProperty(programs, async ({ shape, value, by }) => {
      const expected = await plain(shape, value, by).then(
        (output) => ({ output }),
        ({ names }: Failed) => ({ error: expect.toBeOneOf([...names]) as string }),
      );
      const { output, error } = await runSkippingWaits(workflowOf(shape), { value, by }, tasks);
      expect({ output, error }).toEqual(expected);
      const outcome = await run(workflowOf(shape), { value, by }).then(
        (result) => ({ output: result }),
        (thrown: ExecutionError) => ({ error: thrown.error }),
      );
      expect(outcome).toEqual({ output, error });
    }),
    { numRuns: 15 },
  );
}, 120_000);

test("what a name as a text extends is known by a class of that name alone", async () => {
  function nested(outer: ErrorClass | string) {
    return workflow(
      { value: 7 },
      ({ value }) =>
        tryCatch(
          () =>
            tryCatch(
              () => step({ value, by: 0 }),
              () => "the inner one",
              { errors: ["RangeError"] },
            ),
          () => "the outer one",
          { errors: [outer] },
        ),
      { name: "nested" },
    );
  }
  expect(await run(nested(AboveSeven))).toBe("the inner one");
  expect(await run(nested("AboveSeven"))).toBe("the outer one");
});
