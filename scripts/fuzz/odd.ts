import fc, { type Arbitrary } from "fast-check";
import type { Json } from "../../sdk/base/json.ts";

/** Values of JSON that programs trip over. */
const ODD_JSON: readonly Json[] = [
  null,
  true,
  0,
  -1,
  0.5,
  1e308,
  2 ** 53,
  "",
  " ",
  "\u0000",
  "\ud800",
  "__proto__",
  "constructor",
  "$.x",
  "$$.",
  "$[",
  "{% $x %}",
  "{% ",
  "{% $states.input.a.b.c %}",
  "2026-13-45T99:99:99Z",
  "arn:aws:states:::",
  "x".repeat(300),
  [],
  [null],
  [[]],
  {},
  { a: { b: [] } },
  { __proto__: 1, "": "" },
];

/** In the place of a value of the same type, these keep most of what is around it right. */
const NEAR: Readonly<Record<string, readonly Json[]>> = {
  number: [0, 1, 2, 3, 60, 99_999_999, -1, 0.5],
  boolean: [true, false],
  string: [
    "a",
    "End",
    "Next",
    "$.x",
    "$",
    "{% $states.input %}",
    "{% 1/0 %}",
    "{% [1..3] %}",
    "{% $n + 1 %}",
    "{% $string($list) %}",
    "2026-01-01T00:00:00Z",
    "E",
  ],
};

/** Values that are no JSON, too. */
const ODD: readonly unknown[] = [
  ...ODD_JSON,
  undefined,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  1n,
  Symbol("odd"),
  () => 1,
  new Date(Number.NaN),
  new Map([[{}, 1]]),
  Object.create(null),
  Promise.resolve(1),
  new Proxy({}, {}),
];

export function oddJson(): Arbitrary<Json> {
  const any = fc.jsonValue({ maxDepth: 3 }) as Arbitrary<Json>; // fast-check's name for the same
  return fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...ODD_JSON) }, { weight: 1, arbitrary: any });
}

export function odd(): Arbitrary<unknown> {
  return fc.oneof(fc.constantFrom(...ODD), oddJson());
}

interface Edit<Value> {
  /** Which of all places in the value, counted round and round. */
  readonly place: number;
  readonly change: "near" | "replace" | "remove" | "rename" | "copy";
  readonly value: Value;
}

/** Some of the values, each changed in one to three places. */
export function edited<Value>(values: readonly Value[], replacement: Arbitrary<Value>): Arbitrary<Value> {
  const edit = fc.record({
    place: fc.nat({ max: 10_000 }),
    change: fc.constantFrom("near", "near", "near", "near", "near", "replace", "remove", "rename", "copy"),
    value: replacement,
  }) as Arbitrary<Edit<Value>>; // constantFrom gives a string
  const several = fc.array(edit, { minLength: 1, maxLength: 3, size: "max" });
  const edits = fc.oneof({ weight: 3, arbitrary: fc.tuple(edit) }, { weight: 1, arbitrary: several });
  return fc.tuple(fc.constantFrom(...values), edits).map(([value, changes]) => changes.reduce(applyEdit, value));
}

type Container = Record<string, unknown> | unknown[];

function isContainer(value: unknown): value is Container {
  return (
    typeof value === "object" &&
    value !== null &&
    (Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype)
  );
}

/** Every container and key of a value, the deepest last. */
function placesOf(value: unknown): { readonly container: Container; readonly key: string }[] {
  if (!isContainer(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => [{ container: value, key }, ...placesOf(inner)]);
}

function copied(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copied);
  if (!isContainer(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, copied(inner)]));
}

function applyEdit<Value>(value: Value, { place, change, value: replacement }: Edit<Value>): Value {
  const copy = copied(value);
  const places = placesOf(copy);
  const chosen = places[place % Math.max(places.length, 1)];
  if (chosen === undefined) return replacement;
  const { container, key } = chosen;
  const inner: unknown = Reflect.get(container, key);
  const near = NEAR[typeof inner];
  if (change === "near" && near !== undefined) define(container, key, near[place % near.length]);
  else if (change === "replace" || change === "near") define(container, key, replacement);
  else if (change === "copy") define(container, key, [inner, inner]);
  else if (Array.isArray(container)) container.splice(Number(key), 1);
  else Reflect.deleteProperty(container, key);
  if (change === "rename" && !Array.isArray(container)) define(container, `${key}x`, inner);
  return copy as Value; // of the same kind, as far as that is known of what is odd on purpose
}

/** Also where the key is `__proto__`. */
function define(container: Container, key: string, value: unknown): void {
  Object.defineProperty(container, key, { value, enumerable: true, configurable: true, writable: true });
}

/** Texts with some characters gone, doubled or replaced. */
export function garbled(texts: readonly string[]): Arbitrary<string> {
  const cut = fc.record({
    at: fc.nat(),
    length: fc.nat({ max: 8 }),
    put: fc.constantFrom("", "{", "}", '"', ":", "\n", "\t", "é", "\u0000", "[[", "- "),
  });
  return fc.tuple(fc.constantFrom(...texts), fc.array(cut, { minLength: 1, maxLength: 5 })).map(([text, cuts]) =>
    cuts.reduce((garbledText, { at, length, put }) => {
      const from = at % Math.max(garbledText.length, 1);
      return garbledText.slice(0, from) + put + garbledText.slice(from + length);
    }, text),
  );
}
