/** What runs a task, as a replica needs to know it. */
export interface RunnableTask {
  readonly name: string;
  /** The actor it runs on; `undefined` for a plain task. */
  readonly actor?: { readonly name: string } | undefined;
  /** With `cache: true`: the version its outputs are stored under. */
  readonly cacheVersion?: string | undefined;
  /** The author's function: it returns, throws or rejects. */
  readonly run: (inputs: unknown) => unknown;
}
