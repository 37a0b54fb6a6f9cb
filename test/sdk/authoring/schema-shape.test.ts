import { toStandardJsonSchema } from "@valibot/to-json-schema";
import { type } from "arktype";
import type { Schema } from "lambent";
import * as v from "valibot";
import { expect, test } from "vitest";
import { z } from "zod";
import { z as z3 } from "zod/v3";
import { shapeProblems } from "../../../infra/compile/answer-problems.ts";
import { compile } from "../../../infra/language/jsonata-expression.ts";
import { viewOf } from "../../../infra/run/remote/machine-checks.ts";
import { shapeOfSchema } from "../../../sdk/authoring/schema-shape.ts";
import type { Json } from "../../../sdk/base/json.ts";
import { validate } from "../../../sdk/values/validate.ts";

const Exact = { type: "object", properties: { name: { type: "string" }, count: { type: "number" } } };

test.each<[string, Schema]>([
  ["zod", z.object({ name: z.string(), count: z.number() })],
  ["arktype", type({ name: "string", count: "number" })],
  ["valibot", toStandardJsonSchema(v.object({ name: v.string(), count: v.number() }))],
])("the state machine looks at the types and fields of a schema of %s", (_, schema) => {
  const { required = [], ...shape } = shapeOfSchema(schema);
  expect(shape).toEqual(Exact);
  expect(required.toSorted()).toEqual(["count", "name"]);
});

test.each<[string, Schema, object]>([
  ["coerces", z.coerce.number().min(3), { minimum: 3 }],
  ["trims", z.string().trim().max(3), { type: "string" }],
  ["is of valibot without JSON Schema", v.string(), {}],
  ["is of zod 3, which has no JSON Schema", z3.object({ a: z3.string() }), {}],
  ["has a default", z.enum(["s", "m"]).default("s"), { enum: ["s", "m"], default: "s" }],
  ["has a default in arktype", type({ a: "string = 'q'" }), {}], // which takes a list for it, too
  ["bounds a number", z.int().min(1).max(5), { type: "integer", minimum: 1, maximum: 5 }],
  ["bounds a number in arktype", type("0 < number <= 5"), { type: "number", exclusiveMinimum: 0, maximum: 5 }],
  ["is strict", z.strictObject({}), { type: "object", properties: {}, additionalProperties: false }],
  ["is a date", z.date(), {}],
  ["parses", z.string().transform(Number).pipe(z.number().max(9)), { type: "string" }],
  ["decodes", z.codec(z.iso.date(), z.date(), { decode: (s) => new Date(s), encode: String }), { type: "string" }],
  ["parses in arktype", type("string.numeric.parse"), { type: "string" }],
  ["never fails", z.number().catch(3), { default: 3 }],
  ["may be null", z.object({ a: z.enum(["x"]).nullable().optional() }), field({ enum: ["x", null] })],
  ["is a record", z.record(z.string(), z.int()), { ...field(), additionalProperties: { type: "integer" } }],
  ["wants keys of its own", z.record(z.string().regex(/^id/), z.coerce.number()), field()],
  ["is of several types", z.union([z.string(), z.number()]), { type: ["string", "number"] }],
  ["is of several values", z.union([z.literal("a"), z.literal(2)]), { enum: ["a", 2] }],
  [
    "is of several objects",
    z.discriminatedUnion("k", [z.object({ k: z.literal("a"), n: z.number() }), z.object({ k: z.literal("b") })]),
    { type: "object", properties: { k: { enum: ["a", "b"] } }, required: ["k"] },
  ],
  ["is a pair", z.tuple([z.string(), z.number()]), { type: "array", minItems: 2, maxItems: 2 }],
  [
    "compares fields",
    z.object({ a: z.coerce.number(), b: z.number() }).refine(({ a, b }) => a > b, { path: ["a"] }),
    { type: "object", properties: { a: {}, b: { type: "number" } }, required: ["b"] },
  ],
  [
    "is async in a part",
    z.object({ a: z.string().refine(async () => true), b: z.number() }),
    { type: "object", properties: { a: { type: "string" }, b: { type: "number" } } },
  ],
])("what a schema takes that %s is not refused by the state machine", (_, schema, shape) => {
  expect(shapeOfSchema(schema)).toEqual(shape);
});

function field(a?: object): object {
  return { type: "object", properties: a === undefined ? {} : { a } };
}

test("of a schema that refers to itself some levels are looked at", () => {
  interface Tree {
    readonly value: number;
    readonly kids: readonly Tree[];
  }
  const Tree: z.ZodType<Tree> = z.object({ value: z.number(), kids: z.lazy(() => z.array(Tree)) });
  expect(JSON.stringify(shapeOfSchema(Tree)).match(/"value":\{"type":"number"\}/g)).toHaveLength(4);
});

