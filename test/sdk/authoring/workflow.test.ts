import { expect, test } from "vitest";
import {
  ActorEnvironment,
  conditional,
  eq,
  gt,
  isTrue,
  mapTask,
  partial,
  required,
  S3File,
  task,
  workflow,
  type Ref,
} from "lambent";

const actor = new ActorEnvironment({ name: "my-actor", replicaCount: 2 });
const add = actor.task(async function add({ a, b }: { a: number; b: number }) {
  return a + b;
});
const describe_ = task(async function describe({ id }: { id: string }) {
  return { id, tags: ["x"], score: 0.5, ok: true };
});

test("a workflow is traced once into nodes that are named after their tasks", () => {
  const wf = workflow({ initValue: 1, state: 3 }, function wf({ initValue, state }) {
    const first = add({ a: initValue, b: state });
    return add({ a: first, b: 3 });
  });
  expect(String(wf.graph)).toBe(
    [
      "wf(initValue = 1, state = 3)",
      "  add  = my-actor/add {a: initValue, b: state}",
      "  add2 = my-actor/add {a: add, b: 3}",
      "  return add2",
    ].join("\n"),
  );
});

test("fields of outputs, literals with Refs in them, maps and conditionals are all in the graph", () => {
  const wf = workflow({ id: required<string>(), values: [1, 2] }, function wf({ id, values }) {
    const described = describe_({ id });
    const sums = mapTask(partial(add, { b: 1 }), { minSuccessRatio: 0.5 })({ a: values });
    const level = conditional(
      gt(described.score, 0.3),
      () => add({ a: 1, b: 1 }),
      () =>
        conditional(
          isTrue(described.ok),
          () => 0,
          () => ({ tag: described.tags[0] }),
        ),
    );
    return { sums, level, first: [described.tags[0], "end"] };
  });
  expect(String(wf.graph)).toBe(
    [
      "wf(id, values = [1,2])",
      "  describe = describe {id: id}",
      "  add      = map my-actor/add {b: 1} for a of values, concurrency 2, minSuccessRatio 0.5",
      "  choice   = if describe.score > 0.3",
      "    add2 = my-actor/add {a: 1, b: 1}",
      "    return add2",
      "  else",
      "    choice2 = if describe.ok",
      "      return 0",
      "    else",
      "      return {tag: describe.tags[0]}",
      "    return choice2",
      '  return {sums: add, level: choice, first: [describe.tags[0], "end"]}',
    ].join("\n"),
  );
});

test("a workflow called in another is one node", () => {
  const inner = workflow({ n: 1 }, function inner({ n }) {
    return add({ a: n, b: n });
  });
  const outer = workflow({ n: 2 }, function outer({ n }) {
    return inner({ n: inner({ n }) });
  });
  expect(String(outer.graph)).toBe(
    [
      "outer(n = 2)",
      "  inner  = workflow inner {n: n}",
      "  inner2 = workflow inner {n: inner}",
      "  return inner2",
    ].join("\n"),
  );
});

test("names that would hide a function of JSONata, or are no identifiers, are changed", () => {
  const count = task(async function count({ n }: { n: number }) {
    return n;
  });
  const wf = workflow({ "the-sum": 1, exists: 2 }, function wf(inputs) {
    return [count({ n: inputs["the-sum"] }), count({ n: inputs.exists })];
  });
  expect(String(wf.graph)).toBe(
    [
      "wf(the_sum = 1, exists2 = 2)",
      "  count2 = count {n: the_sum}",
      "  count3 = count {n: exists2}",
      "  return [count2, count3]",
    ].join("\n"),
  );
});

test("a task called outside of a workflow says what to call instead", () => {
  expect(() => add({ a: 1, b: 2 })).toThrow(
    "task add was called outside of a workflow: to run its function here, call add.fn(…)",
  );
});

test("a task's function can be called by itself, and by other tasks", async () => {
  expect(await add.fn({ a: 1, b: 2 })).toBe(3);
  expect(await partial(add, { b: 2 }).fn({ a: 1 })).toBe(3);
});

