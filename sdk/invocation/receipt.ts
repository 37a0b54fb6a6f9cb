/** What one cache did during one invocation. */
export interface CacheReceipt {
  /** The cached function's name. */
  readonly cache: string;
  readonly hits: number;
  readonly misses: number;
  /** Calls that waited for a load another call had begun. */
  readonly joined: number;
  /** Milliseconds spent in the loads this invocation began. */
  readonly loadMs: number;
  /** Entries that limits pushed out to make room for what this invocation loaded. */
  readonly evictions: number;
  /** What the cache held when the invocation ended. */
  readonly entries: number;
  /** Estimated, or what `sizeOf` said. */
  readonly bytes: number;
  /** Messages of preloads that failed, told once, by the first invocation after. */
  readonly preloadFailures?: readonly string[];
}

/** What was downloaded to a replica's disk. */
export interface DownloadReceipt {
  readonly files: number;
  readonly bytes: number;
  /** Milliseconds, added up: two downloads of 100 ms at the same time are 200. */
  readonly ms: number;
}

/** What a replica reports of one invocation, beside the task's output. */
export interface Receipt {
  /** Unique per replica and constant for its life. */
  readonly replica: string;
  /** `cold` is the first invocation that a replica serves. */
  readonly start: "cold" | "warm";
  /** `AWS_LAMBDA_INITIALIZATION_TYPE`. */
  readonly initializationType: string;
  readonly task: string;
  /** Wall-clock start, milliseconds since the epoch. */
  readonly startedAt: number;
  /** Milliseconds that the task's function ran. */
  readonly durationMs: number;
  /** `stored`: the output came from the object store and the task's function did not run. */
  readonly output: "computed" | "stored";
  readonly caches: readonly CacheReceipt[];
  /**
   * Files that were downloaded for this invocation; in a replica's first receipt also those that it downloaded while it
   * initialised. Absent: none.
   */
  readonly downloads?: DownloadReceipt;
}
