import * as fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { estimateBytes } from "../../../sdk/cache/byte-size.ts";
import { type CacheOptions, type Cached, replicaCache } from "../../../sdk/cache/replica-cache.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["Date", "performance", "setTimeout", "clearTimeout"] }));
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

function actor() {
  return { name: "test-actor" };
}

interface Value {
  readonly key: number;
  readonly bytes: number;
}

/** The same behaviour, written to be read: a list by last use, the newest last. */
class Reference {
  entries: { key: number; value: Value; at: number }[] = [];
  readonly disposed: Value[] = [];
  evictions = 0;
  hits = 0;
  misses = 0;
  readonly limits: { maxEntries: number; maxBytes: number; ttl: number };

  constructor(limits: { maxEntries: number; maxBytes: number; ttl: number }) {
    this.limits = limits;
  }

  get(key: number, bytes: number, now: number): void {
    const found = this.#young(key, now);
    if (found !== undefined) {
      this.hits++;
      this.entries.push(...this.#take(key));
      return;
    }
    this.misses++;
    this.#drop(this.#take(key));
    this.entries.push({ key, value: { key, bytes }, at: now });
    if (bytes > this.limits.maxBytes) {
      this.evictions++;
      this.#drop(this.#take(key));
    }
    while (this.entries.length > this.limits.maxEntries || this.#bytes() > this.limits.maxBytes) {
      this.evictions++;
      this.#drop(this.entries.splice(0, 1));
    }
  }

  delete(key: number, now: number): boolean {
    const was = this.#young(key, now) !== undefined;
    this.#drop(this.#take(key));
    return was;
  }

  has(key: number, now: number): boolean {
    return this.#young(key, now) !== undefined;
  }

  clear(): void {
    this.#drop(this.entries.splice(0));
  }

  #young(key: number, now: number): object | undefined {
    return this.entries.find((entry) => entry.key === key && now < entry.at + this.limits.ttl * 1000);
  }

  #take(key: number): { key: number; value: Value; at: number }[] {
    const at = this.entries.findIndex((entry) => entry.key === key);
    return at < 0 ? [] : this.entries.splice(at, 1);
  }

  #drop(gone: readonly { value: Value }[]): void {
    this.disposed.push(...gone.map(({ value }) => value));
  }

  #bytes(): number {
    return this.entries.reduce((sum, { value }) => sum + value.bytes, 0);
  }
}

interface System {
  readonly reference: Reference;
  readonly cached: Cached<[number, number], Value>;
  readonly disposed: Value[];
}

class Get implements fc.Command<Reference, System> {
  readonly key: number;
  readonly bytes: number;
  constructor(key: number, bytes: number) {
    this.key = key;
    this.bytes = bytes;
  }
  check(): boolean {
    return true;
  }
  run(reference: Reference, { cached }: System): void {
    reference.get(this.key, this.bytes, Date.now());
    agree(reference, cached, cached(this.key, this.bytes).key === this.key);
  }
  toString(): string {
    return `get(${this.key}, ${this.bytes} bytes)`;
  }
}

class Act implements fc.Command<Reference, System> {
  readonly name: string;
  readonly act: (reference: Reference, cached: Cached<[number, number], Value>) => void;
  constructor(name: string, act: (reference: Reference, cached: Cached<[number, number], Value>) => void) {
    this.name = name;
    this.act = act;
  }
  check(): boolean {
    return true;
  }
  run(reference: Reference, { cached }: System): void {
    this.act(reference, cached);
    agree(reference, cached);
  }
  toString(): string {
    return this.name;
  }
}

function agree(reference: Reference, cached: Cached<[number, number], Value, [number, number]>, isRight = true): void {
  expect(isRight).toBe(true);
  const { evictions, hits, misses } = reference;
  expect(cached.stats).toEqual({ evictions, hits, misses, joined: 0, size: reference.entries.length });
}

