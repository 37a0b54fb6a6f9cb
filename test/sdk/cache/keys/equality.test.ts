import { describe, expect, test } from "vitest";
import { replicaCache } from "../../../../sdk/cache/replica-cache.ts";

/** Calls after which a cache has generated a walk for its arguments (see walk.ts). */
const callsUntilWalk = 30;

/** Whether calls with the two argument lists share one result, whichever comes first, and each with its own like. */
function share(a: readonly unknown[], b: readonly unknown[], options: { symbols?: boolean } = {}): boolean {
  const orders = [[a, b] as const, [b, a] as const].map(([first, second]) => {
    // Functions of two parameters have a lookup of their own.
    const fn = first.length === 2 ? (_a: unknown, _b: unknown) => ({}) : (..._args: unknown[]) => ({});
    const cached = replicaCache({ name: "test" }, fn as (...args: unknown[]) => object, options);
    const call = cached as (...args: readonly unknown[]) => object;
    const one = call(...first);
    for (let i = 0; i < callsUntilWalk; i++) expect(call(...first)).toBe(one);
    const two = call(...second);
    for (let i = 0; i < callsUntilWalk; i++) expect(call(...second)).toBe(two);
    expect(call(...first)).toBe(one);
    expect(call(...second)).toBe(two);
    return one === two;
  });
  expect(orders[0]).toBe(orders[1]);
  return orders[0] === true;
}

function hidden<T extends object>(value: T, key: string): T {
  return Object.defineProperty(value, key, { enumerable: false });
}

/** It equals nothing but itself. */
function withHiddenMethods<T extends object>(value: T): T {
  function equals(other: unknown): boolean {
    return other === value;
  }
  return Object.defineProperties(value, { equals: { value: equals }, hashCode: { value: () => 1 } });
}

function noArguments(): object {
  return (function (this: void) {
    return arguments;
  })();
}

class Point {
  readonly x: number;
  readonly y: number;
  constructor(x: number, y: number) {
    this.x = x;
    this.y = y;
  }
  equals(other: unknown): boolean {
    return other instanceof Point && this.x === other.x && this.y === other.y;
  }
  hashCode(): number {
    return this.x * 31 + this.y;
  }
}
class NamedPoint extends Point {
  readonly name: string = "p";
}
class Colliding extends Point {
  override hashCode(): number {
    return 0;
  }
}
class Secret {
  readonly #value: number;
  constructor(value: number) {
    this.#value = value;
  }
  equals(other: Secret): boolean {
    return this.#value === other.#value;
  }
  hashCode(): string {
    return "secret";
  }
}
class Eager {
  readonly n: number;
  constructor(n: number) {
    this.n = n;
  }
  equals(): boolean {
    return true; // claims to equal anything
  }
  hashCode(): number {
    return 0;
  }
}
class OtherEager extends Point {
  override equals(other: unknown): boolean {
    return other instanceof OtherEager;
  }
  override hashCode(): number {
    return 0;
  }
}
class Bag {
  readonly n: number;
  constructor(n: number) {
    this.n = n;
  }
}
class OtherBag {
  readonly n: number;
  constructor(n: number) {
    this.n = n;
  }
}

