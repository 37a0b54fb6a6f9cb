import fc from "fast-check";
import { expect, test } from "vitest";
import { metricsLine } from "../../../sdk/invocation/metrics.ts";
import type { CacheReceipt } from "../../../sdk/invocation/receipt.ts";

const count = fc.nat();
const amount = fc.double({ min: 0, max: 1e15, noNaN: true });
const receipt: fc.Arbitrary<CacheReceipt> = fc.record(
  {
    cache: fc.string({ unit: "binary" }),
    hits: count,
    misses: count,
    joined: count,
    evictions: count,
    loadMs: amount,
    entries: count,
    bytes: amount,
    preloadFailures: fc.array(fc.string({ unit: "binary" })),
  },
  { requiredKeys: ["cache", "hits", "misses", "joined", "evictions", "loadMs", "entries", "bytes"] },
);

test("a line of metrics is one line of JSON: the actor, sums over the caches, and the caches as they were", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.array(receipt), fc.nat(), (actor, caches, timestamp) => {
      const line = metricsLine(actor, caches, timestamp);
      expect(line).not.toContain("\n");
      const { _aws, ...properties } = JSON.parse(line) as Record<string, unknown>;
      function sum(figure: "hits" | "misses" | "joined" | "evictions" | "loadMs" | "entries" | "bytes"): number {
        return caches.reduce((total, cache) => total + cache[figure], 0);
      }
      expect(properties).toEqual({
        actor,
        CacheHits: sum("hits"),
        CacheMisses: sum("misses"),
        CacheJoined: sum("joined"),
        CacheEvictions: sum("evictions"),
        CacheLoadTime: sum("loadMs"),
        CacheEntries: sum("entries"),
        CacheBytes: sum("bytes"),
        caches: JSON.parse(JSON.stringify(caches)),
      });
      expect(_aws).toMatchObject({ Timestamp: timestamp, CloudWatchMetrics: [{ Namespace: "Lambent" }] });
    }),
  );
});

test("a line names each of its metrics and their unit, by actor", () => {
  const { _aws } = JSON.parse(metricsLine("a", [], 0)) as { _aws: unknown };
  function metric(Name: string, Unit = "Count"): object {
    return { Name, Unit };
  }
  expect(_aws).toEqual({
    Timestamp: 0,
    CloudWatchMetrics: [
      {
        Namespace: "Lambent",
        Dimensions: [["actor"]],
        Metrics: [
          ...["CacheHits", "CacheMisses", "CacheJoined", "CacheEvictions"].map((name) => metric(name)),
          metric("CacheLoadTime", "Milliseconds"),
          metric("CacheEntries"),
          metric("CacheBytes", "Bytes"),
        ],
      },
    ],
  });
});
