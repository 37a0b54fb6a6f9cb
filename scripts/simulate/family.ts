/** Workflows made up of all that a workflow can be made of. */
import fc from "fast-check";
import {
  after,
  conditional,
  expr,
  gt,
  mapTask,
  NonRetryableError,
  partial,
  type Ref,
  sleep,
  tryCatch,
  waitForInput,
  whileLoop,
  workflow,
  type Workflow,
} from "lambent";
import * as tasks from "./tasks.ts";

const LEAVES = [
  "step",
  "score",
  "weigh",
  "match",
  "stored",
  "serialised",
  "large",
  "file",
  "checked",
  "asked",
] as const;
const MAPS = [
  "inline",
  "distributed",
  "express",
  "batched",
  "batchedAuto",
  "batchedApart",
  "grouped",
  "sequential",
  "affine",
  "affineApart",
  "cached",
  "large",
  "files",
  "tolerant",
  "tolerantApart",
] as const;
const MODES = ["inline", "distributed", undefined] as const;

/** What is done with a number. */
export type Form =
  | { readonly kind: (typeof LEAVES)[number] }
  | { readonly kind: "then" | "beside"; readonly first: Form; readonly second: Form }
  | { readonly kind: "if"; readonly above: number; readonly whenTrue: Form; readonly whenFalse: Form }
  | { readonly kind: "while"; readonly most: number; readonly body: Form }
  /** A task that may fail of itself, and what is done then. */
  | { readonly kind: "try"; readonly handler: Form }
  /** A part that may fail, told of and still finished, and what is done then. */
  | { readonly kind: "policy"; readonly body: Form; readonly handler: Form }
  | { readonly kind: "map"; readonly how: (typeof MAPS)[number] }
  | { readonly kind: "mapWorkflow" | "mapStart"; readonly mode: (typeof MODES)[number]; readonly body: Form }
  /** Which tasks are called is decided meanwhile. */
  | { readonly kind: "dynamic"; readonly mode: (typeof MODES)[number] }
  /** A workflow whose inputs and output have schemas. */
  | { readonly kind: "declared"; readonly how: "call" | "start" | "map" }
  | { readonly kind: "call" | "start" | "wait"; readonly body: Form };

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
      fc.record({ kind: fc.constant("policy" as const), body: inner, handler: inner }),
      fc.record({
        kind: fc.constantFrom("mapWorkflow" as const, "mapStart" as const),
        mode: fc.constantFrom(...MODES),
        body: inner,
      }),
      fc.record({ kind: fc.constant("dynamic" as const), mode: fc.constantFrom(...MODES) }),
      fc.record({
        kind: fc.constant("declared" as const),
        how: fc.constantFrom("call" as const, "start" as const, "map" as const),
      }),
      fc.record({ kind: fc.constantFrom("call" as const, "start" as const, "wait" as const), body: inner }),
    ),
  };
}).form;

/** What is given to the nodes that wait for it. */
export const ANSWERS = { ask: 5 };

/** A workflow of that form, which is given two numbers and gives one. */
export function workflowOf(form: Form, name: string = "simulated"): SimulatedWorkflow {
  return workflow({ value: 7, by: 3 }, ({ value, by }) => new Tracing(name).of(form, value, by), { name });
}

type SimulatedWorkflow = Workflow<{ value: number; by: number }, number>;

/** Traces the parts of one workflow; those that are workflows themselves have names of their own. */
class Tracing {
  readonly #name: string;
  #workflows = 0;

  constructor(name: string) {
    this.#name = name;
  }

