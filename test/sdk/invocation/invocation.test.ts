import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, test, vi } from "vitest";
import { currentContext } from "../../../sdk/invocation/scope.ts";
import { type InvocationOutcome, runInvocation } from "../../../sdk/invocation/invocation.ts";
import { runPreloads } from "../../../sdk/cache/preload.ts";
import { replicaCache } from "../../../sdk/cache/replica-cache.ts";
import type { CacheReceipt } from "../../../sdk/invocation/receipt.ts";

const actor = { name: "test-actor" };

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

function gate<T = void>(): { promise: Promise<T>; open: (value: T) => void } {
  let open: (value: T) => void = () => {};
  const promise = new Promise<T>((resolve) => (open = resolve));
  return { promise, open };
}

function counts({ caches }: InvocationOutcome<unknown>): Partial<CacheReceipt>[] {
  return caches.map(({ cache, hits, misses, joined, evictions }) => ({ cache, hits, misses, joined, evictions }));
}

test("an invocation's context is its loads' too, and nobody else's", async () => {
  const context = {
    executionId: "e",
    taskName: "t",
    node: "t2",
    item: undefined,
    replica: "r",
    requestId: undefined,
    taskToken: undefined,
    heartbeat: async () => undefined,
    traceparent: undefined,
    tracestate: undefined,
    workingDirectory: "/tmp",
    signal: new AbortController().signal,
  };
  const load = replicaCache(actor, async () => {
    await sleep(1);
    return currentContext();
  });
  const outcome = await runInvocation(async () => [await load(), currentContext()], context);
  expect(outcome).toMatchObject({ isOk: true, result: [context, context] });
  const without = await runInvocation(() => currentContext());
  expect(without).toMatchObject({ isOk: false, error: { message: expect.stringContaining("outside of a task") } });
});

describe("receipts", () => {
  test("tell what each cache did during the invocation, and nothing of caches that were not used", async () => {
    const loadModel = replicaCache(actor, async function readModel(n: number) {
      await sleep(5);
      return n;
    });
    replicaCache(actor, function unused() {});
    await loadModel(0);
    const outcome = await runInvocation(async () => {
      await Promise.all([loadModel(1), loadModel(1), loadModel(2), loadModel(0)]);
      return loadModel(1);
    });
    expect(outcome).toMatchObject({ isOk: true, result: 1 });
    expect(counts(outcome)).toEqual([{ cache: "readModel", hits: 2, misses: 2, joined: 1, evictions: 0 }]);
    const [receipt] = outcome.caches;
    expect(receipt?.loadMs).toBeGreaterThan(8);
    expect(receipt).toMatchObject({ entries: 3 });
    expect(receipt?.bytes).toBeGreaterThan(0);
    expect(counts(await runInvocation(() => loadModel(1)))).toEqual([
      { cache: "readModel", hits: 1, misses: 0, joined: 0, evictions: 0 },
    ]);
    expect((await runInvocation(() => 1)).caches).toEqual([]);
  });

  test("are there when the invocation fails, sync or async", async () => {
    const load = replicaCache(actor, () => 1);
    const sync = await runInvocation((): number => {
      load();
      throw new Error("sync");
    });
    const later = await runInvocation(async () => {
      load();
      await sleep(1);
      throw new Error("async");
    });
    expect([sync, later].map((outcome) => !outcome.isOk && String(outcome.error))).toEqual([
      "Error: sync",
      "Error: async",
    ]);
    expect([sync, later].map(({ caches: [receipt] }) => [receipt?.hits, receipt?.misses])).toEqual([
      [0, 1],
      [1, 0],
    ]);
  });

  test("of many invocations at once in one thread stay apart", async () => {
    const load = replicaCache(actor, async function loadShared(n: number) {
      await sleep(3);
      return n;
    });
    const first = runInvocation(async () => {
      await load(1); // a miss
      await sleep(20);
      for (let i = 0; i < 5; i++) await load(1);
    });
    const second = runInvocation(async () => {
      await load(1); // joined
      for (let i = 0; i < 7; i++) await load(1);
    });
    await sleep(10);
    const third = runInvocation(async () => {
      for (let i = 0; i < 3; i++) await load(1);
      await load(2);
    });
    expect((await Promise.all([first, second, third])).map((outcome) => counts(outcome)[0])).toEqual([
      { cache: "loadShared", hits: 5, misses: 1, joined: 0, evictions: 0 },
      { cache: "loadShared", hits: 7, misses: 0, joined: 1, evictions: 0 },
      { cache: "loadShared", hits: 3, misses: 1, joined: 0, evictions: 0 },
    ]);
  });

  test("of overlapping invocations add up to what the cache counted, whatever the overlap", async () => {
    const load = replicaCache(actor, async (n: number) => {
      await sleep(n % 3);
      return n;
    }, { maxEntries: 5 }); // prettier-ignore
    const outcomes = await Promise.all(
      Array.from({ length: 30 }, async (_, i) => {
        await sleep((i * 7) % 23);
        return runInvocation(async () => {
          for (let call = 0; call < 20; call++) {
            await load((call * (i + 1)) % 8);
            if (call % 5 === 0) await sleep(1);
          }
        });
      }),
    );
    function sum(of: "hits" | "misses" | "joined" | "evictions") {
      return outcomes.reduce((total, { caches }) => total + (caches[0]?.[of] ?? 0), 0);
    }
    const { hits, misses, joined, evictions } = load.stats;
    expect([sum("hits"), sum("misses"), sum("joined"), sum("evictions")]).toEqual([hits, misses, joined, evictions]);
    expect(hits + misses + joined).toBe(600);
  });
});

