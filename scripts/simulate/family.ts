/** Workflows made up of all that a workflow can be made of. */
import fc from "fast-check";
import {
  after,
  conditional,
  expr,
  gt,
  mapTask,
  partial,
  type Ref,
  sleep,
  tryCatch,
  whileLoop,
  workflow,
  type Workflow,
} from "lambent";
import * as tasks from "./tasks.ts";

const LEAVES = ["step", "score", "weigh", "match", "stored", "serialised", "large", "file"] as const;
const MAPS = ["inline", "distributed", "batched", "batchedAuto", "sequential", "affine", "cached"] as const;

/** What is done with a number. */
export type Form =
  | { readonly kind: (typeof LEAVES)[number] }
  | { readonly kind: "then" | "beside"; readonly first: Form; readonly second: Form }
  | { readonly kind: "if"; readonly above: number; readonly whenTrue: Form; readonly whenFalse: Form }
  | { readonly kind: "while"; readonly most: number; readonly body: Form }
  /** A task that may fail of itself, and what is done then. */
  | { readonly kind: "try"; readonly handler: Form }
  | { readonly kind: "map"; readonly how: (typeof MAPS)[number] }
  | { readonly kind: "mapWorkflow"; readonly mode: "inline" | "distributed" | undefined; readonly body: Form }
  | { readonly kind: "call" | "wait"; readonly body: Form };

/** Any form; smaller ones are tried first when one has failed. */
export const forms: fc.Arbitrary<Form> = fc.letrec<{ form: Form }>((tie) => {
  const inner: fc.Arbitrary<Form> = tie("form");
  return {
    form: fc.oneof(
      { maxDepth: 3, depthSize: "small" },
      fc.record({ kind: fc.constantFrom(...LEAVES) }),
      fc.record({ kind: fc.constant("map" as const), how: fc.constantFrom(...MAPS) }),
      fc.record({ kind: fc.constantFrom("then" as const, "beside" as const), first: inner, second: inner }),
      fc.record({
        kind: fc.constant("if" as const),
        above: fc.nat({ max: 999 }),
        whenTrue: inner,
        whenFalse: inner,
      }),
      fc.record({ kind: fc.constant("while" as const), most: fc.integer({ min: 1, max: 3 }), body: inner }),
      fc.record({ kind: fc.constant("try" as const), handler: inner }),
      fc.record({
        kind: fc.constant("mapWorkflow" as const),
        mode: fc.constantFrom("inline" as const, "distributed" as const, undefined),
        body: inner,
      }),
      fc.record({ kind: fc.constantFrom("call" as const, "wait" as const), body: inner }),
    ),
  };
}).form;

/** A workflow of that form, which is given two numbers and gives one. */
export function workflowOf(form: Form): Workflow<{ value: number; by: number }, number> {
  return workflow({ value: 7, by: 3 }, ({ value, by }) => traced(form, value, by), { name: "simulated" });
}

function traced(form: Form, value: Ref<number>, by: Ref<number>): Ref<number> {
  switch (form.kind) {
    case "step":
      return tasks.step({ value, by });
    case "score":
      return tasks.score({ value, by });
    case "weigh":
      return tasks.weigh({ value, by });
    case "match":
      return tasks.match({ value, by });
    case "stored":
      return tasks.sumOf({ output: tasks.stored({ value, by }), value, by });
    case "serialised":
      return tasks.sumOf({ output: tasks.serialised({ value, by }), value, by });
    case "large":
      return tasks.measure({ made: tasks.large({ value, by }) });
    case "file":
      return tasks.read({ file: tasks.write({ value, by }), by });
    case "then":
      return traced(form.second, traced(form.first, value, by), by);
    case "beside":
      return tasks.fold({ values: [traced(form.first, value, by), traced(form.second, value, by)] });
    case "if":
      return conditional(
        gt(value, form.above),
        () => traced(form.whenTrue, value, by),
        () => traced(form.whenFalse, value, by),
      );
    case "while":
      return whileLoop({
        state: { left: form.most as number, value },
        while: (state) => gt(state.left, 0),
        do: (state) => ({ left: expr.sub(state.left, 1), value: traced(form.body, state.value, by) }),
        maxIterations: form.most + 1,
      }).value;
    case "try":
      return tryCatch(
        () => tasks.even({ value }),
        () => traced(form.handler, value, by),
        { errors: [RangeError] },
      );
    case "map":
      return tasks.fold({ values: mapped(form.how, tasks.spread({ value }), by) });
    case "mapWorkflow": {
      const options = form.mode === undefined ? {} : { mode: form.mode };
      const body = partial(workflowOf(form.body), { by });
      return tasks.fold({ values: mapTask(body, options)({ value: tasks.spread({ value }) }) });
    }
    case "call":
      return workflowOf(form.body)({ value, by });
    case "wait":
      return after(sleep(5), () => traced(form.body, value, by));
  }
}

