import type { StandardSchemaV1 } from "@standard-schema/spec";
import {
  ActorEnvironment,
  dynamic,
  gt,
  conditional,
  expr,
  launchPlan,
  lazy,
  mapTask,
  S3File,
  task,
  tryCatch,
  waitForInput,
  workflow,
  type Schema,
  type Workflow,
} from "lambent";
import { run } from "lambent/local";
import { expect, test } from "vitest";
import { z } from "zod";
import { describeService } from "../../../sdk/authoring/service.ts";

// Held against the original by the compiler: a schema of the standard is one of ours, and one of ours one of the standard.
export const ours: (schema: StandardSchemaV1<string, number>) => Schema<string, number> = (schema) => schema;
export const theirs: (schema: Schema<string, number>) => StandardSchemaV1<string, number> = (schema) => schema;

const actor = new ActorEnvironment({ name: "schemas", replicaCount: 3 });
const other = { "~standard": { version: 2, vendor: "later", validate: () => ({ value: 1 }) } };

test.each<[string, () => unknown]>([
  ["is a schema of version 2", () => workflow({ n: other }, () => 1, { name: "later" })],
  ["does not follow Standard Schema yet", () => workflow({ n: { safeParse: () => 1 } }, () => 1, { name: "old" })],
  ["task t: input must be a schema of", () => task(() => 1, { name: "t", input: {} as never })],
  ["task t: output must be a schema of", () => task(() => 1, { name: "t", output: "text" } as never)],
  [
    "task t: output is the schema of what a task returns, and with token: true that is not its output: leave it out",
    () => task(() => 1, { name: "t", token: true, output: z.number() } as never),
  ],
  ["task t: input must be a schema of", () => actor.task(() => 1, { name: "t", input: 3 } as never)],
  ["workflow w: output must be a schema of", () => workflow({}, () => 1, { name: "w", output: 3 as never })],
])("what is no schema is refused when it is declared: … %s …", (message, made) => {
  expect(made).toThrow(message);
});

const sized = task(({ boxes }: { boxes: readonly unknown[] }) => ({ size: boxes.length }), {
  name: "sized",
  input: z.object({ boxes: z.array(z.object({ width: z.number(), apiKey: z.string().min(5).optional() })) }),
  output: z.object({ size: z.number().max(1) }),
});

test("a task tells path, expected and received of each fault, in lists too, and nothing of secrets", async () => {
  expect(await sized.fn({ boxes: [{ width: 1 }] })).toEqual({ size: 1 });
  const wrong = sized.fn({ boxes: [{ width: 1, apiKey: "abc" }, { width: "wide" as never }] });
  await expect(wrong).rejects.toMatchObject({ name: "InvalidInput" });
  await expect(wrong).rejects.toThrow(
    /^task sized: inputs\.boxes\[0\]\.apiKey: .+received a string\); inputs\.boxes\[1\]\.width: .+\(expected number, received the string "wide"\)$/,
  );
  await expect(wrong).rejects.not.toThrow("abc");
  const output = sized.fn({ boxes: [{ width: 1 }, { width: 2 }] });
  await expect(output).rejects.toMatchObject({ name: "InvalidOutput" });
  await expect(output).rejects.toThrow("output.size");
});

test("the state machine repeats nothing of fields named like secrets", async () => {
  const login = z.object({ user: z.enum(["ada"]), password: z.enum(["open"]) });
  const asking = workflow({}, () => waitForInput("login", { timeout: "1h", schema: login }), { name: "asking" });
  const answers = { login: { user: "bob", password: "hunter2" } };
  const failed = run(asking, {}, { answers });
  await expect(failed).rejects.toThrow('it.user must be "ada", not bob');
  await expect(failed).rejects.toThrow("not a string");
  await expect(failed).rejects.not.toThrow("hunter2");
});

test("a schema may be async: the state machine looks at less, and the task at all", async () => {
  const even = z.number().refine(async (n) => n % 2 === 0, "must be even");
  const halving = workflow({ n: even }, ({ n }) => n, { name: "halving" });
  expect(await run(halving, { n: 4 })).toBe(4);
  await expect(run(halving, { n: 3 })).rejects.toThrow("n: must be even");
});

const Size = z.object({ width: z.number().min(1), unit: z.string().default("mm") });
const measured = workflow({ size: Size, due: z.date().optional() }, ({ size, due }) => ({ size, due }), {
  name: "measured",
});

test("what may be missing is missing, also for what reads it, and a default is filled in within a value", async () => {
  expect(await run(measured, { size: { width: 2 } })).toEqual({ size: { width: 2, unit: "mm" }, due: null });
});