function fn(): number {
  return 1;
}
const symbol = Symbol("s");
const bag = new Bag(1);
const promise = Promise.resolve(1);
const weak = new WeakMap();
function noPrototype(of: object): object {
  return Object.assign(Object.create(null), of);
}
function form(pairs: [string, string][]): FormData {
  const made = new FormData();
  for (const [name, value] of pairs) made.append(name, value);
  return made;
}
function cycle(name: string): object {
  const object: Record<string, unknown> = { name };
  object["self"] = object;
  return object;
}
function ring(length: number): object {
  const nodes: Record<string, unknown>[] = Array.from({ length }, (_, i) => ({ i }));
  for (const [i, node] of nodes.entries()) node["next"] = nodes[(i + 1) % length];
  return nodes[0] ?? {};
}
function cyclicArray(): unknown[] {
  const array: unknown[] = [1];
  array.push(array);
  return array;
}
function cyclicMap(): Map<string, unknown> {
  const map = new Map<string, unknown>();
  return map.set("self", map);
}
function nested(depth: number, leaf: unknown): unknown {
  let value = leaf;
  for (let i = 0; i < depth; i++) value = { inner: value };
  return value;
}
function args(..._args: unknown[]): unknown {
  // eslint-disable-next-line prefer-rest-params -- an arguments object is what is meant
  return arguments;
}
function withProperty<T extends object>(of: T, property: object): T {
  return Object.assign(of, property);
}
function lastIndex(of: RegExp, at: number): RegExp {
  return Object.assign(of, { lastIndex: at });
}

// Of one text, as functions made by another function are.
const [oneFunction, otherFunction] = [0, 1].map(() => () => 0);

