import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  ActorEnvironment,
  conditional,
  currentContext,
  eq,
  gt,
  isNull,
  mapTask,
  partial,
  task,
  workflow,
  type Ref,
} from "lambent";
import { run } from "lambent/local";
import {
  add,
  chain,
  chosen,
  crossed,
  diamond,
  double,
  echo,
  mapped,
  missing,
  nested,
  odd,
  retried,
} from "../../support/definitions.ts";

test("a chain passes each output on", async () => {
  expect(await run(chain)).toBe(8);
  expect(await run(chain, { n: 5 })).toBe(40);
});

test("branches that run side by side meet again", async () => {
  expect(await run(diamond, { n: 1 })).toEqual({ sum: 115, left: 4, right: 111 });
  expect(await run(crossed, { n: 1 })).toEqual([2, 3, 4, 5, 9]);
});

test("a map keeps its order, zips its lists, and keeps lists in lists apart", async () => {
  expect(await run(mapped)).toEqual({
    bound: [11, 12, 13],
    zipped: [11, 22, 33],
    literal: [4, 10],
    some: [[1], null, [3]],
  });
  const one = { values: [1] };
  await expect(run(mapped, one)).rejects.toThrow("the lists differ in length: a has 1, b has 3");
  const empty = workflow({ values: [1] }, function empty({ values }) {
    return [mapTask(double)({ n: values }), mapTask(odd, { minSuccessRatio: 1 })({ n: values })];
  });
  expect(await run(empty, { values: [] })).toEqual([[], []]);
  expect(await run(empty, { values: [3] })).toEqual([[6], [[3]]]);
});

test("a map with too few successes fails, and says how many there were", async () => {
  const all = workflow({ values: [1, 2, 3] }, function all({ values }) {
    return mapTask(odd, { minSuccessRatio: 0.75 })({ n: values });
  });
  await expect(run(all)).rejects.toMatchObject({
    error: "TooFewSucceeded",
    errorCause: "odd: 2 of 3 items succeeded, minSuccessRatio is 0.75; the first errors: odd[1]: RangeError: 2 is even",
    message: expect.stringMatching(
      /^workflow all failed: TooFewSucceeded: odd: 2 of 3 .* odd\[1\]: RangeError: 2 is even$/,
    ),
    cause: { errors: [expect.any(RangeError)] },
  });
});

test("the cause of too few successes has the first five errors, cut to what the map's outputs may take", async () => {
  class Refused extends Error {
    override name = "Refused";
  }
  const refuse = task(async function refuse({ n }: { n: number }) {
    throw new Refused(`${n} "\u001b[31m€` + "x".repeat(n === 0 ? 40_000 : 2000));
  });
  const hang = task(
    async function hang() {
      await new Promise(() => undefined);
    },
    { timeout: 1 },
  );
  const all = workflow({ values: [1] }, function all({ values }) {
    return mapTask(refuse, { minSuccessRatio: 1 })({ n: values });
  });
  const values = Array.from({ length: 1400 }, (_, index) => index);
  const error = await run(all, { values }).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ error: "TooFewSucceeded", cause: { errors: { length: 100, 0: { message: /^0/ } } } });
  const { errorCause } = error as { errorCause: string };
  expect(errorCause).toMatch(
    /the first errors: refuse\[0\]: Refused: .*; refuse\[1\]: Refused: 1 ".\[31.*; refuse\[4\]: [^;]*$/,
  );
  expect(errorCause.length).toBeLessThan(500);
  const late = workflow({ values: [1] }, function late({ values }) {
    return mapTask(partial(hang, {}), { minSuccessRatio: 1 })({ n: values } as never);
  });
  await expect(run(late)).rejects.toThrow("hang[0]: States.Timeout: longer than its timeout of 1 s");
});

test("what an item of a child execution throws is the cause, as that of an item of the workflow's own", async () => {
  class Odd extends Error {}
  const even = task(async function even({ n }: { n: number }) {
    if (n % 2 === 1) throw new Odd(`${n} is odd`);
    return n / 2;
  });
  const all = workflow({ values: [0] }, function all({ values }) {
    return mapTask(even, { mode: "distributed" })({ n: values });
  });
  expect(await run(all, { values: [0, 2, 4] })).toEqual([0, 1, 2]);
  const error = await run(all, { values: [0, 2, 5] }).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ error: "Odd", cause: expect.any(Odd) as unknown });
  expect(String(error)).toMatch(/^ExecutionError: workflow all failed at even\[2\]: Odd: even\[2\]: 5 is odd\n/);
});

