import { LambentError } from "../base/errors.ts";
import type { Trace } from "./trace.ts";

let current: Trace | undefined;

/** Run `fn` as the body of the workflow that `trace` collects. Tracing does not nest. */
export function within<T>(trace: Trace, fn: () => T): T {
  const outer = current;
  current = trace;
  try {
    return fn();
  } finally {
    current = outer;
  }
}

/** The workflow whose function is running, if any. */
export function tracedWorkflow(): string | undefined {
  return current?.workflow;
}

/**
 * The workflow that is being traced.
 * @param what what was called, for the message
 * @param remedy what to do instead
 * @throws {LambentError} if none is
 */
export function currentTrace(what: string, remedy: string): Trace {
  if (current === undefined) throw outsideWorkflow(what, remedy);
  return current;
}

/** The error of a call that adds to a graph, where none is being traced. */
export function outsideWorkflow(what: string, remedy: string): LambentError {
  return new LambentError(`${what} was called outside of a workflow: ${remedy}`);
}
