import { createReadStream, type Dir, opendirSync } from "node:fs";
import { Socket } from "node:net";
import { tmpdir } from "node:os";
import { createInterface } from "node:readline";
import { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { createGzip } from "node:zlib";
import { afterEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { cachedMethod, replicaCache } from "../../../sdk/cache/replica-cache.ts";

const actor = { name: "test-actor" };

afterEach(() => void vi.restoreAllMocks());

type Settle = (value: unknown) => void;

/** Something with a `then`. */
function thenable(then: (resolve: Settle, reject: Settle) => void): PromiseLike<unknown> {
  // oxlint-disable-next-line unicorn/no-thenable -- what is tested
  return { then } as PromiseLike<unknown>;
}

/** What three calls come to, one after the other. */
async function threeCalls(load: () => unknown): Promise<unknown[]> {
  const outcomes: unknown[] = [];
  for (let i = 0; i < 3; i++) {
    try {
      outcomes.push(await load());
    } catch (error) {
      outcomes.push(String(error));
    }
  }
  return outcomes;
}

describe("a thenable that is no promise", () => {
  test("runs once, also for calls at the same time, and its result is kept as a promise", async () => {
    let queries = 0;
    const load = replicaCache(actor, (table: string) =>
      thenable((resolve) => void setTimeout(() => resolve({ table, query: ++queries }), 2)),
    );
    const first = load("a");
    expect(first).toBeInstanceOf(Promise);
    expect(load("a")).toBe(first);
    expect(await Promise.all([first, load("a")])).toEqual([1, 1].map((query) => ({ table: "a", query })));
    expect(await load("a")).toEqual({ table: "a", query: 1 });
    expect(load.stats).toEqual({ hits: 1, misses: 1, joined: 2, evictions: 0, size: 1 });
  });

  test.each<[what: string, make: () => unknown, result: unknown]>([
    ["calls back twice", () => thenable((resolve, reject) => { resolve(1); resolve(2); reject(new Error("no")); }), 1], // prettier-ignore
    ["throws after it has called back", () => thenable((resolve) => { resolve(1); throw new Error("late"); }), 1], // prettier-ignore
    ["comes to another thenable", () => thenable((resolve) => resolve(thenable((inner) => inner(thenable((last) => last(7)))))), 7], // prettier-ignore
    [
      "is a function",
      () =>
        Object.assign(
          () => {},
          thenable((resolve) => resolve(9)),
        ),
      9,
    ],
    ["is a promise with a then of its own", () => Object.assign(Promise.resolve(0), thenable((resolve) => resolve(5))), 5], // prettier-ignore
    ["is a promise of a subclass", () => class extends Promise<number> {}.resolve(3), 3],
  ])("that %s is one load, and one value", async (_what, make, result) => {
    const load = replicaCache(actor, make);
    expect(await threeCalls(load)).toEqual([result, result, result]);
    expect(load.stats).toEqual({ hits: 2, misses: 1, joined: 0, evictions: 0, size: 1 });
  });

  test.each<[what: string, make: () => unknown, error: string]>([
    ["throws", () => thenable(() => { throw new Error("early"); }), "Error: early"], // prettier-ignore
    ["rejects, and then resolves", () => thenable((resolve, reject) => { reject(new Error("no")); resolve(1); }), "Error: no"], // prettier-ignore
    ["has a constructor that cannot be read", () => Object.defineProperty(Promise.resolve(1), "constructor", { get() { throw new Error("no class"); } }), "Error: no class"], // prettier-ignore
  ])("that %s is a failure, which is not kept", async (_what, make, error) => {
    const load = replicaCache(actor, make);
    expect(await threeCalls(load)).toEqual([error, error, error]);
    expect(load.stats).toEqual({ hits: 0, misses: 3, joined: 0, evictions: 0, size: 0 });
  });

  test("whose then can be read once is read once", async () => {
    let reads = 0;
    const load = replicaCache(actor, () => ({
      // oxlint-disable-next-line unicorn/no-thenable -- what is tested
      get then() {
        return reads++ === 0 ? (resolve: Settle) => resolve(5) : undefined;
      },
    }));
    expect(await threeCalls(load)).toEqual([5, 5, 5]);
    expect(reads).toBe(1);
  });

  test("is none if its then cannot be read: it is a value like others", () => {
    const strict = new Proxy({}, { get(_, name) { throw new Error(`no ${String(name)}`); } }); // prettier-ignore
    const load = replicaCache(actor, () => strict);
    expect([load() === strict, load() === strict, load.stats.size]).toEqual([true, true, 1]);
  });
});

describe("a result that can be read only once", () => {
  const file = fileURLToPath(import.meta.url);
  function generator() {
    return (function* () {
      yield 1;
    })();
  }
  async function* asyncGenerator() {
    yield 1;
  }

  function openDirectory(): Dir {
    const opened = opendirSync(tmpdir());
    onTestFinished(() => opened.closeSync());
    return opened;
  }
  async function readResponse(): Promise<Response> {
    const response = new Response("x");
    await response.text();
    return response;
  }

  test.each<[what: string, named: string, make: () => unknown]>([
    ["a generator", "a generator", generator],
    ["an async generator", "a generator", () => asyncGenerator()],
    ["the entries of a Map", "an iterator", () => new Map([[1, 2]]).entries()],
    ["the values of a list", "an iterator", () => [1].values()],
    ["the matches in a text", "an iterator", () => "ab".matchAll(/./g)],
    ["a web stream", "a ReadableStream", () => new Blob(["x"]).stream()],
    ["a reader of one", "a ReadableStreamDefaultReader", () => new Blob(["x"]).stream().getReader()],
    ["a transforming web stream", "a TransformStream", () => new TransformStream()],
    ["one that decompresses", "a DecompressionStream", () => new DecompressionStream("gzip")],
  ])("is refused: %s", async (_what, named, make) => {
    const message = `load returned ${named}, which can be read only once: a later call would get it used up. Return`;
    const sync = replicaCache(actor, function load() { return make(); }); // prettier-ignore
    expect(() => sync()).toThrow(message);
    const async = replicaCache(actor, async function load() { return make(); }); // prettier-ignore
    const calls = await Promise.allSettled([async(), async()]);
    expect(calls.map((call) => call.status === "rejected" && String(call.reason))).toEqual(
      [1, 2].map(() => expect.stringContaining(message)),
    );
    expect([sync.stats.size, async.stats.size]).toEqual([0, 0]);
  });

  test.each([function* () {}, async function* () {}])("is refused before any call of a generator function", (fn) => {
    expect(() => replicaCache(actor, fn as () => unknown)).toThrow("returned a generator, which can be read only once");
    const context = { kind: "method", name: "each" } as ClassMethodDecoratorContext<object, () => unknown>;
    expect(() => cachedMethod(actor, fn as () => unknown, context)).toThrow("each returned a generator");
  });

  test.each<[what: string, told: string, make: () => unknown]>([
    ["a Response", "a Response, which", () => new Response("x")],
    ["a Request", "a Request, which", () => new Request("http://a.b", { method: "POST", body: "x" })],
    ["a stream", "a stream, which", () => createReadStream(file)],
    ["a transformed stream", "a stream at .body, which", () => ({ body: createReadStream(file).pipe(createGzip()) })],
    ["an iterator of the author's", "an iterator, which", () => ({ next: () => 1, [Symbol.iterator]() { return this; } })], // prettier-ignore
    ["an iterator without Symbol.iterator", "an iterator, which", () => ({ next: () => ({ done: true }) })],
    ["a Response whose body has been read", "a Response that has been read, which", readResponse],
    ["a directory's handle", "an open Dir, which", openDirectory],
    ["a readline interface", "an open Interface, which", () => createInterface({ input: createReadStream(file) })],
    ["a stream made of a list", "a stream, which", () => Duplex.from([1])],
    ["a Response in a Set", "a Response at a member, which", () => new Set([1, new Response("x")])],
    ["a generator in a bare object", "a generator at .rows, which", () => Object.assign(Object.create(null), { rows: generator() })], // prettier-ignore
    ["a generator in an object", "a generator at .rows, which", () => ({ rows: generator() })],
    ["a generator in a list", "a generator at [1], which", () => [0, generator()]],
    ["a web stream in a Map", "a ReadableStream at .get(a), which", () => new Map([["a", new Blob(["x"]).stream()]])],
  ])("is told once, and kept: %s", async (_what, told, make) => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const load = replicaCache(actor, async function load(_n: number) { return make(); }); // prettier-ignore
    expect(await load(1)).toBe(await load(1));
    await load(2);
    await vi.waitFor(() => expect(warn).toHaveBeenCalled());
    expect(warn.mock.calls).toEqual([
      [expect.stringMatching(`^load returned ${told.replace(/[[\]().]/g, "\\$&")} can be read only once: .* Return `)],
    ]);
  });

  test("is none of what can be read again, or be shared", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    class Tree {
      *[Symbol.iterator]() {
        yield 1;
      }
    }
    const values = [new Response(null), new Blob(["x"]), new Socket(), new Tree(), new Map(), { next: 1 }, [[]]];
    const load = replicaCache(actor, (n: number) => values[n]);
    for (const [n, value] of values.entries()) expect(load(n)).toBe(value);
    await import("../../../sdk/cache/notices.ts").then(() => sleep(20));
    expect(warn).not.toHaveBeenCalled();
  });
});

