/**
 * What the types promise to authors of workflows, checked by the compiler alone: each line must compile, and each
 * line beneath an `@ts-expect-error` must not. Nothing here runs.
 */
import {
  ActorEnvironment,
  asset,
  awsCall,
  choose,
  conditional,
  currentContext,
  dynamic,
  eq,
  expr,
  gt,
  isTrue,
  launchPlan,
  lazy,
  mapTask,
  partial,
  required,
  S3File,
  task,
  workflow,
  fail,
  ge,
  isIn,
  le,
  ne,
  NonRetryableError,
  tryCatch,
} from "lambent";
import type {
  Call,
  CaughtError,
  Dynamic,
  Equatable,
  Input,
  Json,
  LaunchPlan,
  Ref,
  Task,
  Value,
  Workflow,
} from "lambent";
import { Client } from "lambent/client";
import { run } from "lambent/local";
import { expectType } from "../../support/expect-type.ts";

const actor = new ActorEnvironment({ name: "types", replicaCount: 2 });
export const idle = new ActorEnvironment({ name: "idle", ttlSeconds: 300, warmStart: false });
// @ts-expect-error ttlSeconds is a number
export const late = new ActorEnvironment({ name: "late", ttlSeconds: "300" });
const near = new ActorEnvironment({ name: "near", affinity: true });

// A task is a function of one object; its output is a Ref of what the function resolves to.

const predict = actor.task(async function predict({ value, file }: { value: number; file: S3File<"txt"> }) {
  return value + file.uri.length;
});
const upload = task(
  async function upload() {
    return S3File.from(currentContext().workingDirectory, "txt");
  },
  { cache: true, cacheVersion: "v1" },
);
expectType<Task<{ value: number; file: S3File<"txt"> }, number>>()(predict);
expectType<Task<{}, S3File<"txt">>>()(upload);

function keyed({ model, options }: { model: string; options: { sizes: number[] } }): string {
  return model + options.sizes.join();
}
near.task(keyed, { affinityKey: (inputs) => inputs.model });
near.task(keyed, { affinityKey: ({ model, options }) => [model, options.sizes[0]!] });
near.task(keyed, { affinityKey: ({ model, options }) => ({ model, size: options.sizes }) });
const arrow = near.task(async ({ model }: { model: string }) => model, { affinityKey: ({ model }) => model });
expectType<Task<{ model: string }, string>>()(arrow);
// @ts-expect-error the task has no such input
near.task(keyed, { affinityKey: (inputs) => inputs.version });
// @ts-expect-error a key is made of inputs
near.task(keyed, { affinityKey: () => "a" });
// @ts-expect-error nothing can be computed with what has no value yet
near.task(keyed, { affinityKey: ({ model }) => `${model}-v1` });
// @ts-expect-error plain tasks have no replicas to choose from
task(keyed, { affinityKey: (inputs) => inputs.model });

task(function synchronous() {
  return 1;
});
task(async function nothing() {});
// @ts-expect-error a cached result needs the version of the code that made it
task(async () => 1, { cache: true });
// @ts-expect-error a version without a cache means nothing
task(async () => 1, { cacheVersion: "v1" });
// @ts-expect-error functions do not survive JSON
task(async () => () => 1);
// @ts-expect-error an instance of a class has no form
task(async () => ({ at: /a/ }));
// @ts-expect-error other arrays of numbers have none
task(async () => new Float32Array(2));
// @ts-expect-error what is in a Map has to cross too
task(() => new Map<string, () => number>());
// @ts-expect-error and what is in a Set
task(() => new Set<symbol>());

// Instances that cross are leaves: tasks read what is in them.