test("a schema sees Dates, Maps and the like as such, whoever gives them, and tasks get them", async () => {
  const due = new Date("2027-03-01T00:00:00Z");
  expect(await run(measured, { size: { width: 2 }, due })).toEqual({ size: { width: 2, unit: "mm" }, due });
  const calling = workflow({ due }, ({ due }) => measured({ size: { width: 1 }, due }).due, { name: "calling" });
  expect(await run(calling)).toEqual(due);
  const Kinds = z.object({ url: z.instanceof(URL), tags: z.set(z.string()), by: z.map(z.string(), z.bigint()) });
  const kinds = { url: new URL("https://example.com/"), tags: new Set(["a"]), by: new Map([["a", 1n]]) };
  const passing = workflow({ kinds: Kinds }, ({ kinds }) => kinds, { name: "passing", output: Kinds });
  expect(await run(passing, { kinds })).toEqual(kinds);
  await expect(run(measured, { size: { width: 2 }, due: "2027-03-01" as never })).rejects.toThrow(
    /workflow measured: due: .+ \(received the string "2027-03-01"\)/,
  );
});

test("a schema of a task sees files as S3File, and an input that has one takes none of a caller", async () => {
  const read = task(({ model }: { model: S3File<"onnx"> }) => model.uri, {
    name: "read",
    input: z.object({ model: z.custom<S3File<"onnx">>((value) => value instanceof S3File) }),
  });
  const model = new S3File<"onnx">({ uri: "s3://b/m.onnx", version: "1", format: "onnx" });
  expect(await read.fn({ model })).toBe("s3://b/m.onnx");
  await expect(read.fn({ model: "s3://b/m.onnx" as never })).rejects.toThrow("inputs.model");
  const scoring = workflow({ model: z.any() }, ({ model }) => model, { name: "scoring" });
  await expect(run(scoring, { model })).rejects.toThrow("declare it as model: required<S3File<…>>()");
});

const rows = Array.from({ length: 2000 }, (_, n) => ({ id: n, name: `name ${n}`, tags: ["x"] }));
const listing = workflow(
  { rows: z.array(z.object({ id: z.int().min(0), name: z.string(), tags: z.array(z.string()) })) },
  ({ rows }) => expr.length(rows),
  { name: "listing" },
);

test("of thousands of faults some are told, by the state machine and by the task", async () => {
  expect(await run(listing, { rows })).toBe(2000);
  const wrong = rows.map((row) => ({ ...row, id: -1 }));
  const few = await run(listing, { rows: wrong.slice(0, 200) }).then(String, String);
  expect(few).toContain("InvalidInputs: workflow listing: rows[0].id must be at least 0, not -1; rows[1].id");
  expect(few.length).toBeLessThan(4500);
  const many = await run(listing, { rows: wrong }).then(String, String);
  expect(many).toContain("InvalidInputs: workflow listing: rows[0].id: ");
  expect(many).toContain("rows[19].id: ");
  expect(many).toMatch(/; and 1980 more$/m);
});

test("literals that a schema refuses are told while a workflow is traced, wherever they are given", () => {
  const size = { width: 0 };
  const problem = /workflow measured: size\.width: .+ \(expected number >= 1, received the number 0\)$/;
  function traced(fn: () => unknown): () => unknown {
    return () => workflow({}, fn, { name: "outer" });
  }
  expect(traced(() => measured({ size }))).toThrow(problem);
  expect(traced(() => measured.start({ size }))).toThrow(problem);
  expect(traced(() => mapTask(measured)({ size: [{ width: 1 }, size] }))).toThrow("workflow measured: size[1].width: ");
  expect(traced(() => measured({ size: { width: 1 }, due: "soon" as never }))).toThrow("workflow measured: due: ");
  expect(() => workflow({ n: z.number().max(3) }, (_, self) => self.start({ n: 4 }), { name: "recursing" })).toThrow(
    "workflow recursing: n: ",
  );
});

test("so are the inputs of schedules and of launch plans", () => {
  const schedule = { expression: "rate(1 day)", input: { size: { width: 0 } } };
  expect(() => workflow({ size: Size }, ({ size }) => size, { name: "daily", schedule })).toThrow(
    /^workflow daily: schedule\.input\.size\.width: .+ \(expected number >= 1, received the number 0\)$/,
  );
  expect(() => launchPlan(measured, { inputs: { size: { width: 0 } } })).toThrow(
    "launchPlan(measured): inputs.size.width: ",
  );
  expect(() => launchPlan(measured, { fixed: { size: { width: 0 } } })).toThrow(
    "launchPlan(measured): inputs.size.width",
  );
  const due = new Date(0);
  expect(() => launchPlan(measured, { inputs: { size: { width: 1 }, due }, schedule: "rate(1 day)" })).not.toThrow();
  const later = z.number().refine(async () => false);
  expect(() =>
    launchPlan(
      workflow({ n: later }, ({ n }) => n, { name: "w" }),
      { inputs: { n: 1 } },
    ),
  ).not.toThrow();
});

