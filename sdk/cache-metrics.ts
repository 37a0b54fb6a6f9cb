import type { CacheReceipt } from "./receipt.ts";

const metrics = [
  ["CacheHits", "Count"],
  ["CacheMisses", "Count"],
  ["CacheJoined", "Count"],
  ["CacheEvictions", "Count"],
  ["CacheLoadTime", "Milliseconds"],
  ["CacheEntries", "Count"],
  ["CacheBytes", "Bytes"],
] as const;

const directive = {
  Namespace: "Lambent",
  Dimensions: [["actor"]],
  Metrics: metrics.map(([Name, Unit]) => ({ Name, Unit })),
};

/**
 * A log line in CloudWatch's embedded metric format: the sums over an invocation's caches as metrics of the actor,
 * and each cache's own figures as a property for Logs Insights.
 */
export function metricsLine(actor: string, caches: readonly CacheReceipt[], timestamp: number): string {
  const sum = (figure: (cache: CacheReceipt) => number) => caches.reduce((total, cache) => total + figure(cache), 0);
  return JSON.stringify({
    _aws: { Timestamp: timestamp, CloudWatchMetrics: [directive] },
    actor,
    CacheHits: sum((c) => c.hits),
    CacheMisses: sum((c) => c.misses),
    CacheJoined: sum((c) => c.joined),
    CacheEvictions: sum((c) => c.evictions),
    CacheLoadTime: sum((c) => c.loadMs),
    CacheEntries: sum((c) => c.entries),
    CacheBytes: sum((c) => c.bytes),
    caches,
  } satisfies Record<(typeof metrics)[number][0], number> & Record<string, unknown>);
}

// Read once: looking up a variable of the environment takes longer than a hit.
const { AWS_LAMBDA_FUNCTION_NAME: functionName, LAMBENT_METRICS: setting } = process.env;

/** One line per invocation that used a cache, on Lambda; `LAMBENT_METRICS=off` turns it off. */
export function writeMetrics(caches: readonly CacheReceipt[]): void {
  if (functionName === undefined || setting === "off" || caches.length === 0) return;
  // Not console.log, which the runtime prefixes.
  process.stdout.write(`${metricsLine(functionName, caches, Date.now())}\n`);
}
