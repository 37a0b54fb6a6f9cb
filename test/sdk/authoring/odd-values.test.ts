import { expect, test } from "vitest";
import {
  ActorEnvironment,
  after,
  approve,
  asset,
  choose,
  conditional,
  eq,
  expr,
  fail,
  gt,
  isTrue,
  LambentError,
  mapTask,
  partial,
  repeatUntil,
  required,
  sleep,
  task,
  tryCatch,
  waitForInput,
  warmAll,
  whileLoop,
  workflow,
  type Ref,
} from "lambent";
import { Client } from "lambent/client";

// Every argument and option of what authors call, given each of some odd values: what is accepted stands in the table, and
// all else is refused by a LambentError.

const evaluate = task(async function evaluate({ a }: { a: unknown }) {
  return a;
});
const inner = workflow({ a: 1 }, ({ a }) => a, { name: "inner" });

interface Refs {
  readonly n: Ref<number>;
  readonly list: Ref<number[]>;
  readonly text: Ref<string>;
}
/** What is tested is what TypeScript refuses: `never` is given wherever anything may be. */
type Use = (x: never, refs: Refs) => unknown;

const ODD: Readonly<Record<string, (refs: Refs) => unknown>> = {
  null: () => null,
  text: () => "x",
  empty: () => "",
  NaN: () => Number.NaN,
  negative: () => -1,
  infinite: () => Number.POSITIVE_INFINITY,
  zero: () => 0,
  half: () => 0.5,
  true: () => true,
  list: () => [],
  nulls: () => [null],
  object: () => ({}),
  bare: () => Object.create(null) as object,
  function: () => () => 1,
  symbol: () => Symbol("s"),
  bigint: () => 1n,
  date: () => new Date(Number.NaN),
  ref: ({ n }) => n,
  condition: ({ n }) => gt(n, 1),
};

function computed(name: string): (...args: readonly unknown[]) => unknown {
  return expr[name as keyof typeof expr] as (...args: readonly unknown[]) => unknown; // with what it does not take
}

