/**
 * What the types promise of the forms of the workflow language: waits, errors, ways, loops, expressions and the values
 * that cross. Each line must compile, and each line beneath an `@ts-expect-error` must not. Nothing here runs.
 */
import {
  after,
  and,
  approve,
  choose,
  conditional,
  currentContext,
  eq,
  expr,
  fail,
  ge,
  gt,
  isIn,
  isNull,
  isTrue,
  le,
  lt,
  mapTask,
  ne,
  NonRetryableError,
  not,
  or,
  partial,
  repeatUntil,
  required,
  S3File,
  sleep,
  sleepUntil,
  task,
  tryCatch,
  waitForInput,
  whileLoop,
  workflow,
} from "lambent";
import type { Approval, CaughtError, Condition, Duration, Notify, Ref, Retry, Task, TaskOptions, Value } from "lambent";
import { Client, ExecutionError, ExecutionNameTaken, InvalidInputs, StillRunning } from "lambent/client";
import type { ExecutionHandle, ExecutionStatus } from "lambent/client";
import { expectType } from "../../support/expect-type.ts";

const measure = task(async ({ text }: { text: string }) => ({ length: text.length, text }), { name: "measure" });

// Waits: whole seconds, a text of them, or a Ref of a number; times as a Date or a text.

workflow(
  { seconds: 1, at: "2027-01-01T09:00:00Z", label: "x", day: new Date(), many: [1] },
  ({ seconds, at, label, day, many }) => {
    expectType<Ref<null>>()(sleep(90));
    for (const span of ["90s", "5m", "2h", "7d"] as const) sleep(span);
    sleep(seconds);
    sleep(many[0]!);
    // @ts-expect-error no unit
    sleep("90");
    // @ts-expect-error no such unit
    sleep("1w");
    // @ts-expect-error a text's Ref: what it holds is not known
    sleep(label);
    // @ts-expect-error a Date is for sleepUntil
    sleep(new Date());
    // @ts-expect-error nothing to wait for
    sleep();
    expectType<Ref<null>>()(sleepUntil(at));
    sleepUntil(new Date());
    sleepUntil("2027-01-01T09:00:00+01:00");
    // @ts-expect-error a number may be of seconds, or of milliseconds
    sleepUntil(1_800_000_000);
    // @ts-expect-error the state machine takes a text
    sleepUntil(day);
    // @ts-expect-error a number's Ref is for sleep
    sleepUntil(seconds);
    expectType<Ref<{ length: number; text: string }>>()(after(sleep("1m"), () => measure({ text: label })));
    expectType<Ref<null>>()(after([measure({ text: label }), sleep(1)], () => sleep(2)));
    // @ts-expect-error a duration is no Ref: sleep(…) gives one
    after("1m", () => measure({ text: label }));
    // @ts-expect-error a traced function must return at once
    after(sleep(1), async () => measure({ text: label }));
    return null;
  },
);
const spans: Duration[] = [1, "1s", "10m", "24h", "1d"];
void spans;

// Answers from outside: what the schema shows, or what the author says.

