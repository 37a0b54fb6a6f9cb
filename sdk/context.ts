import { AsyncLocalStorage } from "node:async_hooks";
import { LambentError } from "./errors.ts";

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

const contexts = new AsyncLocalStorage<Context>();

/** Run `fn` as the invocation that `context` describes. */
export function withContext<T>(context: Context, fn: () => T): T {
  return contexts.run(context, fn);
}

/**
 * The context of the invocation that is running.
 * @throws {LambentError} outside of a task's function.
 */
export function currentContext(): Context {
  const context = contexts.getStore();
  if (context === undefined) {
    throw new LambentError("currentContext() was called outside of a task: call it in the task's function");
  }
  return context;
}