const dated = task(() => ({ at: new Date(), n: 1n, by: new Map([["a", { deep: new Set([1]) }]]) }));
const texts = task(({ text }: { text: string }) => text);
const bytes = task(({ of }: { of: Date }) => new Uint8Array([of.getDate()]));
workflow({ since: new Date(), id: required<bigint>(BigInt), seen: new Set<string>() }, function dates({ since, seen }) {
  const { at, n, by } = dated({});
  expectType<Ref<Date>>()(at);
  expectType<Ref<bigint>>()(n);
  // @ts-expect-error a Date's methods are for tasks
  void at.getTime;
  // @ts-expect-error so is what is in a Map
  void by.a;
  // @ts-expect-error and in a Set
  void seen.size;
  // @ts-expect-error a Date is no text
  texts({ text: at });
  return { bytes: bytes({ of: since }), now: bytes({ of: new Date() }), at, by };
}) satisfies Workflow<
  {
    readonly since?: Date | string;
    readonly id: bigint;
    readonly seen?: Set<string> | readonly string[];
  },
  { bytes: Uint8Array; now: Uint8Array; at: Date; by: Map<string, { deep: Set<number> }> }
>;

// A workflow's inputs are its defaults: each with one is optional to callers.

const inference = workflow({ values: [1, 2, 3] }, function inference({ values }) {
  return mapTask(partial(predict, { file: upload({}) }))({ value: values });
});
expectType<Workflow<{ readonly values?: number[] }, number[]>>()(inference);
expectType<Promise<number[]>>()(run(inference, { values: [4] }));
expectType<Promise<number[]>>()(run(inference));
expectType<Promise<number[]>>()(run(inference, {}, { bundled: true, workflows: ["flows.ts"] }));
// @ts-expect-error there is no such option
run(inference, {}, { bundle: true });
// @ts-expect-error values is a list of numbers
run(inference, { values: ["a"] });
// @ts-expect-error there is no such input
run(inference, { value: [1] });
// @ts-expect-error a traced function must return at once
workflow({ n: 1 }, async ({ n }) => n);

const needed = workflow({ id: required<string>(), limit: 10 }, function needed({ id, limit }) {
  return { id, limit, constant: true };
});
expectType<
  Workflow<{ readonly id: string; readonly limit?: number }, { id: string; limit: number; constant: boolean }>
>()(needed);
run(needed, { id: "a" });
// @ts-expect-error id has no default
run(needed);
// @ts-expect-error id has no default
run(needed, { limit: 1 });
workflow({ id: "a" }, ({ id }) => needed({ id }).limit);

// mapTask and partial take workflows, too.
const scaled = workflow(
  { value: required<number>(), by: 2, label: undefined as string | undefined },
  ({ value, by }) => ({
    value,
    by,
  }),
);
workflow({ values: [1], by: 3 }, ({ values, by }) => {
  const all = mapTask(scaled)({ value: values });
  expectType<Ref<{ value: number; by: number }[]>>()(all);
  expectType<Ref<({ value: number; by: number } | null)[]>>()(
    mapTask(scaled, { minSuccessRatio: 1 })({ value: values }),
  );
  mapTask(scaled)({ value: values, by: [by, 2], label: ["a", "b"] });
  mapTask(partial(scaled, { by }))({ value: values });
  expectType<Ref<{ value: number; by: number }>>()(partial(scaled, { by })({ value: 1 }));
  // @ts-expect-error an input that must be given
  mapTask(scaled)({ by: [1] });
  // @ts-expect-error it is bound
  mapTask(partial(scaled, { by }))({ value: values, by: [1] });
  // @ts-expect-error elements of another type
  mapTask(scaled)({ value: ["a"] });
  // @ts-expect-error a workflow's items are in no batches
  mapTask(scaled, { batch: 5 })({ value: values });
  return all;
});

// partial binds, mapTask lifts.