test.each<[string, (value: Ref<{ n: number; list: number[] }>) => unknown, string]>([
  ["adding a string", (value) => `${value.n}!`, "cannot compute with id.n"],
  ["concatenating", (value) => (value.n as unknown as string) + "!", "cannot compute with id.n"],
  ["negating", (value) => -(value.n as unknown as number), "cannot compute with id.n"],
  ["comparing", (value) => (value.n as unknown as number) > 3, "cannot compute with id.n"],
  ["iterating", (value) => [...(value.list as unknown as number[])], "cannot iterate over id.list"],
  ["spreading", (value) => ({ ...value }), "cannot list or spread the fields of id"],
  ["serialising", (value) => JSON.stringify(value), "cannot serialise id"],
  ["calling a method", (value) => (value.list as unknown as number[]).map(String), "cannot call id.list.map"],
  ["looking for a field", (value) => "n" in value, "cannot look for n in id"],
  ["setting a field", (value) => Object.assign(value, { n: 1 }), "cannot set n of id"],
  ["awaiting", (value) => (value as unknown as { then: unknown }).then, "cannot await id"],
])("computing with a Ref by %s is refused, with its name and the remedy", (_, compute, message) => {
  function traced(): unknown {
    return workflow({ id: required<{ n: number; list: number[] }>() }, function wf({ id }) {
      compute(id);
      return 1;
    });
  }
  expect(traced).toThrow(`${message}, which has no value while the workflow is traced: it is a Ref. Do this in a task`);
});

test("an async workflow function is refused", () => {
  expect(() =>
    workflow({}, async function wf() {
      return 1;
    } as unknown as () => number),
  ).toThrow("workflow wf is async: its function is traced, so it must return at once; do the waiting in a task");
});

test("two tasks of one name on one actor are refused", () => {
  const other = actor.task(async () => 1, { name: "add" });
  expect(() =>
    workflow({}, function wf() {
      return [add({ a: 1, b: 2 }), other({})];
    }),
  ).toThrow("two tasks are named add on actor my-actor: give one of them another { name }");
});

test("a Ref is of no use outside of its workflow, or outside of its branch", () => {
  let leaked: Ref<number> | undefined;
  workflow({ n: 1 }, function first({ n }) {
    leaked = n;
    return n;
  });
  expect(() =>
    workflow({}, function second() {
      return leaked;
    }),
  ).toThrow("second's output uses n, which is not known in this part of second");
  expect(() =>
    workflow({ flag: "a" }, function third({ flag }) {
      let inside: unknown = 0;
      conditional(
        eq(flag, "a"),
        () => (inside = add({ a: 1, b: 1 })),
        () => 0,
      );
      return inside as number;
    }),
  ).toThrow("third's output uses add, which is not known in this part of third");
});

test("a workflow's options are those of its state machine", () => {
  function one(options: object) {
    return () =>
      workflow(
        {},
        function one() {
          return 1;
        },
        options,
      );
  }
  expect(one({ typ: "EXPRESS" })).toThrow("workflow one has no option typ; it has: name, type, schedule");
  expect(one({ type: "FAST" })).toThrow('workflow one: type must be "STANDARD" or "EXPRESS", not "FAST"');
  expect(one({ type: "EXPRESS" })).not.toThrow();
});

test("a task needs a name, a known number of retries and a whole number of seconds", () => {
  expect(() => task(async () => 1)).toThrow("a task needs a name");
  expect(() => task(async () => 1, { name: "x", retries: -1 })).toThrow(
    "task x: retries must be a whole number of retries, 0 or more, not -1",
  );
  expect(() => task(async () => 1, { name: "x", timeout: 0.5 })).toThrow(
    "task x: timeout must be a whole number of seconds, not 0.5",
  );
});

test("an actor's name and sizes are checked where it is made", () => {
  expect(() => new ActorEnvironment({ name: "My Actor" })).toThrow(
    'actor "My Actor": its name becomes a Lambda function\'s',
  );
  expect(() => new ActorEnvironment({ name: "a", replicaCount: 0 })).toThrow(
    "actor a: replicaCount must be a whole number of replicas from 1 to 1000, not 0",
  );
});

test("mapTask needs lists, and says which input is not one", () => {
  const single = 3 as unknown as number[];
  expect(() =>
    workflow({}, function wf() {
      return mapTask(partial(add, { b: 1 }))({ a: single });
    }),
  ).toThrow("mapTask(add): a must be a list, one element for each call; bind single values with partial()");
});

