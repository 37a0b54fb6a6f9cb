import { createHash } from "node:crypto";
import fc from "fast-check";
import jsonata from "jsonata";
import { expect, test } from "vitest";
import {
  keyText as keyTextExpression,
  rankReplicas as rankExpression,
} from "../../../infra/compile/replica-ranking.ts";
import { query } from "../../../infra/compile/expression.ts";
import { jsonataLanguage } from "../../../infra/language/jsonata.ts";
import type { Json } from "../../../sdk/base/json.ts";
import { KEY_CHARACTERS, keyText, rankReplicas } from "../../../sdk/values/replica-ranking.ts";
import { view } from "../../support/view.ts";

/** Any JSON: strings of any unicode, halves of surrogate pairs too, and what crosses between tasks with a mark. */
const json = fc
  .oneof(
    fc.jsonValue({ maxDepth: 4, stringUnit: "binary" }),
    fc.string({ unit: "binary" }),
    fc.constantFrom("\ud800", "a\udc00b", "", "1", "null", "😀", "__proto__"),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.jsonValue({ maxDepth: 2 }).map((value) => ({ $given: value })),
    fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 1 })).map((fields) => ({ $plain: fields })),
    fc.string().map((uri) => ({ $s3File: { uri, version: "1", format: "json" } })),
    fc.string().map((key) => ({ list: [{ $stored: key }] })),
  )
  .map((value) => JSON.parse(JSON.stringify(value)) as Json);

const key = fc.array(fc.option(json, { nil: undefined }), { minLength: 1, maxLength: 3 });
const replicas = fc.integer({ min: 1, max: 12 });

/** The expressions of a key's values, and the state machine's variables that they read. */
function variablesOf(values: readonly (Json | undefined)[]): { paths: string[]; variables: Record<string, Json> } {
  const fields = values.map((value): Record<string, Json> => (value === undefined ? {} : { field: value }));
  return {
    paths: values.map((_, index) => `$input${index}.field`),
    variables: Object.fromEntries(fields.map((field, index) => [`input${index}`, field])),
  };
}

async function byEmulator(expression: string, variables: Record<string, Json>): Promise<Json> {
  return jsonataLanguage.template(query(expression), "Arguments")(view({}, variables));
}

async function byPackage(expression: string, variables: Record<string, Json>): Promise<unknown> {
  const compiled = jsonata(expression);
  compiled.registerFunction("hash", (text: string, name: string) =>
    createHash(name.replace("-", "").toLowerCase()).update(text).digest("hex"),
  );
  return JSON.parse(JSON.stringify(await compiled.evaluate({}, variables)));
}

test("a state machine ranks the replicas of a key as TypeScript does, in the emulator and in JSONata's own engine", async () => {
  await fc.assert(
    fc.asyncProperty(key, replicas, async (values, count) => {
      const { paths, variables } = variablesOf(values);
      const ranking = rankReplicas(values, count).map(String);
      expect(await byEmulator(rankExpression(paths, count), variables)).toEqual(ranking);
      expect(await byPackage(rankExpression(paths, count), variables)).toEqual(ranking);
      expect(await byEmulator(keyTextExpression(paths), variables)).toBe(keyText(values));
    }),
  );
});

test("keys are equal as JSON values are, however they are written or wrapped", () => {
  expect(keyText([{ a: 1, b: { c: 2, d: 3 } }])).toBe(keyText([{ b: { d: 3, c: 2 }, a: 1 }]));
  expect(keyText([{ $given: { a: "m" } }])).toBe(keyText([{ a: "m" }]));
  expect(keyText([{ $plain: { $given: 1 } }])).toBe(keyText([{ $given: { $given: 1 } }]));
  expect(keyText([undefined])).toBe(keyText([{ $absent: true }]));
  expect(keyText([0.1 + 0.2, -0])).toBe(keyText([0.3, 0]));
  const different: (Json | undefined)[] = [1, "1", null, "null", undefined, [], {}, "", [1], ["1"], [[1]], "[1]", true];
  expect(new Set(different.map((value) => keyText([value]))).size).toBe(different.length);
  expect(keyText(["a", "b"])).not.toBe(keyText([["a", "b"]]));
  expect(keyText(["a", undefined])).not.toBe(keyText([undefined, "a"]));
});

test("a replica that is added takes its share of the keys from the others, and no other key moves", () => {
  fc.assert(
    fc.property(key, fc.integer({ min: 1, max: 40 }), (values, count) => {
      const after = rankReplicas(values, count + 1);
      expect(after.filter((replica) => replica !== count)).toEqual(rankReplicas(values, count));
    }),
  );
  const keys = Array.from({ length: 2_000 }, (_, index) => [`model-${index}`]);
  const moved = keys.filter((one) => rankReplicas(one, 9)[0] === 8).length;
  // A ninth of 2,000 is 222, and the standard deviation 14.
  expect(Math.abs(moved - 2_000 / 9)).toBeLessThan(70);
});

test("keys spread evenly over the replicas, and those of one replica spread their seconds over the others", () => {
  const rankings = Array.from({ length: 8_000 }, (_, index) => rankReplicas([index], 8));
  for (const replica of [0, 1, 2, 3, 4, 5, 6, 7]) {
    // 1,000 each, and the standard deviation is 30.
    const own = rankings.filter(([first]) => first === replica);
    expect(Math.abs(own.length - 1_000)).toBeLessThan(150);
    expect(new Set(own.map(([, second]) => second)).size).toBe(7);
  }
});

test("of a very long key its beginning counts, so that no hash gets more than AWS takes", async () => {
  const long = "😀".repeat(KEY_CHARACTERS);
  expect(rankReplicas([`${long}a`], 8)).toEqual(rankReplicas([`${long}b`], 8));
  expect(await byEmulator(rankExpression(["$input"], 8), { input: long })).toEqual(rankReplicas([long], 8).map(String));
});
