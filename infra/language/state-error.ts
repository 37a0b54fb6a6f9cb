import type { JsonObject } from "../../sdk/base/json.ts";

// What AWS keeps of either, in characters.
const LONGEST_ERROR = 256;
const LONGEST_CAUSE = 32_768;

/**
 * An error of a running state machine: what `Retry` and `Catch` match on and what ends an execution.
 * `error` and `cause` are ASL's `Error` and `Cause`; both may be absent, as in a Fail state without them.
 */
export class StateError extends Error {
  readonly error: string | undefined;
  override readonly cause: string | undefined;
  /** The cause is to name the state and the event it was entered at, as AWS does for errors of its own. */
  readonly placed: boolean;
  /** The field whose evaluation failed; recorded as an `EvaluationFailed` event. */
  readonly location: string | undefined;

  constructor(
    error: string | undefined,
    cause: string | undefined,
    place: { placed?: boolean; location?: string } = {},
  ) {
    super(cause ?? error ?? "");
    this.error = error?.slice(0, LONGEST_ERROR);
    this.cause = cause?.slice(0, LONGEST_CAUSE);
    this.placed = place.placed ?? place.location !== undefined;
    this.location = place.location;
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