test("an item that is given more than a state may carry counts as failed, and fails a map without minSuccessRatio", async () => {
  const length = task(async function length({ value, other }: { value: string; other: string }) {
    return value.length + other.length;
  });
  function lenient(minSuccessRatio: number) {
    return workflow({ text: "" }, function lenient({ text }) {
      return mapTask(partial(length, { other: text }), { minSuccessRatio })({ value: [text, "x"] });
    });
  }
  const strict = workflow({ text: "" }, function strict({ text }) {
    return mapTask(partial(length, { other: text }))({ value: [text, "x"] });
  });
  const text = "x".repeat(140_000); // once it fits, twice it does not
  expect(await run(lenient(0.5), { text })).toEqual([null, 140_001]);
  await expect(run(lenient(0.6), { text })).rejects.toMatchObject({ error: "TooFewSucceeded" });
  await expect(run(strict, { text })).rejects.toMatchObject({
    error: "States.DataLimitExceeded",
    message: expect.stringMatching(/^workflow strict failed at length2\[0\]: States\.DataLimitExceeded: .*exceeding/),
  });
});

test("a map without minSuccessRatio fails with its item's own error", async () => {
  const strict = workflow({ values: [1, 2] }, function strict({ values }) {
    return mapTask(odd)({ n: values });
  });
  await expect(run(strict)).rejects.toMatchObject({
    error: "RangeError",
    message: expect.stringContaining("2 is even"),
  });
});

test("conditionals run one branch", async () => {
  const rest = { home: "homeless", age: "ageless" };
  expect(await run(chosen, { id: "x" })).toEqual({ nested: { sum: 4, tag: "one" }, ...rest });
  expect(await run(chosen, { id: "x", flag: false })).toEqual({ nested: "no flag", ...rest });
  expect(await run(chosen, { id: "x", n: 2 })).toEqual({ nested: 0, ...rest });
  expect(await run(chosen, { id: "x", n: 3, label: "b" })).toEqual({ nested: { sum: 4, tag: "one" }, ...rest });
});

test("a workflow within a workflow takes its own defaults and inputs", async () => {
  expect(await run(nested)).toBe(diamondSum(16));
  function diamondSum(n: number): number {
    return (n + 1) * 2 + n + 110;
  }
});

test("a field that is missing is left out of inputs, and null in outputs", async () => {
  expect(await run(missing)).toEqual({ sum: 1, age: null, list: [null, ["one"]] });
});

test("retries run the task again, up to their number, and only for their errors", async () => {
  let calls = 0;
  const flaky = task(async function flaky({ failures, name }: { failures: number; name: string }) {
    calls++;
    if (calls <= failures) throw Object.assign(new Error("not yet"), { name });
    return calls;
  });
  const once = workflow({ failures: 1, name: "Flaky" }, function once({ failures, name }) {
    return flaky.withOverrides({ retries: { maxAttempts: 1, intervalSeconds: 1, errors: ["Flaky"] } })({
      failures,
      name,
    });
  });
  expect(await run(once)).toBe(2);
  calls = 0;
  await expect(run(once, { failures: 2 })).rejects.toMatchObject({ error: "Flaky" });
  expect(calls).toBe(2);
  calls = 0;
  await expect(run(once, { name: "Other" })).rejects.toMatchObject({ error: "Other" });
  expect(calls).toBe(1);
  expect(await run(retried, { n: 3 })).toBe(12);
});

test("a workflow's function that asks a Ref for its truth is refused with file and line, and no other of its module", async () => {
  const wrong = workflow({ n: 1 }, function wrong({ n }) {
    return n ? double({ n }) : 0;
  });
  await expect(run(wrong)).rejects.toThrow(
    /^test\/infra\/run\/local\.test\.ts:\d+:12: n \? … : … always takes its first branch: /,
  );
});

test("retries wait for classes of errors, and for those that extend them, whatever their name field says", async () => {
  class ApiError extends Error {}
  class Throttled extends ApiError {}
  class Other extends Error {}
  let thrown: Error[] = [];
  const retrying = task(
    async function retrying() {
      const error = thrown.shift();
      if (error !== undefined) throw error;
      return "done";
    },
    { retries: { maxAttempts: 3, intervalSeconds: 1, backoffRate: 1, errors: [ApiError, "TypeError"] } },
  );
  const wf = workflow({}, function wf() {
    return retrying({});
  });
  thrown = [new ApiError("a"), new Throttled("b"), new TypeError("c")];
  expect(await run(wf)).toBe("done");
  const other = new Other("d");
  thrown = [new Throttled("a"), other, new ApiError("never")];
  await expect(run(wf)).rejects.toMatchObject({ error: "Other", cause: other });
  expect(thrown).toHaveLength(1);
});

