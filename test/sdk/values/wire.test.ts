import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { expect, test } from "vitest";
import { S3File } from "lambent";
import type { Json } from "../../../sdk/base/json.ts";
import { decodeValue, encodeValue as encode } from "../../../sdk/values/crossing.ts";

function roundTrip(value: unknown): unknown {
  return decodeValue(JSON.parse(JSON.stringify(encode(value, "value"))) as Json);
}

test("JSON values cross unchanged, even those that look like our own marks", async () => {
  const keys = fc.constantFrom("$s3File", "$plain", "$absent", "$stored", "$value", "__proto__", "constructor", "a");
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

/** What a task can pass to another, instances of all classes among it, and what looks like their marks. */
const crossing = fc.letrec((tie) => ({
  any: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as unknown),
    fc.date({ noInvalidDate: true }),
    fc.bigInt(),
    fc.uint8Array().map((bytes) => new Uint8Array(bytes)),
    fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    fc.webUrl().map((url) => new URL(url)),
    fc.dictionary(fc.constantFrom("$value", "Date", "Set", "a", "b"), tie("any"), { noNullPrototype: true }),
    fc.array(tie("any")),
    fc.array(tie("any")).map((items) => new Set(items)),
    fc.array(fc.tuple(tie("any"), tie("any"))).map((entries) => new Map(entries)),
  ),
})).any;

test("Date, bigint, Map, Set, Uint8Array, Buffer and URL cross as what they are, within each other too", () => {
  fc.assert(
    fc.property(crossing, (value) => {
      expect(roundTrip(value)).toStrictEqual(value);
    }),
  );
});

test("an instance is encoded with the name of its class", () => {
  expect(
    encode(
      [new Date(0), 12n, new Map([["a", 1n]]), new Set([1]), new Uint8Array([1, 2]), new URL("http://a.b")],
      "output",
    ),
  ).toEqual([
    { $value: { Date: "1970-01-01T00:00:00.000Z" } },
    { $value: { bigint: "12" } },
    { $value: { Map: [["a", { $value: { bigint: "1" } }]] } },
    { $value: { Set: [1] } },
    { $value: { Uint8Array: "AQI=" } },
    { $value: { URL: "http://a.b/" } },
  ]);
});

test.each<[string, unknown, string]>([
  ["an invalid Date", { when: new Date(Number.NaN) }, "output.when is an invalid Date"],
  ["NaN in a Set", new Set([1, Number.NaN]), "output[1] is NaN"],
  ["a function in a Map", new Map([["a", () => 1]]), "output[0][1] is a function"],
  ["a Map that contains itself", new Map<string, unknown>().set("a", null), ""],
  ["an instance of a subclass", new (class Table extends Map {})(), "output is a Table"],
  [
    "an instance of a subclass that has taken its name",
    new (class Date extends globalThis.Date {})(),
    "output is a Date",
  ],
  ["another array of bytes", { in: new Float32Array(2) }, "output.in is a Float32Array"],
  ["what only has the name", Object.create({ constructor: Map }), "output is a Map"],
])("%s", (_, value, message) => {
  if (message === "") (value as Map<string, unknown>).set("a", value);
  expect(() => encode(value, "output")).toThrow(
    message === "" ? "output[0][1] is a value that contains itself" : message,
  );
});

test("values of another realm cross, and are of this one then", () => {
  const others: unknown = runInNewContext("[new Date(0), new Map([[1, 2]]), new Set([3]), new Uint8Array([4])]");
  expect(roundTrip(others)).toStrictEqual([new Date(0), new Map([[1, 2]]), new Set([3]), new Uint8Array([4])]);
});

test("a view of a part of a buffer crosses as that part", () => {
  expect(roundTrip(new Uint8Array([1, 2, 3, 4]).subarray(1, 3))).toStrictEqual(new Uint8Array([2, 3]));
});

test.each<[Json]>([
  [{ $value: 1 }],
  [{ $value: null }],
  [{ $value: { Date: "tomorrow" } }],
  [{ $value: { Date: "2026-02-31T25:00:00Z" } }],
  [{ $value: { bigint: "1.5" } }],
  [{ $value: { bigint: 1 } }],
  [{ $value: { Map: [[1]] } }],
  [{ $value: { Set: {} } }],
  [{ $value: { Uint8Array: "?" } }],
  [{ $value: { URL: "a" } }],
  [{ $value: { Date: "1970-01-01T00:00:00.000Z", Set: [] } }],
  [{ $value: { toString: "a" } }],
  [{ $value: {} }],
])("what stands for no value is data: %j", (json) => {
  expect(decodeValue(json)).toStrictEqual(json);
});

test("in a caller's data that looks like other marks, a value is one, and no other mark is", () => {
  const given = {
    a: { $stored: "key" },
    when: { $value: { Date: "1970-01-01T00:00:00.000Z" } },
    $plain: { $absent: 1 },
  };
  expect(decodeValue({ $given: given })).toStrictEqual({ ...given, when: new Date(0) });
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
  expect(() => encode(new (class Point {})(), "output")).toThrow("output is a Point, which cannot cross between tasks");
});

test("what is nested too deep to be read again is refused", () => {
  let deep: unknown = 1;
  for (let level = 0; level < 20_000; level++) deep = [deep];
  expect(() => encode(deep, "output")).toThrow(
    /^output\[0\].* is nested more than 500 levels deep, which cannot cross between tasks/,
  );
});

test("a mark without its fields is told to be no file", () => {
  expect(() => decodeValue({ $s3File: { uri: "s3://a/b" } })).toThrow(
    '{"$s3File":{"uri":"s3://a/b"}} is not an S3File',
  );
});
