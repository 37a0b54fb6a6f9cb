import { checkErrorName } from "../base/error-names.ts";
import { LambentError } from "../base/errors.ts";
import { errorName } from "../base/thrown.ts";
import type { NodeOptions, Retry } from "../graph/graph.ts";
import { given } from "./given.ts";

/**
 * A class of errors, as `catch` and `instanceof` know them.
 * @example
 * class RateLimited extends Error {}
 * const retried: ErrorClass[] = [RateLimited, TypeError];
 * const patient = evaluate.withOverrides({ retries: { maxAttempts: 3, errors: retried } });
 */
export type ErrorClass = abstract new (...args: never) => Error;

/**
 * The fields of an ASL `Retry` entry, in this API's casing.
 * (https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html)
 * @example
 * const retries: Retry = { maxAttempts: 5, intervalSeconds: 2, backoffRate: 2, errors: ["Sandbox.Timedout"] };
 * const patient = evaluate.withOverrides({ retries });
 */
export interface RetryOptions extends Omit<Retry, "errors"> {
  /**
   * Which errors are retried: classes, or names. An error has the names that it, its class and the classes that this
   * extends go by; beside these there are AWS's own, such as `Sandbox.Timedout` and `States.Timeout`. Default: all.
   */
  readonly errors?: readonly (string | ErrorClass)[];
}

/**
 * What a task says of the states that run it.
 * @example
 * const options: NodeOptions = { timeout: 30, retries: 2 };
 * const quick = evaluate.withOverrides(options);
 */
export interface TaskNodeOptions extends Omit<NodeOptions, "retries"> {
  /** A number is short for `{ maxAttempts }`. */
  readonly retries?: number | RetryOptions;
}

/**
 * The names by which a state machine knows the errors.
 * @throws {LambentError} for what is neither a class of errors nor a name that a task can fail with
 */
export function retriedErrors(what: string, errors: readonly (string | ErrorClass)[]): string[] {
  if (!Array.isArray(errors)) {
    throw new LambentError(
      `${what}: errors must be a list of classes and names, [ApiError, "States.Timeout"], not ${given(errors)}`,
    );
  }
  if (errors.length === 0) {
    throw new LambentError(`${what}: errors must name at least one error; without it all are retried`);
  }
  return [...new Set(errors.map((error) => retriedError(what, error)))];
}

function retriedError(what: string, error: unknown): string {
  if (typeof error === "string" && error !== "") {
    checkErrorName(what, error);
    return errorName(error);
  }
  if (!isErrorClass(error)) {
    throw new LambentError(`${what}: errors takes classes that extend Error, and names; it was given ${given(error)}`);
  }
  if (typeof error.name !== "string" || error.name === "") {
    throw new LambentError(
      `${what}: errors was given a class without a name, by which a state machine knows it: give it one`,
    );
  }
  return errorName(error.name);
}

function isErrorClass(value: unknown): value is ErrorClass {
  return typeof value === "function" && (value === Error || value.prototype instanceof Error);
}