test("what a task throws ends the execution at once, by its own name and message, however odd it is", async () => {
  const odd = { null: Object.create(null), number: Object.assign(new Error("not found"), { name: 404 }) };
  const throws = task(async function throws({ key }: { key: keyof typeof odd }) {
    throw odd[key];
  });
  const wf = workflow({ key: "null" as keyof typeof odd }, function wf({ key }) {
    return throws({ key });
  });
  await expect(run(wf)).rejects.toMatchObject({ error: "object", cause: odd.null });
  await expect(run(wf, { key: "number" })).rejects.toMatchObject({ error: "404", cause: odd.number });
});

describe("inputs that a workflow does not take", () => {
  const wf = workflow(
    { n: 1, label: "a", list: [1], any: null as null | number },
    function wf({ n, label, list, any }) {
      return [n, label, list, any];
    },
  );
  test.each<[object, string]>([
    [{ n: "1" }, "workflow wf: n must be of type number, not string"],
    [{ list: {} }, "workflow wf: list must be of type array, not object"],
    [{ nn: 1 }, "workflow wf: there is no input nn, it takes n, label, list, any"],
    [
      { n: null, label: 1 },
      "workflow wf: n must be of type number, not null; label must be of type string, not number",
    ],
  ])("%j", async (inputs, message) => {
    await expect(run(wf, inputs as never)).rejects.toMatchObject({ error: "InvalidInputs", errorCause: message });
  });
  test("a required one that is missing, and an input that is no object", async () => {
    await expect(run(chosen, {} as never)).rejects.toThrow("workflow chosen: id is required");
    await expect(run(chosen, [] as never)).rejects.toThrow("workflow chosen: the input must be an object, not array");
  });
  test("those it takes pass", async () => {
    expect(await run(wf, { any: 5, list: [] })).toEqual([1, "a", [], 5]);
  });
  test("any takes a trace beside them, unless it has an input of that name", async () => {
    const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    const told = task(async function told({ n }: { n: number }) {
      const { traceparent: parent, tracestate } = currentContext();
      return [n, parent, tracestate];
    });
    const traced = workflow({ n: 1 }, function traced({ n }) {
      return told({ n });
    });
    expect(await run(traced, { traceparent, tracestate: "a=b" })).toEqual([1, traceparent, "a=b"]);
    const own = workflow({ traceparent: 1 }, function own({ traceparent: n }) {
      return n;
    });
    expect(await run(own, { traceparent: 2 })).toBe(2);
    // @ts-expect-error: a mistyped name is none of them
    await expect(run(traced, { traceParent: traceparent })).rejects.toThrow("there is no input traceParent");
  });
});

test.each<[string, unknown, string]>([
  [
    "an invalid Date",
    { when: new Date(Number.NaN) },
    "output.when is an invalid Date, which cannot cross between tasks",
  ],
  ["a function", { list: [1, () => 1] }, "output.list[1] is a function"],
  ["NaN", NaN, "output is NaN"],
  ["a pattern", { "odd key": /a/ }, 'output["odd key"] is a RegExp'],
  ["a hole", { list: [undefined] }, "output.list[0] is undefined"],
  ["an instance", { model: new (class Model {})() }, "output.model is a Model"],
])("a task that returns %s is told where it is", async (_, value, message) => {
  const wf = workflow({}, function wf() {
    return task(async () => value as never, { name: "make" })({});
  });
  await expect(run(wf)).rejects.toThrow(message);
});

test("a task that returns something that contains itself is told so", async () => {
  const wf = workflow({}, function wf() {
    return task(async function make() {
      const self: { again?: object } = {};
      self.again = self;
      return self as object;
    })({});
  });
  await expect(run(wf)).rejects.toThrow("output.again is a value that contains itself");
});