const same: [string, unknown[], unknown[]][] = [
  ["no arguments", [], []],
  ["numbers", [1], [1]],
  ["a fraction computed two ways", [0.5], [1 / 2]],
  ["NaN", [NaN], [NaN]],
  ["NaN of different origin", [0 / 0], [Number("x")]],
  ["NaN in an object", [{ a: NaN }], [{ a: NaN }]],
  ["NaN in an array", [[NaN]], [[NaN]]],
  ["-0", [-0], [-0]],
  ["-0 in an object", [{ a: -0 }], [{ a: -0 }]],
  ["infinity", [Infinity], [Infinity]],
  ["strings", ["a"], ["a"]],
  ["a string put together", ["ab"], [["a", "b"].join("")]],
  ["empty strings", [""], [""]],
  ["a lone surrogate", ["\ud800"], ["\ud800"]],
  ["bigints", [10n ** 30n], [10n ** 30n]],
  ["true", [true], [true]],
  ["null", [null], [null]],
  ["undefined", [undefined], [undefined]],
  ["two primitives", [1, "a"], [1, "a"]],
  ["three primitives", [1, "a", null], [1, "a", null]],
  ["seven primitives", [1, 2, 3, 4, 5, 6, 7], [1, 2, 3, 4, 5, 6, 7]],
  ["empty objects", [{}], [{}]],
  ["objects", [{ a: 1, b: 2 }], [{ a: 1, b: 2 }]],
  ["objects whatever the order of keys", [{ a: 1, b: 2 }], [{ b: 2, a: 1 }]],
  ["nested objects whatever the order of keys", [{ a: { b: 1, c: 2 }, d: 3 }], [{ d: 3, a: { c: 2, b: 1 } }]],
  ["objects with index keys", [{ 0: "a", 1: "b" }], [{ 1: "b", 0: "a" }]],
  ["a literal and a parsed object", [{ a: [1, { b: null }] }], [JSON.parse('{"a":[1,{"b":null}]}')]],
  ["__proto__ as data", [JSON.parse('{"__proto__":1}')], [JSON.parse('{"__proto__":1}')]],
  ["constructor as data", [{ constructor: 1 }], [{ constructor: 1 }]],
  ["hasOwnProperty as data", [{ hasOwnProperty: 1 }], [{ hasOwnProperty: 1 }]],
  // oxlint-disable-next-line unicorn/no-thenable -- data of that name
  ["then as data", [{ then: 1 }], [{ then: 1 }]],
  ["equals and hashCode as data", [{ equals: 1, hashCode: 2 }], [{ equals: 1, hashCode: 2 }]],
  ["objects with undefined", [{ a: undefined }], [{ a: undefined }]],
  ["objects without prototype", [noPrototype({ a: 1 })], [noPrototype({ a: 1 })]],
  ["symbol keys left out", [{ a: 1, [symbol]: 1 }], [{ a: 1, [symbol]: 2 }]],
  ["symbol keys left out against none", [{ a: 1, [symbol]: 1 }], [{ a: 1 }]],
  ["keys that are not enumerable left out", [Object.defineProperty({ a: 1 }, "b", { value: 1 })], [{ a: 1 }]],
  ["frozen and not", [Object.freeze({ a: 1 })], [{ a: 1 }]],
  ["a getter and its value", [{ get a() { return 1; } }], [{ a: 1 }]], // prettier-ignore
  ["empty arrays", [[]], [[]]],
  ["arrays", [[1, "2", null]], [[1, "2", null]]],
  ["nested arrays", [[[1], [2, [3]]]], [[[1], [2, [3]]]]],
  ["holes", [[, 1]], [[, 1]]], // eslint-disable-line no-sparse-arrays
  ["arrays with a property", [withProperty([1], { x: 1 })], [withProperty([1], { x: 1 })]],
  ["matches of a regular expression", ["ab".match(/b/)], ["ab".match(/b/)]],
  ["dates", [new Date(1)], [new Date(1)]],
  ["invalid dates", [new Date(NaN)], [new Date("x")]],
  ["regular expressions", [/a+/gi], [new RegExp("a+", "ig")]],
  ["URLs", [new URL("https://a.b/c?d")], [new URL("https://a.b/c?d")]],
  ["URLs that are written differently", [new URL("https://a.b")], [new URL("HTTPS://A.b:443/")]],
  ["maps", [new Map([["a", 1]])], [new Map([["a", 1]])]],
  ["maps whatever the order", [new Map([["a", 1], ["b", 2]])], [new Map([["b", 2], ["a", 1]])]], // prettier-ignore
  ["maps with object keys", [new Map([[{ a: 1 }, 1], [{ a: 2 }, 2]])], [new Map([[{ a: 2 }, 2], [{ a: 1 }, 1]])]], // prettier-ignore
  ["maps of NaN", [new Map([[NaN, 1]])], [new Map([[NaN, 1]])]],
  ["empty maps", [new Map()], [new Map()]],
  ["sets", [new Set([1, 2])], [new Set([1, 2])]],
  ["sets whatever the order", [new Set([1, "1", null, true])], [new Set([true, null, "1", 1])]],
  ["sets of objects whatever the order", [new Set([{ a: 1 }, { b: [2] }])], [new Set([{ b: [2] }, { a: 1 }])]],
  ["sets of sets", [new Set([new Set([1, 2]), new Set([3])])], [new Set([new Set([3]), new Set([2, 1])])]],
  ["sets of equatables whatever the order", [new Set([new Point(1, 2), new Point(3, 4)])], [new Set([new Point(3, 4), new Point(1, 2)])]], // prettier-ignore
  ["sets of colliding equatables", [new Set([new Colliding(1, 2), new Colliding(3, 4)])], [new Set([new Colliding(3, 4), new Colliding(1, 2)])]], // prettier-ignore
  ["sets of functions of one text, whatever the order", [new Set([oneFunction, otherFunction])], [new Set([otherFunction, oneFunction])]], // prettier-ignore
  ["sets of one symbol", [new Set([symbol])], [new Set([symbol])]],
  ["byte arrays", [new Uint8Array([1, 2])], [new Uint8Array([1, 2])]],
  ["float arrays", [new Float64Array([0.1, NaN])], [new Float64Array([0.1, NaN])]],
  ["bigint arrays", [new BigInt64Array([1n])], [new BigInt64Array([1n])]],
  ["a view and a view into a larger buffer", [new Uint8Array([1, 2])], [new Uint8Array([0, 1, 2]).subarray(1)]],
  ["array buffers", [new Uint8Array([1]).buffer], [new Uint8Array([1]).buffer]],
  ["data views", [new DataView(new ArrayBuffer(2))], [new DataView(new ArrayBuffer(2))]],
  ["buffers", [Buffer.from("abc")], [Buffer.from("abc")]],
  ["empty buffers", [Buffer.alloc(0)], [Buffer.alloc(0)]],
  ["errors", [new Error("a")], [new Error("a")]],
  ["errors with a code", [withProperty(new Error("a"), { code: 1 })], [withProperty(new Error("a"), { code: 1 })]],
  ["errors with a cause", [new Error("a", { cause: { b: 1 } })], [new Error("a", { cause: { b: 1 } })]],
  ["type errors", [new TypeError("a")], [new TypeError("a")]],
  ["aggregate errors", [new AggregateError([new Error("a")])], [new AggregateError([new Error("a")])]],
  ["boxed numbers", [Object(1)], [Object(1)]],
  ["boxed strings", [Object("a")], [Object("a")]],
  ["boxed bigints", [Object(1n)], [Object(1n)]],
  ["cycles", [cycle("a")], [cycle("a")]],
  ["longer cycles", [ring(3)], [ring(3)]],
  ["cyclic arrays", [cyclicArray()], [cyclicArray()]],
  ["cyclic maps", [cyclicMap()], [cyclicMap()]],
  ["a shared object and two alike", [[bag, bag].map(() => ({ a: 1 }))], [((shared) => [shared, shared])({ a: 1 })]],
  ["deep objects", [nested(150, 1)], [nested(150, 1)]],
  ["objects 20,000 deep", [nested(20_000, 1)], [nested(20_000, 1)]],
  ["equatables", [new Point(1, 2)], [new Point(1, 2)]],
  ["equatables in objects", [{ at: new Point(1, 2) }], [{ at: new Point(1, 2) }]],
  ["equatables in arrays", [[new Point(1, 2)]], [[new Point(1, 2)]]],
  ["equatables in maps", [new Map([[new Point(1, 2), 1]])], [new Map([[new Point(1, 2), 1]])]],
  ["colliding equatables", [new Colliding(1, 2)], [new Colliding(1, 2)]],
  ["equatables with private state", [new Secret(1)], [new Secret(1)]],
  ["a subclass that takes its parent for equal both ways", [new Point(1, 2)], [new NamedPoint(1, 2)]],
  ["plain objects with equals and hashCode", [{ equals: () => true, hashCode: () => 1 }], [{ equals: () => true, hashCode: () => 1 }]], // prettier-ignore
  ["one function", [fn], [fn]],
  ["one function in an object", [{ fn }], [{ fn }]],
  ["one symbol", [symbol], [symbol]],
  ["registered symbols", [Symbol.for("a")], [Symbol.for("a")]],
  ["one instance", [bag], [bag]],
  ["one promise", [promise], [promise]],
  ["one weak map", [weak], [weak]],
  ["one Math", [Math], [Math]],
  ["search parameters", [new URLSearchParams("a=1&b=2")], [new URLSearchParams({ a: "1", b: "2" })]],
  ["headers whatever the order and the case", [new Headers({ A: "1", b: "2" })], [new Headers({ B: "2", a: "1" })]],
  ["forms", [form([["a", "1"]])], [form([["a", "1"]])]],
  ["long texts", ["a".repeat(100_000)], [["a".repeat(50_000), "a".repeat(50_000)].join("")]],
  ["long texts in an object", [{ id: 1, text: "é".repeat(20_000) }], [{ text: "é".repeat(20_000), id: 1 }]],
];