workflow({ values: required<number[]>() }, ({ values }) => {
  const file = upload({});
  const bound = partial(predict, { file });
  expectType<Task<{ value: number }, number>>()(bound);
  expectType<Ref<number[]>>()(mapTask(bound)({ value: values }));
  expectType<Ref<(number | null)[]>>()(mapTask(bound, { minSuccessRatio: 0.5 })({ value: values }));
  mapTask(predict)({ value: values, file: [file, file] });
  // @ts-expect-error a single number is no list
  mapTask(bound)({ value: 3 });
  // @ts-expect-error file is not bound yet
  mapTask(predict)({ value: values });
  // @ts-expect-error the task has no such input
  partial(predict, { nope: 1 });
  // @ts-expect-error file is not a list of numbers
  partial(predict, { file: values });
  // @ts-expect-error file is bound already
  bound({ value: 1, file });
  return file;
});

// A Ref has the fields of its value, and nothing else.

interface User {
  name: string;
  age?: number;
  tags: string[];
  home: { city: string } | null;
  pair: [number, string];
}
const findUser = task(async function findUser({ id }: { id: string }): Promise<User> {
  return { name: id, tags: [], home: null, pair: [1, "a"] };
});
const greet = task(async function greet({
  user,
  greeting,
}: {
  user: { name: string; tags: readonly string[] };
  greeting: string;
}) {
  return { text: greeting + user.name };
});
const rate = task(async function rate({ text }: { text: string }) {
  return { value: text.length, ok: true, label: "a" as "a" | "b" };
});

workflow({ id: "x", greeting: "hello" }, ({ id, greeting }) => {
  const user = findUser({ id });
  expectType<Ref<string>>()(user.name);
  expectType<Ref<number | undefined>>()(user.age);
  expectType<Ref<string>>()(user.tags[0]!);
  expectType<Ref<string>>()(user.pair[1]);
  // @ts-expect-error the pair has two elements
  user.pair[2];
  // @ts-expect-error home may be null
  user.home.city;
  // @ts-expect-error a list's methods need its value
  user.tags.map((tag: string) => tag);
  // @ts-expect-error a string's methods need its value
  user.name.toUpperCase();
  // @ts-expect-error misspelt
  user.nmae;

  const { text } = greet({ user, greeting });
  greet({ user: { name: user.name, tags: [text, "b"] }, greeting: "hi" });
  // @ts-expect-error a whole user is no greeting
  greet({ user, greeting: user });
  // @ts-expect-error greeting is missing
  greet({ user });
  // @ts-expect-error one input too many
  greet({ user, greeting, extra: 1 });

  const rated = rate({ text });
  // @ts-expect-error there is no value to add to
  rated.value + 1;
  // @ts-expect-error there is no value to multiply
  rated.value * 2;
  // @ts-expect-error there is no value to order
  rated.value > 0.5;
  // @ts-expect-error there is no value to compare
  rated.value === 0.5;
  // @ts-expect-error there is nothing to iterate over yet
  for (const tag of user.tags) void tag;
  // @ts-expect-error there is nothing to spread yet
  [...user.tags];
  // @ts-expect-error a Ref is not its value
  Math.sqrt(rated.value);
  // @ts-expect-error a Ref is not its value
  const plain: number = rated.value;
  void plain;

  // Conditions are made of Refs, and the branches may differ in type.
  const chosen = conditional(
    gt(rated.value, 0.5),
    () => greet({ user, greeting }),
    () => "too low",
  );
  expectType<Ref<{ text: string } | string>>()(chosen);
  const nested = conditional(
    isTrue(rated.ok),
    () => 1,
    () =>
      conditional(
        eq(rated.label, "a"),
        () => 2,
        () => ({ x: rated.value }),
      ),
  );
  expectType<Ref<number | { x: number }>>()(nested);
  // A branch that fails gives nothing, and nothing after it is reached.
  const checked = choose([[le(rated.value, 0), () => fail("NoValue", rated.label)]], () => rated.value);
  expectType<Ref<number>>()(checked);
  const several = choose(
    [
      [ge(rated.value, 0.5), () => greet({ user, greeting })],
      [isIn(rated.label, ["a", rated.label]), () => [1, 2]],
    ],
    () => null,
  );
  expectType<Ref<{ text: string } | number[] | null>>()(several);
  // What is caught gives what the handler gives; the error is three texts.
  const tried = tryCatch(
    () => greet({ user, greeting }),
    (error) => ({ failed: error.name, because: [error.message, error.cause] }),
    { errors: ["States.Timeout", RangeError] },
  );
  expectType<Ref<{ text: string } | { failed: string; because: string[] }>>()(tried);
  const always = tryCatch(
    () => fail("Odd", rated.label),
    (error) => error,
  );
  expectType<Ref<CaughtError>>()(always);
  const rethrown = tryCatch(
    () => rated.value,
    (error) => fail("Odd", error.message),
  );
  expectType<Ref<number>>()(rethrown);
  // @ts-expect-error without a handler
  tryCatch(() => rated.value);
  tryCatch(
    () => rated.value,
    () => 0,
    // @ts-expect-error an error is a class that extends Error, or a name
    { errors: [Date] },
  );
  tryCatch(
    // @ts-expect-error the functions are traced
    async () => rated.value,
    () => 0,
  );
  tryCatch(
    () => rated.value,
    // @ts-expect-error errors have no stack of their own: it is in their cause
    (error) => error.stack,
  );
  // @ts-expect-error each way is a condition and a function
  choose([[gt(rated.value, 1), 2]], () => 1);
  // @ts-expect-error without a last branch
  choose([[gt(rated.value, 1), () => 2]]);
  // @ts-expect-error no label is "c"
  isIn(rated.label, ["a", "c"]);
  // @ts-expect-error a message is a text
  fail("Odd", rated.value);
  // @ts-expect-error no label is "c"
  ne(rated.label, "c");
  // @ts-expect-error no label is "c"
  eq(rated.label, "c");
  conditional(
    // @ts-expect-error a boolean is known before the workflow runs
    true,
    () => 1,
    () => 2,
  );
  // @ts-expect-error booleans have no order
  gt(rated.ok, true);

  rate.withOverrides({ retries: { maxAttempts: 2, errors: ["TooHot", RangeError] }, timeout: 10 })({ text });
  // @ts-expect-error errors are classes and names
  rate.withOverrides({ retries: { maxAttempts: 2, errors: [5] } });
  // @ts-expect-error a class that is none of errors
  rate.withOverrides({ retries: { maxAttempts: 2, errors: [Map] } });
  return chosen;
});

