import { describe, expect, it } from "vitest";
import { workflow } from "lambent";
import { z } from "zod";
import type { Input } from "../../../../infra/run/console/api.ts";
import { inputOf } from "../../../../infra/run/console/inputs.ts";
import { memberTexts } from "../../../../infra/run/timeline/pretty-json.ts";
import { aboutField, beginning, enteredIn, enteredInAll, kindOf } from "../../../../infra/run/console/page/fields.ts";
import { schemaFault } from "../../../../infra/run/console/page/schema-fault.ts";

function input(given: Partial<Input>): Input {
  return { name: "x", isRequired: false, isFile: false, hasFiles: false, schema: {}, ...given };
}

function entered(given: Partial<Input>, text: string): unknown {
  return enteredIn(input(given), { isLeftOut: false, text });
}

describe("a field of the start form", () => {
  it("begins with what is given, else with the default, else empty and left out if that may be", () => {
    expect(beginning(input({ type: "string", default: "a" }), undefined)).toEqual({ isLeftOut: false, text: "a" });
    expect(beginning(input({ type: "string", default: "a" }), '"b"')).toEqual({ isLeftOut: false, text: "b" });
    expect(beginning(input({ type: "number", default: 0 }), undefined)).toEqual({ isLeftOut: false, text: "0" });
    expect(beginning(input({ default: null }), undefined)).toEqual({ isLeftOut: false, text: "null" });
    expect(beginning(input({ default: 1 }), "null")).toEqual({ isLeftOut: false, text: "null" });
    expect(beginning(input({ type: "array", default: [1] }), undefined).text).toBe("[\n  1\n]");
    expect(beginning(input({ type: "number" }), "9007199254740993").text).toBe("9007199254740993");
    expect(beginning(input({}), undefined)).toEqual({ isLeftOut: true, text: "" });
    expect(beginning(input({ isRequired: true }), undefined)).toEqual({ isLeftOut: false, text: "" });
    // A text for which a caller has given something else.
    expect(beginning(input({ type: "string", default: "a" }), '{"b":1}').text).toBe('{"b":1}');
  });

  it("takes numbers as JSON writes them, and no digit is lost", () => {
    const number = { type: "number", schema: { type: "number" } } as const;
    expect(entered(number, "12345678901234567890.5")).toEqual({ json: "12345678901234567890.5" });
    expect(entered(number, " -1e-7 ")).toEqual({ json: "-1e-7" });
    for (const wrong of ["0x10", "NaN", "1,5", "01", "- 1", "five"])
      expect(entered(number, wrong)).toEqual({ fault: `'${wrong}' is not a number` });
    expect(entered(number, "")).toEqual({ fault: "Give a number" });
  });

  it("takes any text as it is, also an empty one that has a default", () => {
    const text = { type: "string", default: "a", schema: { type: "string" } } as const;
    expect(entered(text, 'say "hi"\n5')).toEqual({ json: String.raw`"say \"hi\"\n5"` });
    expect(entered(text, "")).toEqual({ json: '""' });
    expect(entered(text, "[1]")).toEqual({ json: '"[1]"' });
    expect(entered(text, '{"$s3File": 1')).toEqual({ json: String.raw`"{\"$s3File\": 1"` });
  });

  it("takes a file by its address or by what Lambent prints of one", () => {
    const file = { isFile: true, isRequired: true };
    expect(kindOf(input(file))).toBe("text");
    expect(entered(file, "s3://bucket/key")).toEqual({ json: '"s3://bucket/key"' });
    expect(entered(file, '{"$s3File": {"uri": "s3://b/k"}}')).toEqual({ json: '{"$s3File": {"uri": "s3://b/k"}}' });
    // A path below .lambent/store, as callers on this machine may give it.
    expect(entered(file, "files/a.csv")).toEqual({ json: '"files/a.csv"' });
    expect(entered(file, '{"$s3File"')).toEqual({ fault: expect.stringContaining("This is not JSON: ") });
    expect(entered(file, "")).toEqual({ fault: "Give the file's address, as s3://bucket/key" });
  });

  it("asks for what a schema takes, and tells of what it does not", () => {
    const Box = z.object({ width: z.number().optional(), tags: z.record(z.string(), z.int()) });
    const inputs = { n: z.int().min(1), kind: z.enum(["a", "b"]).default("a"), box: Box, any: z.date() };
    const declared = workflow(inputs, ({ n }) => n, { name: "declared" }).graph.inputs.map(inputOf);
    expect(declared.map(kindOf)).toEqual(["number", "choice", "json", "json"]);
    expect(declared.map(({ isRequired }) => isRequired)).toEqual([true, false, true, true]);
    expect(declared.map(aboutField)).toEqual([
      "a whole number",
      "one of these; may be left out",
      "an object, as JSON",
      'text, or JSON, as 5 or [1, 2]; the text 5 is "5"',
    ]);
    const [n, , box] = declared as [Input, Input, Input];
    expect(entered(n, "0")).toEqual({ fault: "It has to be at least 1" });
    expect(entered(n, "1.5")).toEqual({ fault: "It has to be a whole number, and is a number" });
    expect(entered(n, "2")).toEqual({ json: "2" });
    expect(entered(box, '{"width": "1", "tags": {}}')).toEqual({ fault: "width has to be a number, and is a text" });
    expect(entered(box, '{"tags": {"a": 0.5}}')).toEqual({ fault: "tags.a has to be a whole number, and is a number" });
    expect(entered(box, "{}")).toEqual({ fault: "It lacks the field 'tags'" });
    expect(entered(box, '{"tags": {"a": 1}}')).toEqual({ json: '{"tags": {"a": 1}}' });
  });

  it("tells of lists and objects where they are no JSON or not of the type", () => {
    const list = { type: "array", schema: { type: "array" } } as const;
    expect(entered(list, "[1, 2]")).toEqual({ json: "[1, 2]" });
    expect(entered(list, "[1,")).toEqual({ fault: expect.stringContaining("This is not JSON: ") });
    expect(entered(list, '{"a": 1}')).toEqual({ fault: "It has to be a list, and is an object" });
    expect(entered({}, "")).toEqual({ fault: "Give a value, as JSON" });
  });

  it("takes what has no type as JSON, and what does not look like it as text", () => {
    for (const json of ["5", "true", "null", "[1, 2]", '"5"', '{"a": 1}']) expect(entered({}, json)).toEqual({ json });
    expect(entered({}, 'say "hi" 5')).toEqual({ json: String.raw`"say \"hi\" 5"` });
    expect(entered({}, "5 apples")).toEqual({ json: '"5 apples"' });
    for (const wrong of ["[1,", '{"a"', '"a'])
      expect(entered({}, wrong)).toEqual({ fault: expect.stringContaining("This is not JSON: ") });
    expect(entered({ hasFiles: true }, "a")).toEqual({ fault: expect.stringContaining("This is not JSON: ") });
  });

  it("gives the fields of all inputs, by whatever names, without those that are left out", () => {
    const inputs = ["n", "constructor", "__proto__", "left"].map((name) => input({ name, type: "number" }));
    const fields = new Map(
      inputs.map(({ name }, index) => [name, { isLeftOut: name === "left", text: String(index) }]),
    );
    expect(enteredInAll(inputs, fields)).toEqual({ json: '{"n": 0, "constructor": 1, "__proto__": 2}' });
    fields.set("constructor", { isLeftOut: false, text: "x" });
    expect(enteredInAll(inputs, fields)).toEqual({ faults: new Map([["constructor", "'x' is not a number"]]) });
  });
});

