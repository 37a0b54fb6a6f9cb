import { subscribe, unsubscribe } from "node:diagnostics_channel";
import * as fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { estimateBytes } from "../../../sdk/cache/byte-size.ts";
import { runInvocation } from "../../../sdk/invocation/invocation.ts";
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

describe("the bytes of keys", () => {
  const KEY_BYTES = 10_000;
  function text(of: string | number): string {
    return String(of).padEnd(KEY_BYTES, "-");
  }
  function bytesOfOne(load: (...args: never) => unknown, ...args: unknown[]): Promise<number> {
    return runInvocation(() => (load as (...args: unknown[]) => unknown)(...args)).then(
      ({ caches }) => caches[0]?.bytes ?? NaN,
    );
  }
  class Document {
    readonly text: string = text("document");
  }
  class Version extends Document {
    equals(other: Version): boolean {
      return this.text === other.text;
    }
    hashCode(): number {
      return 1;
    }
  }

  test.each<[string, () => unknown]>([
    ["a text", () => text("a")],
    ["a text of two bytes each", () => "字".repeat(KEY_BYTES / 2)],
    ["a text in a record", () => ({ id: 1, more: { text: text("a") } })],
    ["names of properties", () => ({ [text("a")]: 1 })],
    ["a buffer", () => Buffer.alloc(KEY_BYTES, "a")],
    ["a list of numbers", () => Array.from({ length: KEY_BYTES / 8 }, (_, i) => i)],
    ["a set of short texts", () => new Set(Array.from({ length: KEY_BYTES / 40 }, (_, i) => String(i)))],
    ["an instance that is compared by identity", () => new Document()],
    ["an instance with equals and hashCode", () => new Version()],
    ["a URL", () => new URL(`https://a.b/${text("a")}`)],
    ["a bigint", () => 16n ** BigInt(2 * KEY_BYTES)],
  ])("count: %s", async (_what, make) => {
    const load = replicaCache(actor(), (_key: unknown) => 1) as (key: unknown) => number;
    const bytes = await bytesOfOne(load as never, make());
    expect(bytes).toBeGreaterThan(0.6 * KEY_BYTES);
    expect(bytes).toBeLessThan(4 * KEY_BYTES);
  });

  test("push out what was used least recently, and count no more once they are out", async () => {
    const load = replicaCache(actor(), (key: string) => key.length, { maxBytes: 10.5 * KEY_BYTES });
    for (let n = 0; n < 50; n++) load(text(n));
    expect([load.stats.size, load.has(text(39)), load.has(text(41))]).toEqual([10, false, true]);
    load.clear();
    expect(await bytesOfOne(load as never, "small")).toBeLessThan(300);
  });

  test("count once for what several keys share, in whatever place", async () => {
    const load = replicaCache(actor(), (_n: number, _key: string) => 1);
    const first = replicaCache(actor(), (_key: string, _n: number) => 1);
    for (let n = 0; n < 20; n++) {
      load(n, text("shared"));
      first(text("shared"), n);
    }
    expect(await bytesOfOne(load as never, 0, text("shared"))).toBeLessThan(2 * KEY_BYTES);
    expect(await bytesOfOne(first as never, text("shared"), 0)).toBeLessThan(2 * KEY_BYTES);
    for (let n = 0; n < 19; n++) load.delete(n, text("shared"));
    expect(await bytesOfOne(load as never, 19, text("shared"))).toBeGreaterThan(0.6 * KEY_BYTES);
  });

  test("count while a value is being loaded, and make room before it has come", async () => {
    const shared = { name: "test-actor", limits: { maxBytes: 10.5 * KEY_BYTES } };
    const kept = replicaCache(shared, (n: number) => Buffer.alloc(KEY_BYTES, n));
    const load = replicaCache(shared, async (_key: string) => new Promise(() => {}));
    for (let n = 0; n < 9; n++) kept(n);
    for (let n = 0; n < 5; n++) void load(text(n));
    expect(kept.stats.size).toBeLessThan(6);
    for (let n = 0; n < 20; n++) void load(text(n));
    expect([kept.stats.size, load.stats.joined]).toEqual([0, 5]);
  });

  test("of loads that an earlier invocation has left behind are dropped first", async () => {
    const shared = { name: "test-actor", limits: { maxBytes: 10.5 * KEY_BYTES } };
    const kept = replicaCache(shared, (n: number) => Buffer.alloc(KEY_BYTES, n));
    const load = replicaCache(shared, async (_key: string) => new Promise(() => {}));
    await runInvocation(() => {
      for (let n = 0; n < 9; n++) void load(text(n));
    });
    for (let n = 0; n < 9; n++) kept(n);
    expect(kept.stats.size).toBe(9);
  });

  test("that are too large alone are told of, and push nothing out", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const load = replicaCache(actor(), function loadText(key: string) { return key.length; }, { maxBytes: 5 * KEY_BYTES }); // prettier-ignore
    load("a");
    load("b".repeat(6 * KEY_BYTES));
    expect([load.has("a"), load.stats.size]).toEqual([true, 1]);
    await vi.waitFor(() => expect(String(warn.mock.calls)).toContain("which maxBytes (50000) has no room for"));
  });

  test("are free while they are small where sizeOf tells the bytes, and are added where they are large", async () => {
    const load = replicaCache(actor(), (_key: object) => 1, { sizeOf: () => 50, maxBytes: 100 });
    [1, 2].map((n) => load({ bucket: "models", key: `weights/${n}.bin`, version: `v${n}` }));
    expect(load.stats.size).toBe(2);
    const large = replicaCache(actor(), (key: string) => key.length, { sizeOf: () => 50, maxBytes: 3.5 * KEY_BYTES });
    for (let n = 0; n < 9; n++) large(text(n));
    expect(large.stats.size).toBe(3);
  });
});

