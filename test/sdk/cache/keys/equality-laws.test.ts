import { isDeepStrictEqual } from "node:util";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { replicaCache } from "../../../../sdk/cache/replica-cache.ts";

/** Anything made of plain data and built-in classes, copied twice by the same recipe so that nothing is shared. */
const value: fc.Arbitrary<() => unknown> = fc.letrec<{ value: () => unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc
      .oneof(
        fc.integer({ min: -2, max: 2 }),
        fc.double(),
        fc.string({ maxLength: 3 }),
        fc.boolean(),
        fc.bigInt({ min: 0n, max: 2n }),
        fc.constantFrom(null, undefined, NaN, 0, -0, "", "1", 1),
      )
      .map((primitive) => () => primitive),
    // isDeepStrictEqual holds two invalid dates to be different.
    fc.date({ noInvalidDate: true }).map((date) => () => new Date(date)),
    fc.uint8Array({ maxLength: 3 }).map((bytes) => () => Uint8Array.from(bytes)),
    fc.array(tie("value"), { maxLength: 3 }).map((items) => () => items.map((item) => item())),
    fc
      .array(fc.tuple(fc.constantFrom("a", "b", "c", "0", "__proto__", "constructor"), tie("value")), { maxLength: 3 })
      .map((entries) => () => fromEntries(entries.map(([key, item]) => [key, item()]))),
    fc
      .array(fc.tuple(tie("value"), tie("value")), { maxLength: 3 })
      .map((entries) => () => new Map(entries.map(([key, item]) => [key(), item()]))),
    fc.array(tie("value"), { maxLength: 3 }).map((items) => () => new Set(items.map((item) => item()))),
  ),
})).value;

/** Data properties whatever the name: assigning `__proto__` would set the prototype. */
function fromEntries(entries: [string, unknown][]): object {
  const object = {};
  for (const [key, item] of entries) {
    Object.defineProperty(object, key, { value: item, enumerable: true, writable: true, configurable: true });
  }
  return object;
}

function shares(a: readonly unknown[], b: readonly unknown[]): boolean {
  const cached = replicaCache({ name: "laws" }, (..._args: unknown[]) => ({}));
  const call = cached as (...args: readonly unknown[]) => object;
  const result = call(...a);
  for (let i = 0; i < 30; i++) call(...a); // until the cache has generated a walk for such arguments (see walk.ts)
  return result === call(...b);
}

const list = fc.array(value, { maxLength: 3 });
function build(recipes: readonly (() => unknown)[]): unknown[] {
  return recipes.map((recipe) => recipe());
}

test("a copy that shares nothing with the original hits", () => {
  fc.assert(
    fc.property(list, (recipes) => {
      const isHit = shares(build(recipes), build(recipes));
      expect(isHit).toBe(true);
    }),
    { numRuns: 500 },
  );
});

test("two lists hit when isDeepStrictEqual says that they are equal, and only then", () => {
  fc.assert(
    fc.property(list, list, (one, two) => {
      const [a, b] = [build(one), build(two)];
      expect(shares(a, b)).toBe(isDeepStrictEqual(a, b));
    }),
    { numRuns: 2000 },
  );
});

test("wherever one thing changes, the call misses", () => {
  fc.assert(
    fc.property(list, list, fc.nat(), value, (before, after, at, other) => {
      const recipes = [...before, ...after];
      fc.pre(recipes.length > 0);
      const changed = recipes.with(at % recipes.length, other);
      const [a, b] = [build(recipes), build(changed)];
      fc.pre(!isDeepStrictEqual(a, b));
      // Deep in an object, in an array, in a map and in a set alike.
      for (const wrap of [
        (args: unknown[]) => args,
        (args: unknown[]) => [{ before: 1, args, after: 2 }],
        (args: unknown[]) => [[0, [args]]],
        (args: unknown[]) => [new Map([["args", args]])],
        (args: unknown[]) => [new Set([1, args])],
      ]) {
        expect(shares(wrap(a), wrap(b))).toBe(false);
      }
    }),
    { numRuns: 300 },
  );
});

