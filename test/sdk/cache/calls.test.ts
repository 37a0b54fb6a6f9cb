import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, test, vi } from "vitest";
import { cacheOf } from "../../../sdk/cache/actor-cache.ts";
import { replicaCache } from "../../../sdk/cache/replica-cache.ts";

const actor = { name: "test-actor" };

afterEach(() => void vi.restoreAllMocks());

describe("results", () => {
  test("a sync function stays sync, and its result is returned as it is", () => {
    const load = replicaCache(actor, (n: number) => ({ n }));
    expect(load(1)).toEqual({ n: 1 });
    expect(load(1)).toBe(load(1));
    expect(load.stats).toEqual({ hits: 2, misses: 1, joined: 0, evictions: 0, size: 1 });
  });

  test("an async function returns the one promise, during the load and after", async () => {
    const load = replicaCache(actor, async (n: number) => ({ n }));
    const promise = load(1);
    expect(load(1)).toBe(promise);
    const value = await promise;
    expect(load(1)).toBe(promise);
    expect(await load(1)).toBe(value);
    expect(load.stats).toMatchObject({ hits: 2, misses: 1, joined: 1 });
  });

  test.each([undefined, null, 0, "", false, NaN])("%s is a result like others", (result) => {
    let loads = 0;
    const load = replicaCache(actor, () => {
      loads++;
      return result;
    });
    expect([load(), load()]).toEqual([result, result]);
    expect(loads).toBe(1);
  });

  test("a promise of undefined is one load", async () => {
    const load = replicaCache(actor, async () => {});
    await load();
    await load();
    expect(load.stats).toMatchObject({ hits: 1, misses: 1 });
  });

  test("the function's name, length and `this` are kept", () => {
    const load = replicaCache(actor, function loadModel(this: { base: number }, n: number) {
      return this.base + n;
    });
    expect(load.name).toBe("loadModel");
    expect(load.length).toBe(1);
    expect(load.call({ base: 1 }, 2)).toBe(3);
  });

  test.each([0, 1, 2, 3, 5])("%i arguments reach a function whatever its parameters", (count) => {
    const list = Array.from({ length: count }, (_, i) => i);
    for (const fn of [
      (...args: number[]) => args.length,
      (a?: number, ...rest: number[]) => (a === undefined ? 0 : 1) + rest.length,
      (a?: number, b?: number, ...rest: number[]) => [a, b].filter((n) => n !== undefined).length + rest.length,
    ]) {
      const load = replicaCache(actor, fn as (...args: number[]) => number);
      expect([load(...list), load(...list)]).toEqual([count, count]);
      expect(load.stats).toMatchObject({ hits: 1, misses: 1 });
    }
  });

  test("two caches of one name and one function share nothing", () => {
    function same(): object {
      return {};
    }
    expect(replicaCache(actor, same)()).not.toBe(replicaCache(actor, same)());
  });
});

describe("failures", () => {
  test("a throw is forgotten", () => {
    let loads = 0;
    const load = replicaCache(actor, (n: number) => {
      if (++loads === 1) throw new Error("first");
      return n;
    });
    expect(() => load(1)).toThrow("first");
    expect(load.has(1)).toBe(false);
    expect(load(1)).toBe(1);
  });

  test("a rejection reaches every caller of that load, and is forgotten", async () => {
    const failure = new Error("first");
    let loads = 0;
    const load = replicaCache(actor, async (n: number) => {
      await sleep(1);
      if (++loads === 1) throw failure;
      return n;
    });
    const settled = await Promise.allSettled([load(1), load(1), load(1)]);
    expect(settled).toEqual([1, 2, 3].map(() => ({ status: "rejected", reason: failure })));
    expect(await load(1)).toBe(1);
    expect(load.stats).toMatchObject({ misses: 2, joined: 2, size: 1 });
  });

  test("no derived promise rejects unhandled", async () => {
    const unhandled: unknown[] = [];
    function note(reason: unknown) {
      unhandled.push(reason);
    }
    process.on("unhandledRejection", note);
    const load = replicaCache(actor, async () => {
      throw new Error("no");
    });
    await expect(load()).rejects.toThrow("no");
    await Promise.allSettled([load(), load()]);
    await sleep(5);
    process.off("unhandledRejection", note);
    expect(unhandled).toEqual([]);
  });
});

