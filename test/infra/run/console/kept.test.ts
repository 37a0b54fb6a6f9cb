import { describe, expect, it } from "vitest";
import { CacheTotals } from "../../../../infra/run/console/cache-totals.ts";
import { LogBook } from "../../../../infra/run/console/log-book.ts";
import type { LogLine } from "../../../../infra/emulator/replicas/replica-pool.ts";
import type { CacheReceipt, Receipt } from "../../../../sdk/invocation/receipt.ts";

function line(text: string): LogLine {
  return { functionName: "fn", replica: "r", requestId: undefined, stream: "stdout", text };
}

describe("of what replicas print", () => {
  it("the last 10,000 lines are kept, and it is told how many are forgotten", () => {
    const book = new LogBook();
    for (let number = 1; number <= 35_000; number++) book.add(line(`line ${number}`));
    expect([book.last, book.forgotten]).toEqual([35_000, 25_000]);
    const all = book.find(0, 100_000, () => true);
    expect([all.length, all[0]?.text, all.at(-1)?.text]).toEqual([10_000, "line 25001", "line 35000"]);
    expect(book.find(34_998, 1000, () => true).map(({ number }) => number)).toEqual([34_999, 35_000]);
    expect(book.find(0, 2, ({ text }) => text.endsWith("00")).map(({ number }) => number)).toEqual([34_900, 35_000]);
  });

  it("long lines are cut off, and 4 million characters of all are kept", () => {
    const book = new LogBook();
    for (let number = 0; number < 200; number++) book.add(line("x".repeat(250_000)));
    const all = book.find(0, 1000, () => true);
    expect(all[0]?.text).toHaveLength(65_536 + "… (250,000 characters)".length);
    expect(all.reduce((sum, { text }) => sum + text.length, 0)).toBeLessThanOrEqual(4 * 2 ** 20);
    expect(all.length).toBe(200 - book.forgotten);
  });
});

describe("the sums of receipts", () => {
  const cache: CacheReceipt = {
    cache: "load",
    hits: 2,
    misses: 1,
    joined: 0,
    loadMs: 5,
    evictions: 0,
    entries: 1,
    bytes: 8,
  };

  function result(replica: string, ...caches: readonly CacheReceipt[]): unknown {
    const receipt: Receipt = {
      replica,
      start: "cold",
      initializationType: "on-demand",
      task: "any",
      startedAt: 1,
      durationMs: 1,
      output: "computed",
      caches,
    };
    return { Payload: { output: 1, receipt } };
  }

  it("are a replica's own, with the size that the cache had last and what was loaded before the first invocation", () => {
    const totals = new CacheTotals(() => new Set());
    totals.add(result("one", { ...cache, preloads: 2, preloadMs: 10 }));
    totals.add(result("one", { ...cache, evictions: 1, entries: 4, bytes: 30 }));
    totals.add({ Payload: "no receipt" });
    expect(totals.of("one")).toEqual({
      coldStarts: 1,
      caches: [
        { cache: "load", hits: 4, loads: 2, joined: 0, evictions: 1, loadMs: 20, preloads: 2, entries: 4, bytes: 30 },
      ],
    });
    expect(totals.of("other")).toEqual({ coldStarts: 0, caches: [] });
  });

  it("of replicas that have ended are forgotten", () => {
    const totals = new CacheTotals(() => new Set(["0", "1"]));
    for (let replica = 0; replica < 1000; replica++) totals.add(result(String(replica), cache));
    expect(totals.of("1").caches).toHaveLength(1);
    expect(totals.of("50").caches).toHaveLength(0);
  });
});