test("a failed run keeps the task's error as its cause", async () => {
  class TooHot extends Error {
    override name = "TooHot";
  }
  const error = new TooHot("40 degrees");
  const wf = workflow({}, function wf() {
    return task(async function measure() {
      throw error;
    })({});
  });
  await expect(run(wf)).rejects.toMatchObject({ name: "ExecutionError", error: "TooHot", cause: error });
  await expect(run(wf)).rejects.toThrow(/^workflow wf failed at measure: TooHot: 40 degrees\n\s+at .*local\.test\.ts/);
});

test("a failed run keeps as its cause what was thrown, however long its message, and names the item", async () => {
  const long = new RangeError("long ".repeat(20_000)); // longer than a cause may be
  const fail = task(async function fail({ n }: { n: number }) {
    if (n === 2) throw long;
    return n;
  });
  const wf = workflow({ values: [1, 2, 3] }, function wf({ values }) {
    return mapTask(fail)({ n: values });
  });
  await expect(run(wf)).rejects.toMatchObject({ error: "RangeError", cause: long });
  await expect(run(wf)).rejects.toThrow(/^workflow wf failed at fail\[1\]: RangeError: /);
});

test("an error that is named as a member of every object is told by its name", async () => {
  const odd = task(async function odd() {
    throw Object.assign(new Error("odd"), { name: "constructor", stack: undefined });
  });
  const wf = workflow({}, function wf() {
    return odd({});
  });
  await expect(run(wf)).rejects.toThrow(/^workflow wf failed at odd: constructor: odd$/);
});

test("a timeout names the task and its limit, in the message and in the cause", async () => {
  const slow = task(
    async function slow() {
      await new Promise(() => undefined);
    },
    { timeout: 1 },
  );
  const one = workflow({}, function one() {
    return slow({});
  });
  const inner = workflow({ n: 1 }, function inner() {
    return slow({});
  });
  const outer = workflow({}, function outer() {
    return inner({});
  });
  await expect(run(one)).rejects.toMatchObject({
    error: "States.Timeout",
    errorCause: undefined,
    message: expect.stringMatching(
      /^workflow one failed at slow: States\.Timeout: slow took longer than its timeout of 1 s/,
    ),
    cause: { name: "States.Timeout", message: expect.stringContaining("slow took longer than its timeout of 1 s") },
  });
  await expect(run(outer)).rejects.toThrow(
    "workflow outer failed at inner_slow: States.Timeout: inner_slow took longer",
  );
});

test("any JSON value crosses workflow, task and output unchanged", async () => {
  const through = workflow({ value: null as unknown }, function through({ value }) {
    const echoed = echo({ value: { deep: [value] } }) as Ref<{ deep: [unknown] }>;
    return { echoed: echoed.deep[0], each: mapTask(echo)({ value: [value, value] as never }), again: [value] };
  });
  await fc.assert(
    fc.asyncProperty(fc.jsonValue({ maxDepth: 3 }), async (generated) => {
      const value: unknown = JSON.parse(JSON.stringify(generated));
      expect(await run(through, { value } as never)).toEqual({ echoed: value, each: [value, value], again: [value] });
    }),
    { numRuns: 60 },
  );
});

