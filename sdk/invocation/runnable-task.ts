/** A task as a replica knows it: what it needs to run it. */
export interface RunnableTask {
  readonly name: string;
  /** The actor it runs on; `undefined` for a plain task. */
  readonly actor?: { readonly name: string } | undefined;
  /** Only with `cache: true`: the version that its outputs are stored under. */
  readonly cacheVersion?: string | undefined;
  /** Names of inputs by which outputs are not told apart. */
  readonly cacheIgnore?: readonly string[] | undefined;
  /** Whether of several invocations with equal inputs one computes, and the others wait. */
  readonly cacheSerialize?: boolean | undefined;
  /** Seconds that an output holds. Absent: as long as it is there. */
  readonly cacheTtlSeconds?: number | undefined;
  /** Calls the author's function, which returns, throws, or returns a promise. */
  readonly run: (inputs: unknown) => unknown;
}
