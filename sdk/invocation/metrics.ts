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

/** The same in every line. Made once, since that takes twice as long as the rest of a line. */
const METRIC_DIRECTIVE = JSON.stringify({
  Namespace: "Lambent",
  Dimensions: [["actor"]],
  Metrics: METRICS.map(([Name, , Unit]) => ({ Name, Unit })),
});

/**
 * A log line in CloudWatch's embedded metric format. The sums over all caches that an invocation used are metrics with
 * the actor as dimension; what each cache did is in the property `caches`, for CloudWatch Logs Insights.
 * @param timestamp milliseconds since the epoch
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

// Read once, since reading an environment variable takes longer than a cache hit.
const { AWS_LAMBDA_FUNCTION_NAME: functionName, LAMBENT_METRICS: setting } = process.env;

/** On Lambda, write a line to the log for an invocation that used a cache, unless `LAMBENT_METRICS` is `off`. */
export function writeMetrics(caches: readonly CacheReceipt[]): void {
  if (functionName === undefined || setting === "off" || caches.length === 0) return;
  // Not `console.log`: Lambda's runtime puts a prefix before its lines. Not `writeSync` on the descriptor: it would
  // save half a microsecond, but the stream waits when the pipe is full, and keeps the order of lines.
  process.stdout.write(`${metricsLine(functionName, caches, Date.now())}\n`);
}