const different: [string, unknown[], unknown[]][] = [
  ["search parameters in another order", [new URLSearchParams("a=1&b=2")], [new URLSearchParams("b=2&a=1")]],
  ["search parameters with a value twice", [new URLSearchParams("a=1")], [new URLSearchParams("a=1&a=1")]],
  ["an & in a value and two values", [new URLSearchParams({ a: "1&b=2" })], [new URLSearchParams("a=1&b=2")]],
  ["search parameters and their text", [new URLSearchParams("a=1")], ["a=1"]],
  ["what only has the prototype of search parameters", [Object.create(URLSearchParams.prototype)], [new URLSearchParams()]], // prettier-ignore
  ["search parameters and an instance of a subclass", [new URLSearchParams("a=1")], [new (class extends URLSearchParams {})("a=1")]], // prettier-ignore
  ["headers", [new Headers({ a: "1" })], [new Headers({ a: "2" })]],
  ["headers and search parameters", [new Headers({ a: "1" })], [new URLSearchParams({ a: "1" })]],
  ["forms in another order", [form([["a", "1"], ["b", "2"]])], [form([["b", "2"], ["a", "1"]])]], // prettier-ignore
  ["long texts that differ at the end", [`${"a".repeat(100_000)}b`], [`${"a".repeat(100_000)}c`]],
  ["long texts that differ where they are not looked up by", [`${"a".repeat(300)}b${"a".repeat(99_700)}`], [`${"a".repeat(301)}b${"a".repeat(99_699)}`]], // prettier-ignore
  ["a long text and a longer one", ["a".repeat(20_000)], ["a".repeat(20_001)]],
  ["a long text and its bytes", ["a".repeat(20_000)], [Buffer.from("a".repeat(20_000))]],
  ["1 and '1'", [1], ["1"]],
  ["1 and 1n", [1], [1n]],
  ["1 and true", [1], [true]],
  ["0 and -0", [0], [-0]],
  ["0 and -0 in an object", [{ a: 0 }], [{ a: -0 }]],
  ["0 and -0 in an array", [[0]], [[-0]]],
  ["0 and -0 as the second argument", [1, 0], [1, -0]],
  ["0 and false", [0], [false]],
  ["0 and ''", [0], [""]],
  ["null and undefined", [null], [undefined]],
  ["null and 'null'", [null], ["null"]],
  ["undefined and 'undefined'", [undefined], ["undefined"]],
  ["null and 0", [null], [0]],
  ["NaN and null", [NaN], [null]],
  ["NaN and 'NaN'", [NaN], ["NaN"]],
  ["infinity and null", [Infinity], [null]],
  ["large neighbours", [2 ** 53], [2 ** 53 - 1]],
  ["1 and new Number(1)", [1], [Object(1)]],
  ["'a' and new String('a')", ["a"], [Object("a")]],
  ["new Number(1) and new String('1')", [Object(1)], [Object("1")]],
  ["new Number(1) and new Number(2)", [Object(1)], [Object(2)]],
  ["none and undefined", [], [undefined]],
  ["a trailing undefined", [1], [1, undefined]],
  ["none and {}", [], [{}]],
  ["order of arguments", [1, 2], [2, 1]],
  ["one list and two arguments", [[1, 2]], [1, 2]],
  ["['a,b'] and ['a','b']", [["a,b"]], [["a", "b"]]],
  ["'a,b' and 'a', 'b'", ["a,b"], ["a", "b"]],
  ["brackets moved", [[1], [2]], [[1, [2]], undefined]],
  ["nesting moved", [[[1], 2]], [[1, [2]]]],
  ["an array and its own JSON", [[1]], ["[1]"]],
  ["a missing property and undefined", [{}], [{ a: undefined }]],
  ["a missing property and null", [{}], [{ a: null }]],
  ["a missing property among others", [{ a: 1 }], [{ a: 1, b: undefined }]],
  ["other keys", [{ a: 1 }], [{ b: 1 }]],
  ["values exchanged", [{ a: 1, b: 2 }], [{ a: 2, b: 1 }]],
  ["one key more", [{ a: 1, b: 2 }], [{ a: 1, b: 2, c: 3 }]],
  ["keys that join alike", [{ "a,b": 1 }], [{ a: 1, b: 1 }]],
  ["key and value moved", [{ a: "b" }], [{ ab: "" }]],
  ["depth", [{ a: { b: 1 } }], [{ a: 1, b: 1 }]],
  ["a hole and undefined", [[, 1]], [[undefined, 1]]], // eslint-disable-line no-sparse-arrays
  ["a hole and null", [[, 1]], [[null, 1]]], // eslint-disable-line no-sparse-arrays
  ["a trailing hole", [[1]], [[1, ,]]], // eslint-disable-line no-sparse-arrays
  ["a hole made up for by a property", [withProperty([, 1], { x: 1 })], [[undefined, 1]]], // eslint-disable-line no-sparse-arrays
  ["[] and {}", [[]], [{}]],
  ["where an inner array ends", [[[1], 2]], [[[1, 2]]]],
  ["an array and an object alike", [[1]], [{ 0: 1 }]],
  ["an array and an array-like", [["a"]], [{ 0: "a", length: 1 }]],
  ["an array and an object of its prototype", [["a"]], [hidden(Object.assign(Object.create(Array.prototype) as object, { 0: "a", length: 1 }), "length")]], // prettier-ignore
  ["an array and one with a hidden element and a property", [[1, 2]], [hidden(withProperty([1, 2], { x: 9 }), "0")]],
  ["an object and one with hidden methods", [{ a: 1 }], [withHiddenMethods({ a: 1 })]],
  ["an array and one with hidden methods", [[1]], [withHiddenMethods([1])]],
  ["an object and arguments with names", [{ a: 1, b: 2 }], [withProperty(noArguments(), { a: 1, b: 2 })]],
  ["an array and one of a subclass", [[1, 2]], [new (class extends Array<number> {})(1, 2)]],
  ["the only property of an object", [{ a: 1 }], [{ a: 2 }]],
  ["an array with a property", [[1]], [withProperty([1], { x: 1 })]],
  ["two properties of an array", [withProperty([1], { x: 1 })], [withProperty([1], { x: 2 })]],
  ["matches at different places", ["ab".match(/b/)], ["aab".match(/b/)]],
  ["an array and a subclass of it", [[1]], [new (class extends Array {})(1)]],
  ["arguments and an array", [args(1)], [[1]]],
  ["arguments and an object", [args(1)], [{ 0: 1 }]],
  ["{} and no prototype", [{}], [noPrototype({})]],
  ["an object and one without prototype", [{ a: 1 }], [noPrototype({ a: 1 })]],
  ["an object and one that inherits", [{ a: 1 }], [Object.create({ a: 1 })]],
  ["own and inherited", [{ a: 1, b: 2 }], [Object.assign(Object.create({ b: 2 }), { a: 1 })]],
  ["__proto__ as data and none", [JSON.parse('{"__proto__":1}')], [{}]],
  ["__proto__ of two values", [JSON.parse('{"__proto__":1}')], [JSON.parse('{"__proto__":2}')]],
  ["constructor of two values", [{ constructor: 1 }], [{ constructor: 2 }]],
  ["constructor as data and none", [{ constructor: Object }], [{}]],
  ["an object and an instance", [{ n: 1 }], [new Bag(1)]],
  ["two instances without protocol", [new Bag(1)], [new Bag(1)]],
  ["instances of two classes", [new Bag(1)], [new OtherBag(1)]],
  ["two instances in an object", [{ bag: new Bag(1) }], [{ bag: new Bag(1) }]],
  ["dates", [new Date(1)], [new Date(2)]],
  ["a date and its time", [new Date(1)], [1]],
  ["a date and its text", [new Date(1)], [new Date(1).toISOString()]],
  ["a date with a property", [new Date(1)], [withProperty(new Date(1), { zone: "CET" })]],
  ["an object made of Date's prototype", [new Date(1)], [Object.create(Date.prototype)]],
  ["flags of regular expressions", [/a/g], [/a/i]],
  ["sources of regular expressions", [/a/], [/b/]],
  ["a regular expression that has begun", [/a/g], [lastIndex(/a/g, 1)]],
  ["a regular expression and its text", [/a/], ["/a/"]],
  ["URLs", [new URL("https://a.b/c")], [new URL("https://a.b/d")]],
  ["a URL and its text", [new URL("https://a.b/")], ["https://a.b/"]],
  ["maps by value", [new Map([["a", 1]])], [new Map([["a", 2]])]],
  ["maps by key", [new Map([["a", 1]])], [new Map([["b", 1]])]],
  ["maps by the type of a key", [new Map<unknown, number>([[1, 1]])], [new Map<unknown, number>([["1", 1]])]],
  ["maps with values exchanged", [new Map([["a", 1], ["b", 2]])], [new Map([["a", 2], ["b", 1]])]], // prettier-ignore
  ["a map and an object", [new Map([["a", 1]])], [{ a: 1 }]],
  ["a map and its entries", [new Map([["a", 1]])], [[["a", 1]]]],
  ["{} and an empty map", [{}], [new Map()]],
  ["an empty map and an empty set", [new Map()], [new Set()]],
  ["sets", [new Set([1])], [new Set([2])]],
  ["sets by type", [new Set<unknown>([1])], [new Set<unknown>(["1"])]],
  ["a set and an array", [new Set([1])], [[1]]],
  ["a set that holds more", [new Set([1])], [new Set([1, 2])]],
  ["a set of two alike and of one", [new Set([{ a: 1 }, { a: 1 }])], [new Set([{ a: 1 }])]],
  ["sets grouped differently", [new Set([new Set([1, 2]), new Set([3])])], [new Set([new Set([1]), new Set([2, 3])])]],
  ["a map and a set of its entries", [new Map([[1, 2]])], [new Set([[1, 2]])]],
  ["sets of two symbols of one name", [new Set([Symbol("a")])], [new Set([Symbol("a")])]],
  ["byte arrays", [new Uint8Array([1])], [new Uint8Array([2])]],
  ["views of two types", [new Uint8Array([1])], [new Int8Array([1])]],
  ["clamped and not", [new Uint8Array([1])], [new Uint8ClampedArray([1])]],
  ["widths", [new Uint16Array([1])], [new Uint8Array([1, 0])]],
  ["floats by the sign of zero", [new Float64Array([0])], [new Float64Array([-0])]],
  ["a byte array and an array", [new Uint8Array([1])], [[1]]],
  ["a byte array and a buffer", [new Uint8Array([97])], [Buffer.from("a")]],
  ["a buffer and its text", [Buffer.from("a")], ["a"]],
  ["a buffer and its JSON", [Buffer.from("a")], [Buffer.from("a").toJSON()]],
  ["a byte array and its memory", [new Uint8Array([1])], [new Uint8Array([1]).buffer]],
  ["lengths of buffers", [new ArrayBuffer(1)], [new ArrayBuffer(2)]],
  ["shared memory and not", [new ArrayBuffer(1)], [new SharedArrayBuffer(1)]],
  ["errors by message", [new Error("a")], [new Error("b")]],
  ["errors by class", [new Error("a")], [new TypeError("a")]],
  ["errors by code", [withProperty(new Error("a"), { code: 1 })], [withProperty(new Error("a"), { code: 2 })]],
  ["errors by cause", [new Error("a", { cause: 1 })], [new Error("a", { cause: 2 })]],
  ["errors by a cause of undefined", [new Error("a")], [new Error("a", { cause: undefined })]],
  ["errors by name", [new Error("a")], [withProperty(new Error("a"), { name: "b" })]],
  ["an error and its text", [new Error("a")], ["Error: a"]],
  ["cycles by a name", [cycle("a")], [cycle("b")]],
  ["cycles of two lengths", [ring(2)], [ring(3)]],
  ["a cycle and one turn of it", [cycle("a")], [{ name: "a", self: { name: "a", self: null } }]],
  ["deep objects", [nested(150, 1)], [nested(150, 2)]],
  ["depths", [nested(150, 1)], [nested(151, 1)]],
  ["objects 20,000 deep", [nested(20_000, 1)], [nested(20_000, 2)]],
  ["equatables", [new Point(1, 2)], [new Point(2, 1)]],
  ["equatables in an object", [{ at: new Point(1, 2) }], [{ at: new Point(1, 3) }]],
  ["colliding equatables", [new Colliding(1, 2)], [new Colliding(2, 1)]],
  ["colliding equatables with private state", [new Secret(1)], [new Secret(2)]],
  ["an equatable and its fields", [new Point(1, 2)], [{ x: 1, y: 2 }]],
  ["an equatable and its hash", [new Point(0, 7)], [7]],
  ["two classes of which one claims to equal", [new Eager(0)], [new OtherEager(0, 0)]],
  ["two classes of which one throws at the other", [new Secret(1)], [new Eager(1)]],
  ["the strings that collide by a common hash", ["Aa"], ["BB"]],
  ["functions alike", [() => 1], [() => 1]],
  ["symbols of one name", [Symbol("a")], [Symbol("a")]],
  ["a symbol and its name", [Symbol.for("a")], ["a"]],
  ["promises", [Promise.resolve(1)], [Promise.resolve(1)]],
  ["Math and {}", [Math], [{}]],
  ["Math and JSON", [Math], [JSON]],
  ["iterators", [[1].values()], [[1].values()]],
  ["weak maps", [new WeakMap()], [new WeakMap()]],
  ["proxies by what they show", [new Proxy({ a: 1 }, {})], [new Proxy({ a: 2 }, {})]],
];

