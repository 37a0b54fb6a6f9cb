import "../../support/store-directory.ts";
import asl from "asl-validator";
import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { ActorEnvironment, type MapOptions, mapTask, partial, required, type Workflow, workflow } from "lambent";
import { compile, compileWorkflow, type Target } from "../../../infra/compile/compile.ts";
import { validateDefinition } from "../../../infra/validate/validate.ts";
import { target } from "../../support/definitions.ts";
import { runSkippingWaits } from "../../support/workflow-run.ts";

const actor = new ActorEnvironment({ name: "sizes", replicaCount: 3 });

/** How often each item is still to fail. */
const failures = new Map<number, number>();
beforeEach(() => failures.clear());

/** Returns a list with its value, which a map must not flatten. */
const wrap = actor.task(async function wrap({ value, id, by = "" }: { value: unknown; id: number; by?: string }) {
  const left = failures.get(id) ?? 0;
  failures.set(id, left - 1);
  if (left > 0) throw new RangeError(`item ${id} fails`);
  return [value, by] as [never, string];
});

type Options = MapOptions & { readonly minSuccessRatio?: number };

type Mapped = Workflow<{ values?: unknown[]; ids?: number[] }, unknown>;

function mapped(name: string, { minSuccessRatio, ...options }: Options, retries?: number): Mapped {
  const bound = partial(retries === undefined ? wrap : wrap.withOverrides({ retries, timeout: 3 }), { by: "all" });
  const map = minSuccessRatio === undefined ? mapTask(bound, options) : mapTask(bound, { ...options, minSuccessRatio });
  const lists = { values: [] as unknown[], ids: [] as number[] };
  return workflow(lists, ({ values, ids }) => map({ value: values, id: ids }), { name });
}

function runOver(form: Mapped, values: readonly unknown[]) {
  return runSkippingWaits(form, { values: [...values], ids: values.map((_, id) => id) }, { wrap });
}

const DISTRIBUTED = {
  alone: mapped("alone", { mode: "distributed" }, 2),
  hasty: mapped("hasty", { mode: "distributed" }),
  batches: mapped("batches", { mode: "distributed", batch: 3 }, 2),
  auto: mapped("auto", { mode: "distributed", batch: "auto", concurrentItems: 2 }, 2),
  byValue: mapped("byValue", { mode: "distributed", batchBy: "value" }, 2),
  byField: mapped("byField", { mode: "distributed", batchBy: "value.a.b", batch: 2 }, 2),
  tolerant: mapped("tolerant", { mode: "distributed", minSuccessRatio: 0.5 }, 2),
  express: mapped("express", { mode: "distributed", executionType: "EXPRESS", batch: 2 }, 2),
};
const FORMS = {
  ...DISTRIBUTED,
  either: mapped("either", {}, 2),
  inline: mapped("inline", { mode: "inline" }, 2),
  eitherBatches: mapped("eitherBatches", { batch: 3 }, 2),
};

test.each(Object.entries(FORMS))("%s: both validators accept the definition", (_, { graph }) => {
  const definition = compile(graph, target);
  expect(asl(definition).errorsText("\n")).toBe("");
  expect(validateDefinition(JSON.stringify(definition), "STANDARD")).toEqual([]);
});

test.each(Object.entries(FORMS))("%s: outputs are those of plain calls, in the order of the lists", async (_, form) => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(0, 1, 2, 7, 41),
      fc.array(fc.tuple(value, fc.nat({ max: 2 })), { minLength: 3, maxLength: 9 }),
      async (count, some) => {
        const items = Array.from({ length: count }, (__, id) => some[id % some.length] ?? ([null, 0] as const));
        // Where nothing is tried again, nothing fails.
        items.forEach(([, fails], id) => failures.set(id, form === DISTRIBUTED.hasty ? 0 : fails));
        const values = items.map(([one]) => one);
        const { status, output } = await runOver(form, values);
        expect(status).toBe("SUCCEEDED");
        expect(unwrapped(output)).toEqual(values.map((one) => [one, "all"]));
      },
    ),
    { numRuns: 4 },
  );
});

const value = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }).map((one): unknown => JSON.parse(JSON.stringify(one))), // JSON has no -0
  fc.constantFrom([], [[]], [1, [2]], null, { a: { b: 1 } }, { a: { b: "x" } }, { a: 1 }, { $list: "x" }),
);

