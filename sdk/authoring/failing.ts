import { isObject } from "../base/json.ts";
import type { Failure } from "../graph/graph.ts";

/** What `fail` throws while a workflow is traced: it is caught where the branch that called it is. */
export class Failing {
  /** Of the workflow. */
  readonly trace: object;
  readonly error: unknown;
  readonly cause: unknown;

  constructor(trace: object, error: unknown, cause: unknown) {
    this.trace = trace;
    this.error = error;
    this.cause = cause;
  }
}

/** What was thrown, if `fail` has thrown it while `trace` was traced. */
export function failingOf(thrown: unknown, trace: object): Failing | undefined {
  return isObject(thrown) && thrown instanceof Failing && thrown.trace === trace ? thrown : undefined;
}

/** The name of the error that a block fails with on purpose, for messages. */
export function failureName({ error }: Pick<Failure, "error">): string {
  return error.kind === "literal" ? String(error.value) : "the error that was caught";
}