// The function itself takes values.

expectType<Promise<{ text: string }>>()(greet.fn({ user: { name: "a", tags: [] }, greeting: "x" }));
declare const someone: Ref<User>;
// @ts-expect-error a Ref is for workflows
greet.fn({ user: someone, greeting: "x" });

// What is called when a workflow fails takes its inputs and the error.

const tell = task(
  async ({ inputs, error }: { inputs: { n: number; id?: string }; error: CaughtError }) => [inputs, error.name],
  { name: "tell" },
);
const tellOfError = task(async ({ error }: { error: CaughtError }) => error.message, { name: "tellOfError" });
const tellOther = task(async ({ inputs }: { inputs: { other: number } }) => inputs.other, { name: "tellOther" });
const handling = workflow(
  { inputs: required<{ n: number }>(), error: required<CaughtError>() },
  ({ inputs }) => inputs.n,
);
const failing = workflow({ n: 1, id: "x" }, ({ n }) => n, {
  onFailure: tell,
  timeout: 60,
  failurePolicy: "afterExecutable",
});
workflow({ n: 1 }, ({ n }) => n, { onFailure: tellOfError });
workflow({ n: 1 }, ({ n }) => n, { onFailure: handling });
// @ts-expect-error the workflow has no such input
workflow({ n: 1 }, ({ n }) => n, { onFailure: tellOther });
// @ts-expect-error a task, or a workflow
workflow({ n: 1 }, ({ n }) => n, { onFailure: "tell" });
// @ts-expect-error no such policy
workflow({ n: 1 }, ({ n }) => n, { failurePolicy: "later" });
workflow({ n: required<number>() }, ({ n }) => {
  const again = failing.withOverrides({
    retries: { maxAttempts: 2, errors: [NonRetryableError, "Busy"], jitter: true },
  });
  expectType<Ref<number>>()(again({ n }));
  expectType<Ref<number[]>>()(mapTask(again)({ n: [1, n] }));
  expectType<Ref<number>>()(partial(again, { n })({}));
  // @ts-expect-error Step Functions keeps no time of a part of an execution
  failing.withOverrides({ timeout: 3 });
  // @ts-expect-error no such input
  again({ m: 1 });
});

