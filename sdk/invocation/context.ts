/** What a running task may ask about its invocation. */
export interface Context {
  /** The Step Functions execution's ARN. */
  readonly executionId: string;
  readonly taskName: string;
  /** A directory of this invocation's own under /tmp, removed when it ends. */
  readonly workingDirectory: string;
  /** Aborts shortly before the task's time is up. */
  readonly signal: AbortSignal;
}