workflow({ text: "" }, ({ text }) => {
  const size = waitForInput("size", { timeout: "1d", schema: { width: 1, note: "", tags: [""] } });
  expectType<Ref<{ width: number; note: string; tags: string[] }>>()(size);
  expectType<Ref<number>>()(size.width);
  expectType<Ref<{ id: string }>>()(waitForInput<{ id: string }>("id", { timeout: 60, heartbeat: "10s" }));
  expectType<Ref<unknown>>()(waitForInput("anything", { timeout: 60 }));
  // @ts-expect-error it has no such field
  void size.height;
  // @ts-expect-error the schema is an example of the type
  waitForInput<{ id: string }>("id", { timeout: 60, schema: { id: 1 } });
  // @ts-expect-error it would wait for a year
  waitForInput("size", {});
  // @ts-expect-error it would wait for a year
  waitForInput("size");
  // @ts-expect-error no such unit
  waitForInput("size", { timeout: "1y" });
  // @ts-expect-error its name is a text, which is known
  waitForInput(text, { timeout: 1 });
  // @ts-expect-error there is no such option
  waitForInput("size", { timeout: 1, timeoutSeconds: 1 });
  const mail = task(async ({ token, name, to }: { token: string; name: string; to: string }) => token + name + to, {
    name: "mail",
  });
  const decision = approve("release", { timeout: "7d", notify: partial(mail, { to: text }) });
  expectType<Ref<Approval>>()(decision);
  isTrue(decision.approved);
  // @ts-expect-error whom to mail is bound by nobody
  approve("release", { timeout: "7d", notify: mail });
  // @ts-expect-error a function is no task
  approve("release", { timeout: "7d", notify: () => null });
  // @ts-expect-error an approval has its own schema
  approve("release", { timeout: "7d", schema: { approved: true } });
  // @ts-expect-error it would wait for a year
  approve("release", {});
  conditional(
    // @ts-expect-error a decision is no condition: isTrue(decision.approved)
    decision,
    () => 1,
    () => 2,
  );
  const notify: Notify = task(async ({ token, name }: { token: string; name: string }) => [token, name], { name: "n" });
  return approve("other", { timeout: 1, notify }).comment;
});

// A task that waits for its token says what will come.

const weigh = task<{ grams: number }, { parcel: string }>(
  async function weigh({ parcel }) {
    expectType<string>()(parcel);
    expectType<string | undefined>()(currentContext().taskToken);
  },
  { token: true, timeout: 3600, heartbeat: 60 },
);
expectType<Task<{ parcel: string }, { grams: number }>>()(weigh);
workflow({ parcel: "a" }, ({ parcel }) => {
  expectType<Ref<number>>()(weigh({ parcel }).grams);
  // @ts-expect-error a parcel is a text
  weigh({ parcel: 1 });
  weigh.withOverrides({ heartbeat: 5 })({ parcel });
  // @ts-expect-error whether it waits is the task's
  weigh.withOverrides({ token: false });
  return null;
});
// @ts-expect-error what a task returns is not its output with a token, so it cannot be kept
task<{ grams: number }, {}>(async () => {}, { name: "kept", token: true, cache: true, cacheVersion: "v1" });
// @ts-expect-error true or left out
task(async () => 1, { name: "maybe", token: "yes" });

// Retries: a number, or ASL's fields with errors as classes and names.

class RateLimited extends Error {}
const retries: Retry = {
  maxAttempts: 3,
  intervalSeconds: 1,
  backoffRate: 2,
  maxDelaySeconds: 60,
  jitter: true,
  errors: [RateLimited, NonRetryableError, "Sandbox.Timedout"],
};
task(async () => 1, { name: "a", retries, timeout: 10 });
task(async () => 1, { name: "a", retries: 3 });
// @ts-expect-error how many is not said
task(async () => 1, { name: "a", retries: { errors: [RateLimited] } });
// @ts-expect-error ASL's FULL is true here
task(async () => 1, { name: "a", retries: { maxAttempts: 1, jitter: "FULL" } });
// @ts-expect-error an instance is no class
task(async () => 1, { name: "a", retries: { maxAttempts: 1, errors: [new RateLimited()] } });
// @ts-expect-error a number of seconds
task(async () => 1, { name: "a", timeout: "10s" });
// @ts-expect-error a text is no number
task(async () => 1, { name: "a", retries: "3" });
// @ts-expect-error ASL's name
task(async () => 1, { name: "a", retries: { MaxAttempts: 3 } });
// @ts-expect-error how the error's classes extend each other is found by Lambent
task(async () => 1, { name: "a", retries: { maxAttempts: 1, classes: {} } });

// Errors that are caught are three texts, known in the handler alone; what comes out is what either function gives.