  of(form: Form, value: Ref<number>, by: Ref<number>): Ref<number> {
    switch (form.kind) {
      case "step":
        return tasks.step({ value, by });
      case "score":
        return tasks.score({ value, by });
      case "weigh":
        return tasks.weigh({ value, by });
      case "match":
        return tasks.match({ value, by });
      case "checked":
        return tasks.checked({ value: tasks.textOf({ value }), by });
      case "stored":
        return tasks.sumOf({ output: tasks.stored({ value, by }), value, by });
      case "serialised":
        return tasks.sumOf({ output: tasks.serialised({ value, by }), value, by });
      case "large":
        return tasks.measure({ made: tasks.large({ value, by }) });
      case "file":
        return tasks.read({ file: tasks.write({ value, by }), by });
      case "asked":
        return asking({ value, by });
      case "then":
        return this.of(form.second, this.of(form.first, value, by), by);
      case "beside":
        return tasks.fold({ values: [this.of(form.first, value, by), this.of(form.second, value, by)] });
      case "if":
        return conditional(
          gt(value, form.above),
          () => this.of(form.whenTrue, value, by),
          () => this.of(form.whenFalse, value, by),
        );
      case "while":
        return whileLoop({
          state: { left: form.most as number, value },
          while: (state) => gt(state.left, 0),
          do: (state) => ({ left: expr.sub(state.left, 1), value: this.of(form.body, state.value, by) }),
          maxIterations: form.most + 1,
        }).value;
      case "try":
        return tryCatch(
          () => tasks.even({ value }),
          () => this.of(form.handler, value, by),
          { errors: [NonRetryableError] },
        );
      case "policy":
        return tryCatch(
          () => this.#policy(form.body)({ value, by }),
          () => this.of(form.handler, value, by),
          { errors: [NonRetryableError] },
        );
      case "map":
        return mapped(form.how, tasks.spread({ value }), by);
      case "dynamic":
        return tasks.fold({ values: tasks.plans[form.mode ?? "any"]({ value, by }) });
      case "mapWorkflow":
      case "mapStart": {
        const options = form.mode === undefined ? {} : { mode: form.mode };
        const body = this.#workflow(form.body);
        const item = partial(form.kind === "mapStart" ? body.start : body, { by });
        return tasks.fold({ values: mapTask(item, options)({ value: tasks.spread({ value }) }) });
      }
      case "declared":
        return declared(form.how, value, by);
      case "call":
        return this.#workflow(form.body)({ value, by });
      case "start":
        return this.#workflow(form.body).start({ value, by });
      case "wait":
        return after(sleep(5), () => this.of(form.body, value, by));
    }
  }

  #workflow(form: Form): SimulatedWorkflow {
    return workflowOf(form, this.#fresh());
  }

  /** One that fails of itself for odd values: what does not need that still runs, and then it is told. */
  #policy(form: Form): SimulatedWorkflow {
    const name = this.#fresh();
    return workflow(
      { value: 7, by: 3 },
      ({ value, by }) => tasks.fold({ values: [tasks.even({ value }), new Tracing(name).of(form, value, by)] }),
      { name, failurePolicy: "afterExecutable", onFailure: tasks.tell },
    );
  }

  #fresh(): string {
    this.#workflows += 1;
    return `${this.#name}_${this.#workflows}`;
  }
}

/** A node that waits for its answer, once somebody has been told. */
const asking: SimulatedWorkflow = workflow({ value: 7, by: 3 }, function asking({ value, by }) {
  const answer = waitForInput("ask", { timeout: "1d", schema: 1, notify: tasks.notify });
  return tasks.fold({ values: [answer, value, by] });
});

function declared(how: "call" | "start" | "map", value: Ref<number>, by: Ref<number>): Ref<number> {
  switch (how) {
    case "call":
      return tasks.declared({ value, by });
    case "start":
      return tasks.declared.start({ value: tasks.textOf({ value }), by });
    case "map":
      return tasks.fold({ values: mapTask(partial(tasks.declared, { by }))({ value: tasks.spread({ value }) }) });
  }
}

