/**
 * What one cache did for one invocation. Part of a {@link Receipt}.
 * @example
 * function share({ hits, misses }: CacheReceipt): number {
 *   return hits / (hits + misses);
 * }
 */
export interface CacheReceipt {
  /** The cached function's name. */
  readonly cache: string;
  /** Calls that found their value. */
  readonly hits: number;
  /** Calls that ran the function. */
  readonly misses: number;
  /** Calls that waited for a load that another call had begun. */
  readonly joined: number;
  /** Milliseconds of the loads that this invocation began. */
  readonly loadMs: number;
  /** Entries that were removed, to keep the limits, for what this invocation loaded. */
  readonly evictions: number;
  /** Entries in the cache when the invocation ended. */
  readonly entries: number;
  /** Bytes of these entries: estimated, or the sum of what `sizeOf` returned. */
  readonly bytes: number;
  /** Values that were loaded while the instance initialised. Only the first invocation after that lists them. */
  readonly preloads?: number;
  /** Milliseconds of these loads, added up. */
  readonly preloadMs?: number;
  /** Messages of preloads that failed. Only the first invocation after the failure lists them. */
  readonly preloadFailures?: readonly string[];
}

/**
 * What was downloaded to a replica's disk.
 * @example
 * function rate({ bytes, ms }: DownloadReceipt): number {
 *   return bytes / ms; // about kilobytes a second
 * }
 */
export interface DownloadReceipt {
  /** How many. */
  readonly files: number;
  /** Of all of them. */
  readonly bytes: number;
  /** Milliseconds, added up: two downloads of 100 ms at the same time are 200. */
  readonly ms: number;
}

/**
 * What a replica reports of one invocation. It is in the execution's history, in the output of a task's
 * `TaskSucceeded` event as `Payload.receipt`, and is not passed on to other states.
 * @example
 * function line({ replica, task, start, durationMs }: Receipt): string {
 *   return `${task} on ${replica}: ${start}, ${durationMs} ms`;
 * }
 */
export interface Receipt {
  /** The replica's id, the same for all of its invocations: the last part of `AWS_LAMBDA_LOG_STREAM_NAME`. */
  readonly replica: string;
  /** `cold` for the first invocation that the replica serves. */
  readonly start: "cold" | "warm";
  /** `AWS_LAMBDA_INITIALIZATION_TYPE`: `provisioned-concurrency`, `on-demand` or `snap-start`. */
  readonly initializationType: string;
  /** The task; with `list`, the one whose map it worked for. */
  readonly task: string;
  /** What was done with the lists of a map, in the place of the task. Absent: the task ran. */
  readonly list?: "elements" | "keys" | "collect" | "join" | undefined;
  /** Of an item of a batch the index in the whole map. */
  readonly index?: number;
  /** How many items it stands for, where a batch has more than there is room to tell of one by one. Absent: one. */
  readonly items?: number;
  /** When the task began, in milliseconds since the epoch. */
  readonly startedAt: number;
  /** Milliseconds that it took, including the time to fetch inputs from the store and to look up a stored output. */
  readonly durationMs: number;
  /** `stored` if the task has `cache: true` and its output was in the bucket, so that its function did not run. */
  readonly output: "computed" | "stored";
  /** The caches that the invocation used, in the order in which they were made. */
  readonly caches: readonly CacheReceipt[];
  /**
   * Files that were downloaded for this invocation; in a replica's first receipt also those that it downloaded while it
   * initialised. Absent: none.
   */
  readonly downloads?: DownloadReceipt | undefined;
}