workflow({ text: "" }, ({ text }) => {
  const tried = tryCatch(
    () => measure({ text }),
    (error) => {
      expectType<Ref<CaughtError>>()(error);
      expectType<Ref<string>>()(error.message);
      return null;
    },
  );
  expectType<Ref<{ length: number; text: string } | null>>()(tried);
  // @ts-expect-error it may be null
  void tried.length;
  expectType<Ref<number>>()(
    tryCatch(
      () => measure({ text }).length,
      () => 0,
    ),
  );
  tryCatch(
    // @ts-expect-error the first function takes nothing
    (given: string) => measure({ text: given }),
    () => 0,
  );
  // @ts-expect-error a call is made in a function
  tryCatch(measure({ text }), () => 0);
  // @ts-expect-error a handler is a function
  tryCatch(() => measure({ text }), 0);
  tryCatch(
    () => measure({ text }),
    // @ts-expect-error a traced function must return at once
    async () => 0,
  );
  tryCatch(
    () => measure({ text }),
    () => 0,
    // @ts-expect-error an instance is no class
    { errors: [new RateLimited()] },
  );
  tryCatch(
    () => measure({ text }),
    () => 0,
    // @ts-expect-error a list, though of one
    { errors: RateLimited },
  );
  tryCatch(
    () => measure({ text }),
    () => 0,
    // @ts-expect-error there is no such option
    { error: [RateLimited] },
  );
  tryCatch(
    () => measure({ text }),
    // @ts-expect-error three texts alone
    (error) => error.stack,
  );
  return tried;
});

// What is called on failure gets what the workflow's function gets, and the error.

const told = task(async ({ inputs }: { inputs: { id: string; n: number } }) => inputs.id, { name: "told" });
const wants = task(async ({ inputs, reason }: { inputs: { id: string }; reason: string }) => [inputs.id, reason], {
  name: "wants",
});
workflow({ id: required<string>(), n: 1 }, ({ n }) => n, { name: "w", onFailure: told });
// @ts-expect-error nobody gives a reason
workflow({ id: required<string>() }, ({ id }) => id, { name: "w", onFailure: wants });
// @ts-expect-error n is a number
workflow({ id: required<string>(), n: "1" }, ({ n }) => n, { name: "w", onFailure: told });
// @ts-expect-error a plain function is no task
workflow({ id: "" }, ({ id }) => id, { name: "w", onFailure: () => null });
// @ts-expect-error seconds
workflow({ id: "" }, ({ id }) => id, { name: "w", timeout: "1h" });
// @ts-expect-error retries are of a call: withOverrides
workflow({ id: "" }, ({ id }) => id, { name: "w", retries: 2 });

// Conditions compare what is of one type.

