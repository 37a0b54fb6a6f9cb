import fc from "fast-check";
import {
  ActorEnvironment,
  after,
  approve,
  awsCall,
  choose,
  type Condition,
  conditional,
  dynamic,
  expr,
  fail,
  gt,
  isIn,
  launchPlan,
  lazy,
  lt,
  mapTask,
  partial,
  type Ref,
  repeatUntil,
  sleep,
  sleepUntil,
  task,
  tryCatch,
  waitForInput,
  whileLoop,
  workflow,
} from "../../sdk/index.ts";
import { compile } from "../../infra/compile/compile.ts";
import { StepFunctions } from "../../infra/emulator/index.ts";
import { createReplicaPool } from "../../infra/emulator/replicas/replica-pool.ts";
import { checkRun } from "../../infra/run/run-options.ts";
import { edited, odd } from "./odd.ts";
import type { OpenSurface } from "./surface.ts";
import { checkRefusal } from "./verdict.ts";

const echo = task(async function echo({ a }: { a: unknown }) {
  return a;
});
const inner = workflow({ a: 1 }, ({ a }) => echo({ a }), { name: "inner" });

/** Arguments as data: these texts stand for what only a workflow has. */
type Stand = "@n" | "@list" | "@text" | "@condition" | "@echo" | "@inner" | "@call";

type Call = (...args: readonly never[]) => unknown;

interface Use {
  /** As it is told of. */
  readonly name: string;
  readonly call: Call;
  readonly args: readonly unknown[];
}

const RETRIES = { maxAttempts: 2, intervalSeconds: 1, backoffRate: 2, maxDelaySeconds: 9, jitter: true, errors: ["E"] };

/** Functions that authors call, with arguments that are right: cases that are taken, unless something is changed. */
export const USES: readonly Use[] = [
  use("task", task, [
    () => 1,
    { name: "t", retries: RETRIES, timeout: 60, cache: true, cacheVersion: "v1", cacheIgnore: [], cacheTtlSeconds: 60 },
  ]),
  use("actor", actor, [
    {
      name: "a",
      replicaCount: 2,
      timeout: 60,
      memorySize: 512,
      cache: { maxEntries: 10 },
      environment: { A: "b" },
      whenBusy: "queue",
    },
  ]),
  use("workflow", workflow, [
    { a: 1, b: [1] },
    () => 1,
    { name: "w", type: "EXPRESS", timeout: 60, schedule: { expression: "rate(1 hour)", input: {} } },
  ]),
  use("mapTask", mapped, ["@echo", { concurrency: 2, minSuccessRatio: 0.5, batch: 3, mode: "inline" }, { a: "@list" }]),
  use("map of a workflow", mapped, ["@inner", { concurrency: 2, mode: "distributed" }, { a: "@list" }]),
  use("task call", overridden(echo), [{ a: { b: ["@n"], c: "@text" } }, { retries: RETRIES, timeout: 60 }]),
  use("workflow call", overridden(inner), [{ a: "@n" }, { retries: RETRIES }]),
  use("start", inner.start, [{ a: "@n" }, { timeout: 60, retries: RETRIES }]),
  use("partial", partial, ["@echo", { a: 1 }]),
  use("conditional", conditional, ["@condition", () => 1, () => 2]),
  use("choose", choose, [
    [
      ["@condition", () => 1],
      ["@condition", () => 2],
    ],
    () => 3,
  ]),
  use("whileLoop", whileLoop, [{ state: { n: "@n" }, while: isSmall, do: increased, maxIterations: 3 }]),
  use("repeatUntil", repeatUntil, [{ state: { n: "@n" }, until: isSmall, do: increased, maxIterations: 3 }]),
  use("tryCatch", tryCatch, [() => echo({ a: 1 }), () => 1, { errors: ["E"] }]),
  use("fail", failing, ["@condition", "E", "m"]),
  use("sleep", sleeping, ["5m"]),
  use("sleepUntil", sleepingUntil, ["2030-01-01T00:00:00Z"]),
  use("after", after, ["@call", () => echo({ a: 1 })]),
  use("waitForInput", waitForInput, ["w", { timeout: 60, heartbeat: 10 }]),
  use("approve", approve, ["w", { timeout: 60 }]),
  use("dynamic", dynamic, [{ echo: "@echo" }, () => [], { name: "d", retries: RETRIES, minSuccessRatio: 0.5 }]),
  use("lazy", lazy, ["inner", () => inner]),
  use("gt", compared(gt), ["@n", 2]),
  use("isIn", compared(isIn), ["@text", ["a", "b"]]),
  use("awsCall", awsCall, ["dynamodb:getItem", { TableName: "t", Key: { id: { S: "@text" } } }, { retries: RETRIES }]),
  use("launchPlan", launchPlan, [
    "@inner",
    { name: "p", inputs: { a: 2 }, schedule: "rate(1 hour)", timezone: "UTC", maxConcurrent: 1 },
  ]),
  use("expr.slice", expr.slice, ["@list", 0, 2]),
  use("expr.add", expr.add, ["@n", 2]),
  use("expr.merge", expr.merge, [{ a: "@n" }, { b: 1 }]),
  use("expr.join", expr.join, ["@list", ","]),
  use("new StepFunctions", emulated, [
    {
      functions: { invoke: () => 1 },
      region: "eu-west-1",
      accountId: "000000000000",
      aws: false,
      skipWaits: true,
      seed: 1,
      limits: { historyEvents: 100 },
      keep: 10,
      keepBytes: 1000,
      onProgress: () => undefined,
    },
  ]),
  use("createReplicaPool", pooled, [
    { region: "eu-west-1", onDemandLimit: 1, queueLimit: 1, onDemandIdleTime: 9, eventRetryDelays: [1, 2] },
  ]),
  use("run", checkRun, [
    { bundled: true, answers: { a: 1 }, integrations: {}, overwriteCache: true, workflows: ["a.ts"], buckets: ["b"] },
  ]),
];