// An execution of its own takes and returns what the workflow does; of itself a workflow's author says what it returns.

workflow({ n: required<number>() }, ({ n }) => {
  expectType<Ref<number>>()(failing.start({ n }));
  expectType<Ref<number>>()(failing.start({ n }, { timeout: 3, retries: 1 }));
  expectType<Ref<number>>()(failing.start.withOverrides({ timeout: 3 })({ n }));
  expectType<Ref<number[]>>()(mapTask(failing.start)({ n: [1, n] }));
  expectType<Ref<(number | null)[]>>()(mapTask(failing.start, { minSuccessRatio: 0.5 })({ n: [1, n] }));
  expectType<Ref<number[]>>()(mapTask(partial(failing.start, {}))({ n: [1] }));
  // @ts-expect-error no such input
  failing.start({ m: 1 });
  // @ts-expect-error an input of another type
  failing.start({ n: "1" });
  // @ts-expect-error no such option
  failing.start({ n }, { name: "mine" });
  // @ts-expect-error no such option
  failing.start.withOverrides({ heartbeat: 3 });
  // @ts-expect-error items have no batches
  mapTask(failing.start, { batch: 3 });
});
workflow(
  { n: 1, text: required<string>() },
  function recursive({ n, text }, self) {
    expectType<Ref<number>>()(self.start<number>({ n, text }));
    expectType<Ref<unknown>>()(self.start({ text }, { timeout: 3 }));
    expectType<Ref<unknown[]>>()(mapTask(self.start)({ text: [text] }));
    // @ts-expect-error it is left out
    self.start({ n });
    // @ts-expect-error no such input
    self.start({ text, m: 1 });
    // @ts-expect-error a workflow is not within itself
    self({ text });
  },
  { maxDepth: 3 },
);
// Of workflows that start each other, the type of one is said.

const tick = workflow({ n: 1 }, ({ n }) => lazy("tock", () => tock).start({ n }), { name: "tick" });
const tock: Workflow<{ n?: number }, string> = workflow(
  { n: 1 },
  ({ n }) => {
    expectType<Ref<string>>()(tick.start({ n }));
    return "tock";
  },
  { name: "tock" },
);
workflow({}, () => {
  const later = lazy("failing", () => failing);
  expectType<Ref<number>>()(later.start({ n: 1 }, { timeout: 3, retries: 1 }));
  expectType<Ref<number[]>>()(mapTask(partial(later.start, {}))({ n: [1] }));
  // @ts-expect-error no such input
  later.start({ m: 1 });
  // @ts-expect-error it cannot be within a workflow that is within it
  later({ n: 1 });
  // @ts-expect-error nor be mapped so
  mapTask(later)({ n: [1] });
  // @ts-expect-error not the workflow itself
  lazy("failing", failing);
  // @ts-expect-error no workflow
  lazy("predict", () => predict);
});
// @ts-expect-error a number
workflow({}, () => 1, { maxDepth: "3" });
// A dynamic calls the tasks that it declares, and gives a list of what these return.

