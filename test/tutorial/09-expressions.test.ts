import fc from "fast-check";
import { expect, test } from "vitest";
import { expr, required, workflow } from "lambent";
import { run } from "../../infra/run/local.ts";
import { testExamples } from "../support/examples.ts";
import * as chapter from "./09-expressions.ts";

testExamples(chapter);

const all = workflow(
  {
    list: required<unknown[]>(),
    texts: required<string[]>(),
    from: 0,
    to: 0,
    n: 0,
    m: 1,
    one: required<Record<string, unknown>>(),
    other: required<Record<string, unknown>>(),
  },
  function all({ list, texts, from, to, n, m, one, other }) {
    return {
      length: expr.length(list),
      range: expr.range(from, to),
      slice: expr.slice(list, from, to),
      rest: expr.slice(list, from),
      merge: expr.merge(one, other),
      join: expr.join(texts, ", "),
      format: expr.format`<${n}> ${m}${expr.join(texts, "")}`,
      numbers: [expr.add(n, m), expr.sub(n, m), expr.mul(n, m), expr.mod(n, m), expr.min(n, m), expr.max(n, m)],
      half: expr.round(expr.div(n, 2)),
    };
  },
);

test("what has no fields of its own is merged in a task", async () => {
  const merging = workflow({ one: required<object>() }, function merging({ one }) {
    return expr.merge(one, { a: 1 });
  });
  for (const one of [new Date(0), { $stored: "x" }, [1], null])
    await expect(run(merging, { one } as never)).rejects.toThrow(
      "expr.merge takes objects with fields; merge in a task",
    );
});

test("a text that a caller gave is parsed as data", async () => {
  const parsing = workflow({ text: "" }, function parsing({ text }) {
    const parsed = expr.parse<{ a: unknown }>(text);
    return { parsed, a: parsed.a };
  });
  const json = { a: { $stored: "key" }, b: { $plain: 1 } };
  expect(await run(parsing, { text: JSON.stringify(json) })).toEqual({ parsed: json, a: json.a });
});

test("what is known already, of the wrong type, or outside of a workflow is refused", () => {
  function tracing(fn: () => unknown) {
    return () => workflow({}, fn as () => number, { name: "wf" });
  }
  expect(tracing(() => expr.add(1, 2))).toThrow("expr.add(…) is given no Ref");
  expect(tracing(() => expr.add("1" as never, 2))).toThrow("expr.add(…) takes a number, or the Ref of one");
  expect(tracing(() => expr.range(0.5, 2))).toThrow("expr.range(…) takes a whole number");
  expect(() => expr.uuid()).toThrow("expr.uuid was called outside of a workflow");
});

test("each computes what TypeScript does, of any values", { timeout: 120_000 }, async () => {
  const json = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.parse(JSON.stringify(value)) as unknown),
    fc.constantFrom<unknown>([], [[]], [1], null, { $stored: "x" }, { $given: [1] }),
  );
  const fields = fc
    .dictionary(fc.constantFrom("a", "b", "ä", "$stored", "c d"), json, { noNullPrototype: true })
    .map((some) => ({
      ...some,
      own: 1,
    }));
  const whole = fc.integer({ min: -12, max: 12 });
  const given = fc.record({
    list: fc.array(json, { maxLength: 6 }),
    texts: fc.array(fc.string({ unit: "grapheme" }), { maxLength: 4 }),
    from: whole,
    to: whole,
    n: fc.integer({ min: -100_000, max: 100_000 }),
    m: fc.integer({ min: 1, max: 1000 }),
    one: fields,
    other: fields,
  });
  await fc.assert(
    fc.asyncProperty(given, async (inputs) => {
      const { list, texts, from, to, n, m, one, other } = inputs;
      expect(await run(all, inputs)).toEqual({
        length: list.length,
        range: Array.from({ length: Math.max(0, to - from) }, (_, index) => from + index),
        slice: list.slice(from, to),
        rest: list.slice(from),
        merge: { ...one, ...other },
        join: texts.join(", "),
        format: `<${n}> ${m}${texts.join("")}`,
        // JSON has no -0.
        numbers: [n + m, n - m, n * m + 0, (n % m) + 0, Math.min(n, m), Math.max(n, m)],
        half: Math.round(n / 2) + 0,
      });
    }),
    { numRuns: 40 },
  );
});
