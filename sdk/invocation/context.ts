import { LambentError } from "../base/errors.ts";
import { scopes } from "./scope.ts";

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

/**
 * The context of the invocation that is running.
 * @throws {LambentError} outside of a task's function.
 */
export function currentContext(): Context {
  const context = scopes.getStore()?.context;
  if (context === undefined) {
    throw new LambentError("currentContext() was called outside of a task: call it in the task's function");
  }
  return context;
}