/** Data that looks like one of Lambent's marks is wrapped in what a state machine returns. */
function unwrapped(output: unknown): unknown {
  return JSON.parse(JSON.stringify(output).replaceAll(/\{"\$(?:given|plain)":(\{[^{}]*\})\}/g, "$1"));
}

describe("by the number of items", () => {
  /** The most items that a map has inline. */
  function mostOf({ graph }: Mapped): number {
    return Number(/\$count\(\$values\) > (\d+)/.exec(JSON.stringify(compile(graph, target)))?.[1]);
  }
  function isDistributed({ invocations }: Awaited<ReturnType<typeof runOver>>): boolean {
    return invocations.some(({ list }) => list?.kind === "join");
  }

  test("a map is inline as long as every list and all outputs that there may be have room", async () => {
    const form = mapped("plain", {});
    expect(mostOf(form)).toBe(1437); // by its outputs' marks
    expect(mostOf(mapped("retried", {}, 5))).toBe(906); // by its events
    expect(mostOf(mapped("batched", { batch: 10 }, 5))).toBe(1437);
    const wide = mapped("wide", { concurrency: 100 });
    expect(mostOf(wide)).toBe(40); // by what is at work at once
    for (const [count, expected] of [
      [40, false],
      [41, true],
    ] as const) {
      const values = Array.from({ length: count }, (_, index) => index);
      const run = await runOver(wide, values);
      expect(isDistributed(run)).toBe(expected);
      expect(run.output).toEqual(values.map((one) => [one, "all"]));
    }
  });

  test("what is known of it before decides without a state", () => {
    const form = workflow({}, function form() {
      return [
        mapTask(wrap)({ value: [1, 2], id: [1, 2] }),
        mapTask(wrap, { mode: "distributed" })({ value: [1], id: [1] }),
      ];
    });
    const { States } = compile(form.graph, target);
    expect(
      JSON.stringify(States)
        .match(/"Mode":"(INLINE|DISTRIBUTED)"/g)
        ?.toSorted(),
    ).toEqual([
      '"Mode":"DISTRIBUTED"',
      ...Array.from({ length: 3 }, () => '"Mode":"INLINE"'), // the map, the storing of lists, the batches of a piece
    ]);
    expect(JSON.stringify(States)).not.toContain("Size");
  });

  test("a map that is forced to be inline says how many items it may have", async () => {
    const form = mapped("forced", { mode: "inline" }, 20);
    const most = mostOf(form);
    const run = await runOver(
      form,
      Array.from({ length: most + 1 }, () => 1),
    );
    expect(run).toMatchObject({
      error: "TooManyItems",
      cause: `wrap: it has ${most + 1} items, and of mode "inline" the workflow's history has room for ${most}: leave mode out, or say "distributed"`,
    });
  });

  test("where the definition has no room for both forms of all maps, they are divided, or inline if it has to be one", () => {
    const { partArn: _, ...alone } = target;
    function definitionOf(maps: number, compiledFor: Target): string {
      const form = workflow({ values: [] as number[], ids: [] as number[] }, function form({ values, ids }) {
        let made: unknown = values;
        for (let count = 0; count < maps; count++) made = mapTask(wrap)({ value: made as number[], id: ids });
        return made;
      });
      const { definition, parts } = compileWorkflow(form.graph, compiledFor);
      return JSON.stringify([definition, ...parts]);
    }
    expect(definitionOf(1, alone)).not.toContain("TooManyItems");
    const definitions = [target, alone].map((compiledFor) => definitionOf(120, compiledFor));
    expect(definitions.map((text) => [text.includes("DISTRIBUTED"), text.includes("TooManyItems")])).toEqual([
      [true, false],
      [false, true],
    ]);
  });

  test("maps that follow each other have the states once that tell of a failed child execution", () => {
    const two = workflow({ values: [] as number[], ids: [] as number[] }, function two({ values, ids }) {
      return mapTask(wrap, { mode: "distributed" })({
        value: mapTask(wrap, { mode: "distributed" })({ value: values, id: ids }),
        id: ids,
      });
    });
    const definition = compile(two.graph, target);
    const text = JSON.stringify(definition);
    expect(text.match(/listMapRuns/g)).toHaveLength(1);
    expect(text.match(/"Next":"MapRuns\d*"/g)).toHaveLength(2);
    expect(validateDefinition(text, "STANDARD")).toEqual([]);
  });

  test("several maps share the history", () => {
    const values = { values: [] as number[], ids: [] as number[] };
    const one = wrap.withOverrides({ retries: 2 });
    const form = workflow(values, function form({ values, ids }) {
      return [1, 2, 3].map(() => mapTask(one)({ value: values, id: ids }));
    });
    const alone = mapped("alone", {}, 2);
    const [most = 0, ...others] = [
      ...JSON.stringify(compile(form.graph, target)).matchAll(/\$count\(\$values\) > (\d+)/g),
    ].map(([, number]) => Number(number));
    expect(others).toEqual([most, most]);
    expect(most).toBeLessThan(mostOf(alone) / 2);
  });
});