const sized = task(async ({ text, by }: { text: string; by?: number }) => text.length * (by ?? 1), { name: "sized" });
const since0 = task(async ({ on }: { on: Date }) => on.getTime() > 0, { name: "since0" });
const pinged = task(async () => "pong" as const, { name: "pinged" });
const planned = dynamic({ sized, since0, pinged, predict }, ({ texts }: { texts: string[] }, calls) =>
  texts.map((text) => (text === "" ? calls.since0({ on: new Date(0) }) : calls.sized({ text }))),
);
expectType<Dynamic<{ texts: string[] }, number | boolean>>()(planned);
const someFail = dynamic({ pinged }, async ({ n }: { n: number }, calls) => (n === 0 ? [] : [calls.pinged()]), {
  name: "someFail",
  minSuccessRatio: 0.5,
  concurrency: 3,
  mode: "inline",
  cache: true,
  cacheVersion: "v1",
  cacheIgnore: ["n"],
});
workflow({ texts: ["a"], n: 1 }, ({ texts, n }) => {
  expectType<Ref<(number | boolean)[]>>()(planned({ texts }));
  expectType<Ref<("pong" | null)[]>>()(someFail({ n }));
  // @ts-expect-error texts is a list
  planned({ texts: "a" });
  // @ts-expect-error n is missing
  someFail({});
  // @ts-expect-error a dynamic is no task
  mapTask(planned)({ texts: [texts] });
});
expectType<Promise<readonly Call<number | boolean>[]>>()(planned.fn({ texts: [] }));
// @ts-expect-error no such task is declared
dynamic({ sized }, (_: {}, calls) => [calls.since0({ on: new Date() })]);
// @ts-expect-error text is a text
dynamic({ sized }, (_: {}, calls) => [calls.sized({ text: 3 })]);
// @ts-expect-error no such input
dynamic({ sized }, (_: {}, calls) => [calls.sized({ text: "a", to: 1 })]);
// @ts-expect-error inputs are missing
dynamic({ sized }, (_: {}, calls) => [calls.sized()]);
// @ts-expect-error what is no call
dynamic({ sized }, () => ["sized"]);
// @ts-expect-error a workflow is no task
dynamic({ failing }, () => []);
// @ts-expect-error its calls are of several tasks
dynamic({ sized }, (_: {}, calls) => [calls.sized({ text: "a" })], { batch: 3 });

// A launch plan gives a workflow inputs: who starts it gives the rest, or others, but for those that are fixed.

const launching = workflow({ shop: required<string>(), limit: 3, since: new Date(0) }, ({ shop, limit, since }) => {
  return { text: expr.format`${shop} ${limit}`, since };
});
const whole = launchPlan(launching, {
  inputs: { shop: "a" },
  schedule: "rate(1 day)",
  timezone: "UTC",
  maxConcurrent: 1,
});
const part = launchPlan(launching, { inputs: { limit: 2 }, fixed: { since: new Date(1) } });
expectType<
  LaunchPlan<
    { readonly limit?: number; readonly since?: string | Date; readonly shop?: string },
    { text: string; since: Date }
  >
>()(whole);
expectType<LaunchPlan<{ readonly shop: string; readonly limit?: number }, { text: string; since: Date }>>()(part);
expectType<Promise<{ text: string; since: Date }>>()(run(whole));
expectType<Promise<{ text: string; since: Date }>>()(run(part, { shop: "b" }));
void new Client().start(whole, { limit: 4 }, { name: "monday" });
// @ts-expect-error shop is required, and the plan gives none
void run(part);
// @ts-expect-error the plan fixes it
void run(part, { shop: "b", since: new Date(2) });
// @ts-expect-error a limit is a number
void new Client().start(whole, { limit: "4" });
// @ts-expect-error no such input
launchPlan(launching, { inputs: { shops: "a" } });
// @ts-expect-error a limit is a number
launchPlan(launching, { fixed: { limit: "3" } });
// @ts-expect-error a schedule needs all inputs that have no default
launchPlan(launching, { inputs: { limit: 3 }, schedule: "rate(1 day)" });
// @ts-expect-error a Ref is for workflows
launchPlan(launching, { inputs: { shop: someone } });
// @ts-expect-error a task is no workflow
launchPlan(sized, { inputs: {} });

