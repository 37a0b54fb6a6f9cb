import { LambentError } from "../../sdk/base/errors.ts";
import { authorLines } from "./timeline/author-frames.ts";
import { errorDocumentIn } from "./timeline/error-document.ts";
import { evaluationError } from "./timeline/evaluation-error.ts";

/** What is known of a failure beside Step Functions' `error` and `cause`. */
export interface FailureDetails extends ErrorOptions {
  /** The node that failed, with its item. */
  readonly where?: string | undefined;
  /** Where AWS gives no cause. */
  readonly explanation?: string | undefined;
  /** Of an execution that others may ask for. */
  readonly executionArn?: string | undefined;
}

/**
 * Thrown by `run`, and by `result()` of `lambent/client`, for an execution that did not succeed. Its `cause` is the error that the task threw: with its class if
 * that was in this process, otherwise with its name, message and stack; of a failure that is Step Functions' own
 * (`States.QueryEvaluationError`), one with that name, and what it says without the expression. Of a map with too few successes it is an
 * AggregateError of the items' errors; of a timeout, an error that names the task and its limit.
 * @example
 * try {
 *   await run(wf, { initValue: 1 });
 * } catch (error) {
 *   if (error instanceof ExecutionError) console.error(error.error, error.cause);
 * }
 */
export class ExecutionError extends LambentError {
  override readonly name: string = "ExecutionError";
  /** The field `error` of Step Functions' DescribeExecution: for a task's error, the error's name. */
  readonly error: string | undefined;
  /** The field `cause` of DescribeExecution: for a task's error, JSON with `errorType`, `errorMessage` and `trace`. */
  readonly errorCause: string | undefined;
  /** The node that failed, with its items: `score`, `score[3]`, `row[1].score`. Undefined if the workflow itself did. */
  readonly node: string | undefined;
  /** Of a node in a map the index of the item that failed: 3 of `score[3]`. */
  readonly item: number | undefined;
  /** By which `lambent describe` and `lambent timeline` find it. Undefined of `run`, whose executions are gone. */
  readonly executionArn: string | undefined;

  constructor(what: string, error: string | undefined, errorCause: string | undefined, details: FailureDetails = {}) {
    const { where, explanation, executionArn, ...options } = details;
    const place = where === undefined ? "" : ` at ${where}`;
    super(`${what}${place}: ${explain(error, errorCause, explanation)}`, options);
    this.error = error;
    this.errorCause = errorCause;
    this.node = where;
    this.item = itemOf(where);
    this.executionArn = executionArn;
  }
}

/** The last index in `row[1].score[3]`. */
function itemOf(where: string | undefined): number | undefined {
  const [, index] = /\[(\d+)\][^[\]]*$/.exec(where ?? "") ?? [];
  return index === undefined ? undefined : Number(index);
}

/** An error in words: a task's own stack as far as it is the author's, Step Functions' cause, or what explains it where there is none. */
export function explain(error: string | undefined, cause: string | undefined, explanation: string | undefined): string {
  const document = errorDocumentIn(cause);
  const stack = document?.trace.slice(0, authorLines(document.trace)).join("\n");
  // A stack begins with the error's name.
  if (stack !== undefined && error !== undefined && stack.startsWith(error)) return stack;
  const text = stack || document?.message || explanation || evaluationError(cause) || cause?.replace(REQUEST_ID, "");
  if (error === undefined) return text || "neither an error nor a cause was given";
  const hint = explanation === undefined ? HINTS.get(error) : undefined;
  return `${[error, text].filter(Boolean).join(": ")}${hint === undefined ? "" : ` (${hint})`}`;
}

/** What AWS's services write of a call, which only AWS's support can look up. */
const REQUEST_ID = /[,;] Request ID: [\w-]+/;

/** What errors of Lambda and of Step Functions mean whose causes do not say it. */
const HINTS: ReadonlyMap<string, string> = new Map([
  ["Runtime.OutOfMemory", "the replica needed more than its function's memorySize"],
  ["Runtime.ExitError", "the replica's process ended: by process.exit, a crash, or an error that nothing awaited"],
  ["Sandbox.Timedout", "the function's timeout: the actor's `timeout`"],
  [
    "Lambda.TooManyRequestsException",
    "the function had no room for the call: fewer calls at a time, or more `replicaCount` of an actor",
  ],
  ["Lambda.ResourceNotFoundException", "no function of that name or alias is served or deployed"],
  ["Lambda.SdkClientException", "nothing answers where functions are invoked"],
  ["Function.ResponseSizeTooLarge", "Lambda takes no answer over 6 MB: return an S3File"],
  ["States.ExceedToleratedFailureThreshold", "too many items failed; the failures of single items came before"],
]);
