import { FunctionServiceError } from "./functions.ts";
import type { ProvisionedTarget } from "./provisioned-concurrency.ts";

export function noProvisionedConcurrency(): FunctionServiceError {
  return new FunctionServiceError(
    "ProvisionedConcurrencyConfigNotFoundException",
    404,
    "No Provisioned Concurrency Config found for this function",
  );
}

export function lambdaTime(date: Date): string {
  return `${date.toISOString().slice(0, 19)}+0000`;
}

/**
 * What a request asks for, once the members that Lambda requires have been found in it.
 * @throws {FunctionServiceError} `ValidationException`, or `InvalidParameterValueException` for $LATEST
 */
export function provisionedTarget(functionName: unknown, qualifier: unknown): ProvisionedTarget {
  if (typeof functionName !== "string" || functionName === "") throw missing("functionName");
  if (typeof qualifier !== "string" || qualifier === "") throw missing("qualifier");
  if (qualifier === "$LATEST") {
    throw new FunctionServiceError(
      "InvalidParameterValueException",
      400,
      "Provisioned Concurrency Configs cannot be applied to unpublished function versions.",
    );
  }
  return { functionName, qualifier };
}

/** @throws {FunctionServiceError} `ValidationException` if it is no whole number of 1 or more */
export function provisionedCount(count: unknown): number {
  if (count === undefined || count === null) throw missing("provisionedConcurrentExecutions");
  if (Number.isInteger(count) && Number(count) >= 1) return Number(count);
  throw invalid(
    `Value '${String(count)}' at 'provisionedConcurrentExecutions' failed to satisfy constraint: Member must have value greater than or equal to 1`,
  );
}

function missing(member: string): FunctionServiceError {
  return invalid(`Value null at '${member}' failed to satisfy constraint: Member must not be null`);
}

function invalid(message: string): FunctionServiceError {
  return new FunctionServiceError("ValidationException", 400, `1 validation error detected: ${message}`);
}