describe("a load left behind by an invocation that ended", () => {
  test("is not joined by a later one: it is started anew", async () => {
    const gates = [gate<string>(), gate<string>()];
    let loads = 0;
    const load = replicaCache(actor, () => gates[loads++]?.promise);
    await runInvocation(() => void load());
    const later = runInvocation(() => Promise.all([load(), load()]));
    gates[1]?.open("anew");
    expect(await later).toMatchObject({ result: ["anew", "anew"], caches: [{ misses: 1, joined: 1 }] });
    gates[0]?.open("left behind");
    await sleep(1);
    expect(await load()).toBe("anew");
    expect(load.stats).toMatchObject({ misses: 2, size: 1 });
  });

  test("that fails later takes nothing along", async () => {
    let fail: (error: Error) => void = () => {};
    let loads = 0;
    const load = replicaCache(actor, async () => {
      if (loads++ === 0) await new Promise((_, reject) => (fail = reject));
      return "anew";
    });
    let left: Promise<string> | undefined;
    await runInvocation(() => void (left = load()));
    expect((await runInvocation(() => load())).isOk).toBe(true);
    fail(new Error("socket hang up"));
    await expect(left).rejects.toThrow("socket hang up");
    expect(load.has()).toBe(true);
  });

  test("is joined while another invocation kept the instance awake", async () => {
    const loading = gate<number>();
    const load = replicaCache(actor, () => loading.promise);
    const hold = gate();
    const holding = runInvocation(() => hold.promise);
    await runInvocation(() => void load());
    const joining = runInvocation(() => load());
    loading.open(7);
    expect(await joining).toMatchObject({ result: 7, caches: [{ joined: 1, misses: 0 }] });
    hold.open();
    await holding;
  });

  test("begun before any invocation is joined by the first", async () => {
    const loading = gate<number>();
    const load = replicaCache(actor, () => loading.promise);
    void load();
    const joining = runInvocation(() => load());
    loading.open(7);
    expect(await joining).toMatchObject({ result: 7, caches: [{ joined: 1, misses: 0 }] });
  });
});

describe("dispose", () => {
  test("waits for the invocations that were given the value, and no longer", async () => {
    const disposed: number[] = [];
    const load = replicaCache(actor, async (n: number) => n, { maxEntries: 1, dispose: (n) => void disposed.push(n) });
    const hold = gate();
    const using = runInvocation(async () => {
      await load(1);
      await hold.promise;
    });
    await sleep(1);
    await runInvocation(() => load(2)); // pushes 1 out
    await sleep(1);
    expect(disposed).toEqual([]);
    hold.open();
    await using;
    await sleep(1);
    expect(disposed).toEqual([1]);
    await runInvocation(() => load(3)); // no running invocation was given 2
    await sleep(1);
    expect(disposed).toEqual([1, 2]);
  });

  test("is called once for each value, also one that arrives after it was deleted", async () => {
    const disposed: number[] = [];
    let last = 0;
    const load = replicaCache(
      actor,
      async () => {
        const mine = ++last;
        await sleep(2);
        return mine;
      },
      { dispose: (n) => void disposed.push(n) },
    );
    await runInvocation(async () => {
      const first = load();
      load.delete();
      await Promise.all([first, load()]);
      expect(disposed).toEqual([]);
    });
    await sleep(1);
    expect(disposed).toEqual([1]);
    load.clear();
    load.clear();
    await sleep(1);
    expect(disposed).toEqual([1, 2]);
  });

  test("that fails is logged and harms nobody", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const load = replicaCache(actor, (n: number) => n, {
      dispose: (n) => {
        if (n === 1) throw new Error("sync");
        return Promise.reject(new Error("async"));
      },
    });
    [1, 2].map((n) => load(n));
    load.clear();
    await vi.waitFor(() =>
      expect(warn.mock.calls.map(([, error]) => String(error))).toEqual(["Error: sync", "Error: async"]),
    );
  });
});