// Recursive, union, optional and read-only types all cross.

interface Tree {
  value: number;
  kids: Tree[];
}
type Shape = { kind: "a"; a: number } | { kind: "b"; b: string };
const json = task(async ({ x }: { x: Json }): Promise<Json> => x, { name: "json" });
const tree = task(async ({ root }: { root: Tree }): Promise<Tree> => root, { name: "tree" });
const shape = task(async ({ of }: { of: Shape }): Promise<Shape> => of, { name: "shape" });
const optional = task(async ({ a, b }: { a: number; b?: string }) => b ?? String(a), { name: "optional" });
const readonlyList = task(async ({ xs }: { xs: readonly number[] }) => xs, { name: "readonlyList" });

workflow({ id: "x", n: required<number>() }, ({ id, n }) => {
  json({ x: { deep: [id, { more: n }] } });
  const grown = tree({ root: { value: n, kids: [tree({ root: { value: 1, kids: [] } })] } });
  expectType<Ref<number>>()(grown.kids[0]!.kids[1]!.value);
  const shaped = shape({ of: { kind: "a", a: n } });
  const kind: Ref<"a" | "b"> = shaped.kind;
  void kind;
  // @ts-expect-error only one of the two has it
  shaped.a;
  optional({ a: n });
  optional({ a: n, b: id });
  // @ts-expect-error inputs are always passed, even if there are none
  upload();
  const list = readonlyList({ xs: [1, n] });
  mapTask(partial(readonlyList, {}))({ xs: [[1], [n], list] });
  return twice(optionalNumber, n);
});
const optionalNumber = task(async ({ value }: { value: number }) => value, { name: "optionalNumber" });

/** Helpers over tasks compose. */
function twice<T>(of: Task<{ value: T }, T>, value: Input<T>): Ref<T> {
  return of({ value: of({ value }) });
}
export type RefsValue = Value<Ref<number>>;

// Cache keys: what two equal values of can be recognised.

class Keyed implements Equatable {
  readonly id: number;
  constructor(id: number) {
    this.id = id;
  }
  equals(other: Keyed): boolean {
    return other.id === this.id;
  }
  hashCode(): number {
    return this.id;
  }
}
class Unkeyed {
  readonly id = 1;
  method(): void {}
}
actor.cache((key: Keyed) => key.id)(new Keyed(1));
// @ts-expect-error the class has neither equals() nor hashCode()
actor.cache((key: Unkeyed) => key.id)(new Unkeyed());
// @ts-expect-error functions compare by identity
actor.cache((fn: () => number) => fn())(() => 1);
declare const file: S3File;
actor.cache((config: { rate: number; layers: number[]; when: Date; file: S3File }) => config.rate)({
  rate: 1,
  layers: [1],
  when: new Date(),
  file,
});
const joined = actor.cache((a: number, b?: string) => `${a}${b}`);
expectType<string>()(joined(1));
joined(1, "x");
// @ts-expect-error not a number
joined("1");

// An asset is an S3File of its path's extension, a pattern a list of them.

expectType<S3File<"onnx">>()(asset("models/minilm.onnx"));
expectType<S3File<"gz">>()(asset("../shared/index.v2.tar.gz"));
expectType<S3File<string>>()(asset("models/weights"));
expectType<S3File<"onnx">[]>()(asset("models/**/*.onnx"));
expectType<S3File<string>[]>()(asset("models/*.{onnx,bin}"));
const openModel = actor.cache(async (file: S3File<"onnx">) => file.uri, { preload: [[asset("models/minilm.onnx")]] });
const embed = actor.task(async function embed({ model }: { model: S3File<"onnx"> }) {
  return openModel(model);
});
const embedding = workflow({ model: asset("models/minilm.onnx") }, function embedding({ model }) {
  return [embed({ model }), embed({ model: asset("models/minilm.onnx") })];
});
workflow({ model: asset("models/minilm.bin") }, function wrongFormat({ model }) {
  // @ts-expect-error another format than the task takes
  return embed({ model });
});