const uses: [name: string, use: Use][] = [
  ["task fn", (x) => task(x)],
  ["task options", (x) => task(evaluate.fn, x)],
  ...[
    "name",
    "retries",
    "timeout",
    "heartbeat",
    "token",
    "cache",
    "cacheVersion",
    "cacheIgnore",
    "cacheSerialize",
    "cacheTtlSeconds",
    "affinityKey",
    "nope",
  ].map((k): [string, Use] => [
    `task ${k}`,
    (x) =>
      task(async () => 1, {
        name: "t",
        ...(k.startsWith("cache") && k !== "cache" ? { cache: true, cacheVersion: "v1" } : {}),
        [k]: x,
      } as never),
  ]),
  ...["maxAttempts", "intervalSeconds", "backoffRate", "maxDelaySeconds", "jitter", "errors", "nope"].map(
    (k): [string, Use] => [
      `retries.${k}`,
      (x) => task(async () => 1, { name: "t", retries: { maxAttempts: 1, [k]: x } }),
    ],
  ),
  ["retries.errors[0]", (x) => task(async () => 1, { name: "t", retries: { maxAttempts: 1, errors: [x] } })],
  ...["retries", "timeout", "heartbeat", "nope"].map((k): [string, Use] => [
    `withOverrides ${k}`,
    (x) => evaluate.withOverrides({ [k]: x } as never),
  ]),
  ["task call", (x) => evaluate(x)],
  ["workflow inputs", (x) => workflow(x, () => 1, { name: "w2" })],
  ["workflow fn", (x) => workflow({}, x, { name: "w2" })],
  ["workflow options", (x) => workflow({}, () => 1, x)],
  ...["name", "type", "schedule", "timeout", "onFailure", "failurePolicy", "nope"].map((k): [string, Use] => [
    `workflow ${k}`,
    (x) => workflow({}, () => evaluate({ a: 1 }), { name: "w2", [k]: x } as never),
  ]),
  ...["expression", "timezone", "input", "nope"].map((k): [string, Use] => [
    `schedule.${k}`,
    (x) => workflow({}, () => 1, { name: "w2", schedule: { expression: "rate(1 hour)", [k]: x } }),
  ]),
  ...["retries", "nope"].map((k): [string, Use] => [
    `wf.withOverrides ${k}`,
    (x) => inner.withOverrides({ [k]: x } as never),
  ]),
  ["wf call", (x) => inner(x)],
  ["mapTask first", (x) => mapTask(x)],
  ["mapTask options", (x) => mapTask(evaluate, x)],
  ["mapTask lists", (x) => mapTask(evaluate)(x)],
  ["mapTask list", (x) => mapTask(evaluate)({ a: x })],
  ...["concurrency", "minSuccessRatio", "batch", "batchBy", "concurrentItems", "mode", "executionType", "nope"].map(
    (k): [string, Use] => [`mapTask ${k}`, (x, { list }) => mapTask(evaluate, { [k]: x } as never)({ a: list })],
  ),
  ...["concurrency", "minSuccessRatio", "mode", "retries", "nope"].map((k): [string, Use] => [
    `mapTask wf ${k}`,
    (x, { list }) => mapTask(inner, { [k]: x } as never)({ a: list }),
  ]),
  ["partial first", (x) => partial(x, {})],
  ["partial second", (x) => partial(evaluate, x)],
  ["partial wf second", (x) => partial(inner, x)],
  ["sleep", (x) => after(sleep(x), () => evaluate({ a: 1 }))],
  ["waitForInput name", (x) => waitForInput(x, { timeout: 1 })],
  ["waitForInput opts", (x) => waitForInput("a", x)],
  ...["timeout", "heartbeat", "notify", "nope"].map((k): [string, Use] => [
    `waitForInput ${k}`,
    (x) => waitForInput("a", { timeout: 60, [k]: x } as never),
  ]),
  ["approve name", (x) => approve(x, { timeout: 1 })],
  ["approve opts", (x) => approve("a", x)],
  ...["timeout", "heartbeat", "notify", "schema"].map((k): [string, Use] => [
    `approve ${k}`,
    (x) => approve("a", { timeout: 60, [k]: x } as never),
  ]),
  ["tryCatch 1", (x) => tryCatch(x, () => 0)],
  ["tryCatch 2", (x) => tryCatch(() => evaluate({ a: 1 }), x)],
  [
    "tryCatch 3",
    (x) =>
      tryCatch(
        () => evaluate({ a: 1 }),
        () => 0,
        x,
      ),
  ],
  ...["errors", "nope"].map((k): [string, Use] => [
    `tryCatch ${k}`,
    (x) =>
      tryCatch(
        () => evaluate({ a: 1 }),
        () => 0,
        { [k]: x } as never,
      ),
  ]),
  [
    "tryCatch errors[0]",
    (x) =>
      tryCatch(
        () => evaluate({ a: 1 }),
        () => 0,
        { errors: [x] },
      ),
  ],
  ["choose ways", (x) => choose(x, () => 1)],
  ["choose way", (x) => choose([x], () => 1)],
  ["choose cond", (x) => choose([[x, () => 1]], () => 1)],
  ["choose then", (x, { n }) => choose([[gt(n, 1), x]], () => 1)],
  ["choose else", (x, { n }) => choose([[gt(n, 1), () => 1]], x)],
  [
    "conditional c",
    (x) =>
      conditional(
        x,
        () => 1,
        () => 2,
      ),
  ],
  ["conditional t", (x, { n }) => conditional(gt(n, 1), x, () => 2)],
  [
    "fail name",
    (x, { n }) =>
      conditional(
        gt(n, 1),
        () => 1,
        () => fail(x, "m"),
      ),
  ],
  [
    "fail msg",
    (x, { n }) =>
      conditional(
        gt(n, 1),
        () => 1,
        () => fail("F", x),
      ),
  ],
  ["whileLoop", (x) => whileLoop(x)],
  ["repeatUntil", (x) => repeatUntil(x)],
  ...["state", "while", "do", "maxIterations", "nope"].map((k): [string, Use] => [
    `whileLoop ${k}`,
    (x, { n }) => whileLoop({ state: n, while: () => gt(n, 1), do: () => n, maxIterations: 2, [k]: x } as never),
  ]),
  ["while returns", (x, { n }) => whileLoop({ state: n, while: () => x, do: (s) => s, maxIterations: 2 })],
  ["until returns", (x, { n }) => repeatUntil({ state: n, until: () => x, do: (s) => s, maxIterations: 2 })],
  ["do returns", (x, { n }) => repeatUntil({ state: n, until: (s) => gt(s, 1), do: () => x, maxIterations: 2 })],
  ["after 1", (x) => after(x, () => evaluate({ a: 1 }))],
  ["after 2", (x, { n }) => after(n, x)],
  [
    "eq 2",
    (x, { n }) =>
      conditional(
        eq(n, x),
        () => 1,
        () => 2,
      ),
  ],
  [
    "gt 1",
    (x) =>
      conditional(
        gt(x, 1),
        () => 1,
        () => 2,
      ),
  ],
  [
    "isTrue",
    (x) =>
      conditional(
        isTrue(x),
        () => 1,
        () => 2,
      ),
  ],
  ...["length", "parse", "hash", "round"].map((k): [string, Use] => [`expr.${k}`, (x) => computed(k)(x)]),
  ...["range", "slice", "merge", "join", "add", "div", "max"].flatMap((k): [string, Use][] => [
    [`expr.${k} 1`, (x, { n, text }) => computed(k)(x, k === "join" ? text : n)],
    [
      `expr.${k} 2`,
      (x, { n, list }) => computed(k)(k === "slice" || k === "join" ? list : k === "merge" ? evaluate({ a: 1 }) : n, x),
    ],
  ]),
  ["expr.format", (x, { n }) => expr.format`${n} ${x}`],
  ["expr.format call", (x) => computed("format")(x)],
  ["required", (x) => required(x)],
  ["asset", (x) => asset(x)],
  ["warmAll", (x) => warmAll(x)],
  ["Actor", (x) => new ActorEnvironment(x)],
  ...[
    "name",
    "replicaCount",
    "ttlSeconds",
    "warmStart",
    "whenBusy",
    "cache",
    "memorySize",
    "timeout",
    "ephemeralStorageSize",
    "architecture",
    "environment",
    "secrets",
    "vpc",
    "layers",
    "containerImage",
    "affinity",
    "nope",
  ].map((k): [string, Use] => [`actor.${k}`, (x) => new ActorEnvironment({ name: "a", [k]: x } as never)]),
  ["Client", (x) => new Client(x)],
  ...["endpoint", "aws", "region", "service", "stage", "nope"].map((k): [string, Use] => [
    `client.${k}`,
    (x) => new Client({ [k]: x } as never),
  ]),
];