describe("calls share a result when their arguments are the same by value", () => {
  test.each(same)("%s", (_name, a, b) => {
    expect(share(a, b)).toBe(true);
  });
});

describe("calls share no result when their arguments differ in", () => {
  test.each(different)("%s", (_name, a, b) => {
    expect(share(a, b)).toBe(false);
  });
});

test("the tables hold at least 140 pairs", () => {
  expect(same.length + different.length).toBeGreaterThanOrEqual(140);
});

test("keys of which several have one first argument find their own results", () => {
  const cached = replicaCache({ name: "test" }, (_n: number, other: unknown) => [other]);
  for (const other of ["x", "y", undefined, "x", "y", undefined]) expect(cached(1, other)).toEqual([other]);
  expect(cached.stats).toMatchObject({ hits: 3, misses: 3 });
});

test("keys of which several contain one equatable find their own results", () => {
  const cached = replicaCache({ name: "test" }, (_n: number, _point: Point, _s: string) => ({}));
  const calls = [1, 2].flatMap((n) => ["x", "y"].map((s) => () => cached(n, new Point(1, 2), s)));
  const results = calls.map((call) => call());
  expect(new Set(results).size).toBe(4);
  for (let i = 0; i < callsUntilWalk; i++) for (const [j, call] of calls.entries()) expect(call()).toBe(results[j]);
});

test("what all objects inherit is part of none", () => {
  const { prototype } = Object;
  Reflect.defineProperty(prototype, "ofAll", { value: 1, enumerable: true, writable: true, configurable: true });
  try {
    expect(share([{ a: 1 }], [{ a: 1, ofAll: 1 }])).toBe(false);
  } finally {
    Reflect.deleteProperty(prototype, "ofAll");
  }
});

test("with `symbols` own symbol keys count", () => {
  expect(share([{ [symbol]: 1 }], [{ [symbol]: 2 }], { symbols: true })).toBe(false);
  expect(share([{ a: 1, [symbol]: 1 }], [{ a: 1 }], { symbols: true })).toBe(false);
  expect(
    share([{ [symbol]: 1, [Symbol.for("x")]: 2 }], [{ [Symbol.for("x")]: 2, [symbol]: 1 }], { symbols: true }),
  ).toBe(true);
});
