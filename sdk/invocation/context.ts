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
  /** The node of the workflow that calls the task, such as `score2`; the task's name if no workflow made the call. */
  readonly node: string;
  /** The index of the item, if the task runs for one of a map. */
  readonly item: number | undefined;
  /**
   * What the node is answered with by SendTaskSuccess and SendTaskFailure, if it waits for that: of a task with
   * `token: true`, and of the `notify` of `waitForInput` and `approve`. Undefined: its output is what it returns.
   */
  readonly taskToken: string | undefined;
  /**
   * Tell the state machine that the work for the node's token goes on: SendTaskHeartbeat, within each `heartbeat` seconds
   * of the node. It rejects where the node waits no more, with the error `TaskTimedOut`, and without a token.
   */
  heartbeat(): Promise<void>;
  /** The replica's id, as in receipts and in the names of log streams. */
  readonly replica: string;
  /** Lambda's id of the request, as in its log lines. Undefined: the task runs in this process, as with `run()`. */
  readonly requestId: string | undefined;
  /**
   * The `traceparent` of https://www.w3.org/TR/trace-context/: what the execution was started with as its input
   * `traceparent`, or else that of X-Ray. To be sent on as a header. Undefined: the execution is in no trace.
   */
  readonly traceparent: string | undefined;
  /** The `tracestate` that the execution was started with, as its input `tracestate`. */
  readonly tracestate: string | undefined;
  /** The path of an empty directory under /tmp for this invocation alone. It is removed when the invocation ends. */
  readonly workingDirectory: string;
  /** Aborts 100 ms before Lambda ends the invocation or the state's timeout is up, whichever comes first. */
  readonly signal: AbortSignal;
}
