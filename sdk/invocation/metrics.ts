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
  /** Memory in use when the invocation ended, in percent of what the function has. Absent: not measured again. */
  readonly memoryPercent?: number | undefined;
  readonly caches: readonly CacheMetrics[];
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
}

type Figure = Exclude<keyof CacheMetrics, "cache">;

const CACHE_METRICS: readonly (readonly [name: string, figure: Figure, unit: string])[] = [
  ["CacheHits", "hits", "Count"],
  ["CacheMisses", "misses", "Count"],
  ["CacheJoined", "joined", "Count"],
  ["CacheEvictions", "evictions", "Count"],
  ["CacheLoadTime", "loadMs", "Milliseconds"],
  ["CacheEntries", "entries", "Count"],
  ["CacheBytes", "bytes", "Bytes"],
];

/** Of the metrics of a cache, the text in `CloudWatchMetrics`. Made once, since that takes longer than the rest of a line. */
const CACHE_DIRECTIVE = CACHE_METRICS.map(([Name, , Unit]) => JSON.stringify({ Name, Unit })).join(",");

/**
 * A log line in CloudWatch's embedded metric format. A metric that has nothing to tell is left out, since CloudWatch
 * takes money for each that it has seen. The figures of caches are sums; those of each are in the property `caches`, for
 * CloudWatch Logs Insights.
 */
export function metricsLine({ functionName, coldStart, isSpill, memoryPercent, caches, timestamp }: Measured): string {
  let names = caches.length === 0 ? "" : CACHE_DIRECTIVE;
  let values = "";
  if (caches.length > 0) for (const [name, figure] of CACHE_METRICS) values += `,"${name}":${sumOf(caches, figure)}`;
  function add(name: string, unit: string, value: number): void {
    names += `${names === "" ? "" : ","}{"Name":"${name}","Unit":"${unit}"}`;
    values += `,"${name}":${value}`;
  }
  const failures = sumOf(caches, "loadFailures");
  if (failures > 0) add("CacheLoadFailures", "Count", failures);
  if (isSpill) add("Spills", "Count", 1);
  if (memoryPercent !== undefined) add("MemoryUtilization", "Percent", memoryPercent);
  const directives = [
    ...(names === "" ? [] : [directive('"function"', names)]),
    ...(coldStart === undefined ? [] : [directive('"function","initialization"', START_DIRECTIVE)]),
  ];
  const start = coldStart === undefined ? "" : `,"initialization":${JSON.stringify(coldStart)},"ColdStarts":1`;
  const listed = caches.length === 0 ? "" : `,"caches":${JSON.stringify(caches)}`;
  return `{"_aws":{"Timestamp":${timestamp},"CloudWatchMetrics":[${directives.join(",")}]},"function":${JSON.stringify(functionName)}${start}${values}${listed}}`;
}

const START_DIRECTIVE = '{"Name":"ColdStarts","Unit":"Count"}';

function directive(dimensions: string, metrics: string): string {
  return `{"Namespace":"Lambent","Dimensions":[[${dimensions}]],"Metrics":[${metrics}]}`;
}

function sumOf(caches: readonly CacheMetrics[], figure: Figure): number {
  let sum = 0;
  for (const cache of caches) sum += cache[figure];
  return sum;
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

/** Milliseconds between two readings of the memory: one asks the system, and takes as long as some hundred cache hits. */
const MEMORY_MS = 1000;
/** Milliseconds after which there is a line for the memory alone. */
const MEMORY_ALONE_MS = 60_000;
let memoryReadAt = 0;

/**
 * On Lambda, write a line of metrics to the log at the end of an invocation, unless `LAMBENT_METRICS` is `off`: for a
 * replica's first, for one since the last of which caches were used, and once a minute for the memory.
 * @param coldStart of a replica's first invocation how it was initialised
 */
export function writeMetrics(coldStart: string | undefined): void {
  if (functionName === undefined || setting === "off") return;
  const caches = cachesSinceLastLine();
  const timestamp = Date.now();
  const memoryAge = timestamp - memoryReadAt;
  if (caches.length === 0 && coldStart === undefined && memoryAge < MEMORY_ALONE_MS) return;
  const line = metricsLine({
    functionName,
    coldStart,
    isSpill: coldStart === "on-demand" && provisioned === "true",
    memoryPercent: memoryAge < MEMORY_MS ? undefined : readMemory(timestamp),
    caches,
    timestamp,
  });
  // Not `console.log`: Lambda's runtime puts a prefix before its lines. Not `writeSync` on the descriptor: it would
  // save half a microsecond, but the stream waits when the pipe is full, and keeps the order of lines.
  process.stdout.write(`${line}\n`);
}

/** Percent of the function's memory that this process has. */
function readMemory(now: number): number {
  memoryReadAt = now;
  return rounded((process.memoryUsage.rss() / (Number(memoryMiB) * 2 ** 20)) * 100);
}

/** Totals as the last line left them. */
const told = new WeakMap<CacheCounters, CacheMetrics>();

/** The caches that were used since the last line, those included that have been collected since. */
function cachesSinceLastLine(): CacheMetrics[] {
  const list: CacheMetrics[] = [];
  function tellOf(counters: CacheCounters): void {
    const before = told.get(counters);
    if (before === undefined ? counters.hits + counters.misses + counters.joined === 0 : isSame(before, counters))
      return;
    const total = totals(counters);
    told.set(counters, total);
    list.push(since(before, total));
  }
  for (const counters of allCounters) tellOf(counters);
  for (const counters of takeCollected()) tellOf(counters);
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

/** Whether the cache was not used. A load that was begun before may have ended. */
function isSame(before: CacheMetrics, now: CacheCounters): boolean {
  return (
    before.hits === now.hits &&
    before.misses === now.misses &&
    before.joined === now.joined &&
    before.loadFailures === now.loadFailures &&
    before.loadMs === rounded(now.loadMs)
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
