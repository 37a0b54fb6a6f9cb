import { expect, test } from "vitest";
import { prettyJson } from "../../../../infra/run/timeline/pretty-json.ts";

test.each([
  {},
  [],
  [[], {}],
  'a, [b]: "c" \\ {',
  null,
  -1.5e-7,
  { a: 1, b: [1, "x:y", { c: {} }, [], [true]], "é\n": null },
])("%j is laid out as JSON.stringify does it, from whatever layout", (value) => {
  const expected = JSON.stringify(value, undefined, 2);
  expect(prettyJson(JSON.stringify(value))).toBe(expected);
  expect(prettyJson(expected)).toBe(expected);
  expect(prettyJson(JSON.stringify(value, undefined, "\t"))).toBe(expected);
});

test("numbers keep all of their digits, and what is no JSON stays as it is", () => {
  expect(prettyJson('{"n":[12345678901234567890,1.0,0.1234567890123456789012]}')).toBe(
    '{\n  "n": [\n    12345678901234567890,\n    1.0,\n    0.1234567890123456789012\n  ]\n}',
  );
  expect(prettyJson("{ none")).toBe("{ none");
  expect(prettyJson('"\\u00fc"')).toBe('"ü"');
});