test("limits, expiry and dispose behave as a plain list by last use does", async () => {
  const key = fc.integer({ min: 0, max: 12 });
  const commands = fc.commands(
    [
      fc.tuple(key, fc.integer({ min: 0, max: 60 })).map(([k, bytes]) => new Get(k, bytes)),
      key.map((k) => new Get(k, 10)),
      key.map(
        (k) =>
          new Act(`delete(${k})`, (reference, cached) => {
            expect(cached.delete(k, 0)).toBe(reference.delete(k, Date.now()));
          }),
      ),
      key.map(
        (k) =>
          new Act(`has(${k})`, (reference, cached) => {
            expect(cached.has(k, 0)).toBe(reference.has(k, Date.now()));
          }),
      ),
      fc.constant(
        new Act("clear", (reference, cached) => {
          reference.clear();
          cached.clear();
        }),
      ),
      fc.integer({ min: 1, max: 8000 }).map((ms) => new Act(`wait(${ms})`, () => void vi.advanceTimersByTime(ms))),
    ],
    { maxCommands: 200, size: "+2" },
  );
  const limits = fc.record({
    maxEntries: fc.integer({ min: 1, max: 10 }),
    maxBytes: fc.integer({ min: 5, max: 120 }),
    ttl: fc.constantFrom(5, 1000),
  });
  vi.spyOn(console, "warn").mockImplementation(() => {});
  await fc.assert(
    fc.asyncProperty(commands, limits, async (steps, { maxEntries, maxBytes, ttl }) => {
      const disposed: Value[] = [];
      const options: CacheOptions<[number, number], Value> = {
        maxEntries,
        maxBytes,
        ttl,
        cacheKey: (k) => k,
        sizeOf: ({ bytes }) => bytes,
        dispose: (value) => void disposed.push(value),
      };
      const cached = replicaCache(actor(), (k: number, bytes: number): Value => ({ key: k, bytes }), options);
      const reference = new Reference({ maxEntries, maxBytes, ttl });
      fc.modelRun(() => ({ model: reference, real: { reference, cached, disposed } }), steps);
      await Promise.resolve();
      await Promise.resolve();
      function sorted(values: readonly Value[]) {
        return values.map(({ key, bytes }) => `${key}/${bytes}`).sort();
      }
      expect(sorted(disposed)).toEqual(sorted(reference.disposed));
      expect(new Set(disposed).size).toBe(disposed.length);
    }),
    { numRuns: 200 },
  );
});

describe("limits", () => {
  test("the least recently used goes first, whatever was loaded first", () => {
    const load = replicaCache(actor(), (n: number) => n, { maxEntries: 3 });
    [1, 2, 3, 1, 4].map((n) => load(n));
    expect([1, 2, 3, 4].map((n) => load.has(n))).toEqual([true, false, true, true]);
    expect(load.stats.evictions).toBe(1);
  });

  test("caches of an actor share its limits, unless they have their own", () => {
    const shared = { name: "test-actor", limits: { maxEntries: 2 } };
    const a = replicaCache(shared, (n: number) => n);
    const b = replicaCache(shared, (n: number) => n);
    const own = replicaCache(shared, (n: number) => n, { maxEntries: 5 });
    a(1);
    b(1);
    a(2);
    [1, 2, 3].map((n) => own(n));
    expect([a.has(1), b.has(1), a.has(2), own.stats.size]).toEqual([false, true, true, 3]);
  });

  test("by default they are half of the function's memory", () => {
    vi.stubEnv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128");
    const load = replicaCache(actor(), (n: number) => Buffer.alloc(1024 * 1024, n));
    for (let n = 0; n < 200; n++) load(n);
    expect(load.stats.size).toBe(63);
    vi.unstubAllEnvs();
  });

  test("a value that has no room is not kept, pushes nothing out, and is told of once", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const options = { maxBytes: 100, sizeOf: ({ bytes }: { bytes: number }) => bytes };
    const load = replicaCache(
      actor(),
      function loadBytes(bytes: number) {
        return { bytes };
      },
      options,
    );
    [50, 200, 300].map((n) => load(n));
    expect([50, 200, 300].map((n) => load.has(n))).toEqual([true, false, false]);
    function told() {
      return warn.mock.calls.map(String).filter((line) => line.startsWith("loadBytes "));
    }
    await vi.waitFor(() =>
      expect(told()).toEqual([
        expect.stringContaining("a value of about 200 bytes, which maxBytes (100) has no room for"),
      ]),
    );
  });

  test("a sizeOf that is of no use is told of once, and sizes are estimated", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const options = { sizeOf: () => NaN };
    const load = replicaCache(
      actor(),
      function loadUnsized(n: number) {
        return n;
      },
      options,
    );
    expect([load(1), load(2)]).toEqual([1, 2]);
    await vi.waitFor(() =>
      expect(warn.mock.calls.map(String).filter((line) => line.startsWith("loadUnsized "))).toEqual([
        expect.stringContaining("was given a sizeOf that returned NaN"),
      ]),
    );
  });
});