workflow(
  {
    n: 1,
    text: "a" as "a" | "b",
    flag: true,
    day: new Date(),
    id: 1n,
    link: new URL("https://example.com"),
    list: [1],
    maybe: null as number | null,
    of: { a: 1 },
    some: new Set([1]),
  },
  ({ n, text, flag, day, id, link, list, maybe, of, some }) => {
    const holds: Condition = and(
      gt(n, 1),
      ge(n, n),
      lt(day, new Date()),
      le(text, text),
      eq(id, 2n),
      ne(link, new URL("https://example.org")),
      isIn(text, ["a"]),
      isIn(n, list),
      or(isTrue(flag), isNull(maybe)),
      not(eq(maybe, null)),
    );
    void holds;
    // @ts-expect-error a number and a text
    eq(n, "1");
    // @ts-expect-error a number and the Ref of a text
    eq(n, text);
    // @ts-expect-error the Ref first
    eq(1, n);
    // @ts-expect-error a list has no order, and is compared in a task
    eq(list, [1]);
    // @ts-expect-error an object is compared in a task
    eq(of, { a: 1 });
    // @ts-expect-error what is in a Set is for tasks
    eq(some, new Set([1]));
    // @ts-expect-error a number has no order with a Date
    gt(day, 1);
    // @ts-expect-error null has no order: isNull(maybe)
    gt(maybe, 1);
    // @ts-expect-error bigints cross as texts, which have another order
    gt(id, 1n);
    // @ts-expect-error a number is not true: gt(n, 0)
    isTrue(n);
    // @ts-expect-error a text is not true: ne(text, "")
    isTrue(text);
    // @ts-expect-error a list second
    isIn(n, 1);
    // @ts-expect-error of another type
    isIn(n, ["1"]);
    // @ts-expect-error a boolean's Ref is no condition: isTrue(flag)
    and(flag);
    // @ts-expect-error a boolean is known already
    or(true);
    // @ts-expect-error a boolean's Ref is no condition: isTrue(flag)
    not(flag);
    // @ts-expect-error one condition
    not(gt(n, 1), gt(n, 2));

    // Ways give what each of them gives; one that fails gives nothing.
    expectType<Ref<number | string>>()(
      conditional(
        gt(n, 1),
        () => n,
        () => text as Ref<string>,
      ),
    );
    expectType<Ref<number>>()(
      conditional(
        gt(n, 1),
        () => n,
        () => fail("Low", text),
      ),
    );
    expectType<Ref<null | number[]>>()(
      choose(
        [
          [gt(n, 2), () => list],
          [gt(n, 1), () => fail("Odd", "x")],
        ],
        () => null,
      ),
    );
    // @ts-expect-error without what is done otherwise
    conditional(gt(n, 1), () => n);
    // @ts-expect-error a branch is a function
    conditional(gt(n, 1), n, () => 0);
    conditional(
      gt(n, 1),
      // @ts-expect-error a traced function must return at once
      async () => n,
      () => 0,
    );
    // @ts-expect-error a list of pairs
    choose([gt(n, 1), () => 1], () => 2);
    // @ts-expect-error a traced function must return at once
    choose([[gt(n, 1), async () => 1]], () => 2);
    conditional(
      gt(n, 1),
      () => 1,
      // @ts-expect-error a name is known while it is traced
      () => fail(text, "x"),
    );
    conditional(
      gt(n, 1),
      () => 1,
      // @ts-expect-error a message is needed
      () => fail("Low"),
    );
    conditional(
      gt(n, 1),
      () => 1,
      // @ts-expect-error a message is a text: expr.format`${n}`
      () => fail("Low", n),
    );
    return null;
  },
);

// Loops: the state's type is what it begins with, and each round gives one of it.

const page = task(async ({ cursor }: { cursor: number | null }) => ({ items: [""], cursor }), { name: "page" });
workflow({ start: 1, text: "" }, ({ start, text }) => {
  const all = whileLoop({
    state: { items: [] as string[], cursor: start as Ref<number | null> },
    while: ({ cursor }) => not(isNull(cursor)),
    do: ({ cursor }) => page({ cursor }),
    maxIterations: 10,
  });
  expectType<Ref<{ items: string[]; cursor: number | null }>>()(all);
  expectType<Ref<number>>()(
    repeatUntil({ state: start, do: (n) => expr.add(n, 1), until: (n) => gt(n, 3), maxIterations: 5 }),
  );
  // @ts-expect-error without an end
  whileLoop({ state: start, while: (n) => gt(n, 1), do: (n) => n });
  // @ts-expect-error until is repeatUntil's
  whileLoop({ state: start, until: (n) => gt(n, 1), do: (n) => n, maxIterations: 1 });
  // @ts-expect-error while is whileLoop's
  repeatUntil({ state: start, while: (n: Ref<number>) => gt(n, 1), do: (n) => n, maxIterations: 1 });
  // @ts-expect-error a condition is made of Refs
  whileLoop({ state: start, while: () => true, do: (n) => n, maxIterations: 1 });
  // @ts-expect-error the next state is a number too
  whileLoop({ state: start, while: (n) => gt(n, 1), do: () => text, maxIterations: 1 });
  // @ts-expect-error a field of the next state is missing
  whileLoop({ state: { n: start, text }, while: ({ n }) => gt(n, 1), do: ({ n }) => ({ n }), maxIterations: 1 });
  // @ts-expect-error a traced function must return at once
  whileLoop({ state: start, while: (n) => gt(n, 1), do: async (n) => n, maxIterations: 1 });
  // @ts-expect-error how often at most is known while it is traced
  whileLoop({ state: start, while: (n) => gt(n, 1), do: (n) => n, maxIterations: start });
  // @ts-expect-error there is no such option
  repeatUntil({ state: start, do: (n) => n, until: (n) => gt(n, 1), maxIterations: 1, delay: 1 });
  return all;
});