describe("a key is a snapshot", () => {
  test("of an argument that is changed later", () => {
    const load = replicaCache(actor, (config: { layers: number[] }) => [...config.layers]);
    const config = { layers: [1] };
    const first = load(config);
    config.layers.push(2);
    expect(load(config)).toEqual([1, 2]);
    expect(load({ layers: [1] })).toBe(first);
  });

  test("of an argument that the load changes", async () => {
    const load = replicaCache(actor, async (bytes: Uint8Array) => {
      const [first] = bytes;
      bytes.fill(9);
      return first;
    });
    expect(await load(Uint8Array.of(1))).toBe(1);
    expect(await load(Uint8Array.of(9))).toBe(9);
    expect(await load(Uint8Array.of(1))).toBe(1);
    expect(load.stats.misses).toBe(2);
  });

  test("of an equatable whose fields are changed later", () => {
    class Version {
      n: number;
      constructor(n: number) {
        this.n = n;
      }
      equals(other: Version): boolean {
        return this.n === other.n;
      }
      hashCode(): number {
        return 0;
      }
    }
    const load = replicaCache(actor, (version: Version) => version.n);
    const version = new Version(1);
    expect(load(version)).toBe(1);
    version.n = 2;
    expect(load(new Version(2))).toBe(2);
    expect(load(version)).toBe(2);
    expect(load(new Version(1))).toBe(1);
    expect(load.stats.misses).toBe(2);
  });
});

