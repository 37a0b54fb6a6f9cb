import { checkErrorName } from "../base/error-names.ts";
import { LambentError } from "../base/errors.ts";
import { errorName, errorNames } from "../base/thrown.ts";
import type { ErrorClasses, NodeOptions, Retry } from "../graph/graph.ts";
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
export interface RetryOptions extends Omit<Retry, "errors" | "classes" | "never"> {
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
export interface TaskNodeOptions extends Omit<NodeOptions, "retries" | "awaited"> {
  /** A number is short for `{ maxAttempts }`. */
  readonly retries?: number | RetryOptions;
}

/** Errors as a state machine knows them. */
export interface NamedErrors {
  readonly errors: readonly string[];
  readonly classes?: ErrorClasses;
}

/**
 * The names by which a state machine knows the errors, and which of them extend which.
 * @throws {LambentError} for what is neither a class of errors nor a name that a task can fail with
 */
export function namedErrors(what: string, errors: readonly (string | ErrorClass)[]): NamedErrors {
  if (!Array.isArray(errors)) {
    throw new LambentError(
      `${what}: errors must be a list of classes and names, [ApiError, "States.Timeout"], not ${given(errors)}`,
    );
  }
  if (errors.length === 0) {
    throw new LambentError(`${what}: errors must name at least one error; without it all are meant`);
  }
  const names = errors.map((error) => retriedError(what, error));
  const classes = errors.flatMap((error, index) => {
    const name = names[index];
    return typeof error === "string" || name === undefined ? [] : [[name, extendedBy(error, name)] as const];
  });
  return { errors: [...new Set(names)], ...(classes.length === 0 ? {} : { classes: Object.fromEntries(classes) }) };
}

/** The names of the classes that a class extends. */
function extendedBy(error: ErrorClass, name: string): string[] {
  const prototype: unknown = error.prototype;
  return errorNames(prototype).filter((one) => one !== name);
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