test("the order in which an object, a map or a set was filled says nothing", () => {
  const keys = fc.uniqueArray(fc.string({ maxLength: 3 }), { minLength: 2, maxLength: 6 });
  const filled = keys.chain((names) =>
    fc.tuple(fc.constant(names), fc.shuffledSubarray(names, { minLength: names.length })),
  );
  fc.assert(
    fc.property(filled, value, ([names, shuffled], recipe) => {
      function object(order: readonly string[]) {
        return fromEntries(order.map((name) => [name, recipe()]));
      }
      function map(order: readonly string[]) {
        return new Map(order.map((name) => [{ name }, recipe()]));
      }
      function set(order: readonly string[]) {
        return new Set(order.map((name) => [name, recipe()]));
      }
      for (const fill of [object, map, set]) expect(shares([fill(names)], [fill(shuffled)])).toBe(true);
    }),
  );
});

test("equality holds among many keys in one cache: each finds its own result", () => {
  fc.assert(
    fc.property(fc.array(list, { minLength: 2, maxLength: 30 }), (lists) => {
      const cached = replicaCache({ name: "laws" }, (...args: unknown[]) => args);
      const call = cached as (...args: readonly unknown[]) => unknown[];
      for (const recipes of [...lists, ...lists.toReversed()]) {
        const args = build(recipes);
        expect(isDeepStrictEqual(call(...args), args)).toBe(true);
      }
      expect(cached.stats.misses).toBeLessThanOrEqual(lists.length);
    }),
    { numRuns: 200 },
  );
});

test("records that are much alike are told apart, in whatever order their keys come and however often they are asked for", () => {
  const member = fc.constantFrom(0, -0, 1, "1", null, undefined, Number.NaN, "long enough", [1, 0], [1, -0], [], {
    a: 1,
  });
  const record = fc
    .tuple(fc.subarray(["a", "b", "c", "d"], { minLength: 1 }), fc.boolean(), fc.array(member, { minLength: 4 }))
    .map(([names, isReversed, values]) => {
      const entries = names.map((name, i): [string, unknown] => [name, values[i]]);
      return () => structuredClone(fromEntries(isReversed ? entries.toReversed() : entries));
    });
  fc.assert(
    fc.property(fc.array(record, { minLength: 2, maxLength: 12 }), fc.infiniteStream(fc.nat()), (records, choices) => {
      const cached = replicaCache({ name: "laws" }, (value: unknown) => value);
      const call = cached as (value: object) => unknown;
      const distinct: object[] = [];
      for (let i = 0; i < 300; i++) {
        const value = records[choices.next().value % records.length]?.() ?? {};
        if (!distinct.some((other) => isDeepStrictEqual(other, value))) distinct.push(value);
        expect(isDeepStrictEqual(call(value), value)).toBe(true);
      }
      expect(cached.stats.misses).toBe(distinct.length);
    }),
    { numRuns: 100 },
  );
});

test("what is deleted is gone and leaves every other key, down to an empty trie", () => {
  fc.assert(
    fc.property(fc.array(list, { minLength: 1, maxLength: 20 }), (lists) => {
      const cached = replicaCache({ name: "laws" }, (...args: unknown[]) => args);
      type Call = (...args: readonly unknown[]) => unknown;
      for (const recipes of lists) (cached as Call)(...build(recipes));
      const left = new Set(lists);
      for (const recipes of lists) {
        const args = build(recipes);
        const was = (cached.has as Call)(...args);
        expect((cached.delete as Call)(...args)).toBe(was);
        expect((cached.has as Call)(...args)).toBe(false);
        for (const other of left) if (isDeepStrictEqual(build(other), args)) left.delete(other);
        for (const other of left) expect((cached.has as Call)(...build(other))).toBe(true);
      }
      expect(cached.stats.size).toBe(0);
    }),
    { numRuns: 100 },
  );
});
