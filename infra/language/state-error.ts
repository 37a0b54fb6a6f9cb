import type { JsonObject } from "../../sdk/base/json.ts";
import { CAUSE_CHARACTERS, ERROR_CHARACTERS } from "../../sdk/base/aws-limits.ts";

/**
 * An error of a running state machine: what `Retry` and `Catch` match on and what ends an execution.
 * `error` and `cause` are ASL's `Error` and `Cause`, cut to the lengths that AWS keeps; both may be absent, as in a Fail state without them.
 * @example
 * const putItem: Integration = async () => {
 *   throw new StateError("DynamoDB.ConditionalCheckFailedException", "The conditional request failed");
 * };
 */
export class StateError extends Error {
  /** The name that `ErrorEquals` matches. */
  readonly error: string | undefined;
  /** What happened, for people. */
  override readonly cause: string | undefined;
  /** The cause is to name the state and the event it was entered at, as AWS does for errors of its own. */
  readonly placed: boolean;
  /** The field whose evaluation failed; recorded as an `EvaluationFailed` event. */
  readonly location: string | undefined;
  /** Its own name alone matches it in `Retry` and `Catch`, not `States.ALL` or `States.TaskFailed`. */
  readonly terminal: boolean;
  /** For people, where AWS gives no cause: which state it was, and which limit. No answer of the API has it. */
  readonly explanation: string | undefined;
  /** What the task threw, if that was in this process. */
  readonly thrown: unknown;

  constructor(
    error: string | undefined,
    cause: string | undefined,
    about: {
      placed?: boolean;
      location?: string;
      terminal?: boolean;
      explanation?: string | undefined;
      thrown?: unknown;
    } = {},
  ) {
    super(cause ?? error ?? "");
    this.error = error?.slice(0, ERROR_CHARACTERS);
    // By its name it is known where this class is another one: of the command's bundle, or of another installation.
    if (this.error !== undefined) this.name = this.error;
    this.cause = cause?.slice(0, CAUSE_CHARACTERS);
    this.placed = about.placed ?? about.location !== undefined;
    this.location = about.location;
    this.terminal = about.terminal ?? error === "States.DataLimitExceeded";
    this.explanation = about.explanation;
    this.thrown = about.thrown;
  }
}

/** A field or a path that cannot be used as the definition says: `States.Runtime`, which nothing catches. */
export function runtimeError(cause: string): StateError {
  return new StateError("States.Runtime", cause, { placed: true });
}

/** A JSONata field that does not give what it should. `location` is the field, as in `Arguments/FunctionName`. */
export function queryError(location: string, cause: string): StateError {
  return new StateError("States.QueryEvaluationError", cause, { location });
}

/** ASL's `Error` and `Cause` of a failure, as Catch hands them on. */
export function errorOutput(failure: StateError): JsonObject {
  return { ...(failure.error === undefined ? {} : { Error: failure.error }), Cause: failure.cause ?? "" };
}
