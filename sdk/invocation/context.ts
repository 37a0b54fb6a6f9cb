/**
 * What a task can learn about the invocation that runs it, from `currentContext()`.
 * @example
 * const where = task(async function where() {
 *   const context: Context = currentContext();
 *   return context.executionId;
 * });
 */
export interface Context {
  /**
   * The ARN of the execution: `$states.context.Execution.Id` of Step Functions. Empty if no execution made the call.
   */
  readonly executionId: string;
  /** The task that runs. */
  readonly taskName: string;
  /** The path of an empty directory under /tmp for this invocation alone. It is removed when the invocation ends. */
  readonly workingDirectory: string;
  /** Aborts 100 ms before Lambda ends the invocation or the state's timeout is up, whichever comes first. */
  readonly signal: AbortSignal;
}
