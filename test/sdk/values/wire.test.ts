import fc from "fast-check";
import { expect, test } from "vitest";
import { S3File } from "lambent";
import type { Json } from "../../../sdk/base/json.ts";
import { decode, encode } from "../../../sdk/values/wire.ts";

function roundTrip(value: unknown): unknown {
  return decode(JSON.parse(JSON.stringify(encode(value, "value"))) as Json, []);
}

test("JSON values cross unchanged, even those that look like our own marks", async () => {
  const keys = fc.constantFrom("$s3File", "$plain", "$absent", "$stored", "__proto__", "constructor", "a");
  const value = fc.letrec((tie) => ({
    any: fc.oneof({ depthSize: "small" }, fc.jsonValue(), fc.dictionary(keys, tie("any")), fc.array(tie("any"))),
  })).any;
  await fc.assert(
    fc.property(value, (generated) => {
      const plain: unknown = JSON.parse(JSON.stringify(generated));
      expect(JSON.stringify(roundTrip(plain))).toBe(JSON.stringify(plain));
    }),
  );
});

test("a file crosses as its address and the version of its content", () => {
  const file = new S3File({ uri: "s3://bucket/key", version: "7", format: "txt" });
  expect(encode({ file }, "output")).toEqual({
    file: { $s3File: { uri: "s3://bucket/key", version: "7", format: "txt" } },
  });
  expect(roundTrip({ file })).toEqual({ file });
  expect((roundTrip([file]) as unknown[])[0]).toBeInstanceOf(S3File);
});

test("fields that are undefined are left out, and nothing at all is null", () => {
  expect(encode({ a: undefined, b: 1 }, "output")).toEqual({ b: 1 });
  expect(encode(undefined, "output")).toBe(null);
});

test("objects without a prototype are plain; instances are not, whatever their fields", () => {
  expect(encode(Object.assign(Object.create(null) as object, { a: 1 }), "output")).toEqual({ a: 1 });
  expect(encode({ constructor: "data" }, "output")).toEqual({ constructor: "data" });
  expect(() => encode(new (class Point {})(), "output")).toThrow("output is a Point, which JSON cannot carry");
});

test("what is nested too deep to be read again is refused", () => {
  let deep: unknown = 1;
  for (let level = 0; level < 20_000; level++) deep = [deep];
  expect(() => encode(deep, "output")).toThrow(
    /^output\[0\].* is nested more than 500 levels deep, which JSON cannot carry/,
  );
});

test("a mark without its fields is told to be no file", () => {
  expect(() => decode({ $s3File: { uri: "s3://a/b" } }, [])).toThrow('{"$s3File":{"uri":"s3://a/b"}} is not an S3File');
});