describe("a failure in a child execution", () => {
  const values = [..."abcdefgh"];
  test("of either of two maps that share the states which tell of it is the workflow's", async () => {
    const two = workflow({ values: [] as unknown[], ids: [] as number[] }, function two({ values, ids }) {
      const first = mapTask(wrap, { mode: "distributed" })({ value: values, id: ids });
      return mapTask(wrap, { mode: "distributed" })({ value: first, id: [10, 11, 12] });
    });
    for (const [id, cause] of [
      [1, "wrap[1]: item 1 fails"],
      [12, "wrap2[2]: item 12 fails"],
    ] as const) {
      failures.clear();
      failures.set(id, 9);
      const run = await runOver(two as Mapped, ["a", "b", "c"]);
      expect(run).toMatchObject({ error: "RangeError", cause: expect.stringContaining(cause) as unknown });
    }
  });
  test("of an item that is not tried again is the workflow's", async () => {
    failures.set(3, 9);
    expect(await runOver(DISTRIBUTED.hasty, values)).toMatchObject({ error: "RangeError" });
    expect(await runOver(DISTRIBUTED.alone, values)).toMatchObject({
      error: "RangeError",
      cause: "wrap[3]: item 3 fails",
    });
  });

  test("cannot be told of EXPRESS ones, which have no history", async () => {
    failures.set(3, 9);
    expect(await runOver(DISTRIBUTED.express, values)).toMatchObject({
      error: "States.ExceedToleratedFailureThreshold",
      cause: expect.stringMatching(/^The child execution of an item failed: its error is in the Map Run wrap/),
    });
  });

  const SHARES = [{}, { batch: 3 }].map(
    (options) => (minSuccessRatio: number) => mapped("shared", { mode: "distributed", minSuccessRatio, ...options }, 1),
  );

  test.each([
    [0, 0.5],
    [4, 0.5],
    [8, 0],
    [3, 0.625],
  ])("of %i items of 8 is tolerated, where %f must succeed", async (failing, minSuccessRatio) => {
    for (const share of SHARES) {
      for (let id = 0; id < 8; id++) failures.set(id, id < failing ? 9 : 0);
      const { output } = await runOver(share(minSuccessRatio), values);
      expect(output).toEqual(values.map((one, id) => (id < failing ? null : [one, "all"])));
    }
  });

  test.each([
    [5, 0.5],
    [1, 1],
    [3, 0.626],
  ])("of %i items of 8 is one too much, where %f must succeed", async (failing, minSuccessRatio) => {
    for (const share of SHARES) {
      for (let id = 0; id < 8; id++) failures.set(id, id < failing ? 9 : 0);
      const { error, cause } = await runOver(share(minSuccessRatio), values);
      expect([error, cause]).toEqual([
        "TooFewSucceeded",
        expect.stringContaining(
          `${8 - failing} of 8 items succeeded, minSuccessRatio is ${minSuccessRatio}; the first errors: wrap[0]: RangeError: item 0 fails`,
        ),
      ]);
    }
  });
});

