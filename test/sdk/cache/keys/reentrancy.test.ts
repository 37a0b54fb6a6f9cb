import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { afterEach, describe, expect, test, vi } from "vitest";
import { runPreloads } from "../../../../sdk/cache/preload.ts";
import { replicaCache } from "../../../../sdk/cache/replica-cache.ts";

// The author's code that a cache calls (getters, traps, equals, hashCode, subscribers) may call caches too.

const actor = { name: "test-actor", limits: { maxEntries: 1000 } };

/** A value that is compared by `x`, and calls `whenCompared` once. */
class Reference {
  static whenCompared: (() => void) | undefined;
  readonly x: number;
  constructor(x: number) {
    this.x = x;
  }
  equals(other: Reference): boolean {
    const { whenCompared } = Reference;
    Reference.whenCompared = undefined;
    whenCompared?.();
    return this.x === other.x;
  }
  hashCode(): number {
    return 1;
  }
}

afterEach(() => void vi.restoreAllMocks());

describe("a lookup in the middle of which a cached function is called", () => {
  test("by equals, with a key that splits the leaf of the one that is looked up", () => {
    const cached = replicaCache(actor, (n: number, record: Record<string, number | Reference>) => ({ n, ...record }));
    for (let i = 0; i < 60; i++) cached(i + 1, { a: i, b: i });
    const other = { a: 1, b: 2, c: 7 };
    const load = cached as (n: number, record: object) => object;
    for (let i = 0; i < 3; i++) load(0, { a: new Reference(1), b: other }); // the second generates a walk, the third runs it
    Reference.whenCompared = () => load(0, { a: new Reference(1), b: 5 });
    expect(load(0, { a: new Reference(1), b: 7 })).toEqual({ n: 0, a: new Reference(1), b: 7 });
  });

  test("by a Proxy's trap", () => {
    const cached = replicaCache(actor, (list: number[]) => [...list]);
    const another = replicaCache(actor, (list: number[]) => list.length);
    for (const ask of [() => cached([3, 1, 7]), () => another([1])]) for (let i = 0; i < 3; i++) ask();
    const list = new Proxy([7], {
      ownKeys(target) {
        another([1]);
        return Reflect.ownKeys(target);
      },
    });
    expect(cached(list)).toEqual([7]);
  });

  test("by a getter, which removes the key", () => {
    const cached = replicaCache(actor, (record: { a: number; b: number }) => ({ ...record }));
    for (let i = 0; i < 60; i++) cached({ a: 1, b: 2 });
    const record = Object.defineProperty({ a: 0, b: 2 }, "a", {
      get() {
        cached.delete({ a: 1, b: 2 });
        return 1;
      },
      enumerable: true,
    });
    expect(cached(record)).toEqual({ a: 1, b: 2 });
    expect(cached.stats.misses).toBe(2);
  });

  test("by the getter of an element, which leaves a hole behind it", () => {
    const cached = replicaCache(actor, (_list: readonly unknown[]) => ({}));
    const withUndefined = cached([1, undefined]);
    for (let i = 0; i < 3; i++) expect(cached([1, undefined])).toBe(withUndefined);
    const list = Object.defineProperty([0, 5], "0", {
      get() {
        Reflect.deleteProperty(list, "1");
        return 1;
      },
      enumerable: true,
    });
    const withHole = cached(list);
    expect(withHole).not.toBe(withUndefined);
    expect(cached([1, ,])).toBe(withHole); // eslint-disable-line no-sparse-arrays
  });

  test("by hashCode, each time, finds the same key again", () => {
    const cached = replicaCache(actor, (_key: unknown) => ({}));
    const call = cached as (key: unknown) => object;
    class Calling extends Reference {
      override hashCode(): number {
        call(Number.NaN);
        return 1;
      }
    }
    const results = new Set(Array.from({ length: 100 }, () => call({ of: new Calling(1), z: 1 })));
    expect(results.size).toBe(1);
  });
});

describe("a cache that is changed by a subscriber", () => {
  test("returns the result of a hit that deletes it, and keeps its limit", () => {
    const cached = replicaCache(actor, (n: number) => ({ n }), { maxEntries: 3 });
    function deleteIt(): void {
      cached.delete(2);
    }
    [1, 2, 3].map((n) => cached(n));
    subscribe("lambent:cache:hit", deleteIt);
    expect(cached(2)).toEqual({ n: 2 });
    unsubscribe("lambent:cache:hit", deleteIt);
    for (let n = 4; n < 20; n++) cached(n);
    expect(cached.stats.size).toBe(3);
  });

  test("keeps its limit when sizeOf clears it", () => {
    const cached = replicaCache(actor, (n: number) => n, {
      maxEntries: 3,
      sizeOf: (n) => {
        if (n === 2) cached.clear();
        return 1;
      },
    });
    for (let n = 1; n < 20; n++) expect(cached(n)).toBe(n);
    expect(cached.stats.size).toBe(3);
  });

  test("counts right when it is cleared while it is being cleared", () => {
    const cached = replicaCache(actor, (n: number) => n);
    function clear(): void {
      return cached.clear();
    }
    [1, 2, 3].map((n) => cached(n));
    subscribe("lambent:cache:leave", clear);
    cached.clear();
    unsubscribe("lambent:cache:leave", clear);
    expect(cached.stats.size).toBe(0);
  });
});

describe("what cannot be put into words fails nothing", () => {
  test.each<[string, () => number]>([
    ["a size", () => Object.create(null)],
    [
      "an error of sizeOf",
      () => {
        throw Object.create(null);
      },
    ],
  ])("%s", async (_what, sizeOf) => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const cached = replicaCache(actor, (n: number) => n, { sizeOf });
    expect(cached(1)).toBe(1);
    await vi.waitFor(() => expect(warn).toHaveBeenCalledOnce());
    expect(warn.mock.calls[0]?.[0]).toContain("there is something to tell of this cache");
  });

  test("an error of a preload", async () => {
    vi.spyOn(console, "warn").mockImplementation(() => {});
    function broken(): never {
      throw Object.create(null);
    }
    replicaCache({ name: "wordless" }, broken, { preload: [[]] });
    expect(await runPreloads("wordless")).toMatchObject({ loaded: 0 });
  });
});