describe("preload", () => {
  test("loads before the first request what is listed, at once", async () => {
    const loaded: string[] = [];
    const load = replicaCache(
      { name: "preloading" },
      async ({ state }: { state: number }) => {
        await sleep(5);
        loaded.push(`state ${state}`);
        return state;
      },
      { preload: [[{ state: 1 }], [{ state: 2 }]] },
    );
    expect(await runPreloads("another")).toMatchObject({ loaded: 0, failures: [] });
    expect(await runPreloads("preloading")).toMatchObject({ loaded: 2, failures: [] });
    expect(loaded).toEqual(["state 1", "state 2"]);
    const first = await runInvocation(() => load({ state: 2 }));
    expect(first.caches).toMatchObject([{ hits: 1, misses: 0, loadMs: 0, preloads: 2 }]);
    expect(first.caches[0]?.preloadMs).toBeGreaterThan(0);
    const second = await runInvocation(() => load({ state: 1 }));
    expect(second.caches).toMatchObject([{ hits: 1, misses: 0 }]);
    expect(second.caches[0]).not.toHaveProperty("preloads");
    expect(second.caches[0]).not.toHaveProperty("preloadMs");
  });

  test("that fails is logged, told by the next receipt, tried again on first use, and fails nothing", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    let attempts = 0;
    const load = replicaCache(
      { name: "failing" },
      async function loadModel(state: number) {
        if (++attempts === 1) throw new Error("no network yet");
        return state;
      },
      { preload: [[3]] },
    );
    const report = await runPreloads("failing");
    expect(report).toMatchObject({ loaded: 0, failures: [{ cache: "loadModel" }] });
    expect(warn.mock.calls[0]?.[0]).toBe("loadModel: the preload for [ 3 ] failed, and is tried again on first use:");
    const first = await runInvocation(() => 1);
    expect(first.caches).toMatchObject([{ cache: "loadModel", misses: 0, preloadFailures: ["Error: no network yet"] }]);
    const second = await runInvocation(() => load(3));
    expect(second).toMatchObject({ result: 3, caches: [{ misses: 1 }] });
    expect(first.caches[0]).not.toHaveProperty("preloads");
    expect(second.caches[0]).not.toHaveProperty("preloadFailures");
  });
});

describe("telemetry", () => {
  test("what a cache does can be subscribed to", async () => {
    const seen: string[] = [];
    const names = ["hit", "miss", "join", "load", "failure", "leave"];
    function note(message: unknown, name: string | symbol): void {
      const { reason } = message as { reason?: string };
      expect(message).toMatchObject({ actor: "test-actor", cache: "observed" });
      seen.push(`${String(name).replace("lambent:cache:", "")}${reason === undefined ? "" : ` by ${reason}`}`);
    }
    for (const name of names) subscribe(`lambent:cache:${name}`, note);
    const load = replicaCache(actor, async function observed(n: number) {
      if (n < 0) throw new Error("negative");
      return n;
    }, { maxEntries: 1 }); // prettier-ignore
    await Promise.all([load(1), load(1)]);
    await load(1);
    await load(2);
    load.clear();
    await load(-1).catch(() => {});
    for (const name of names) unsubscribe(`lambent:cache:${name}`, note);
    await load(3);
    expect(seen).toEqual([
      "miss",
      "join",
      "load",
      "hit",
      "miss",
      "load",
      "leave by eviction",
      "leave by clear",
      "miss",
      "failure",
    ]);
  });
});