function mapped(how: (typeof MAPS)[number], value: Ref<number[]>, by: Ref<number>): Ref<number> {
  switch (how) {
    case "inline":
    case "distributed":
      return tasks.fold({ values: mapTask(partial(tasks.score, { by }), { mode: how })({ value }) });
    case "express":
      return tasks.fold({
        values: mapTask(partial(tasks.quick, { by }), { mode: "distributed", executionType: "EXPRESS" })({ value }),
      });
    case "batched":
      return tasks.fold({
        values: mapTask(partial(tasks.score, { by }), { batch: 2, concurrentItems: 2 })({ value }),
      });
    case "batchedAuto":
      return tasks.fold({ values: mapTask(partial(tasks.step, { by }), { batch: "auto" })({ value }) });
    case "batchedApart":
      return tasks.fold({
        values: mapTask(partial(tasks.weigh, { by }), { batch: 2, mode: "distributed" })({ value }),
      });
    case "grouped":
      return tasks.fold({ values: mapTask(partial(tasks.score, { by }), { batchBy: "value", batch: 3 })({ value }) });
    case "sequential":
      return tasks.fold({ values: mapTask(partial(tasks.weigh, { by }), { concurrency: 1 })({ value }) });
    case "affine":
      return tasks.fold({ values: mapTask(partial(tasks.match, { by }))({ value }) });
    case "affineApart":
      return tasks.fold({ values: mapTask(partial(tasks.match, { by }), { mode: "distributed" })({ value }) });
    case "cached": {
      const outputs = mapTask(partial(tasks.stored, { by }))({ value });
      return tasks.fold({ values: mapTask(partial(tasks.sumOf, { by }))({ output: outputs, value }) });
    }
    case "large":
      return tasks.fold({
        values: mapTask(tasks.measure)({
          made: mapTask(partial(tasks.large, { by }), { mode: "distributed" })({ value }),
        }),
      });
    case "files":
      return tasks.fold({
        values: mapTask(partial(tasks.read, { by }))({ file: mapTask(partial(tasks.write, { by }))({ value }) }),
      });
    case "tolerant":
      return tasks.foldSome({ values: mapTask(tasks.even, { minSuccessRatio: 0 })({ value }) });
    case "tolerantApart":
      return tasks.foldSome({ values: mapTask(tasks.even, { minSuccessRatio: 0, mode: "distributed" })({ value }) });
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
    case "checked":
      return tasks.checked.fn({ value, by });
    case "stored":
    case "serialised":
      return (value * (form.kind === "stored" ? 5 : 11) + by) % 1000; // without the time that it takes
    case "large":
      return tasks.measure.fn({ made: await tasks.large.fn({ value, by }) });
    case "file":
      return (((value + by) % 1000) * 2 + by) % 1000;
    case "asked":
      return tasks.fold.fn({ values: [ANSWERS.ask, value, by] });
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
    case "policy":
      if (value % 2 === 1) return plain(form.handler, value, by);
      return tasks.fold.fn({ values: [value / 2, await plain(form.body, value, by)] });
    case "map":
      return tasks.foldSome.fn({ values: await plainItems(value, (item) => plainItem(form.how, item, by)) });
    case "dynamic":
      return tasks.fold.fn({ values: await Promise.all(tasks.planned(value).map((one) => plain(one, one.value, by))) });
    case "mapWorkflow":
    case "mapStart":
      return tasks.fold.fn({ values: await plainItems(value, (item) => plain(form.body, item, by)) });
    case "declared":
      if (form.how !== "map") return tasks.checked.fn({ value, by });
      return tasks.fold.fn({ values: await plainItems(value, (item) => tasks.checked.fn({ value: item, by })) });
    case "call":
    case "start":
    case "wait":
      return plain(form.body, value, by);
  }
}

/** What is done with the items of each map. */
const ITEM: Readonly<Record<Exclude<(typeof MAPS)[number], "tolerant" | "tolerantApart">, (typeof LEAVES)[number]>> = {
  inline: "score",
  distributed: "score",
  express: "step",
  batched: "score",
  batchedAuto: "step",
  batchedApart: "weigh",
  grouped: "score",
  sequential: "weigh",
  affine: "match",
  affineApart: "match",
  cached: "stored",
  large: "large",
  files: "file",
};

async function plainItem(how: (typeof MAPS)[number], item: number, by: number): Promise<number | null> {
  if (how === "tolerant" || how === "tolerantApart") return item % 2 === 1 ? null : item / 2;
  return plain({ kind: ITEM[how] }, item, by);
}

async function plainItems<T>(value: number, work: (item: number) => Promise<T>): Promise<T[]> {
  return Promise.all((await tasks.spread.fn({ value })).map(work));
}

/** Forms with less in them, those with the least first. */
export function* smaller(form: Form): Generator<Form> {
  if (form.kind !== "step") yield { kind: "step" };
  const inner = Object.entries(form).filter((entry): entry is [string, Form] => typeof entry[1] === "object");
  for (const [, one] of inner) yield one;
  for (const [name, one] of inner) for (const less of smaller(one)) yield { ...form, [name]: less };
}
