import {
  ActorEnvironment,
  after,
  and,
  approve,
  conditional,
  eq,
  gt,
  isNull,
  isTrue,
  lt,
  mapTask,
  not,
  or,
  partial,
  required,
  sleep,
  sleepUntil,
  task,
  workflow,
} from "lambent";
import type { Target } from "../../infra/compile/compile.ts";

/** Workflows that between them use all that can be traced, with what they must return. */

const actor = new ActorEnvironment({ name: "math", replicaCount: 2 });

export const add = actor.task(async function add({ a, b = 0 }: { a: number; b?: number }) {
  return a + b;
});
export const double = task(async function double({ n }: { n: number }) {
  return n * 2;
});
export const user = task(async function user({ id }: { id: string }) {
  const found: { id: string; age?: number; tags: string[]; home: { city: string } | null } = {
    id,
    tags: ["one"],
    home: null,
  };
  return found;
});
export const echo = task(async function echo({ value }: { value: unknown }): Promise<unknown> {
  return value;
});
export const odd = actor.task(async function odd({ n }: { n: number }) {
  if (n % 2 === 0) throw new RangeError(`${n} is even`);
  return [n];
});

export const weigh = task<{ grams: number }, { n: number }>(async function weigh() {}, { token: true, timeout: 60 });

export const chain = workflow({ n: 1 }, function chain({ n }) {
  return double({ n: double({ n: double({ n }) }) });
});

/** Two chains side by side, joined. */
export const diamond = workflow({ n: 1 }, function diamond({ n }) {
  const left = double({ n: add({ a: n, b: 1 }) });
  const right = add({ a: add({ a: n, b: 10 }), b: 100 });
  return { sum: add({ a: left, b: right }), left, right };
});

/** b needs x alone, c needs x and y: neither chains nor forks. */
export const crossed = workflow({ n: 1 }, function crossed({ n }) {
  const x = add({ a: n, b: 1 });
  const y = add({ a: n, b: 2 });
  const b = double({ n: x });
  const c = add({ a: x, b: y });
  return [x, y, b, c, add({ a: b, b: c })];
});

export const mapped = workflow({ values: [1, 2, 3] }, function mapped({ values }) {
  return {
    bound: mapTask(partial(add, { b: 10 }))({ a: values }),
    zipped: mapTask(add, { concurrency: 1 })({ a: values, b: [10, 20, 30] }),
    literal: mapTask(double)({ n: [double({ n: 1 }), 5] }),
    some: mapTask(odd, { minSuccessRatio: 0.5 })({ n: values }),
  };
});

export const chosen = workflow(
  { n: 3, label: "a", flag: true, id: required<string>() },
  function chosen({ n, label, flag, id }) {
    const found = user({ id });
    return {
      nested: conditional(
        and(gt(n, 2), or(eq(label, "b"), not(lt(n, 0)))),
        () =>
          conditional(
            isTrue(flag),
            () => ({ sum: add({ a: n, b: 1 }), tag: found.tags[0] }),
            () => "no flag",
          ),
        () => 0,
      ),
      home: conditional(
        isNull(found.home),
        () => "homeless",
        () => found.home,
      ),
      age: conditional(
        isNull(found.age),
        () => "ageless",
        () => found.age,
      ),
    };
  },
);

export const nested = workflow({ n: 2 }, function nested({ n }) {
  const first = chain({ n });
  return diamond({ n: first }).sum;
});

/** A field that is not there is left out of inputs, and is null in what a workflow returns. */
export const missing = workflow({}, function missing() {
  const found = user({ id: "x" });
  return { sum: add({ a: 1, b: found.age as never }), age: found.age, list: echo({ value: [found.age, found.tags] }) };
});

export const retried = workflow({ n: 1 }, function retried({ n }) {
  return double.withOverrides({
    retries: { maxAttempts: 2, errors: ["RangeError"], jitter: true, maxDelaySeconds: 5 },
    timeout: 30,
  })({
    n: double.withOverrides({ retries: 3 })({ n }),
  });
});

/** Waits for a time, for an answer, and for a task's token; what comes after reads them. */
export const waiting = workflow({ n: 1 }, function waiting({ n }) {
  const decided = after(sleep(0), () => approve("decided", { timeout: "1h" }));
  const weighed = after(sleepUntil("2026-01-01T00:00:00Z"), () => weigh({ n }));
  return { approved: decided.approved, sum: add({ a: weighed.grams, b: n }) };
});

export const workflows = { chain, diamond, crossed, mapped, chosen, nested, missing, retried, waiting };

export const target: Target = {
  functionName: (name, replica) =>
    `arn:aws:lambda:us-east-1:000000000000:function:test-${name ?? "tasks"}${replica === undefined ? "" : `.${replica}`}:live`,
  partArn: (workflow, part) => `arn:aws:states:us-east-1:000000000000:stateMachine:${workflow}-part${part}`,
  queues: (name) => name !== undefined,
};