// What a state machine computes by itself.

workflow(
  { n: 1, text: "a", texts: ["a"], list: [1], of: { a: 1, b: "x" }, day: new Date(), id: 1n, flag: true, m: new Map() },
  ({ n, text, texts, list, of, day, id, flag, m }) => {
    expectType<Ref<number>>()(expr.length(list));
    // @ts-expect-error a text's length is for a task
    expr.length(text);
    // @ts-expect-error what is known is computed in TypeScript
    expr.length([1]);
    // @ts-expect-error what is in a Map is for tasks
    expr.length(m);
    expectType<Ref<number[]>>()(expr.range(0, n));
    // @ts-expect-error from and to
    expr.range(n);
    // @ts-expect-error a text is no number
    expr.range(0, text);
    expectType<Ref<string[]>>()(expr.slice(texts, 1));
    expectType<Ref<number[]>>()(expr.slice(list, 0, n));
    // @ts-expect-error a part of a text is for a task
    expr.slice(text, 1);
    // @ts-expect-error from where
    expr.slice(list);
    const merged = expr.merge(of, { b: 2, c: text });
    expectType<Ref<number>>()(merged.a);
    expectType<Ref<number>>()(merged.b);
    expectType<Ref<string>>()(merged.c);
    // @ts-expect-error neither has such a field
    void merged.d;
    // @ts-expect-error a list has no fields to merge
    expr.merge(list, of);
    // @ts-expect-error what is in a Map is for tasks
    expr.merge(m, of);
    // @ts-expect-error a Date has none
    expr.merge(of, day);
    // @ts-expect-error two objects
    expr.merge(of);
    expectType<Ref<string>>()(expr.join(texts, ", "));
    expr.join([text, "b"], text);
    // @ts-expect-error numbers are no texts
    expr.join(list, ", ");
    // @ts-expect-error with what between them
    expr.join(texts);
    expectType<Ref<string>>()(expr.format`${text} ${n} ${flag} ${day} ${id} ${1}`);
    // @ts-expect-error an object has many forms
    expr.format`${of}`;
    // @ts-expect-error a list has many forms: expr.join
    expr.format`${texts}`;
    // @ts-expect-error it is a tag
    expr.format("a", text);
    expectType<Ref<number>>()(expr.add(n, 1));
    expectType<Ref<number>>()(expr.sub(1, n));
    expectType<Ref<number>>()(expr.mul(n, n));
    expectType<Ref<number>>()(expr.div(n, 2));
    expectType<Ref<number>>()(expr.mod(n, 2));
    expectType<Ref<number>>()(expr.min(n, 2));
    expectType<Ref<number>>()(expr.max(n, 2));
    expectType<Ref<number>>()(expr.round(n));
    // @ts-expect-error texts are joined by expr.format
    expr.add(text, "b");
    // @ts-expect-error bigints are for tasks
    expr.add(id, 1n);
    // @ts-expect-error two numbers
    expr.max(n);
    // @ts-expect-error two numbers
    expr.min(n, n, n);
    // @ts-expect-error a list is for a task
    expr.max(list);
    // @ts-expect-error Dates are compared by gt and lt
    expr.sub(day, day);
    // @ts-expect-error a text is no number
    expr.round(text);
    expectType<Ref<{ x: number }>>()(expr.parse<{ x: number }>(text));
    expectType<Ref<unknown>>()(expr.parse(text));
    // @ts-expect-error it is a value already
    expr.parse(of);
    // @ts-expect-error what is known is parsed in TypeScript
    expr.parse("{}");
    expectType<Ref<string>>()(expr.hash(text));
    // @ts-expect-error a text
    expr.hash(of);
    // @ts-expect-error a text
    expr.hash(n);
    expectType<Ref<string>>()(expr.uuid());
    // @ts-expect-error it takes nothing
    expr.uuid(4);
    expectType<Ref<Date>>()(expr.now());
    // @ts-expect-error it takes nothing
    expr.now("UTC");
    // @ts-expect-error there is no such function: in a task
    expr.upper(text);
    // @ts-expect-error the functions are Lambent's
    expr.add = expr.sub;
    return mapTask(measure)({ text: expr.slice(texts, 0, 2) });
  },
);