test("a workflow gives what its functions would give if they simply ran, whatever depends on what", async () => {
  // Each node adds two earlier values; the graph's shape is random.
  const shape = fc.array(fc.tuple(fc.nat(), fc.nat()), { minLength: 1, maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(shape, async (pairs) => {
      const simple: number[] = [1];
      for (const [left, right] of pairs)
        simple.push((simple[left % simple.length] ?? 0) + (simple[right % simple.length] ?? 0));
      const traced = workflow({ n: 1 }, function traced({ n }) {
        const values: Ref<number>[] = [n];
        for (const [left, right] of pairs) {
          values.push(add({ a: values[left % values.length] ?? n, b: values[right % values.length] ?? n }));
        }
        return values;
      });
      expect(await run(traced)).toEqual(simple);
    }),
    { numRuns: 60 },
  );
});

test("partial binds inputs one after the other", async () => {
  const bound = partial(partial(add, { a: 40 }), { b: 2 });
  expect(
    await run(
      workflow({}, function wf() {
        return bound({});
      }),
    ),
  ).toBe(42);
});

test("fields whose names are numbers are read as fields, elements as elements", async () => {
  const wf = workflow({}, function wf() {
    const read = echo({ value: { "0": "zero", "2024": 5, list: [["a"], "b"] } }) as Ref<{
      0: string;
      2024: number;
      list: [[string], string];
    }>;
    return [read[0], read[2024], read.list[0][0], read.list[1]];
  });
  expect(await run(wf)).toEqual(["zero", 5, "a", "b"]);
});

test("plain data that looks like Lambent's own marks crosses, even with Refs in it", async () => {
  const wf = workflow({ n: 1 }, function wf({ n }) {
    return [echo({ value: { $absent: n } }), echo({ value: { $plain: n } }), echo({ value: { $s3File: [n] } })];
  });
  expect(await run(wf)).toEqual([{ $absent: 1 }, { $plain: 1 }, { $s3File: [1] }]);
  expect(() =>
    workflow({ n: { $plain: 1 } }, function wf({ n }) {
      return n.$plain;
    }),
  ).toThrow("wf's output reads a field named $plain, a name that Lambent keeps for itself: read it in a task");
});

test("a share of successes that is exactly the wanted one is enough", async () => {
  const share = workflow({ values: [0] }, function share({ values }) {
    return mapTask(odd, { minSuccessRatio: 0.28 })({ n: values });
  });
  const values = Array.from({ length: 100 }, (_, index) => (index < 28 ? 1 : 2));
  expect(((await run(share, { values })) as unknown[]).filter((one) => one !== null)).toHaveLength(28);
});

test("inputs and lists with any names", async () => {
  const odd_ = task(async (inputs: Record<string, number>) => Object.values(inputs), { name: "names" });
  const wf = workflow({ 'say "hi"': [1, 2], "a\\b": [3, 4] }, function wf(inputs) {
    return mapTask(odd_)({ 'x"y': inputs['say "hi"'], "a\\b": inputs["a\\b"], "lit-eral": [5, 6] });
  });
  expect(await run(wf)).toEqual([
    [1, 3, 5],
    [2, 4, 6],
  ]);
  await expect(run(wf, { nope: 1 } as never)).rejects.toThrow('there is no input nope, it takes say "hi", a\\b');
});

test("what a workflow within a workflow is given is checked where it is called", () => {
  function call(inputs: object) {
    return () =>
      workflow({}, function outer() {
        return chosen(inputs as never);
      });
  }
  expect(call({})).toThrow("workflow chosen: id is required");
  expect(call({ id: "x", n: "1" })).toThrow("workflow chosen: n must be of type number, not string");
  expect(call({ id: "x", m: 1 })).toThrow("workflow chosen has no input m; it has: n, label, flag, id");
});

test("the cause of a failed run is the error that failed it, not one that was tolerated", async () => {
  const wf = workflow({ values: [2] }, function wf({ values }) {
    const tolerated = mapTask(odd, { minSuccessRatio: 0 })({ n: values });
    return conditional(
      gt(tolerated[0] as never, 1),
      () => 1,
      () => 2,
    );
  });
  await expect(run(wf)).rejects.toMatchObject({
    error: "States.QueryEvaluationError",
    cause: { name: "States.QueryEvaluationError" },
  });
});

test("the cause of a failure that is Step Functions' own is an error with its name and what it says", async () => {
  const wf = workflow({ a: 1 as unknown }, function wf({ a }) {
    return conditional(
      gt(a as never, "x"),
      () => 1,
      () => 2,
    );
  });
  const error: unknown = await run(wf).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ cause: expect.any(Error), error: "States.QueryEvaluationError" });
  const message = expect.stringContaining("must be of the same data type");
  const told = expect.stringMatching(
    /^workflow wf failed at choice: States\.QueryEvaluationError: .{0,200}must be of the same data type.{0,200} \(state \w+, field Choices\[0\]\/Condition\)$/,
  );
  expect(error).toMatchObject({ message: told });
  expect(error).toMatchObject({ errorCause: expect.stringContaining("The JSONata expression '") });
  expect(error).toMatchObject({ errorCause: message, cause: { name: "States.QueryEvaluationError", message } });
});

test("a task's signal aborts before the state gives up on it", async () => {
  let aborted: unknown;
  const waits = task(async function waits() {
    const { signal } = currentContext();
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
    aborted = signal.reason;
    return "wound up";
  });
  const wf = workflow({}, function wf() {
    return waits.withOverrides({ timeout: 1 })({});
  });
  expect(await run(wf)).toBe("wound up");
  expect(String(aborted)).toContain("task waits is about to time out");
});

