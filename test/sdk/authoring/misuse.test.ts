import { describe, expect, test } from "vitest";
import {
  ActorEnvironment,
  LambentError,
  after,
  and,
  approve,
  awsCall,
  choose,
  conditional,
  dynamic,
  eq,
  expr,
  fail,
  ge,
  gt,
  isIn,
  isNull,
  isTrue,
  launchPlan,
  lazy,
  lt,
  mapTask,
  not,
  or,
  partial,
  required,
  sleep,
  sleepUntil,
  task,
  tryCatch,
  whileLoop,
  workflow,
  type Workflow,
  type Ref,
} from "lambent";
import { run } from "lambent/local";
import { describeService } from "../../../sdk/authoring/service.ts";

const evaluate = task(async function evaluate({ a }: { a: unknown; list?: unknown }) {
  return a === null;
});

const empty = workflow({}, () => null, { name: "wf" });

const cyclic: Record<string, unknown> = {};
cyclic["b"] = { c: cyclic };

function deep(levels: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < levels; level++) value = [value];
  return value;
}

/** What is thrown while a workflow with one input of each type is traced. */
function traced(fn: (refs: { flag: Ref<boolean>; n: Ref<number>; list: Ref<number[]> }) => unknown): () => unknown {
  // What is tested is what TypeScript would refuse.
  return () => workflow({ flag: true, n: 1, list: [1] }, fn as never, { name: "wf" });
}

type Misuse = Parameters<typeof traced>[0];

const CANNOT =
  "which cannot cross between tasks: they pass plain data, Date, bigint, Map, Set, Uint8Array, URL and S3File to each other";

test.each<[string, string, () => unknown]>([
  ["a task's inputs", "evaluate.a.b.c", traced(() => evaluate({ a: cyclic }))],
  ["a task's inputs themselves", "evaluate.b.c", traced(() => evaluate(cyclic as never))],
  ["inputs beside a Ref", "evaluate.a[1].b.c", traced(({ n }) => evaluate({ a: [n, cyclic] }))],
  ["a workflow's output", "wf's output.b.c", traced(() => cyclic)],
  ["a default", "wf's default of n.b.c", () => workflow({ n: cyclic }, () => 1, { name: "wf" })],
  ["a map's list", "mapTask(evaluate).a[0].b.c", traced(() => mapTask(evaluate)({ a: [cyclic] }))],
  ["what is bound", "evaluate.list.b.c", traced(() => partial(evaluate, { list: cyclic })({ a: 1 }))],
  [
    "a branch's output",
    "the first branch of conditional(…)'s output.b.c",
    traced(({ flag }) =>
      conditional(
        isTrue(flag),
        () => cyclic,
        () => 1,
      ),
    ),
  ],
  [
    "a nested workflow's input",
    "inner.a.b.c",
    traced(() => workflow({ a: null as unknown }, ({ a }) => a, { name: "inner" })({ a: cyclic })),
  ],
  [
    "a schedule's input",
    "workflow wf: schedule.input.n.b.c",
    () =>
      workflow({ n: 1 }, () => 1, {
        name: "wf",
        schedule: { expression: "rate(1 hour)", input: { n: cyclic as never } },
      }),
  ],
])("%s that contains itself is refused with its path", (_, path, trace) => {
  expect(trace).toThrow(`${path} is a value that contains itself, ${CANNOT}`);
});