describe("batches by a key in child executions", () => {
  const keyed = new ActorEnvironment({ name: "keyed", replicaCount: 8 });
  const label = keyed.task(async function label({ key, id }: { key: number; id: number }) {
    return `${key}/${id}`;
  });

  async function batchesOf(count: number, options: MapOptions): Promise<number[][]> {
    const keys = Array.from({ length: count }, (_, id) => (id * 7) % 40);
    const form = workflow(
      { keys, ids: keys.map((_, id) => id) },
      ({ keys, ids }) => mapTask(label, { batchBy: "key", ...options })({ key: keys, id: ids }),
      { name: "form" },
    );
    const { output, invocations } = await runSkippingWaits(form, {}, { label });
    expect(output).toEqual(keys.map((key, id) => `${key}/${id}`));
    const batches = invocations.flatMap(({ batch }) => (batch === undefined ? [] : [batch.indices]));
    expect(batches.every((indices) => new Set(indices.map((id) => keys[id])).size === 1)).toBe(true);
    return batches.map((indices) => [...indices]);
  }

  test("have all items of a key in one batch for each piece of about 1,000 items", async () => {
    expect(await batchesOf(1000, {})).toHaveLength(40);
    expect(await batchesOf(1000, { mode: "distributed" })).toHaveLength(40);
    expect(await batchesOf(1438, {})).toHaveLength(80);
  });

  test("of a number of items follow each other", async () => {
    const batches = await batchesOf(400, { mode: "distributed", batch: 4 });
    expect(batches).toHaveLength(120); // 10 items of each of 40 keys
  });
});

describe("what is told of many failures fits into a variable", () => {
  const NAMES = { long: "LongNameError".repeat(13), control: "Error", wide: "\u4e16Error".repeat(40) };
  const fails = new ActorEnvironment({ name: "fails", replicaCount: 1 }).task(async function fails({
    id,
    kind,
  }: {
    id: number;
    kind: keyof typeof NAMES;
  }): Promise<number> {
    const error = new Error(kind === "control" ? "\u0000".repeat(300) : `item ${id}: ${"x".repeat(300)}`);
    throw Object.defineProperty(error, "name", { value: NAMES[kind] });
  });

  test.each([
    ["long", 1000, { mode: "distributed", batch: 100 }],
    ["long", 1000, { batch: 50 }],
    ["control", 1000, { mode: "distributed", batch: 100 }],
    ["control", 1000, { batch: 50 }],
    ["wide", 1000, { mode: "distributed", batch: 100 }],
    ["wide", 1000, { mode: "inline", batch: 100 }],
  ] as const)("%s names or causes of %i items, %o", async (kind, count, options) => {
    const ids = Array.from({ length: count }, (_, id) => id);
    const form = workflow(
      { ids },
      ({ ids }) => mapTask(partial(fails, { kind }), { minSuccessRatio: 0, ...options })({ id: ids }),
      { name: "form" },
    );
    const { status, output } = await runSkippingWaits(form, {}, { fails });
    expect([status, output]).toEqual(["SUCCEEDED", ids.map(() => null)]);
  });
});

test("lists of different lengths are refused by name", async () => {
  const run = await runSkippingWaits(DISTRIBUTED.alone, { values: [1, 2], ids: [1] }, { wrap });
  expect(run.status).toBe("FAILED");
  expect(run.cause).toContain("wrap: the lists differ in length: value has 2, id has 1");
});

test("tasks in child executions are told of the workflow's own execution, and of what is the same for all items once", async () => {
  const { invocations } = await runOver(DISTRIBUTED.batches, [1, 2, 3, 4, 5]);
  expect(new Set(invocations.map(({ execution }) => execution)).size).toBe(1);
  const batches = invocations.filter(({ batch }) => batch !== undefined);
  expect(batches.map(({ inputs, batch }) => ({ inputs, indices: batch?.indices }))).toEqual(
    expect.arrayContaining([
      { inputs: { by: "all" }, indices: [0, 1, 2] },
      { inputs: { by: "all" }, indices: [3, 4] },
    ]),
  );
  expect(batches).toHaveLength(2);
});

test.each<[string, MapOptions]>([
  ["an item an invocation", {}],
  ["child executions", { mode: "distributed" }],
  ["batches", { batch: 2 }],
  ["batches by a key", { batchBy: "value" }],
])("what is no list is refused by its name: %s", async (_, options) => {
  const form = workflow(
    { values: required<number[]>(), ids: [1] },
    ({ values, ids }) => ({
      one: mapTask(partial(wrap, { id: 1 }), options)({ value: values }),
      several: mapTask(wrap, options)({ id: ids, value: values }),
    }),
    { name: "form" },
  );
  for (const values of [null, "abc", { a: 1 }, 5, { $list: { key: "x", count: 0, bytes: 2 } }]) {
    const { status, cause, invocations } = await runSkippingWaits(form, { values: values as never }, { wrap });
    expect([status, invocations.filter(({ batch }) => batch !== undefined)]).toEqual(["FAILED", []]);
    expect(cause).toContain("value must be a list, not ");
  }
});

