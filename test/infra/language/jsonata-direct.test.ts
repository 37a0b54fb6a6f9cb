import fc from "fast-check";
import jsonata from "jsonata";
import { expect, it } from "vitest";
import type { Json } from "../../../sdk/base/json.ts";
import { parse } from "../../../infra/language/jsonata-engine.ts";
import { UnsupportedResult } from "../../../infra/language/jsonata-result.ts";
import { compile } from "../../../infra/language/jsonata-expression.ts";
import { view } from "../../support/view.ts";

type Outcome = { readonly value: unknown } | { readonly failed: true };

async function outcomeOf(evaluate: () => unknown): Promise<Outcome> {
  try {
    const v = (await evaluate()) ?? undefined;
    // Through JSON, as every output goes: the engine marks its arrays, and undefined is no value.
    return { value: JSON.parse(JSON.stringify({ v }, finiteOrText)) };
  } catch {
    return { failed: true };
  }
}

/** Step Functions writes Infinity and NaN as texts. */
function finiteOrText(_: string, value: unknown): unknown {
  return typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
}

const key = fc.constantFrom("a", "b", "c");
const value = fc.letrec<{ json: Json }>((tie) => ({
  json: fc.oneof(
    { depthSize: "small" },
    fc.constantFrom<Json>(null, true, false, "", "x", "y", 0, 1, -2.5),
    fc.array(tie("json"), { maxLength: 3 }),
    fc.dictionary(key, tie("json"), { maxKeys: 3 }),
  ),
})).json;

/** Expressions of the kinds that closures are made for, over `$states.input` and the variable `$v`. */
const expression = fc.letrec<{ any: string; path: string }>((tie) => ({
  path: fc
    .tuple(fc.constantFrom("$states.input", "$v", "$states.result"), fc.array(key, { maxLength: 3 }))
    .map(([root, keys]) => [root, ...keys].join(".")),
  any: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    tie("path"),
    fc.constantFrom("1", "2.5", "'x'", "''", "true", "false", "null"),
    fc
      .tuple(
        tie("any"),
        fc.constantFrom("+", "-", "*", "/", "%", "&", "=", "!=", "<", "<=", ">", ">=", "and", "or"),
        tie("any"),
      )
      .map(([left, operator, right]) => `(${left}) ${operator} (${right})`),
    fc.tuple(tie("any"), tie("any"), tie("any")).map(([test, yes, no]) => `(${test}) ? (${yes}) : (${no})`),
    fc.array(tie("any"), { maxLength: 3 }).map((items) => `[${items.join(", ")}]`),
    fc
      .array(tie("any"), { maxLength: 3 })
      .map((items) => `{${items.map((item, index) => `"k${index}": ${item}`).join(", ")}}`),
  ),
})).any;

it("a closure gives what the engine gives, for every expression that has one", async () => {
  let closures = 0;
  await fc.assert(
    fc.asyncProperty(expression, value, value, async (source, input, v) => {
      if (parse(source).direct !== undefined) closures++;
      const scope = view(input, { v });
      const ours = await outcomeOf(() => compile(source)(scope));
      const theirs = await outcomeOf(() => jsonata(source).evaluate(undefined, { states: { input }, v }));
      expect(ours).toEqual(theirs);
    }),
    { numRuns: 2000 },
  );
  expect(closures).toBeGreaterThan(500);
});

it.each<[string, Json]>([
  ["1/0", "Infinity"],
  ["-1/0", "-Infinity"],
  ["0/0", "NaN"],
  ["1e308 * 10", "Infinity"],
  ["$parseInteger('abc', '0')", "NaN"],
  ["[1/0, -1/0, 0 % 0]", ["Infinity", "-Infinity", "NaN"]],
  ["{'k': 1/0}", { k: "Infinity" }],
  ["{'a': [[{'b': 0/0}]]}", { a: [[{ b: "NaN" }]] }],
  ["1/0 > 5", true],
  ["$formatNumber(1/0, '0')", "Infinity"],
])("a number that JSON has not is a text: %s", async (source, expected) => {
  expect(await compile(source)(view(1))).toEqual(expected);
});

it("what JSON cannot carry is refused, at any depth", async () => {
  await expect(Promise.resolve(compile("{'a': [function($x) {$x}]}")(view(1)))).rejects.toBeInstanceOf(
    UnsupportedResult,
  );
  await expect(Promise.resolve(compile("$sum")(view(1)))).rejects.toBeInstanceOf(UnsupportedResult);
});