describe("loads that call the cache", () => {
  test("recursion works, sync and async", async () => {
    const fib = replicaCache(actor, (n: number): number => (n < 2 ? n : fib(n - 1) + fib(n - 2)));
    expect(fib(50)).toBe(12_586_269_025);
    expect(fib.stats.misses).toBe(51);
    const slow = replicaCache(actor, async (n: number): Promise<number> =>
      n < 2 ? n : (await slow(n - 1)) + (await slow(n - 2)),
    );
    expect(await slow(30)).toBe(832_040);
  });

  test("a sync load that calls for itself is told so", () => {
    const load = replicaCache(actor, function loadModel(n: number): number {
      return load(n) + 1;
    });
    expect(() => load(1)).toThrow("loadModel waits for itself");
    expect(load.has(1)).toBe(false);
  });

  test("an async load that waits for itself is told so, before and after its first await", async () => {
    const early = replicaCache(actor, async function loadEarly(n: number): Promise<number> {
      return (await early(n)) + 1;
    });
    await expect(early(1)).rejects.toThrow("loadEarly waits for itself");
    const late = replicaCache(actor, async function loadLate(n: number): Promise<number> {
      await sleep(1);
      return (await late(n)) + 1;
    });
    await expect(late(1)).rejects.toThrow("loadLate waits for itself");
  });

  test("loads that wait for each other in a ring are told so, across caches", async () => {
    const a = replicaCache(actor, async function loadA(n: number): Promise<number> {
      await sleep(1);
      return await b(n);
    });
    const b = replicaCache(actor, async function loadB(n: number): Promise<number> {
      await sleep(1);
      return await c(n);
    });
    const c = replicaCache(actor, async function loadC(n: number): Promise<number> {
      await sleep(1);
      return await a(n);
    });
    await expect(a(1)).rejects.toThrow("loadA waits for itself");
    // Begun on both ends at once, neither load calls for the other first.
    const settled = await Promise.allSettled([a(2), c(2)]);
    expect(settled.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  });

  test("waiting for a load that ends is no ring", async () => {
    const config = replicaCache(actor, async (n: number) => {
      await sleep(2);
      return n;
    });
    const model = replicaCache(actor, async (n: number) => (await config(n)) + (await config(n)));
    expect(await Promise.all([model(1), model(1), config(1)])).toEqual([2, 2, 1]);
  });

  test("a load may refresh its own key once it has settled", async () => {
    let round = 0;
    const load = replicaCache(actor, async (n: number): Promise<number> => {
      if (round++ === 0) setTimeout(() => { load.delete(n); void load(n); }, 2); // prettier-ignore
      return round;
    });
    expect(await load(1)).toBe(1);
    await sleep(10);
    expect(await load(1)).toBe(2);
  });
});

test("an equals and a getter may call the cache in the middle of a lookup", () => {
  const inner = replicaCache(actor, (list: number[], more?: object) => list.length + Object.keys(more ?? {}).length);
  class Caller {
    readonly n: number;
    constructor(n: number) {
      this.n = n;
    }
    equals(other: Caller): boolean {
      outer({ a: 1, b: [this.n, other.n], c: 3, d: 4 });
      return inner([1, 2, 3], { x: this.n }) === 4 && this.n === other.n;
    }
    hashCode(): number {
      return inner([1, 2], { y: 1 });
    }
  }
  const outer = replicaCache(actor, (key: object) => JSON.stringify(key));
  function key(n: number, m: number): object {
    return {
      z: "first",
      caller: new Caller(n),
      get computed() {
        return outer({ a: m, b: [], c: 0, d: 0 });
      },
      y: [n, m],
      x: m,
    };
  }
  for (let round = 0; round < 3; round++) {
    for (let n = 0; n < 4; n++) {
      for (let m = 0; m < 4; m++) expect(outer(key(n, m))).toBe(JSON.stringify(key(n, m)));
    }
  }
});

test("a getter that calls the cache leads no lookup astray to another key's result", () => {
  const inner = replicaCache(actor, (key: { x: number; y: number }) => key.x);
  inner({ x: 1, y: 2 });
  const outer = replicaCache(actor, (key: object) => JSON.stringify(key));
  outer({ g: 5, a: 7, b: 5, c: 9 });
  const key = {
    get g() {
      return inner({ x: 1, y: 2 }) + 4;
    },
    a: 9,
    b: undefined,
    c: undefined,
  };
  expect(outer(key)).toBe('{"g":5,"a":9}');
});

describe("clear, delete and has", () => {
  test("forget what is kept and only that", () => {
    const load = replicaCache(actor, (config: { n: number }) => config.n);
    [1, 2, 3].map((n) => load({ n }));
    expect(load.delete({ n: 2 })).toBe(true);
    expect(load.delete({ n: 2 })).toBe(false);
    expect([1, 2, 3].map((n) => load.has({ n }))).toEqual([true, false, true]);
    load.clear();
    expect([1, 2, 3].map((n) => load.has({ n }))).toEqual([false, false, false]);
    expect(load.stats).toMatchObject({ size: 0, hits: 0, misses: 3 });
  });

  test("a load under way goes on for those who wait, and is not kept", async () => {
    let loads = 0;
    const load = replicaCache(actor, async () => {
      const mine = ++loads;
      await sleep(2);
      return mine;
    });
    const first = load();
    expect(load.delete()).toBe(true);
    expect(load.has()).toBe(false);
    const second = load();
    expect(await Promise.all([first, second, load()])).toEqual([1, 2, 2]);
    expect(load.stats.size).toBe(1);
  });
});

describe("options", () => {
  test("cacheKey makes the key", () => {
    const load = replicaCache(actor, (client: { id: string; call: () => string }) => client.call(), {
      cacheKey: ({ id }) => id,
    });
    expect(load({ id: "a", call: () => "one" })).toBe("one");
    expect(load({ id: "a", call: () => "two" })).toBe("one");
    expect(load({ id: "b", call: () => "two" })).toBe("two");
  });

  test.each([
    [{ ttl: 0 }, "actor.cache of loadModel: ttl is 0; give seconds greater than 0, or leave it out"],
    [
      { maxEntries: -1 },
      "actor.cache of loadModel: maxEntries is -1; give a whole number greater than 0, or leave it out",
    ],
    [{ maxBytes: NaN }, "maxBytes is NaN"],
    [{ maxEntries: 1.5 }, "maxEntries is 1.5; give a whole number greater than 0, or leave it out"],
    [{ cacheKey: function* () {} }, "cacheKey is a generator function, and each call returns another generator"],
    [{ cacheKey: new Proxy(async () => 1, {}) }, "cacheKey returns a promise"],
    [{ maxEntries: "5" }, 'loadModel: maxEntries is "5"; give a whole number greater than 0, or leave it out'],
    [{ maxBytes: null }, "maxBytes is null"],
    [{ ttl: NaN }, "ttl is NaN; give seconds"],
    [{ ttl: "60" }, 'ttl is "60"; give seconds'],
    [{ dispose: true }, "dispose is true; give a function, or leave it out"],
    [{ sizeOf: 8 }, "sizeOf is 8; give a function"],
    [{ cacheKey: "id" }, 'cacheKey is "id"; give a function'],
    [{ symbols: 1 }, "symbols is 1; give true or false"],
    [{ preload: [1] }, "preload is a list; give a list of argument lists, such as [[1], [2]]"],
    ["60s", 'actor.cache of loadModel: its options are "60s"; give an object, or leave them out'],
    [null, "its options are null"],
    [{ cacheKey: async () => 1 }, "actor.cache of loadModel: cacheKey returns a promise, and each call returns another; return what is compared"], // prettier-ignore
    [{ maxAge: 1 }, "there is no option maxAge; the options are maxEntries, maxBytes, ttl,"],
  ])("%j is refused", (options, message) => {
    expect(() => replicaCache(actor, function loadModel() {}, options as object)).toThrow(message);
  });

  test("options that are undefined are left out", () => {
    const load = replicaCache(actor, (n: number) => n, { ttl: undefined, dispose: undefined } as object);
    expect([load(1), load(1), load.stats.hits]).toEqual([1, 1, 1]);
  });

  test("what is no function is refused with how it is written", () => {
    const cache = replicaCache as unknown as (...args: unknown[]) => unknown;
    expect(() => cache(actor, { ttl: 60 })).toThrow("actor.cache is given an object; give it a function, and options");
    expect(() => cache(actor)).toThrow("actor.cache is given undefined");
  });

  test.each([
    ["getter", "find"],
    ["field", "find"],
    ["class", "Repo"],
  ])("@actor.cache on a %s is refused", (kind, name) => {
    const cache = cacheOf(actor) as unknown as (value: unknown, context: object) => unknown;
    expect(() => cache(class {}, { kind, name })).toThrow(
      `@actor.cache decorates ${name}, which is a ${kind}: it caches methods`,
    );
  });

  test("a cacheKey that turns out to return a promise is refused at the call", async () => {
    const key = ((n: number) => Promise.resolve(n)) as unknown as (n: number) => number;
    const load = replicaCache(actor, function loadModel(n: number) { return n; }, { cacheKey: key }); // prettier-ignore
    expect(() => load(1)).toThrow("actor.cache of loadModel: cacheKey returns a promise");
    expect(() => load.has(1)).toThrow("actor.cache of loadModel: cacheKey returns a promise");
    const async = replicaCache(actor, async (n: number) => n, { cacheKey: key });
    await expect(async(1)).rejects.toThrow("cacheKey returns a promise");
  });

  test("arguments too large to be a key are refused with the remedy", () => {
    const load = replicaCache(actor, (list: number[]) => list.length);
    expect(() => load(Array.from({ length: 1_000_001 }, () => 0))).toThrow("name the part that matters with cacheKey");
    let doubled: object = {};
    for (let i = 0; i < 40; i++) doubled = { a: doubled, b: doubled };
    const deep = replicaCache(actor, (key: object) => typeof key);
    expect(() => deep(doubled)).toThrow("too large to be a cache key");
  });

  test("a hashCode that is neither number nor string is refused", () => {
    class Bad {
      readonly n: number = 1;
      equals(other: Bad): boolean {
        return this.n === other.n;
      }
      hashCode(): number {
        return null as unknown as number;
      }
    }
    const load = replicaCache(actor, (bad: Bad) => bad.n);
    expect(() => load(new Bad())).toThrow("Bad.hashCode() returned null: return a number or a string");
  });
});

test("a getter may call the cached function with the key that it is being read for", () => {
  let loads = 0;
  const load = replicaCache(actor, (_key: { a: number; b: number }) => ++loads);
  load({ a: 1, b: 0 });
  load({ a: 2, b: 0 });
  const key = {
    a: 3,
    get b() {
      load({ a: 3, b: 0 });
      return 0;
    },
  };
  expect([load(key), load(key), loads]).toEqual([3, 3, 3]);
});

describe("a function that uses `this`", () => {
  const load = replicaCache(actor, function load(this: { base: number } | undefined, n: number) {
    return { sum: (this?.base ?? 0) + n };
  });

  test("has a cache for each object that it is called on, and one for calls on none", () => {
    const one = { base: 1, load };
    const two = { base: 2, load };
    expect([one.load(1), two.load(1), load(1)]).toEqual([{ sum: 2 }, { sum: 3 }, { sum: 1 }]);
    expect(one.load(1)).toBe(one.load(1));
    expect(load(1)).toBe(load(1));
  });

  test("is asked for, and made to forget, what a call on the same object would find", () => {
    const one = { base: 1, load };
    load.clear();
    one.load(5);
    expect([load.has(5), load.has.call(one, 5), load.delete(5), load.delete.call(one, 5)]).toEqual([
      false,
      true,
      false,
      true,
    ]);
    one.load(5);
    load(5);
    load.clear();
    expect([load.has(5), load.has.call(one, 5), load.stats.size]).toEqual([false, false, 0]);
  });

  test("shares by value between instances that have equals and hashCode", () => {
    class Region {
      readonly base: number;
      readonly load: typeof load = load;
      constructor(base: number) {
        this.base = base;
      }
      equals(other: Region): boolean {
        return this.base === other.base;
      }
      hashCode(): number {
        return this.base;
      }
    }
    expect(new Region(7).load(1)).toBe(new Region(7).load(1));
    expect(new Region(8).load(1)).toEqual({ sum: 9 });
  });

  test.each<[what: string, fn: (this: { n: number }) => unknown]>([
    ["a Proxy", new Proxy(function (this: { n: number }) { return this.n; }, {})], // prettier-ignore
    ["one of the language's own", Object.prototype.valueOf],
    // oxlint-disable-next-line no-eval -- what is tested
    ["one that says so with eval", function () { return eval(`th${"is"}`) as object; }], // prettier-ignore
  ])("may be one whose text does not show it: %s", (_what, fn) => {
    const load = replicaCache(actor, fn);
    const [one, two] = [{ n: 1 }, { n: 2 }];
    expect([load.call(one), load.call(two), load.call(one)]).toEqual([one, two, one].map((each) => fn.call(each)));
  });

  test("is none if it is bound", () => {
    const load = replicaCache(actor, load_.bind({ n: 1 }));
    function load_(this: { n: number }): object {
      return { n: this.n };
    }
    expect({ load }.load()).toBe({ load }.load());
  });

  test("is none if it is an arrow function, whose `this` is that of where it stands", () => {
    class Repo {
      readonly base: number = 3;
      readonly load: (n: number) => object = replicaCache(actor, (n: number) => ({ sum: this.base + n }));
    }
    const { load: alone } = new Repo();
    const held = { load: alone };
    expect(held.load(1)).toBe(alone(1));
    expect(alone(1)).toEqual({ sum: 4 });
  });
});

describe("keys that cannot be found again", () => {
  /** What there is to tell has been told: its words are loaded when they are first needed. */
  function told(): Promise<unknown> {
    return import("../../../sdk/cache/notices.ts").then(() => sleep(20));
  }
  class Model {
    readonly weights: number = 1;
  }

  test("are told once, with the class, the place and the remedy", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const load = replicaCache(actor, function loadModel(_n: number, _options: { list: object[] }) {
      return 1;
    });
    for (let i = 0; i < 50; i++) load(1, { list: [{}, { model: new Model() }] });
    await told();
    expect(warn.mock.calls).toEqual([
      [
        "loadModel has missed on 3 different instances of Model, at argument 2, at .list[1].model: they compare by identity, so that no later call can find what is loaded for them. Give Model equals() and hashCode(), or name the part of the arguments that matters with cacheKey",
      ],
    ]);
  });

  test("do no harm when they cannot be told of", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    class Nameless {}
    Object.defineProperty(Nameless.prototype, "constructor", {
      get() {
        throw new Error("no name");
      },
    });
    const load = replicaCache(actor, (key: object) => typeof key);
    const one = new Nameless();
    for (let i = 0; i < 20; i++) expect([load(one), load(new Nameless())]).toEqual(["object", "object"]);
    await told();
    expect(warn).not.toHaveBeenCalled();
  });

  test("say nothing of instances that are used again", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const load = replicaCache(actor, (_model: Model, n: number) => n);
    const model = new Model();
    for (let i = 0; i < 50; i++) load(model, i);
    await told();
    expect(warn).not.toHaveBeenCalled();
  });
});
