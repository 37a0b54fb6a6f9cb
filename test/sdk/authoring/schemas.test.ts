import type { StandardSchemaV1 } from "@standard-schema/spec";
import { toStandardJsonSchema } from "@valibot/to-json-schema";
import { task, waitForInput, workflow, type Schema } from "lambent";
import { run } from "lambent/local";
import * as v from "valibot";
import { expect, test } from "vitest";
import { z } from "zod";
import { shapeOfSchema } from "../../../sdk/authoring/schema-shape.ts";

// Held against the original by the compiler: a schema of the standard is one of ours, and one of ours one of the standard.
export const ours: (schema: StandardSchemaV1<string, number>) => Schema<string, number> = (schema) => schema;
export const theirs: (schema: Schema<string, number>) => StandardSchemaV1<string, number> = (schema) => schema;

const EXACT = {
  type: "object",
  properties: { name: { type: "string" }, count: { type: "number" } },
  required: ["name", "count"],
};

test.each<[string, Schema, object]>([
  ["zod", z.object({ name: z.string(), count: z.number() }), EXACT],
  ["valibot", toStandardJsonSchema(v.object({ name: v.string(), count: v.number() })), EXACT],
])("the state machine looks at the types and fields of a schema of %s", (_, schema, shape) => {
  const { required = [], ...rest } = shapeOfSchema(schema);
  expect({ ...rest, required: [...required].toSorted().toReversed() }).toEqual(shape);
});

test.each<[string, Schema, object]>([
  ["coerces", z.coerce.number().min(3), { minimum: 3 }],
  ["trims", z.string().trim().max(3), { type: "string" }],
  ["is of valibot without JSON Schema", v.string(), {}],
  ["has a default", z.enum(["s", "m"]).default("s"), { enum: ["s", "m"], default: "s" }],
  ["bounds a number", z.int().min(1).max(5), { type: "integer", minimum: 1, maximum: 5 }],
  ["is strict", z.strictObject({}), { type: "object", properties: {}, additionalProperties: false }],
])("what a schema takes that %s is not refused by the state machine", (_, schema, shape) => {
  expect(shapeOfSchema(schema)).toEqual(shape);
});

const other = { "~standard": { version: 2, vendor: "later", validate: () => ({ value: 1 }) } };

test.each<[string, () => unknown]>([
  ["is a schema of version 2", () => workflow({ n: other }, () => 1, { name: "later" })],
  ["does not follow Standard Schema yet", () => workflow({ n: { safeParse: () => 1 } }, () => 1, { name: "old" })],
  ["task t: input must be a schema of", () => task(() => 1, { name: "t", input: {} as never })],
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

export function types(): void {
  const named = workflow({ name: z.string(), size: z.number().default(1) }, ({ name }) => name, { name: "named" });
  void run(named, { name: "a" });
  // @ts-expect-error name is required
  void run(named, {});
  // @ts-expect-error size is a number
  void run(named, { name: "a", size: "s" });
  // @ts-expect-error boxes is a list
  void sized.fn({ boxes: 1 });
  // @ts-expect-error the output's schema takes a text
  workflow({}, () => 1, { name: "texts", output: z.string() });
  // @ts-expect-error what is returned is not what the schema takes
  task(() => 1, { name: "texts", output: z.string() });
}