function use(name: string, call: unknown, args: readonly unknown[]): Use {
  return { name, call: call as Call, args }; // with what it does not take, on purpose
}

function actor(options: never): unknown {
  const made = new ActorEnvironment(options);
  return made.task(() => 1, { name: "t" });
}

function emulated(options: never): void {
  new StepFunctions(options).close();
}

function pooled(options: never): void {
  void createReplicaPool([], options).close();
}

interface Counted {
  readonly n: Ref<number>;
}

function isSmall({ n }: Counted): Condition {
  return lt(n, 10);
}

function increased({ n }: Counted): Counted {
  return { n: expr.add(n, 1) };
}

/** In a branch: a workflow that fails in each of its executions is none. */
function failing(condition: Condition, ...named: Parameters<typeof fail>): unknown {
  return conditional(
    condition,
    () => fail(...named),
    () => 1,
  );
}

/** Before a task: nothing else would wait for it. */
function sleeping(...given: Parameters<typeof sleep>): unknown {
  return after(sleep(...given), () => echo({ a: 1 }));
}

function sleepingUntil(...given: Parameters<typeof sleepUntil>): unknown {
  return after(sleepUntil(...given), () => echo({ a: 1 }));
}

function compared(comparison: Call): Call {
  return (...args) =>
    conditional(
      comparison(...args) as Condition, // or what it makes of odd arguments
      () => 1,
      () => 2,
    );
}

function mapped(over: never, options: never, lists: never): unknown {
  return mapTask<never, never>(over, options)(lists);
}

function overridden(what: { readonly withOverrides: Call }): Call {
  return (inputs, overrides) => (what.withOverrides(overrides) as Call)(inputs);
}

/** Puts what a workflow has into the places that stand for it. */
function placed(value: unknown, refs: Readonly<Record<Stand, unknown>>): unknown {
  if (typeof value === "string" && Object.hasOwn(refs, value)) return refs[value as Stand];
  if (Array.isArray(value)) return value.map((one) => placed(one, refs));
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, placed(one, refs)]));
}

interface Inputs {
  readonly n: Ref<number>;
  readonly list: Ref<number[]>;
  readonly text: Ref<string>;
}

function standsFor({ n, list, text }: Inputs): Readonly<Record<Stand, unknown>> {
  return {
    "@n": n,
    "@list": list,
    "@text": text,
    "@condition": gt(n, 1),
    "@echo": echo,
    "@inner": inner,
    "@call": echo({ a: n }),
  };
}

const TARGET = {
  functionName: () => "arn:aws:lambda:us-east-1:000000000000:function:f:live",
  stateMachineArn: (name: string) => `arn:aws:states:us-east-1:000000000000:stateMachine:${name}`,
  queues: () => false,
};

/** What authors call, with arguments that are odd in some places: refused by name while the workflow is traced, or compiled. */
export function authoring(): OpenSurface<Use> {
  const cases = fc.constantFrom(...USES).chain(({ name, call, args }) =>
    edited<unknown>([[...args]], odd()).map((changed) => ({
      name,
      call,
      args: Array.isArray(changed) ? changed : [changed],
    })),
  );
  return {
    name: "authoring",
    share: 100,
    cases,
    attempt({ call, args }) {
      try {
        const made = workflow(
          { n: 1, list: [1], text: "t" },
          (inputs) => {
            const all = args.map((one) => placed(one, standsFor(inputs)));
            call(...(all as never[]));
            return inputs.n;
          },
          { name: "fuzz" },
        );
        compile(made.graph, TARGET);
        return Promise.resolve(true);
      } catch (error) {
        checkRefusal(error);
        return Promise.resolve(false);
      }
    },
    show: ({ name, args }) => `${name}(${args.map(fc.stringify).join(", ")})`,
    close: () => Promise.resolve(),
  };
}
