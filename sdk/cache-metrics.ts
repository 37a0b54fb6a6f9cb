import type { CacheReceipt } from "./receipt.ts";

const metrics = [
  ["CacheHits", "hits", "Count"],
  ["CacheMisses", "misses", "Count"],
  ["CacheJoined", "joined", "Count"],
  ["CacheEvictions", "evictions", "Count"],
  ["CacheLoadTime", "loadMs", "Milliseconds"],
  ["CacheEntries", "entries", "Count"],
  ["CacheBytes", "bytes", "Bytes"],
] as const;

/**
 * A log line in CloudWatch's embedded metric format: the sums over an invocation's caches as metrics of the actor,
 * and each cache's own figures as a property for Logs Insights.
 */
export function metricsLine(actor: string, caches: readonly CacheReceipt[], timestamp: number): string {
  const directive = {
    Namespace: "Lambent",
    Dimensions: [["actor"]],
    Metrics: metrics.map(([Name, , Unit]) => ({ Name, Unit })),
  };
  const sums = metrics.map(([name, figure]) => [name, caches.reduce((sum, cache) => sum + cache[figure], 0)]);
  return JSON.stringify({
    _aws: { Timestamp: timestamp, CloudWatchMetrics: [directive] },
    actor,
    ...Object.fromEntries(sums),
    caches,
  });
}

// Read once: looking up a variable of the environment takes longer than a hit.
const { AWS_LAMBDA_FUNCTION_NAME: functionName, LAMBENT_METRICS: setting } = process.env;

/** One line per invocation that used a cache, on Lambda; `LAMBENT_METRICS=off` turns it off. */
export function writeMetrics(caches: readonly CacheReceipt[]): void {
  if (functionName === undefined || setting === "off" || caches.length === 0) return;
  // Not console.log, which the runtime prefixes.
  process.stdout.write(`${metricsLine(functionName, caches, Date.now())}\n`);
}