const Doubled = z.object({ n: z.coerce.number().max(99) });
const double = actor.task(({ n }) => 2 * n, { name: "double", input: Doubled, output: z.number().max(50) });

test("the schemas of a workflow that is named by lazy(…) are looked at when it is there, and applied when it runs", async () => {
  function calling(size: { width: number }): Workflow<object, unknown> {
    const Made = z.object({ width: z.number().min(1), unit: z.string().default("mm") });
    return workflow(
      {},
      () => {
        const later = lazy("later", () => workflow({ size: Made }, ({ size }) => size, { name: "later" }));
        return { one: later.start({ size }), each: mapTask(later.start)({ size: [size] }) };
      },
      { name: "calling" },
    );
  }
  const made = { width: 2, unit: "mm" };
  expect(await run(calling({ width: 2 }))).toEqual({ one: made, each: [made] });
  const wf = calling({ width: 0 });
  const problem = /workflow later: size\.width: .+ \(expected number >= 1, received the number 0\)$/;
  await expect(run(wf)).rejects.toThrow(problem);
  expect(() => describeService([{ wf }])).toThrow(problem);
});

test("a literal that a task's schema refuses fails the task when it runs", async () => {
  const wf = workflow({}, () => double({ n: 100 }), { name: "wf" });
  await expect(run(wf)).rejects.toThrow("InvalidInput: task double: inputs.n: ");
});

test("tasks and workflows with schemas are called by maps, by a dynamic and by further executions", async () => {
  const each = workflow({ ns: z.array(z.string()) }, ({ ns }) => mapTask(double)({ n: ns }), { name: "each" });
  expect(await run(each, { ns: ["1", "2"] })).toEqual([2, 4]);
  await expect(run(each, { ns: ["1", "40"] })).rejects.toThrow("InvalidOutput: task double: output: ");

  const plan = dynamic({ double }, ({ ns }: { ns: string[] }, calls) => ns.map((n) => calls.double({ n })), {
    name: "plan",
  });
  const planned = workflow({ ns: ["1"] }, ({ ns }) => plan({ ns }), { name: "planned" });
  expect(await run(planned, { ns: ["3"] })).toEqual([6]);
  await expect(run(planned, { ns: ["many"] })).rejects.toThrow("InvalidInput: task double: inputs.n: ");

  const one = workflow({ n: z.string().transform(Number) }, ({ n }) => expr.add(n, 1), { name: "one" });
  const all = workflow(
    { ns: ["1"] },
    ({ ns }) => ({
      within: mapTask(one)({ n: ns }),
      own: mapTask(one.start)({ n: ns }),
    }),
    { name: "all" },
  );
  expect(await run(all, { ns: ["1", "2"] })).toEqual({ within: [2, 3], own: [2, 3] });

  const down = workflow(
    { n: z.coerce.number().max(5) },
    ({ n }, self) =>
      conditional(
        gt(n, 0),
        () => self.start<string>({ n: expr.sub(n, 1) }),
        () => "lift-off",
      ),
    { name: "down", output: z.string().transform((text) => `${text}!`) },
  );
  expect(await run(down, { n: "2" })).toBe("lift-off!!!");
});

test("what a schema refuses within a workflow is caught like any error, and its function does not run", async () => {
  const careful = workflow(
    { n: 1 },
    ({ n }) =>
      tryCatch(
        () => measured({ size: { width: n } }).size.width,
        ({ name }) => name,
      ),
    { name: "careful" },
  );
  expect(await run(careful, { n: 2 })).toBe(2);
  expect(await run(careful, { n: 0 })).toBe("InvalidInputs");
});

test("an error that a schema itself throws fails the task with it", async () => {
  const throwing = z.string().transform(() => {
    throw new RangeError("no such text");
  });
  const failing = workflow({ text: throwing }, ({ text }) => text, { name: "failing" });
  await expect(run(failing, { text: "a" })).rejects.toThrow("RangeError: no such text");
});

export function types(): void {
  const named = workflow({ name: z.string(), size: z.number().default(1) }, ({ name }) => name, { name: "named" });
  void run(named, { name: "a" });
  // @ts-expect-error name is required
  void run(named, {});
  // @ts-expect-error size is a number
  void run(named, { name: "a", size: "s" });
  // @ts-expect-error a Date is given, and no text
  void run(measured, { size: { width: 1 }, due: "2027-03-01" });
  // @ts-expect-error the plan gives a text
  launchPlan(measured, { inputs: { size: { width: "1" } } });
  // @ts-expect-error boxes is a list
  void sized.fn({ boxes: 1 });
  // @ts-expect-error the output's schema takes a text
  workflow({}, () => 1, { name: "texts", output: z.string() });
  // @ts-expect-error what is returned is not what the schema takes
  task(() => 1, { name: "texts", output: z.string() });
}