test("what cannot cross is refused as a default or a literal too, by its path", () => {
  expect(() =>
    workflow({ when: new Date(Number.NaN) }, function wf() {
      return 1;
    }),
  ).toThrow("wf's default of when is an invalid Date, which cannot cross between tasks");
  const at = task(async function at({ file }: { file: unknown }) {
    return file === null;
  });
  expect(() =>
    workflow({}, function wf() {
      return at({ file: { deep: [new WeakMap()] } });
    }),
  ).toThrow("at.file.deep[0] is a WeakMap");
  const file = new S3File({ uri: "s3://bucket/key", version: "1", format: "txt" });
  expect(
    String(
      workflow({}, function wf() {
        return at({ file });
      }).graph,
    ),
  ).toContain('{"$s3File":{"uri":"s3://bucket/key","version":"1","format":"txt"}}');
});

test("names that no state machine can have, and workflows without one, are refused", () => {
  expect(() => workflow({}, () => 1)).toThrow(
    "a workflow needs a name: write `workflow({…}, function name({…}) {…})` or pass { name }",
  );
  expect(() => workflow({}, () => 1, { name: "has space" })).toThrow(
    'workflow "has space": its name becomes a state machine\'s',
  );
});

test.each<[object, string]>([
  [
    { retry: 3 },
    "task x has no option retry; it has: name, cache, cacheVersion, cacheIgnore, cacheSerialize, cacheTtlSeconds, retries, timeout",
  ],
  [{ cacheVersion: "v1" }, "task x: cacheVersion without cache: true does nothing; add it, or leave the version out"],
  [{ cache: "yes", cacheVersion: "v1" }, 'task x: cache must be true or false, not "yes"'],
  [{ cache: true, cacheVersion: 2 }, 'task x: cacheVersion must be a text such as "v1", not 2'],
  [{ cacheSerialize: true }, "task x: cacheSerialize without cache: true does nothing; add it, with a cacheVersion"],
  [{ cacheTtlSeconds: 60 }, "task x: cacheTtlSeconds without cache: true does nothing; add it, with a cacheVersion"],
  [
    { cache: true, cacheVersion: "v1", cacheIgnore: "by" },
    'task x: cacheIgnore must be a list of names of inputs, not "by"',
  ],
  [{ cache: true, cacheVersion: "v1", cacheSerialize: 1 }, "task x: cacheSerialize must be true or false, not 1"],
  [
    { cache: true, cacheVersion: "v1", cacheTtlSeconds: 0 },
    "task x: cacheTtlSeconds must be a number of seconds above 0, not 0",
  ],
  [{ cache: true }, 'task x: cache needs a cacheVersion that names the code, such as "v1"'],
  [{ retries: { maxAttempts: 1, backoffRate: 0.5 } }, "task x: backoffRate must be 1 or more, not 0.5"],
  [
    { retries: { maxAttempts: 1, intervalSeconds: 0 } },
    "task x: intervalSeconds must be a whole number of seconds, not 0",
  ],
  [
    { retries: { maxAttempts: 1, maxDelaySeconds: 1 } },
    "task x: maxDelaySeconds must be whole and more than intervalSeconds, not 1",
  ],
  [
    { retries: { maxAttempts: 1, errors: [] } },
    "task x: errors must name at least one error; without it all are meant",
  ],
  ...[
    ["States.Timeuot", "no task fails with the error States.Timeuot: did you mean States.Timeout?"],
    ["states.timeout", "did you mean States.Timeout?"],
    ["State.Timeout", "did you mean States.Timeout?"],
    ["Lambda.TooManyRequestException", "did you mean Lambda.TooManyRequestsException?"],
    ["Sandbox.TimedOut", "did you mean Sandbox.Timedout?"],
    ["States.Runtime", "a task can fail with States.ALL, States.DataLimitExceeded"],
    ["States.HeartbeatTimeout", "a task can fail with States.ALL"],
    ["", 'errors takes classes that extend Error, and names; it was given ""'],
    [class NoError {}, "errors takes classes that extend Error, and names; it was given the function NoError"],
    [(() => class extends Error {})(), "errors was given a class without a name"],
  ].map(([error, message]): [object, string] => [
    { retries: { maxAttempts: 1, errors: [error] } },
    `${String(message)}`,
  ]),
  [{ retries: { maxAttempts: 1, errors: "ApiError" } }, "errors must be a list of classes and names"],
  [{ retries: { attempts: 1, maxAttempts: 1 } }, "task x: retries has no option attempts"],
])("a task with %o is refused", (options, message) => {
  expect(() => task(async () => 1, { name: "x", ...options })).toThrow(message);
});