// Instances cross whole; JSON's values are read field by field.

const values = task(
  async () => ({
    date: new Date(),
    big: 1n,
    map: new Map([["a", 1]]),
    set: new Set([new Date()]),
    bytes: new Uint8Array(1),
    url: new URL("https://example.com"),
    buffer: Buffer.from("a"),
    file: await S3File.from("a.txt", "txt"),
  }),
  { name: "values" },
);
const taking = task(
  async (of: {
    date: Date;
    big: bigint;
    map: ReadonlyMap<string, number>;
    set: Set<Date>;
    bytes: Uint8Array;
    url: URL;
    file: S3File<"txt">;
  }) => of.big,
  { name: "taking" },
);
workflow({}, () => {
  const { date, big, map, set, bytes, url, file } = values({});
  expectType<Ref<URL>>()(url);
  expectType<Ref<Map<string, number>>>()(map);
  expectType<Ref<Set<Date>>>()(set);
  expectType<Ref<bigint>>()(taking({ date, big, map, set, bytes, url, file }));
  taking({ date: new Date(), big: 1n, map: new Map(), set: new Set(), bytes, url: new URL("a:"), file });
  // @ts-expect-error a text is no Date
  taking({ date: "2027-01-01", big, map, set, bytes, url, file });
  // @ts-expect-error a number is no bigint
  taking({ date, big: 1, map, set, bytes, url, file });
  // @ts-expect-error values of another type
  taking({ date, big, map: new Map([["a", "b"]]), set, bytes, url, file });
  // @ts-expect-error a list is no Set
  taking({ date, big, map, set: [new Date()], bytes, url, file });
  // @ts-expect-error a text is no URL
  taking({ date, big, map, set, bytes, url: "https://example.com", file });
  // @ts-expect-error another format
  taking({ date, big, map, set, bytes, url, file: values({}).file as Ref<S3File<"onnx">> });
  // @ts-expect-error a Ref is no part of a Map, which crosses as it is
  taking({ date, big, map: new Map([["a", expr.round(1 as never)]]), set, bytes, url, file });
  // @ts-expect-error a URL's fields are for tasks
  void url.host;
  // @ts-expect-error bytes are for tasks
  void bytes[0];
  // @ts-expect-error a Map's entries are for tasks
  map.get("a");
  // @ts-expect-error a file's content is for tasks
  file.text();
  return { date, parts: [big, url] };
});
// @ts-expect-error a class with methods
task(async () => ({ get: () => 1 }), { name: "method" });
// @ts-expect-error a symbol
task(async () => Symbol("x"), { name: "symbol" });
// @ts-expect-error weak collections
task(async () => new WeakMap<object, number>(), { name: "weak" });
// @ts-expect-error a promise in what it returns is not waited for
task(async () => ({ later: Promise.resolve(1) }), { name: "later" });
expectType<{ date: Date; n: number; of: Map<string, bigint> }>()(
  {} as Value<{ date: Ref<Date>; n: number; of: Ref<Map<string, bigint>> }>,
);

// Outputs that are kept.