describe("a list that is too large for the state machine", () => {
  const make = actor.task(async function make({ count, bytes }: { count: number; bytes: number }) {
    return Array.from({ length: count }, (_, index) => ({ index, text: "x".repeat(bytes) }));
  });
  const size = actor.task(async function size({ item, by }: { item: { index: number; text: string }; by: number }) {
    return { index: item.index, by, text: item.text };
  });
  const index = actor.task(async function index({ all }: { all: readonly { index: number }[] }) {
    return all.map((one) => one.index);
  });

  test("is mapped, and what comes of it is mapped and passed on", async () => {
    const form = workflow({ count: 0, bytes: 0, bys: [] as number[] }, function form({ count, bytes, bys }) {
      const made = make({ count, bytes });
      const sizes = mapTask(partial(size, { by: 1 }), { batch: "auto" })({ item: made });
      const again = mapTask(size, { batch: 50 })({ item: sizes, by: bys });
      return index({ all: again });
    });
    const count = 1500;
    const indices = Array.from({ length: count }, (_, one) => one);
    const { status, output, invocations } = await runSkippingWaits(
      form,
      { count, bytes: 300, bys: indices },
      { make, size, index },
    );
    expect([status, output]).toEqual(["SUCCEEDED", indices]);
    expect(invocations.filter(({ task, list }) => task === "index" && list === undefined)).toMatchObject([
      { inputs: { all: { $list: { count } } } },
    ]);
  });
});

test.each([
  [{ mode: "both" as "inline" }, 'mapTask(wrap): mode must be "inline" or "distributed", not "both"; without it'],
  [{ executionType: "FAST" as "EXPRESS" }, 'executionType must be "STANDARD" or "EXPRESS", not "FAST"'],
  [{ mode: "inline", executionType: "EXPRESS" }, 'which a map of mode "inline" has none of'],
  [{ mode: "inline", concurrency: 41 }, 'concurrency is 41, but of mode "inline" Step Functions runs 40 items at once'],
] as const)("%j is refused", (options, message) => {
  expect(() => mapped("x", options)).toThrow(message);
});

test.each([
  [
    mapped("none", { executionType: "EXPRESS" }),
    "and its task has no timeout: give it one, as task(fn, { timeout: 10 }), or leave",
  ],
  [
    mapped("long", { executionType: "EXPRESS", batch: 100 }, 3),
    "with a timeout of 3 s, and its retries, 11 items fit of a batch of 100",
  ],
])("EXPRESS child executions are refused that an item may outlast", ({ graph }, message) => {
  expect(() => compile(graph, target)).toThrow(message);
});

test("a type of child executions is refused of a list that is so short that there are none", () => {
  const short = workflow({}, () => mapTask(partial(wrap, { id: 1 }), { executionType: "EXPRESS" })({ value: [1, 2] }), {
    name: "short",
  });
  expect(() => compile(short.graph, target)).toThrow(
    "wrap: executionType is that of child executions, and its list is so short that it runs in the workflow's own",
  );
});

test("a workflow of type EXPRESS has no child executions", () => {
  function form(options: Options) {
    return workflow({ values: [1] }, ({ values }) => mapTask(partial(wrap, { id: 1 }), options)({ value: values }), {
      name: "form",
      type: "EXPRESS",
    });
  }
  expect(JSON.stringify(compile(form({}).graph, target))).not.toContain("DISTRIBUTED");
  expect(() => compile(form({ mode: "distributed" }).graph, target)).toThrow(
    'wrap: its mode is "distributed", and workflow form is of type EXPRESS, which starts no child executions',
  );
  expect(() => compile(form({ concurrency: 100 }).graph, target)).toThrow(
    "wrap: concurrency is 100, but workflow form is of type EXPRESS",
  );
  expect(() => compile(form({ executionType: "EXPRESS" }).graph, target)).toThrow(
    "and workflow form is of type EXPRESS",
  );
});
