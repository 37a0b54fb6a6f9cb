import fc from "fast-check";
import jsonata from "jsonata";
import { expect, test } from "vitest";
import type { Expression } from "../../../sdk/graph/graph.ts";
import type { Json } from "../../../sdk/base/json.ts";
import { literal, read, template } from "../../../infra/compile/expression.ts";

/** Every value in a JSON document, with the path that leads to it. */
function* paths(value: Json, path: (string | number)[] = []): Generator<{ path: (string | number)[]; value: Json }> {
  yield { path, value };
  if (value !== null && typeof value === "object") {
    const entries = Array.isArray(value)
      ? value.map((item, index): [number, Json] => [index, item])
      : Object.entries(value);
    // A Ref cannot tell the field "0" from the element 0 either.
    for (const [step, field] of entries) {
      yield* paths(field, [...path, /^(0|[1-9]\d*)$/.test(String(step)) ? Number(step) : step]);
    }
  }
}

/** Any JSON, and objects whose fields look like indices or like operators. */
const json = fc
  .oneof(
    fc.jsonValue({ maxDepth: 4, stringUnit: "binary" }),
    fc.dictionary(fc.constantFrom("0", "1", "2024", "and", "`"), fc.jsonValue({ maxDepth: 2 })),
  )
  .map((value) => JSON.parse(JSON.stringify(value)) as Json);

async function evaluate(expression: string, value: Json): Promise<unknown> {
  return JSON.parse(JSON.stringify((await jsonata(expression).evaluate({}, { x: value })) ?? null));
}

test("a Ref reads in JSONata what its path reads in JavaScript, single-element lists and odd names included", async () => {
  await fc.assert(
    fc.asyncProperty(json, async (document) => {
      for (const { path, value } of paths(document)) {
        expect(await evaluate(read({ kind: "ref", variable: "x", path }), document)).toEqual(value);
      }
    }),
    { numRuns: 200 },
  );
});

test("a JSON value is its own JSONata literal", async () => {
  await fc.assert(
    fc.asyncProperty(json, async (value) => {
      expect(await evaluate(literal(value), null)).toEqual(value);
    }),
    { numRuns: 200 },
  );
});

test.each<[string, Expression, Json]>([
  ["a literal stays as it is", { kind: "literal", value: { a: [1, "x"] } }, { a: [1, "x"] }],
  ["a variable is read", { kind: "ref", variable: "evaluate", path: [] }, "{% $evaluate %}"],
  [
    "a field may be missing",
    { kind: "ref", variable: "user", path: ["age"] },
    '{% $exists($user.age) ? $user.age : {"$absent":true} %}',
  ],
  [
    "Refs within literals",
    {
      kind: "object",
      fields: {
        tags: {
          kind: "list",
          items: [
            { kind: "ref", variable: "a", path: [] },
            { kind: "literal", value: 1 },
          ],
        },
      },
    },
    { tags: ["{% $a %}", 1] },
  ],
  [
    "text that looks like an expression is not run",
    { kind: "literal", value: ["{% $secret %}"] },
    ['{% "{% $secret %}" %}'],
  ],
])("a template: %s", (_, expression, expected) => {
  expect(template(expression, "absent")).toEqual(expected);
});
