import type { CacheCounters } from "./counters.ts";
import { allCounters, takeCollected } from "./invocation.ts";

/** What one cache did since the last line, and what it holds now. */
export interface CacheMetrics {
  readonly cache: string;
  readonly hits: number;
  readonly misses: number;
  readonly joined: number;
  readonly evictions: number;
  /** Milliseconds. */
  readonly loadMs: number;
  readonly loadFailures: number;
  readonly entries: number;
  readonly bytes: number;
}

/** What one line tells of. */
export interface Measured {
  /** Of a function with replicas of its own (`affinity`) the name that all of them have in common. */
  readonly functionName: string;
  /** `AWS_LAMBDA_INITIALIZATION_TYPE`; absent: the invocation was not its replica's first. */
  readonly coldStart?: string | undefined;
  /** Whether it started on demand though its function has provisioned replicas. */
  readonly isSpill: boolean;
  /** Memory in use when the invocation ended, in percent of what the function has. */
  readonly memoryPercent: number;
  readonly caches: readonly CacheMetrics[];
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
}

type Figure = Exclude<keyof CacheMetrics, "cache">;
type Metric = readonly [name: string, unit: string, value: number];

const CACHE_METRICS: readonly (readonly [name: string, figure: Figure, unit: string])[] = [
  ["CacheHits", "hits", "Count"],
  ["CacheMisses", "misses", "Count"],
  ["CacheJoined", "joined", "Count"],
  ["CacheEvictions", "evictions", "Count"],
  ["CacheLoadTime", "loadMs", "Milliseconds"],
  ["CacheEntries", "entries", "Count"],
  ["CacheBytes", "bytes", "Bytes"],
];

/** Milliseconds after which memory is told again where there is nothing else to tell. */
const MEMORY_AGAIN_MS = 60_000;

/**
 * A log line in CloudWatch's embedded metric format. A metric that has nothing to tell is left out, since CloudWatch
 * takes money for each that it has seen. The figures of caches are sums; those of each are in the property `caches`, for
 * CloudWatch Logs Insights.
 */
export function metricsLine({ functionName, coldStart, isSpill, memoryPercent, caches, timestamp }: Measured): string {
  const failures = sumOf(caches, "loadFailures");
  const metrics: Metric[] = [
    ...(caches.length === 0
      ? []
      : CACHE_METRICS.map(([name, figure, unit]): Metric => [name, unit, sumOf(caches, figure)])),
    ...(failures === 0 ? [] : [["CacheLoadFailures", "Count", failures] as const]),
    ...(isSpill ? [["Spills", "Count", 1] as const] : []),
    ["MemoryUtilization", "Percent", memoryPercent],
  ];
  const starts: Metric[] = coldStart === undefined ? [] : [["ColdStarts", "Count", 1]];
  return JSON.stringify({
    _aws: {
      Timestamp: timestamp,
      CloudWatchMetrics: [directive(["function"], metrics), directive(["function", "initialization"], starts)].filter(
        ({ Metrics }) => Metrics.length > 0,
      ),
    },
    function: functionName,
    initialization: coldStart,
    ...Object.fromEntries([...metrics, ...starts].map(([name, , value]) => [name, value])),
    ...(caches.length === 0 ? {} : { caches }),
  });
}

interface Directive {
  readonly Namespace: string;
  readonly Dimensions: readonly (readonly string[])[];
  readonly Metrics: readonly { readonly Name: string; readonly Unit: string }[];
}

function directive(dimensions: readonly string[], metrics: readonly Metric[]): Directive {
  const Metrics = metrics.map(([Name, Unit]) => ({ Name, Unit }));
  return { Namespace: "Lambent", Dimensions: [dimensions], Metrics };
}

function sumOf(caches: readonly CacheMetrics[], figure: Figure): number {
  return rounded(caches.reduce((sum, cache) => sum + cache[figure], 0));
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}

// Read once, since reading an environment variable takes longer than a cache hit.
const {
  AWS_LAMBDA_FUNCTION_NAME: ownName,
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: memoryMiB = "128",
  LAMBENT_METRICS: setting,
  LAMBENT_KEY_PREFIX: functionName = ownName,
  LAMBENT_PROVISIONED: provisioned,
} = process.env;

let lastLineAt = 0;

/**
 * On Lambda, write a line of metrics to the log at the end of an invocation, unless `LAMBENT_METRICS` is `off`: for a
 * replica's first, for one since the last of which caches were used, and once a minute for the memory.
 * @param coldStart of a replica's first invocation how it was initialised
 */
export function writeMetrics(coldStart: string | undefined): void {
  if (functionName === undefined || setting === "off") return;
  const caches = cachesSinceLastLine();
  const timestamp = Date.now();
  if (caches.length === 0 && coldStart === undefined && timestamp - lastLineAt < MEMORY_AGAIN_MS) return;
  lastLineAt = timestamp;
  const line = metricsLine({
    functionName,
    coldStart,
    isSpill: coldStart === "on-demand" && provisioned === "true",
    memoryPercent: rounded((process.memoryUsage.rss() / (Number(memoryMiB) * 2 ** 20)) * 100),
    caches,
    timestamp,
  });
  // Not `console.log`: Lambda's runtime puts a prefix before its lines. Not `writeSync` on the descriptor: it would
  // save half a microsecond, but the stream waits when the pipe is full, and keeps the order of lines.
  process.stdout.write(`${line}\n`);
}

/** Totals as the last line left them. */
const told = new WeakMap<CacheCounters, CacheMetrics>();

/** The caches that were used since the last line, those included that have been collected since. */
function cachesSinceLastLine(): CacheMetrics[] {
  const list: CacheMetrics[] = [];
  for (const counters of [...allCounters, ...takeCollected()]) {
    const total = totals(counters);
    const before = told.get(counters);
    if (before !== undefined && isSame(before, total)) continue;
    if (before === undefined && total.hits + total.misses + total.joined === 0) continue;
    told.set(counters, total);
    list.push(since(before, total));
  }
  return list;
}

function totals(counters: CacheCounters): CacheMetrics {
  const { cache, hits, misses, joined, evictions, loadMs, loadFailures, entries } = counters;
  return {
    cache,
    hits,
    misses,
    joined,
    evictions,
    loadMs: rounded(loadMs),
    loadFailures,
    entries,
    bytes: Math.round(counters.bytes),
  };
}

function isSame(one: CacheMetrics, other: CacheMetrics): boolean {
  return (
    one.hits === other.hits &&
    one.misses === other.misses &&
    one.joined === other.joined &&
    one.evictions === other.evictions &&
    one.loadMs === other.loadMs &&
    one.loadFailures === other.loadFailures
  );
}

function since(before: CacheMetrics | undefined, total: CacheMetrics): CacheMetrics {
  if (before === undefined) return total;
  return {
    ...total,
    hits: total.hits - before.hits,
    misses: total.misses - before.misses,
    joined: total.joined - before.joined,
    evictions: total.evictions - before.evictions,
    loadMs: rounded(total.loadMs - before.loadMs),
    loadFailures: total.loadFailures - before.loadFailures,
  };
}