describe("a key that cannot be made", () => {
  function throwing() {
    return {
      get id(): number {
        throw new Error("no id");
      },
    };
  }
  class Bad {
    equals(): boolean {
      return true;
    }
    hashCode(): number {
      return {} as unknown as number;
    }
  }
  const keys: [what: string, key: () => object, message: string][] = [
    ["a getter that throws", throwing, "no id"],
    ["a Proxy that throws", () => new Proxy({}, { ownKeys() { throw new Error("no keys"); } }), "no keys"], // prettier-ignore
    ["a hashCode that is none", () => new Bad(), "Bad.hashCode() returned a value of type object"],
    ["too many parts", () => Array.from({ length: 1_000_001 }, () => 0), "too large to be a cache key"],
  ];

  test.each(keys)("rejects where the function is async: %s", async (_what, key, message) => {
    const load = replicaCache(actor, async (_key: object) => 1) as (key: object) => Promise<number>;
    const call = load(key());
    await expect(call).rejects.toThrow(message);
    const byKey = replicaCache(actor, async (_key: object) => 1, { cacheKey: key });
    await expect(byKey({})).rejects.toThrow(message);
    class Repo {
      load(_key: object): Promise<number> {
        return Promise.resolve(1);
      }
    }
    async function method(_key: object): Promise<number> {
      return 1;
    }
    const context = { kind: "method", name: "load" } as ClassMethodDecoratorContext<Repo, typeof method>;
    Repo.prototype.load = cachedMethod<Repo, [object], Promise<number>>(actor, method, context);
    await expect(new Repo().load(key())).rejects.toThrow(message);
  });

  async function unbound(this: unknown, _key: unknown): Promise<number> {
    return this === null ? 1 : 2;
  }

  test.each<[what: string, fn: (key: unknown) => Promise<number>]>([
    ["bound", unbound.bind(null)],
    ["a Proxy", new Proxy(async (_key: unknown) => 1, {})],
    ["a bound Proxy", new Proxy(async (_key: unknown) => 1, {}).bind(null)],
  ])("rejects where an async function is %s", async (_what, fn) => {
    const load = replicaCache(actor, fn as (key: object) => Promise<number>) as (key: object) => Promise<number>;
    await expect(load(throwing())).rejects.toThrow("no id");
  });

  test("rejects where a function throws that has returned a promise before", async () => {
    const load = replicaCache(actor, (n: number) => { if (n < 0) throw new Error("negative"); return Promise.resolve(n); }); // prettier-ignore
    expect(await load(1)).toBe(1);
    await expect(load(-1)).rejects.toThrow("negative");
  });

  test.each([20_000, 40_000, 60_000, 90_000])("rejects or loads with %i arguments", async (count) => {
    const numbers = Array.from({ length: count }, (_, n) => n);
    for (const fn of [
      async (...all: number[]) => Math.min(1, all.length),
      async (_a: number, _b: number) => 1,
      async () => 1,
    ]) {
      const load = replicaCache(actor, fn as (...args: number[]) => Promise<number>);
      const outcome = await load(...numbers).catch((error: unknown) => String(error));
      expect(String(outcome)).toMatch(/^1$|call stack|too large/);
    }
  });

  test.each(keys)("throws where it is not: %s", (_what, key, message) => {
    const load = replicaCache(actor, (_key: object) => 1) as (key: object) => number;
    expect(() => load(key())).toThrow(message);
  });

  test("rejects where the cacheKey itself throws, and where a load waits for itself", async () => {
    const byKey = replicaCache(actor, async (n: number) => n, { cacheKey: () => { throw new Error("no key"); } }); // prettier-ignore
    await expect(byKey(1)).rejects.toThrow("no key");
    const inner: unknown[] = [];
    const load = replicaCache(actor, async function circular(n: number): Promise<number> {
      inner.push(load(n));
      return n;
    });
    expect(await load(1)).toBe(1);
    await expect(inner[0]).rejects.toThrow("circular waits for itself");
  });

  test("rejects where a function without `async` has returned a promise before", async () => {
    const load = replicaCache(actor, (_key: { id: number }) => Promise.resolve(1));
    expect(() => load(throwing())).toThrow("no id");
    expect(await load({ id: 1 })).toBe(1);
    await expect(load(throwing())).rejects.toThrow("no id");
  });
});