test("a schema of hundreds of fields is tried no longer than a moment, and its definition stays small", () => {
  const wide = z.object(Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`f${n}`, z.enum(["a", "b"])])));
  const shape = shapeOfSchema(wide);
  const looked = Object.values(shape.properties ?? {}).filter((one) => one.enum !== undefined);
  expect(looked.length).toBeGreaterThan(20);
  expect(shapeProblems("$value", shape, "it").length).toBeLessThan(50_000);
});

const VALUES: readonly Json[] = [
  null,
  true,
  false,
  0,
  1,
  -1,
  0.5,
  3,
  1e6,
  "",
  " ",
  "a",
  "b",
  "1",
  "0.5",
  "null",
  "true",
  "2026-01-01",
  "x",
  [],
  [1],
  ["a"],
  ["a", 1],
  [[1]],
  [null],
  [{}],
  [{ a: 1 }],
  [{ value: 1, kids: [{ value: 2, kids: [] }] }],
  {},
  { a: 1 },
  { a: "1" },
  { a: null },
  { a: "a", b: 1 },
  { a: 2, b: 1 },
  { k: "a", n: 1 },
  { k: "b" },
  { k: 3 },
  { id1: "1" },
  { x: [] },
  { a: { b: "c" } },
  { a: { c: { d: 1 } } },
  { a: {}, z: 0 },
  { a: [], b: [] },
];

const Nested = z.object({
  a: z.object({ b: z.string().optional(), c: z.object({ d: z.coerce.number() }).nullish() }).optional(),
});

const SCHEMAS: readonly (readonly [string, Schema])[] = [
  ["numbers", z.number().min(0).max(3)],
  ["multiples", z.number().multipleOf(3)],
  ["whole numbers of 32 bits", z.int32()],
  ["coerced", z.coerce.boolean()],
  ["coerced to a text", z.coerce.string().min(2)],
  ["from JSON", z.preprocess((value) => JSON.parse(String(value)) as unknown, z.number())],
  ["one of some", z.enum(["a", "b"])],
  ["in lower case", z.preprocess((value) => String(value).trim().toLowerCase(), z.enum(["a", "b"]))],
  ["a yes or no", z.stringbool()],
  ["nested, optional", Nested],
  ["a union of objects", z.union([z.object({ a: z.string() }), z.object({ k: z.literal("b") })])],
  ["a list or one", z.union([z.array(z.number()), z.number()]).transform((one) => [one].flat())],
  ["both", z.intersection(z.object({ a: z.string() }), z.object({ b: z.number() }))],
  ["a record of records", z.record(z.string(), z.record(z.string(), z.unknown()))],
  ["a record by an enum", z.partialRecord(z.enum(["a", "b"]), z.number())],
  ["others of a type", z.object({ a: z.string() }).catchall(z.number())],
  ["a set that was a list", z.array(z.string()).transform((list) => new Set(list))],
  ["not empty", z.array(z.unknown()).nonempty().max(1)],
  ["either field", z.object({ a: z.string().optional(), k: z.string().optional() }).refine(({ a, k }) => !!a || !!k)],
  ["arktype's union", type("string | number[]")],
  ["arktype's tuple", type(["string", "number"])],
  ["arktype's record", type({ "[string]": "number | string" })],
  ["arktype's morph of an object", type({ a: "string.numeric.parse" })],
  ["arktype's optional", type({ "a?": "string | null", "+": "delete" })],
  ["arktype's narrowing", type("number").narrow((n) => n > 0)],
  ["valibot's union", toStandardJsonSchema(v.union([v.string(), v.number()]))],
  ["valibot's pipe", toStandardJsonSchema(v.pipe(v.unknown(), v.transform(Number), v.number()))],
  ["valibot's optional", toStandardJsonSchema(v.object({ a: v.optional(v.string(), "x") }))],
  ["valibot's fallback", toStandardJsonSchema(v.fallback(v.number(), 1))],
  ["valibot's strict", toStandardJsonSchema(v.strictObject({ a: v.nullable(v.number()) }))],
];

test.each(SCHEMAS)("what the state machine refuses, the schema refuses too: %s", async (_, schema) => {
  const problems = compile(shapeProblems("$states.input", shapeOfSchema(schema), "it"));
  const refused: Json[] = [];
  for (const value of VALUES) if (JSON.stringify((await problems(viewOf(value))) ?? []) !== "[]") refused.push(value);
  const verdicts = await Promise.all(
    refused.map(async (value) => validate(schema, value, "it").catch(() => ({ problems: [] }))),
  );
  expect(refused.filter((_, index) => !("problems" in (verdicts[index] ?? {})))).toEqual([]);
});
