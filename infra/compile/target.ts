import type { StateNames } from "./state-names.ts";

/** What the compiler must know of the service that a workflow belongs to. */
export interface Target {
  /**
   * `FunctionName` for the function that runs an actor's tasks, or the plain ones: an alias's ARN.
   * @param replica of an actor with affinity, which has a function for each
   */
  functionName(actor: string | undefined, replica?: number): string;
  /** Paths of the store's directory, as callers may write them to name a file in it. Absent on AWS. */
  readonly localStore?: readonly string[];
  /** What the addresses of files begin with that callers may name, such as `s3://bucket/files/`. Default: none. */
  readonly callerFiles?: readonly string[];
  /** Whether throttled calls should wait for a replica rather than give up soon. */
  queues(actor: string | undefined): boolean;
}

/** What compiling a part of a graph needs to know of the whole. */
export interface Compilation {
  readonly target: Target;
  readonly names: StateNames;
  /** JSONata of the numbers of items of the maps around: what the items of one come to meets in one list. */
  readonly counts: readonly (string | number)[];
  /** Events that the history has room for of each map whose items run in the workflow's own execution. */
  readonly eventsOfMap: number;
}