function mapped(how: (typeof MAPS)[number], value: Ref<number[]>, by: Ref<number>): Ref<number[]> {
  switch (how) {
    case "inline":
    case "distributed":
      return mapTask(partial(tasks.score, { by }), { mode: how })({ value });
    case "batched":
      return mapTask(partial(tasks.score, { by }), { batch: 2, concurrentItems: 2 })({ value });
    case "batchedAuto":
      return mapTask(partial(tasks.step, { by }), { batch: "auto" })({ value });
    case "sequential":
      return mapTask(partial(tasks.weigh, { by }), { concurrency: 1 })({ value });
    case "affine":
      return mapTask(partial(tasks.match, { by }))({ value });
    case "cached": {
      const outputs = mapTask(partial(tasks.stored, { by }))({ value });
      return mapTask(partial(tasks.sumOf, { by }))({ output: outputs, value });
    }
  }
}

/** The same by plain calls of the functions. */
export async function plain(form: Form, value: number, by: number): Promise<number> {
  switch (form.kind) {
    case "step":
      return tasks.step.fn({ value, by });
    case "score":
      return tasks.score.fn({ value, by });
    case "weigh":
      return tasks.weigh.fn({ value, by });
    case "match":
      return tasks.match.fn({ value, by });
    case "stored":
    case "serialised":
      return (value * (form.kind === "stored" ? 5 : 11) + by) % 1000; // without the time that it takes
    case "large":
      return tasks.measure.fn({ made: await tasks.large.fn({ value, by }) });
    case "file":
      return (((value + by) % 1000) * 2 + by) % 1000;
    case "then":
      return plain(form.second, await plain(form.first, value, by), by);
    case "beside":
      return tasks.fold.fn({ values: [await plain(form.first, value, by), await plain(form.second, value, by)] });
    case "if":
      return plain(value > form.above ? form.whenTrue : form.whenFalse, value, by);
    case "while": {
      let state = value;
      for (let round = 0; round < form.most; round++) state = await plain(form.body, state, by);
      return state;
    }
    case "try":
      return value % 2 === 1 ? plain(form.handler, value, by) : value / 2;
    case "map":
      return tasks.fold.fn({ values: await plainItems(value, (item) => plain({ kind: ITEM[form.how] }, item, by)) });
    case "mapWorkflow":
      return tasks.fold.fn({ values: await plainItems(value, (item) => plain(form.body, item, by)) });
    case "call":
    case "wait":
      return plain(form.body, value, by);
  }
}

/** What is done with the items of each map. */
const ITEM: Readonly<Record<(typeof MAPS)[number], (typeof LEAVES)[number]>> = {
  inline: "score",
  distributed: "score",
  batched: "score",
  batchedAuto: "step",
  sequential: "weigh",
  affine: "match",
  cached: "stored",
};

async function plainItems(value: number, work: (item: number) => Promise<number>): Promise<number[]> {
  return Promise.all((await tasks.spread.fn({ value })).map(work));
}

/** Forms with less in them, those with the least first. */
export function* smaller(form: Form): Generator<Form> {
  if (form.kind !== "step") yield { kind: "step" };
  const inner = Object.entries(form).filter((entry): entry is [string, Form] => typeof entry[1] === "object");
  for (const [, one] of inner) yield one;
  for (const [name, one] of inner) for (const less of smaller(one)) yield { ...form, [name]: less };
}