describe("what is wrong by a schema", () => {
  it("is told with its place", () => {
    const schema = {
      type: "object",
      required: ["name"],
      additionalProperties: false,
      properties: {
        name: { type: ["string", "null"] },
        sizes: { type: "array", items: { type: "integer", minimum: 1 }, maxItems: 2 },
      },
    };
    expect(schemaFault({ name: null, sizes: [1] }, schema)).toBeUndefined();
    expect(schemaFault({}, schema)).toBe("It lacks the field 'name'");
    expect(schemaFault({ name: 5 }, schema)).toBe("name has to be a text or null, and is a whole number");
    expect(schemaFault({ name: "a", sizes: [1, 0.5] }, schema)).toBe(
      "sizes[1] has to be a whole number, and is a number",
    );
    expect(schemaFault({ name: "a", sizes: [0] }, schema)).toBe("sizes[0] has to be at least 1");
    expect(schemaFault({ name: "a", sizes: [1, 2, 3] }, schema)).toBe("sizes may have at most 2 items");
    expect(schemaFault({ name: "a", toString: 1 }, schema)).toBe("It has a field 'toString', which is not known");
  });

  it("is one of several choices that none fits", () => {
    expect(schemaFault("c", { enum: ["a", "b"] })).toBe('It has to be one of "a", "b"');
    expect(schemaFault(2, { anyOf: [{ type: "string" }, { const: 1 }] })).toBe(
      "It has to be a text, and is a whole number",
    );
    expect(schemaFault(1, { anyOf: [{ type: "string" }, { const: 1 }] })).toBeUndefined();
  });
});

it("begins with an earlier input's members as they were written", () => {
  const members = memberTexts('{"id": 9007199254740993, "b": {"c": [1.0, "}, \\"x\\""]}, "d\\u0065": "a, b", "f": []}');
  expect([...members]).toEqual([
    ["id", "9007199254740993"],
    ["b", '{"c":[1.0,"}, \\"x\\""]}'],
    ["de", '"a, b"'],
    ["f", "[]"],
  ]);
  expect(memberTexts("[1]").size + memberTexts("{").size + memberTexts("{}").size).toBe(0);
});