const kept: TaskOptions<{ a: number; b: string }> = {
  cache: true,
  cacheVersion: "v1",
  cacheIgnore: ["b"],
  cacheSerialize: true,
  cacheTtlSeconds: 60,
};
task(async ({ a, b }: { a: number; b: string }) => `${a}${b}`, { ...kept, name: "kept" });
// @ts-expect-error a version is a text
task(async () => 1, { name: "a", cache: true, cacheVersion: 1 });
// @ts-expect-error a list, though of one
task(async ({ a }: { a: number }) => a, { name: "a", cache: true, cacheVersion: "v1", cacheIgnore: "a" });
// @ts-expect-error a number of seconds
task(async () => 1, { name: "a", cache: true, cacheVersion: "v1", cacheTtlSeconds: "1h" });
// @ts-expect-error true or false
task(async () => 1, { name: "a", cache: true, cacheVersion: "v1", cacheSerialize: 1 });
// @ts-expect-error nothing is kept that others could wait for
task(async () => 1, { name: "a", cacheSerialize: true });
// @ts-expect-error nothing is kept that inputs could be left out of
task(async ({ a }: { a: number }) => a, { name: "a", cache: false, cacheIgnore: ["a"] });
// @ts-expect-error what is kept is the task's, not a node's
task(async () => 1, { name: "a" }).withOverrides({ cache: true, cacheVersion: "v1" });

// The client.

const order = workflow(
  { id: required<string>(), since: required<Date>(Date), count: 1, note: undefined as string | undefined },
  ({ id, since, count }) => ({ id, since, lengths: [measure({ text: id }).length, count] }),
  { name: "order" },
);
interface Ordered {
  id: string;
  since: Date;
  lengths: number[];
}
const client = new Client({ endpoint: "http://127.0.0.1:8083" });
async function started(): Promise<void> {
  const execution = await client.start(order, { id: "a", since: new Date() }, { name: "one", overwriteCache: true });
  expectType<ExecutionHandle<Ordered>>()(execution);
  expectType<Ordered>()(await execution.result({ timeoutSeconds: 60, signal: AbortSignal.timeout(1) }));
  expectType<ExecutionStatus>()(await execution.status());
  await execution.signal({ node: "release", output: { approved: true } });
  await execution.signal({ error: "Refused", cause: "no" });
  await execution.signal({ heartbeat: true });
  await execution.cancel({ error: "Superseded", cause: "x" });
  expectType<ExecutionHandle<Ordered>>()(await client.attach("one", order));
  // @ts-expect-error since is a Date
  await client.start(order, { id: "a", since: 1 });
  // @ts-expect-error count is a number
  await client.start(order, { id: "a", since: new Date(), count: "1" });
  // @ts-expect-error there is no such input
  await client.start(order, { id: "a", since: new Date(), counts: 1 });
  // @ts-expect-error a task has no executions
  await client.start(measure, { text: "a" });
  // @ts-expect-error by its definition, not by its name
  await client.start("order", { id: "a" });
  // @ts-expect-error what is answered is not said
  await execution.signal({ node: "release" });
  // @ts-expect-error a cause has an error
  await execution.signal({ cause: "no" });
  // @ts-expect-error an output and an error
  await execution.signal({ output: 1, error: "Refused" });
  // @ts-expect-error a heartbeat is not refused
  await execution.signal({ heartbeat: false });
  // @ts-expect-error seconds
  await execution.result({ timeout: 60 });
  // @ts-expect-error there is no such option
  await execution.cancel({ reason: "x" });
  // @ts-expect-error names are texts
  await client.start(order, { id: "a", since: new Date() }, { name: 1 });
  // @ts-expect-error a status of another system
  if ((await execution.status()) === "SUCCESS") return;
}
// @ts-expect-error there is no such option
void new Client({ url: "http://127.0.0.1:8083" });
// @ts-expect-error a region is a text
void new Client({ region: 1 });
export function tell(error: unknown): string | undefined {
  if (error instanceof InvalidInputs) return error.problems.join();
  if (error instanceof ExecutionNameTaken || error instanceof StillRunning) return error.executionArn;
  if (error instanceof ExecutionError) return error.node;
  return undefined;
}
void started;
