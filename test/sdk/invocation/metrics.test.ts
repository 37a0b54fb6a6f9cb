import fc from "fast-check";
import { expect, test } from "vitest";
import { type CacheMetrics, type Measured, metricsLine } from "../../../sdk/invocation/metrics.ts";

const count = fc.nat();
const amount = fc.double({ min: 0, max: 1e12, noNaN: true });
const cache: fc.Arbitrary<CacheMetrics> = fc.record({
  cache: fc.string({ unit: "binary" }),
  hits: count,
  misses: count,
  joined: count,
  evictions: count,
  loadMs: amount,
  loadFailures: count,
  entries: count,
  bytes: amount,
});
const measured: fc.Arbitrary<Measured> = fc.record({
  functionName: fc.string({ unit: "binary" }),
  coldStart: fc.constantFrom("on-demand", "provisioned-concurrency", "snap-start", undefined),
  isSpill: fc.boolean(),
  memoryPercent: amount,
  caches: fc.array(cache),
  timestamp: fc.nat(),
});

interface Directive {
  readonly Dimensions: readonly (readonly string[])[];
  readonly Metrics: readonly { readonly Name: string; readonly Unit: string }[];
}

function directives(line: string): readonly Directive[] {
  const { _aws } = JSON.parse(line) as { _aws: { CloudWatchMetrics: Directive[] } };
  return _aws.CloudWatchMetrics;
}

test("a line is one line of JSON, in which each metric and each dimension that it names has a value", () => {
  fc.assert(
    fc.property(measured, (one) => {
      const line = metricsLine(one);
      expect(line).not.toContain("\n");
      const properties = JSON.parse(line) as Record<string, unknown>;
      for (const { Dimensions, Metrics } of directives(line)) {
        for (const dimension of Dimensions.flat()) expect(properties[dimension]).toBeTypeOf("string");
        for (const { Name } of Metrics) expect(properties[Name]).toBeTypeOf("number");
      }
      expect(properties["caches"]).toEqual(
        one.caches.length === 0 ? undefined : JSON.parse(JSON.stringify(one.caches)),
      );
      const hits = one.caches.reduce((sum, { hits: of }) => sum + of, 0);
      expect(properties["CacheHits"]).toBe(one.caches.length === 0 ? undefined : hits);
    }),
  );
});

test("a line names its metrics with their units, by function, and starts by how the replica was initialised", () => {
  const used = { cache: "c", hits: 1, misses: 1, joined: 0, evictions: 0, loadMs: 2, entries: 1, bytes: 9 };
  const line = metricsLine({
    functionName: "f",
    coldStart: "on-demand",
    isSpill: true,
    memoryPercent: 12.5,
    caches: [{ ...used, loadFailures: 1 }],
    timestamp: 7,
  });
  function named(one: Directive | undefined): unknown {
    return one?.Metrics.map(({ Name, Unit }) => `${Name} ${Unit}`);
  }
  const [byFunction, starts] = directives(line);
  expect(byFunction?.Dimensions).toEqual([["function"]]);
  expect(named(byFunction)).toEqual([
    "CacheHits Count",
    "CacheMisses Count",
    "CacheJoined Count",
    "CacheEvictions Count",
    "CacheLoadTime Milliseconds",
    "CacheEntries Count",
    "CacheBytes Bytes",
    "CacheLoadFailures Count",
    "Spills Count",
    "MemoryUtilization Percent",
  ]);
  expect(starts?.Dimensions).toEqual([["function", "initialization"]]);
  expect(named(starts)).toEqual(["ColdStarts Count"]);
  expect(JSON.parse(line)).toMatchObject({ function: "f", initialization: "on-demand", ColdStarts: 1, Spills: 1 });
});

test("what has not happened is no metric", () => {
  const line = metricsLine({ functionName: "f", isSpill: false, memoryPercent: 3, caches: [], timestamp: 0 });
  expect(directives(line)).toEqual([
    { Namespace: "Lambent", Dimensions: [["function"]], Metrics: [{ Name: "MemoryUtilization", Unit: "Percent" }] },
  ]);
});