describe("the estimate of a value's bytes", () => {
  test.each<[string, unknown, number, number]>([
    ["a number", 1, 8, 8],
    ["a string", "a".repeat(1000), 1000, 1100],
    ["a string of two bytes each", "字".repeat(1000), 2000, 2100],
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

  test("removes what nobody asks for again when an invocation starts, and disposes of it once", async () => {
    const disposed: number[] = [];
    const load = replicaCache(actor(), async (n: number) => n, { ttl: 10, dispose: (n) => void disposed.push(n) });
    const other = replicaCache(actor(), (n: number) => n, { ttl: 60, dispose: (n) => void disposed.push(n) });
    await runInvocation(async () => [await load(1), await load(2), other(3)]);
    vi.advanceTimersByTime(5000);
    await runInvocation(async () => [await load(4), load.delete(2)]);
    vi.advanceTimersByTime(5000);
    expect([load.stats.size, disposed]).toEqual([2, [2]]);
    await runInvocation(() => {});
    await Promise.resolve();
    expect([load.stats.size, other.stats.size, disposed]).toEqual([1, 1, [2, 1]]);
    vi.advanceTimersByTime(5000);
    await runInvocation(() => {});
    expect([await load(1), load.stats.misses, disposed]).toEqual([1, 4, [2, 1, 4]]);
    vi.advanceTimersByTime(3_600_000);
    await runInvocation(() => {});
    await runInvocation(() => {});
    expect([load.stats.size, other.stats.size, disposed.toSorted()]).toEqual([0, 0, [1, 1, 2, 3, 4]]);
  });

  test("waits with dispose for an invocation that still has the value", async () => {
    const disposed: number[] = [];
    const load = replicaCache(actor(), (n: number) => n, { ttl: 10, dispose: (n) => void disposed.push(n) });
    let end: () => void = () => {};
    const holding = runInvocation(async () => {
      load(1);
      await new Promise<void>((resolve) => (end = resolve));
    });
    vi.advanceTimersByTime(20_000);
    await runInvocation(() => {});
    expect([load.stats.size, disposed]).toEqual([0, []]);
    end();
    await holding;
    await Promise.resolve();
    expect(disposed).toEqual([1]);
  });

  test("looks at what has expired alone when an invocation starts", async () => {
    const load = replicaCache(actor(), (n: number) => n, { ttl: 10 });
    load(0);
    vi.advanceTimersByTime(5000);
    for (let n = 1; n <= 1000; n++) load(n);
    vi.advanceTimersByTime(5000);
    let removed = 0;
    function note(message: unknown): void {
      expect(message).toMatchObject({ reason: "expiry" });
      removed++;
    }
    subscribe("lambent:cache:leave", note);
    await runInvocation(() => {});
    unsubscribe("lambent:cache:leave", note);
    expect([removed, load.stats.size]).toEqual([1, 1000]);
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
