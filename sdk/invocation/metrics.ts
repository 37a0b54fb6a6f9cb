import type { CacheReceipt } from "./receipt.ts";

const METRICS = [
  ["CacheHits", "hits", "Count"],
  ["CacheMisses", "misses", "Count"],
  ["CacheJoined", "joined", "Count"],
  ["CacheEvictions", "evictions", "Count"],
  ["CacheLoadTime", "loadMs", "Milliseconds"],
  ["CacheEntries", "entries", "Count"],
  ["CacheBytes", "bytes", "Bytes"],
] as const;

/** The same in every line, so it is made once: making it takes twice as long as all the rest of a line. */
const METRIC_DIRECTIVE = JSON.stringify({
  Namespace: "Lambent",
  Dimensions: [["actor"]],
  Metrics: METRICS.map(([Name, , Unit]) => ({ Name, Unit })),
});

/**
 * A log line in CloudWatch's embedded metric format: the sums over an invocation's caches as metrics of the actor,
 * and each cache's own figures as a property for Logs Insights.
 */
export function metricsLine(actor: string, caches: readonly CacheReceipt[], timestamp: number): string {
  let line = `{"_aws":{"Timestamp":${timestamp},"CloudWatchMetrics":[${METRIC_DIRECTIVE}]},"actor":${JSON.stringify(actor)}`;
  for (const [name, figure] of METRICS) {
    let sum = 0;
    for (const cache of caches) sum += cache[figure];
    line += `,"${name}":${sum}`;
  }
  return `${line},"caches":${JSON.stringify(caches)}}`;
}

// Read once: looking up a variable of the environment takes longer than a hit.
const { AWS_LAMBDA_FUNCTION_NAME: functionName, LAMBENT_METRICS: setting } = process.env;

/** One line per invocation that used a cache, on Lambda; `LAMBENT_METRICS=off` turns it off. */
export function writeMetrics(caches: readonly CacheReceipt[]): void {
  if (functionName === undefined || setting === "off" || caches.length === 0) return;
  // Not console.log, which the runtime prefixes; and through the stream, which waits for a pipe that is full and keeps
  // lines in order. Writing to the descriptor would save half a microsecond and have to do both by itself.
  process.stdout.write(`${metricsLine(functionName, caches, Date.now())}\n`);
}
