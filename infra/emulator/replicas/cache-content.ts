/** What is in one cache of a replica. */
export interface CacheContent {
  readonly cache: string;
  /** All of them, those that are being loaded included. */
  readonly entries: number;
  /** What they take, without the keys' own part. */
  readonly bytes: number;
  /** The first 100. */
  readonly shown: readonly CacheEntry[];
}

export interface CacheEntry {
  /** The arguments, as text, cut off after 200 characters. */
  readonly key: string;
  readonly bytes: number;
  /** Whether it is being loaded. */
  readonly isLoading: boolean;
}
