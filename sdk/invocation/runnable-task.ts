/** A task as a replica knows it: what it needs to run it. */
export interface RunnableTask {
  readonly name: string;
  /** The actor it runs on; `undefined` for a plain task. */
  readonly actor?: { readonly name: string } | undefined;
  /** Only with `cache: true`: the version that its outputs are stored under. */
  readonly cacheVersion?: string | undefined;
  /** Calls the author's function, which returns, throws, or returns a promise. */
  readonly run: (inputs: unknown) => unknown;
}