test("a value may be in a workflow twice, and 500 levels deep, but no deeper", () => {
  const shared = { x: 1 };
  expect(traced(({ n }) => evaluate({ a: [shared, shared, n] }))).not.toThrow();
  expect(traced(() => deep(500))).not.toThrow();
  expect(traced(() => deep(501))).toThrow(/^wf's output(\[0\]){25} is nested more than 500 levels deep, which cannot/);
  expect(traced(({ n }) => evaluate({ a: [n, deep(100_000)] }))).toThrow("is nested more than 500 levels deep");
});

test("what JSON has no form for is refused in a list too, be it a hole", () => {
  expect(traced(() => evaluate({ a: [1, undefined] }))).toThrow(`evaluate.a[1] is undefined, ${CANNOT}`);
  // oxlint-disable-next-line no-sparse-arrays
  expect(traced(() => [, 1])).toThrow(`wf's output[0] is undefined, ${CANNOT}`);
  expect(traced(({ n }) => evaluate({ a: eq(n, 1) }))).toThrow(`evaluate.a is a Condition, ${CANNOT}`);
  expect(traced(() => evaluate({ a: { "an odd name": evaluate } }))).toThrow('evaluate.a["an odd name"] is a function');
});

test("a Ref in a Map or a Set is refused with its place, and with what to do", () => {
  const remedy =
    "is a Ref in a Map or a Set, which a workflow passes on as they are: pass the Ref, in a list or an object, and make the Map or the Set of it in a task";
  expect(traced(({ n }) => evaluate({ a: new Map([["x", n]]) }))).toThrow(`evaluate.a[0][1] ${remedy}`);
  expect(traced(({ n }) => ({ s: new Set([{ deep: [n] }]) }))).toThrow(`wf's output.s[0].deep[0] ${remedy}`);
});

test("what has no fields to merge is refused by expr.merge while it is traced", () => {
  const takes = "expr.merge(…) takes an object with fields, or the Ref of one, and was given a";
  for (const [given, name] of [
    [new Map(), "Map"],
    [new Date(0), "Date"],
    [[1], "list"],
  ] as const)
    expect(traced(({ n }) => expr.merge(given as never, { n }))).toThrow(`${takes} ${name}`);
});

const PLAIN = "a plain value is known before the workflow runs, so use a plain if";
const MADE = "takes Conditions, made by eq, ne, gt, ge, lt, le, isIn, isTrue, isNull, and, or, not; it was given";

test.each<[string, Parameters<typeof traced>[0]]>([
  [`not(…) ${MADE} true: ${PLAIN}`, () => not(true as never)],
  [`or(…) ${MADE} "x": ${PLAIN}`, () => or("x" as never)],
  [`and(…) ${MADE} the Ref flag: where it is a boolean, write isTrue(…) around it`, ({ flag }) => and(flag as never)],
  [`and(…) ${MADE} undefined: ${PLAIN}`, ({ n }) => and(eq(n, 1), undefined as never)],
  [
    "eq(…) compares a Ref with a value; its first argument is 1, which is known already: use a plain if",
    () => eq(1 as never, 2 as never),
  ],
  [
    "eq(…) compares a Ref with a value; its first argument is 1, write the Ref first",
    ({ n }) => eq(1 as never, n as never),
  ],
  [
    "gt(…) compares a Ref with a value; its first argument is an object, which is known",
    () => gt({} as never, 1 as never),
  ],
  [
    "gt(…) compares a Ref with a number, a string or a Date, or with a Ref; its second argument is null",
    ({ n }) => gt(n, null as never),
  ],
  [
    "lt(…) compares a Ref with a number, a string or a Date, or with a Ref; its second argument is an object",
    ({ n }) => lt(n, {} as never),
  ],
  [
    "eq(…) compares a Ref with a string, a number, a boolean, null, a Date, a bigint or a URL, or with a Ref; its second argument is a list",
    ({ n }) => eq(n, [] as never),
  ],
  ["isTrue(…) takes a Ref; it was given 3, which is known already: use a plain if", () => isTrue(3 as never)],
  ["isNull(…) takes a Ref; it was given null, which is known already: use a plain if", () => isNull(null as never)],
  [
    `conditional(…) ${MADE} the Ref flag: where it is a boolean, write isTrue(…) around it`,
    ({ flag }) =>
      conditional(
        flag as never,
        () => 1,
        () => 2,
      ),
  ],
  [
    `conditional(…) ${MADE} null: ${PLAIN}`,
    () =>
      conditional(
        null as never,
        () => 1,
        () => 2,
      ),
  ],
  [
    "conditional(…) takes a function for each of its branches, such as () => 1; it was given 2",
    ({ flag }) => conditional(isTrue(flag), () => 1, 2 as never),
  ],
  [
    "choose(…) takes a list of pairs first, each a condition and its branch: choose([[gt(n, 1), () => …]], () => …); it was given a list",
    () => choose([], () => 1),
  ],
  [
    "choose(…) takes a list of pairs first, each a condition and its branch: choose([[gt(n, 1), () => …]], () => …); it was given a list",
    ({ n }) => choose([gt(n, 1), () => 1] as never, () => 1),
  ],
  [`choose(…) ${MADE} true: ${PLAIN}`, () => choose([[true as never, () => 1]], () => 2)],
  [
    "the third branch of choose(…)'s output is a function",
    ({ n }) =>
      choose(
        [
          [gt(n, 1), () => 1],
          [gt(n, 0), () => 2],
        ],
        () => (() => 3) as never,
      ),
  ],
  ["isIn(…) takes a Ref first; it was given 1, which is known already: use a plain if", () => isIn(1 as never, [])],
  ["isIn(…) takes a list second; it was given 1", ({ n }) => isIn(n, 1 as never)],
  [
    "isIn(…) compares a Ref with a string, a number, a boolean or null, or with a Ref; one of its values is a list",
    ({ n }) => isIn(n, [1, [2]] as never),
  ],
  [
    "ge(…) compares a Ref with a number, a string or a Date, or with a Ref; its second argument is true",
    ({ n }) => ge(n, true as never),
  ],
  [
    'workflow wf: fail("Refused", …) is called in each of its executions: call it in a branch of conditional(…) or choose(…)',
    () => fail("Refused", "no"),
  ],
  [
    "conditional(…) fails on every branch (A, B), so nothing after it could run: let one branch return a value",
    ({ n }) =>
      conditional(
        gt(n, 1),
        () => fail("A", "a"),
        () => fail("B", "b"),
      ),
  ],
  [
    'fail("States.Timeout", …): names that begin with States. are Step Functions\' own',
    () => fail("States.Timeout", "x"),
  ],
  ['fail(…) takes an error\'s name first, such as "TooExpensive"', () => fail("", "x")],
  [
    'fail("A", …) takes a text, or the Ref of one, as its message; it was given an object',
    () => fail("A", { text: "x" } as never),
  ],
  ...["1.5h", "soon", -1, 0.5, Number.NaN, null, {}].map((duration): [string, Misuse] => [
    'sleep(…) takes a whole number of seconds, 0 or more, or a text such as "90s", "5m", "2h" or "7d"; it was given ',
    () => sleep(duration as never),
  ]),
  ['sleep(…): Step Functions takes 99999999 seconds at most; it was given "1158d"', () => sleep("1158d")],
  ...["2027-01-01", "2027-13-01T00:00:00Z", new Date(Number.NaN), 0].map((time): [string, Misuse] => [
    'sleepUntil(…) takes a Date, or a time with its zone such as "2027-01-01T09:00:00+01:00"; it was given ',
    () => sleepUntil(time as never),
  ]),
  [
    "workflow wf: nothing comes before or after sleep, so that only the end would wait for it, and all else would run at once: write after(sleep(…), () => …)",
    ({ n }) => {
      sleep("1m");
      return evaluate({ a: n });
    },
  ],
  [
    "the first branch of conditional(…): nothing comes before or after sleepUntil",
    ({ n }) =>
      conditional(
        gt(n, 1),
        () => {
          const when = after(n, () => sleepUntil("2027-01-01T09:00:00Z")); // an input is there from the start
          return { evaluated: evaluate({ a: n }), when: when === null };
        },
        () => 0,
      ),
  ],
  [
    "whileLoop(…).do: nothing comes before or after sleep",
    ({ n }) =>
      whileLoop({
        state: n,
        while: (state) => gt(state, 1),
        do: (state) => {
          sleep(5);
          evaluate({ a: state });
          return state;
        },
        maxIterations: 3,
      }),
  ],
  [
    "tryCatch(…): its first function calls nothing, so nothing could fail: call a task in it",
    ({ n }) =>
      tryCatch(
        () => n,
        () => 0,
      ),
  ],
  [
    "tryCatch(…) fails in both of its functions (A, B), so nothing after it could run: let one return a value",
    () =>
      tryCatch(
        () => fail("A", "a"),
        () => fail("B", "b"),
      ),
  ],
  [
    "tryCatch(…) takes what may fail first, such as () => call({}); it was given the Ref n",
    ({ n }) => tryCatch(n as never, () => 0),
  ],
  [
    "tryCatch(…) takes a function of the error second, such as (error) => error.message; it was given undefined",
    () => tryCatch(() => 0, undefined as never),
  ],
  [
    "tryCatch(…) has no option error; it has: errors",
    () =>
      tryCatch(
        () => fail("A", "a"),
        () => 0,
        { error: [TypeError] } as never,
      ),
  ],
  [
    "tryCatch(…): no task fails with the error States.TimeOut: did you mean States.Timeout?",
    () =>
      tryCatch(
        () => fail("A", "a"),
        () => 0,
        { errors: ["States.TimeOut"] },
      ),
  ],
  [
    "tryCatch(…): errors must name at least one error; without it all are meant",
    () =>
      tryCatch(
        () => fail("A", "a"),
        () => 0,
        { errors: [] },
      ),
  ],
  [
    "uses caught.message, which is not known in this part of wf",
    () => {
      let kept: unknown;
      tryCatch(
        () => fail("A", "a"),
        (error) => {
          kept = error.message;
          return 0;
        },
      );
      return kept;
    },
  ],
  ["the first function of tryCatch(…) is async", () => tryCatch((async () => fail("A", "a")) as never, () => 0)],
  ['approve("release") needs a timeout, such as "7d"', () => approve("release", {} as never)],
  [
    'approve("to release"): its name is the node\'s, by which it is answered',
    () => approve("to release", { timeout: 1 }),
  ],
  ['approve("a"): notify takes a task', () => approve("a", { timeout: 1, notify: 3 as never })],
  ['approve("a"): heartbeat is 60 s', () => approve("a", { timeout: 60, heartbeat: "1m" })],
  [
    "mapTask(weigh): weigh waits for its token",
    () => mapTask(task(() => 1, { name: "weigh", token: true }))({} as never),
  ],
  ["task slow: heartbeat is of tasks that wait for their token", () => task(() => 1, { name: "slow", heartbeat: 5 })],
  ["mapTask(…) takes a task, made by task() or actor.task(), or a workflow, not 3", () => mapTask(3 as never)],
  [
    "mapTask(…) takes a task, made by task() or actor.task(), or a workflow, not the function parseInt",
    () => mapTask(parseInt as never),
  ],
  [
    "partial(…) takes a task, made by task() or actor.task(), or a workflow, not a Date",
    () => partial(new Date(0) as never, {}),
  ],
  [
    "partial(evaluate, …) takes one object of inputs to bind, { name: value }, not the Ref n",
    ({ n }) => partial(evaluate, n as never),
  ],
  [
    "evaluate takes one object of inputs, evaluate({ name: value }), not undefined",
    () => (evaluate as unknown as () => unknown)(),
  ],
  [
    "inner takes one object of inputs, inner({ name: value }), not the Ref list[0]",
    ({ list }) => workflow({}, () => 1, { name: "inner" })(list[0] as never),
  ],
])("%s", (message, fn) => {
  expect(traced(fn)).toThrow(message);
});

test("a workflow without inputs to declare or a function to trace, and a task without a function, are refused", () => {
  expect(() => workflow(undefined as never, () => 1, { name: "wf" })).toThrow(
    "workflow(…) takes an object of inputs, each with its default, first; not undefined",
  );
  expect(() => workflow({}, 3 as never)).toThrow("workflow(…) takes a function to trace second, not 3");
  expect(() => task(evaluate.taskName as never)).toThrow('a task is made of a function, not of "evaluate"');
});

interface Item {
  next: Item;
}

test.each<[string, (item: Ref<Item>) => unknown, RegExp]>([
  [
    "calls",
    (item) => evaluate({ a: item }),
    /^workflow loops .*: it has called more than 20000 tasks and the like, evaluate20001 last\. A loop/,
  ],
  ["reads", () => undefined, /^workflow loops .*: it has read 100000 fields of Refs, one of item last\. A loop/],
])("a loop whose condition is a Ref ends, and is told with workflow and call: one that %s", (_, step, message) => {
  expect(() =>
    workflow({ item: {} as never as Item }, function loops({ item }) {
      while (item.next) step(item.next);
      return item;
    }),
  ).toThrow(message);
});

test("a loop that goes from field to field of a Ref ends", () => {
  expect(() =>
    workflow({ item: {} as never as Item }, function loops({ item }) {
      let last: Ref<Item> = item;
      while ("next" in Object.freeze({ next: last })) last = last.next;
      return last;
    }),
  ).toThrow("workflow loops does not come to an end: it reads item.next.next.next… more than 500 fields deep");
});

describe("options that are null", () => {
  const tasks = {
    one: task(async function one(): Promise<number> {
      return 1;
    }),
  };
  const none = null as never;
  async function fn(): Promise<number> {
    return 1;
  }
  const taskOptions = ["name", "cache", "cacheVersion", "retries", "timeout"];
  const actorOptions = [
    "name replicaCount ttlSeconds warmStart whenBusy cache memorySize timeout ephemeralStorageSize architecture",
    "environment secrets vpc layers containerImage",
  ].flatMap((names) => names.split(" "));
  test.each<[what: string, use: () => unknown]>([
    ...taskOptions.map((name): [string, () => unknown] => [
      `task fn: ${name} is null`,
      () => task(fn, { [name]: null }),
    ]),
    ["task one: withOverrides(…): retries is null", () => tasks.one.withOverrides({ retries: none })],
    ["task one: withOverrides(…): its options must be an object, not null", () => tasks.one.withOverrides(none)],
    ["task(…): its options must be an object, not null", () => task(async () => 1, none)],
    [
      'task fn: retries must be a whole number of retries, 0 or more, not "3"',
      () => task(fn, { retries: "3" as never }),
    ],
    ["actor a: cache: maxEntries is null", () => new ActorEnvironment({ name: "a", cache: { maxEntries: none } })],
    [
      "actor a: vpc.subnetIds takes texts, not 3",
      () => new ActorEnvironment({ name: "a", vpc: { subnetIds: [3 as never], securityGroupIds: ["sg-1"] } }),
    ],
    ["task fn: its options must be an object, not null", () => task(fn, none)],
    ["task fn: name must be a text, not 3", () => task(fn, { name: 3 as never })],
    ["task fn: errors must be a list", () => task(fn, { retries: { maxAttempts: 1, errors: none } })],
    ["task fn: intervalSeconds must be", () => task(fn, { retries: { maxAttempts: 1, intervalSeconds: none } })],
    ["task fn: backoffRate must be", () => task(fn, { retries: { maxAttempts: 1, backoffRate: none } })],
    ["task fn: maxDelaySeconds must be", () => task(fn, { retries: { maxAttempts: 1, maxDelaySeconds: none } })],
    ["task fn: jitter must be", () => task(fn, { retries: { maxAttempts: 1, jitter: none } })],
    ["task fn: retries must be", () => task(fn, { retries: { maxAttempts: none } })],
    ["mapTask(one): minSuccessRatio is null", () => mapTask(tasks.one, { minSuccessRatio: none })],
    ["mapTask(one): concurrency is null", () => mapTask(tasks.one, { concurrency: none })],
    ["mapTask(one): its options must be an object, not null", () => mapTask(tasks.one, none)],
    [
      'workflow wf: failurePolicy must be "atOnce" or "afterExecutable", not "later"',
      () => workflow({}, function wf() {}, { failurePolicy: "later" as never }),
    ],
    [
      "workflow wf: timeout must be a whole number of seconds, not 0.5",
      () => workflow({}, function wf() {}, { timeout: 0.5 }),
    ],
    [
      "workflow wf: timeout must be 300 seconds at most, which an EXPRESS execution lasts, not 301",
      () => workflow({}, function wf() {}, { type: "EXPRESS", timeout: 301 }),
    ],
    [
      "workflow wf: onFailure must be a task or a workflow that takes { inputs, error }, not the function fn",
      () => workflow({}, function wf() {}, { onFailure: fn as never }),
    ],
    [
      'workflow wf: fail("A", …) is called in each of its executions',
      () =>
        workflow(
          {},
          function wf() {
            fail("A", "a");
          },
          { onFailure: tasks.one as never },
        ),
    ],
    [
      "workflow wf: withOverrides(…): timeout is of an execution, and of a task",
      () => workflow({}, function wf() {}).withOverrides({ timeout: 3 } as never),
    ],
    [
      "wf.start has no option name; it has: retries, timeout",
      () => workflow({}, function wf() {}).start.withOverrides({ name: 3 } as never),
    ],
    [
      "wf.start: timeout must be a whole number of seconds",
      () => workflow({}, function wf() {}).start.withOverrides({ timeout: 0 }),
    ],
    [
      "workflow wf was called outside of a workflow: start its state machine",
      () => workflow({}, function wf() {}).start({}),
    ],
    ["workflow wf: maxDepth must be a whole number, 0 or more", () => workflow({}, function wf() {}, { maxDepth: -1 })],
    [
      "workflow outer is of type EXPRESS, of which Step Functions lets no execution wait for one of type STANDARD, and it calls wf.start: call wf itself, or make wf EXPRESS or outer STANDARD",
      () => {
        const wf = workflow({}, function wf() {});
        workflow(
          {},
          function outer() {
            return wf.start({});
          },
          { type: "EXPRESS" },
        );
      },
    ],
    [
      "workflow wf: its function calls itself without an end while it is traced. A workflow cannot be within itself: start a further execution by the second parameter",
      () =>
        workflow({ n: 1 }, function wf({ n }): unknown {
          return wf({ n });
        }),
    ],
    [
      "workflow wf uses again, which is not made yet when its function is traced. To start wf itself, take it as the second parameter",
      () => {
        const again: Workflow<{ n?: number }, unknown> = workflow({ n: 1 }, ({ n }) => again({ n }) as unknown, {
          name: "wf",
        });
      },
    ],
    [
      'to start a workflow that is made later, lazy("again", () => again).start({ … })',
      () => {
        const again: Workflow<{ n?: number }, unknown> = workflow({ n: 1 }, ({ n }) => again.start({ n }) as unknown, {
          name: "wf",
        });
      },
    ],
    [
      'lazy("other", …): workflow other is not made yet, and a workflow cannot be within one that is within it: start it, lazy("other", …).start({ … })',
      () => workflow({}, () => (lazy("other", () => empty) as never as () => null)(), { name: "wf" }),
    ],
    [
      'mapTask(…): workflow other is not made yet, and its part of another workflow not known: give it lazy("other", …).start',
      () => mapTask(lazy("other", () => empty) as never),
    ],
    ["partial(…): workflow other is not made yet", () => partial(lazy("other", () => empty) as never, {})],
    ["lazy(…) takes the name of a workflow first", () => lazy((() => empty) as never, undefined as never)],
    ['lazy("wf", …) takes a function that gives the workflow, () => wf, not', () => lazy("wf", empty as never)],
    ["a workflow needs a name", () => lazy("", () => empty)],
    [
      "workflow wf: n is required",
      () => workflow({ n: required<number>() }, (_, self) => self.start({} as never), { name: "wf" }),
    ],
    [
      "workflow wf has no input m; it has: n",
      () => workflow({ n: 1 }, (_, self) => self.start({ m: 1 } as never), { name: "wf" }),
    ],
    [
      "workflow wf: withOverrides(…) has no option retry; it has: retries",
      () => workflow({}, function wf() {}).withOverrides({ retry: 3 } as never),
    ],
    [
      "workflow wf: withOverrides(…): retries must be a whole number of retries, 0 or more, not -1",
      () => workflow({}, function wf() {}).withOverrides({ retries: -1 }),
    ],
    ...["name", "type", "schedule"].map((name): [string, () => unknown] => [
      `workflow wf: ${name} is null`,
      () => workflow({}, function wf() {}, { [name]: null }),
    ]),
    ["workflow wf: its options must be an object, not null", () => workflow({}, function wf() {}, none)],
    ["new ActorEnvironment(…): its options must be an object, not null", () => new ActorEnvironment(none)],
    ...actorOptions.map((name): [string, () => unknown] => [
      `new ActorEnvironment(…): ${name} is null: give it a value, or leave it out`,
      () => new ActorEnvironment({ name: "a", [name]: null }),
    ]),
    [
      "actor a: vpc.subnetIds must be a list, not null",
      () => new ActorEnvironment({ name: "a", vpc: { subnetIds: none, securityGroupIds: [] } }),
    ],
    ['actor a: layers must be a list, not "x"', () => new ActorEnvironment({ name: "a", layers: "x" as never })],
    [
      "actor a: environment must be an object, not a list",
      () => new ActorEnvironment({ name: "a", environment: [] as never }),
    ],
    ["actor a: cache must be an object, not 3", () => new ActorEnvironment({ name: "a", cache: 3 as never })],
  ])("%s", (message, use) => {
    expect(use).toThrow(LambentError);
    expect(use).toThrow(message);
  });
});

describe("a dynamic is refused that could not be called", () => {
  const wait = task(async function wait() {}, { token: true });
  const inner = workflow({ n: 1 }, function inner({ n }) {
    return n;
  });
  const nested = dynamic({ evaluate }, function nested() {
    return [];
  });
  function planned(tasks: unknown, options: object = {}): () => unknown {
    return () =>
      dynamic(
        tasks as { evaluate: typeof evaluate },
        function plan() {
          return [];
        },
        options,
      );
  }
  test.each<[string, () => unknown]>([
    [
      "dynamic plan: the tasks that it may call come first, by their names: dynamic({ one, other }, function …), not a list",
      planned([evaluate]),
    ],
    ["dynamic plan: the tasks that it may call come first", planned({})],
    ["dynamic plan: the tasks that it may call come first", planned(evaluate)],
    ["dynamic plan: one is no task, made by task() or actor.task(), but 3", planned({ one: 3 })],
    [
      "dynamic plan: inner is the workflow inner, and a call is of a task: return the list of its inputs from a task, and give it to mapTask(inner)",
      planned({ inner }),
    ],
    ["dynamic plan: nested is a dynamic itself, and a call is of a task", planned({ nested })],
    [
      "dynamic plan: bound has a bound by partial(), which its function cannot see: declare the task itself, and give a in each call",
      planned({ bound: partial(evaluate, { a: 1 }) }),
    ],
    [
      "dynamic(…) takes the tasks that may be called first, and a function second, not undefined",
      () => dynamic({ evaluate }, undefined as never),
    ],
    ["dynamic plan: batch is of maps of one task", planned({ evaluate }, { batch: 3 })],
    ["dynamic plan: executionType is of maps of one task", planned({ evaluate }, { executionType: "EXPRESS" })],
    [
      "dynamic plan: its function returns the calls, so that nobody else can: token and heartbeat are of the tasks that it calls",
      planned({ wait }, { token: true }),
    ],
    ["dynamic plan has no option retry; it has: name, retries, timeout, cache,", planned({ evaluate }, { retry: 3 })],
    ["dynamic plan: concurrency must be a whole number, 1 or more, not 0", planned({ evaluate }, { concurrency: 0 })],
    ["dynamic plan: minSuccessRatio must lie between 0 and 1, not 2", planned({ evaluate }, { minSuccessRatio: 2 })],
    ["task plan: timeout must be a whole number of seconds, not -1", planned({ evaluate }, { timeout: -1 })],
    ["dynamic plan: its options must be an object, not null", planned({ evaluate }, null as never)],
    ["a task needs a name", () => dynamic({ evaluate }, () => [])],
    [
      "mapTask(…): the task nested is a dynamic, which is several states: map a workflow that calls it",
      () => mapTask(nested as never),
    ],
    [
      "dynamic nested was called outside of a workflow: to see which calls it would make, await nested.fn(…)",
      () => nested({}),
    ],
    ["nested takes one object of inputs", traced(({ n }) => nested(n as never))],
  ])("%s", (message, use) => {
    expect(use).toThrow(LambentError);
    expect(use).toThrow(message);
  });
});

describe("a launch plan is refused that could only start executions that fail", () => {
  const shop = workflow({ name: required<string>(), limit: 3 }, function shop({ limit }) {
    return limit;
  });
  const quick = workflow({}, function quick() {}, { type: "EXPRESS" });
  function plan(options: object): () => unknown {
    return () => launchPlan(shop, options as never);
  }
  const inputs = { name: "a" };
  test.each<[string, () => unknown]>([
    [
      "launchPlan(…) takes a workflow, made by workflow(), not the task evaluate",
      () => launchPlan(evaluate as never, {}),
    ],
    ["launchPlan(shop): its options must be an object, not undefined", () => launchPlan(shop, undefined as never)],
    ["launchPlan(shop) has no option input; it has: name, inputs, fixed,", plan({ input: {} })],
    [
      "launchPlan(shop): its inputs gives nam, but it has no such input; it has: name, limit",
      plan({ inputs: { nam: "a" } }),
    ],
    [
      "launchPlan(shop): inputs.limit must be of type number, as its default is, not string",
      plan({ inputs: { limit: "3" } }),
    ],
    ["launchPlan(shop): inputs.limit must be of type number", plan({ fixed: { limit: "3" } })],
    ["launchPlan(shop): inputs must be an object of inputs, by name, not a list", plan({ inputs: ["a"] })],
    [
      "launchPlan(shop): limit is among inputs and fixed: leave one of both out",
      plan({ inputs: { limit: 1 }, fixed: { limit: 2 } }),
    ],
    [
      "launchPlan(shop): its schedule must give name, which has no default: add it to inputs",
      plan({ schedule: "rate(1 day)" }),
    ],
    [
      "launchPlan(shop): its schedule rate(1 days) is none: write rate(1 day)",
      plan({ inputs, schedule: "rate(1 days)" }),
    ],
    [
      "launchPlan(shop): schedule must read rate(…), cron(…) or at(…), not an object",
      plan({ inputs, schedule: { expression: "rate(1 day)" } }),
    ],
    [
      `launchPlan(shop): its schedule's timezone "Berlin" is not known`,
      plan({ inputs, schedule: "rate(1 day)", timezone: "Berlin" }),
    ],
    [
      "launchPlan(shop): timezone is of what a schedule starts, and this plan has none",
      plan({ inputs, timezone: "UTC" }),
    ],
    ["launchPlan(shop): maxConcurrent is of what a schedule starts", plan({ inputs, maxConcurrent: 1 })],
    ["launchPlan(shop): enabled is of what a schedule starts", plan({ inputs, enabled: false })],
    [
      "launchPlan(shop): maxConcurrent must be a whole number, 1 or more, not 0",
      plan({ inputs, schedule: "rate(1 day)", maxConcurrent: 0 }),
    ],
    [
      "launchPlan(quick): maxConcurrent counts executions that run, and AWS lists none of workflow quick",
      () => launchPlan(quick, { schedule: "rate(1 day)", maxConcurrent: 1 }),
    ],
    [`launchPlan(shop): the launch plan's name "by night" must be a letter`, plan({ name: "by night" })],
    ["launchPlan(shop): name must be a text, not 3", plan({ name: 3 })],
  ])("%s", (message, use) => {
    expect(use).toThrow(LambentError);
    expect(use).toThrow(message);
  });
});

describe("awsCall", () => {
  function call(...args: readonly unknown[]): () => unknown {
    return () =>
      workflow(
        { id: "a" },
        ({ id }) =>
          Reflect.apply(
            awsCall,
            undefined,
            args.map((one) => (one === "ref" ? id : one)),
          ) as unknown,
        { name: "wf" },
      );
  }
  const sqs = "sqs:sendMessage.waitForTaskToken";
  test.each<[string, () => unknown]>([
    [
      'takes an action as a text, such as "dynamodb:getItem", which is known when the workflow is traced; it was given the Ref id',
      call("ref", {}),
    ],
    ['awsCall("getItem"): an action is written as "service:action"', call("getItem", {})],
    ['did you mean "dynamodb:getItem"?', call("DynamoDB:GetItem", {})],
    ["did you mean dynamodb:getItem?", call("dynamdb:getItem", {})],
    ["did you mean secretsmanager:getSecretValue?", call("secrets-manager:getSecretValue", {})],
    ["did you mean cloudwatchlogs:putLogEvents?", call("logs:putLogEvents", {})],
    ["did you mean sfn:describeExecution?", call("states:describeExecution", {})],
    [
      'awsCall("sqs:sendMessage.sync"): Step Functions has no .sync of sqs:sendMessage: leave it out',
      call("sqs:sendMessage.sync", {}),
    ],
    [
      "AWS SDK integrations do not wait for the end of a job: leave out .sync",
      call("aws-sdk:glue:startJobRun.sync", {}),
    ],
    ["write TableName for tableName", call("dynamodb:getItem", { tableName: "t" })],
    ['takes one object of parameters, { TableName: "t" }, not a list', call("dynamodb:getItem", [])],
    ["takes JSON, as the service does, and was given a Date", call("dynamodb:getItem", { Key: { at: new Date() } })],
    [
      "takes a function of the token, such as (token) => ({ MessageBody: { token } }); it was given an object",
      call(sqs, {}),
    ],
    ["heartbeat is of calls that wait for their token", call("sqs:sendMessage", {}, { heartbeat: 5 })],
    ["timeout", call("sqs:sendMessage", {}, { timeout: "soon" })],
    [
      'resource takes ARNs that are known when the service is deployed, or "*"; it was given',
      call("sqs:sendMessage", {}, { resource: "queue" }),
    ],
    ["leave out one", call("sqs:sendMessage", {}, { resource: "*", permissions: [] })],
    ["permissions are a list such as", call("sqs:sendMessage", {}, { permissions: [{}] })],
    ["awsCall was called outside of a workflow", () => awsCall("sqs:listQueues", {})],
  ])("%s", (message, use) => {
    expect(use).toThrow(LambentError);
    expect(use).toThrow(message);
  });
});

test.each<
  [
    message: string,
    other: (start: ReturnType<typeof lazy<{ n?: number }, unknown>>["start"]) => unknown,
    made: () => unknown,
  ]
>([
  [
    'lazy("other", …): its function is to give the workflow other, not undefined',
    (start) => start({}),
    () => undefined,
  ],
  ['lazy("other", …) gives the workflow wf: name that, lazy("wf", …)', (start) => start({}), () => empty],
  [
    "workflow quick is of type EXPRESS, of which Step Functions lets no execution wait for one of type STANDARD, and it calls other.start",
    (start) => workflow({}, () => start({}), { name: "quick", type: "EXPRESS" }).start({}),
    () => workflow({}, () => null, { name: "other" }),
  ],
  [
    "workflow other has no input n; it has: none",
    (start) => mapTask(partial(start, {}))({ n: [1] }),
    () => workflow({}, () => null, { name: "other" }),
  ],
  [
    "workflow other: n must be of type string, not number",
    (start) => workflow({}, () => start({ n: 1 }), { name: "inner" })({}),
    () => workflow({ n: "" }, () => null, { name: "other" }),
  ],
  [
    "workflow other: n is required",
    (start) => start({}),
    () => workflow({ n: required<number>() }, () => null, { name: "other" }),
  ],
])("a workflow that is named by lazy(…) is looked at when it is there: %s", async (message, other, made) => {
  const wf = workflow({}, () => other(lazy("other", made as never).start), { name: "wf" });
  await expect(run(wf)).rejects.toThrow(message);
  expect(() => describeService([{ wf }])).toThrow(message);
});