// A caller gives a file as an S3File or by its address.

const reading = workflow(
  { model: required<S3File<"onnx">>(), told: required<S3File<"onnx">>(S3File), note: required<string>() },
  function reading({ model, told, note }) {
    expectType<Ref<S3File<"onnx">>>()(model);
    return { one: embed({ model }), two: embed({ model: told }), note };
  },
);
void run(reading, { model: "s3://bucket/key.onnx", told: asset("models/minilm.onnx"), note: "" });
void run(embedding, { model: "s3://bucket/key.onnx" });
// @ts-expect-error neither a file nor an address
void run(reading, { model: 3, told: "", note: "" });
// @ts-expect-error text takes no file
void run(reading, { model: "", told: "", note: asset("models/minilm.onnx") });

// Inputs that are left out of a cached output's key are the task's.

task(async ({ text, by }: { text: string; by: string }) => text + by, {
  name: "ignoring",
  cache: true,
  cacheVersion: "v1",
  cacheIgnore: ["by"],
  cacheSerialize: true,
  cacheTtlSeconds: 60,
});
// @ts-expect-error it has no such input
task(async ({ text }: { text: string }) => text, { cache: true, cacheVersion: "v1", cacheIgnore: ["by"] });
// @ts-expect-error nothing is kept that could expire
task(async ({ text }: { text: string }) => text, { cacheTtlSeconds: 60 });

// A client knows what workflows take and return.

const client = new Client();
async function started(): Promise<void> {
  const execution = await client.start(reading, {
    model: "s3://bucket/key.onnx",
    told: "s3://bucket/k.onnx",
    note: "",
  });
  expectType<{ one: string; two: string; note: string }>()(await execution.result());
  expectType<{ one: string; two: string; note: string }>()(await (await client.attach("one", reading)).result());
  expectType<unknown>()(await (await client.attach("one")).result());
  // @ts-expect-error note is missing
  await client.start(reading, { model: "", told: "" });
  // @ts-expect-error inputs are missing
  await client.start(reading);
  // @ts-expect-error there is no such option
  await client.start(reading, { model: "", told: "", note: "" }, { names: "one" });
}
void started;

workflow({ arn: "a", n: 1 }, ({ arn, n }) => {
  const found = awsCall("sfn:describeExecution", { ExecutionArn: arn });
  expectType<Ref<string>>()(found.StartDate); // a text, as Step Functions gives times
  // @ts-expect-error a text is wanted
  awsCall("sfn:describeExecution", { ExecutionArn: n });
  // @ts-expect-error Step Functions takes names with capital letters
  awsCall("sfn:describeExecution", { executionArn: arn });
  // Leading capitals are one, as in the SDK for Java, and capitals elsewhere stay.
  const devices = awsCall("iam:listMFADevices", { UserName: arn });
  expectType<Ref<string>>()(devices.MfaDevices[0]!.SerialNumber);
  awsCall("iam:getSSHPublicKey", { UserName: arn, SshPublicKeyId: arn, Encoding: "PEM" });
  // @ts-expect-error Step Functions would refuse it
  awsCall("iam:getSSHPublicKey", { UserName: arn, SSHPublicKeyId: arn, Encoding: "PEM" });
  // @ts-expect-error the client has no such command
  awsCall("sfn:describeExecutions", {});
  // @ts-expect-error with a token the parameters are a function of it
  awsCall("sfn:sendTaskHeartbeat.waitForTaskToken", { TaskToken: "t" });
  const other = awsCall<"textract:detectDocumentText", { Blocks: { Text: string }[] }>(
    "textract:detectDocumentText",
    {},
  );
  return { text: other.Blocks[0]!.Text };
});