describe("the estimate of a value's bytes", () => {
  test.each<[string, unknown, number, number]>([
    ["a number", 1, 8, 8],
    ["a string", "a".repeat(1000), 1000, 1100],
    ["a buffer, which is not in V8's heap", Buffer.alloc(1_000_000), 1_000_000, 1_000_200],
    ["a view of a large buffer, which it keeps", new Uint8Array(1_000_000).subarray(0, 1), 1_000_000, 1_000_200],
    [
      "two views of one buffer",
      [0, 1].map(
        (
          (buffer) => () =>
            new Uint8Array(buffer)
        )(new ArrayBuffer(1e6)),
      ),
      1e6,
      1.001e6,
    ],
    ["a small buffer of the pool", Buffer.from("abc"), 3, 200],
    ["a long list of numbers", Array.from({ length: 100_000 }, (_, i) => i), 800_000, 801_000],
    ["a long list of records", Array.from({ length: 10_000 }, (_, i) => ({ i })), 320_000, 481_000],
    ["a map of strings", new Map([["a".repeat(1000), "b".repeat(1000)]]), 2000, 2300],
    ["a class instance", new (class { readonly weights = new Float64Array(1000); })(), 8000, 8300], // prettier-ignore
    ["a cycle", (() => { const a: { self?: object } = {}; a.self = a; return a; })(), 24, 100], // prettier-ignore
    ["what throws when it is looked at", { get a(): number { throw new Error("no"); } }, 24, 24], // prettier-ignore
  ])("counts %s", (_name, value, least, most) => {
    expect(estimateBytes(value)).toBeGreaterThanOrEqual(least);
    expect(estimateBytes(value)).toBeLessThanOrEqual(most);
  });
});

describe("expiry", () => {
  test("is told by the wall clock at access", () => {
    const load = replicaCache(actor(), () => ({}), { ttl: 10 });
    const first = load();
    vi.setSystemTime(Date.now() + 9_999);
    expect(load()).toBe(first);
    vi.setSystemTime(Date.now() + 1);
    expect(load.has()).toBe(false);
    expect(load()).not.toBe(first);
  });

  test("counts from the end of the load", async () => {
    const load = replicaCache(
      actor(),
      async () => {
        await new Promise((resolve) => setTimeout(resolve, 20_000));
      },
      { ttl: 10 },
    );
    const first = load();
    await vi.advanceTimersByTimeAsync(15_000);
    expect(load()).toBe(first);
    await vi.advanceTimersByTimeAsync(14_000);
    expect(load()).toBe(first);
    await vi.advanceTimersByTimeAsync(1000);
    expect(load()).not.toBe(first);
  });

  test("a wall clock that is set back makes nothing younger", () => {
    const load = replicaCache(actor(), () => ({}), { ttl: 10 });
    const first = load();
    vi.advanceTimersByTime(6000);
    vi.setSystemTime(Date.now() - 3_600_000);
    expect(load()).toBe(first);
    vi.advanceTimersByTime(4000);
    expect(load()).not.toBe(first);
  });

  test("a wall clock that is set forward expires early, and goes on from there", () => {
    const load = replicaCache(actor(), () => ({}), { ttl: 10 });
    const first = load();
    vi.setSystemTime(Date.now() + 3_600_000);
    const second = load();
    expect(second).not.toBe(first);
    vi.setSystemTime(Date.now() - 3_600_000);
    expect(load()).toBe(second);
    vi.advanceTimersByTime(10_000);
    expect(load()).not.toBe(second);
  });
});