test("whatever an author writes is data and no expression: names, keys, literals, defaults and what is compared", async () => {
  const literal = {
    "{% $states.input %}": "{% 1 %}",
    'a`b"c\\': "\u2028\ud800",
    "": [[1], [], [[]]],
    hasOwnProperty: { toString: "{%%}" },
    "*/ /* $x": "${AWS::Region} $$ <% %>",
    ...JSON.parse('{"__proto__": {"x": null}}'),
  } as Record<string, unknown>;
  const same = task(async (inputs: Record<string, unknown>) => inputs, { name: "{% 'other' %}" });
  const inner = workflow({ text: "{% 5 %}", given: null as unknown }, ({ text, given }) => [text, given], {
    name: "inner",
  });
  const wf = workflow({ "{% a `b %}": "{% 2 %}", literal }, function wf(inputs) {
    const text = inputs["{% a `b %}"];
    return {
      task: same({ text, literal, default: inputs.literal }),
      each: mapTask(same)({ "{% 3 %}": ["{% 3 %}", "b"], ü: [literal, null], ö: [[1], []] }),
      choice: conditional(
        eq(text, "{% 2 %}"),
        () => "{% 'yes' %}",
        () => [literal],
      ),
      nested: [inner({}), inner({ text: "{% 6 %}", given: literal })],
    };
  });
  expect(await run(wf)).toEqual({
    task: { text: "{% 2 %}", literal, default: literal },
    each: [
      { "{% 3 %}": "{% 3 %}", ü: literal, ö: [1] },
      { "{% 3 %}": "b", ü: null, ö: [] },
    ],
    choice: "{% 'yes' %}",
    nested: [
      ["{% 5 %}", null],
      ["{% 6 %}", literal],
    ],
  });
  expect(await run(wf, { "{% a `b %}": "{% 4 %}" })).toMatchObject({ task: { text: "{% 4 %}" }, choice: [literal] });
});

test("an input whose default is undefined is missing where it is not given, so that a task's own default holds", async () => {
  const pair = task(async function pair({ n = 7, m = 8 }: { n?: number | null; m?: number | null }) {
    return [n, m];
  });
  const inner = workflow({ n: undefined as number | null | undefined, m: 3 }, function inner({ n, m }) {
    return pair({ n, m });
  });
  const wf = workflow({ n: undefined as number | null | undefined, inputs: 4 }, function wf({ n, inputs }) {
    const isMissing = conditional(
      isNull(n),
      () => true,
      () => false,
    );
    return {
      pair: pair({ n }),
      left: inner({}),
      passed: inner({ n }),
      given: inner({ n: 1 }),
      list: [n],
      isMissing,
      inputs,
    };
  });
  const rest = { left: [7, 3], given: [1, 3], inputs: 4 };
  expect(await run(wf)).toEqual({ ...rest, pair: [7, 8], passed: [7, 3], list: [null], isMissing: true });
  expect(await run(wf, { n: 2 })).toEqual({ ...rest, pair: [2, 8], passed: [2, 3], list: [2], isMissing: false });
  expect(await run(wf, { n: null })).toEqual({
    ...rest,
    pair: [null, 8],
    passed: [null, 3],
    list: [null],
    isMissing: true,
  });
  expect(String(wf.graph)).toContain("wf(inputs.n?, inputs2 = 4)");
});

test("an actor with ttlSeconds is started by the run, in this process as on AWS", async () => {
  const actor = new ActorEnvironment({ name: "brief", replicaCount: 2, ttlSeconds: 300 });
  const ask = actor.task(async function ask({ n }: { n: number }) {
    return n + 1;
  });
  const inner = workflow({ n: 1 }, function inner({ n }) {
    return ask({ n });
  });
  const briefly = workflow({ n: 1 }, function briefly({ n }) {
    return inner({ n: ask({ n }) });
  });
  expect(await run(briefly)).toBe(3);
});

test.each([{ mode: "distributed" }, { batch: 50 }, { batch: 50, mode: "distributed" }] as const)(
  "the item is named that a map fails of, and its error is the cause (%o)",
  async (options) => {
    const even = task(async function even({ n }: { n: number }) {
      if (n === 207) throw new RangeError(`no ${n}`);
      return n;
    });
    const evens = workflow({ ns: Array.from({ length: 300 }, (_, index) => index) }, function evens({ ns }) {
      return mapTask(even, options)({ n: ns });
    });
    const error: unknown = await run(evens).catch((one: unknown) => one);
    expect(String(error)).toMatch(/workflow evens failed at even\[207\]: RangeError: even\[207\]: no 207\n {4}at even/);
    expect(error).toMatchObject({ error: "RangeError", cause: new RangeError("no 207") });
  },
);