const NUMBER_OR_REF = "negative zero half ref";
const FORMATTED = "text empty negative zero half true bigint ref";
/** The Date of the table is none, and is refused wherever it would cross. */
const CROSSES = "empty negative zero half true list nulls object bare bigint ref";

/** Those that are accepted, by what is given them; of all others none is. */
const ACCEPTED: Readonly<Record<string, string>> = {
  // A name is any text but the empty one.
  "task name": "text",
  "workflow name": "text",
  "actor.name": "text",
  "waitForInput name": "text",
  "approve name": "text",
  "fail name": "text",
  "retries.errors[0]": "text",
  "tryCatch errors[0]": "text",
  // So is what AWS alone can judge.
  "task cacheVersion": "text",
  "actor.containerImage": "text",
  "client.region": "text",
  "client.service": "text",
  "client.stage": "text",
  // A cause may be empty.
  "fail msg": "text empty ref",
  // Never again, at once, and a map that tolerates any number of failures.
  "task retries": "zero",
  "retries.maxAttempts": "zero",
  "withOverrides retries": "zero",
  "wf.withOverrides retries": "zero",
  "mapTask wf retries": "zero",
  sleep: "zero ref",
  "mapTask minSuccessRatio": "zero half",
  "mapTask wf minSuccessRatio": "zero half",
  "task cacheTtlSeconds": "half",
  "task token": "true",
  "task cacheSerialize": "true",
  "retries.jitter": "true",
  "actor.affinity": "true",
  "client.aws": "true",
  // An object or a list may be empty: all inputs of these tasks and workflows may be left out.
  "task call": "object bare",
  "wf call": "object bare",
  "workflow inputs": "object bare",
  "schedule.input": "object bare",
  "mapTask options": "object bare",
  "partial second": "object bare",
  "partial wf second": "object bare",
  "tryCatch 3": "object bare",
  "actor.cache": "object bare",
  "actor.environment": "object bare",
  "actor.secrets": "object bare",
  Client: "object bare",
  "task cacheIgnore": "list",
  "actor.layers": "list",
  // What is called while tracing may give a value without a Ref.
  "workflow fn": "function",
  "tryCatch 2": "function",
  "choose then": "function",
  "choose else": "function",
  "conditional t": "function",
  "whileLoop do": "function",
  // Conditions are of `gt` and the like alone, and these begin with a Ref.
  "choose cond": "condition",
  "conditional c": "condition",
  "while returns": "condition",
  "until returns": "condition",
  "gt 1": "ref",
  isTrue: "ref",
  "eq 2": `null ${FORMATTED}`,
  // What crosses between tasks. An option that is null is refused, as a state is one.
  "whileLoop state": `text ${CROSSES}`,
  "do returns": `null text ${CROSSES}`,
  "mapTask list": "list nulls ref",
  "after 1": "list ref",
  // What a Ref stands for is known when it runs. Without any Ref there is nothing to compute.
  "expr.length": "ref",
  "expr.parse": "ref",
  "expr.hash": "ref",
  "expr.round": "ref",
  "expr.range 1": "negative zero ref",
  "expr.range 2": "negative zero ref",
  "expr.slice 1": "list nulls ref",
  "expr.slice 2": "negative zero ref",
  "expr.merge 1": "object bare ref",
  "expr.merge 2": "object bare ref",
  "expr.join 1": "list nulls ref",
  "expr.join 2": "text empty ref",
  "expr.add 1": NUMBER_OR_REF,
  "expr.add 2": NUMBER_OR_REF,
  "expr.div 1": NUMBER_OR_REF,
  "expr.div 2": "negative half ref",
  "expr.max 1": NUMBER_OR_REF,
  "expr.max 2": NUMBER_OR_REF,
  "expr.format": FORMATTED,
};

/** What the use does with a value, in a workflow that is being traced. */
function outcome(use: Use, odd: (refs: Refs) => unknown): "accepted" | "refused" | Error {
  try {
    workflow({ n: 1, list: [1], text: "t" }, (refs) => (use(odd(refs) as never, refs), 1), { name: "wf" });
    return "accepted";
  } catch (error) {
    return error instanceof LambentError ? "refused" : (error as Error);
  }
}

test.each(uses)("%s takes what stands in the table, and refuses all else by name", (name, use) => {
  const outcomes = Object.fromEntries(Object.entries(ODD).map(([what, odd]) => [what, outcome(use, odd)]));
  const accepted = (ACCEPTED[name] ?? "").split(" ");
  expect(outcomes).toEqual(
    Object.fromEntries(Object.keys(ODD).map((what) => [what, accepted.includes(what) ? "accepted" : "refused"])),
  );
});
