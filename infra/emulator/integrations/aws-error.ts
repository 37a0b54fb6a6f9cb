import { ApiError } from "../kernel/api-error.ts";
import { StateError } from "../../language/state-error.ts";

/**
 * An error of a service as a Task sees it: `Sfn.StateMachineDoesNotExistException`.
 * @param service As AWS's error names begin: `Sfn`, `S3`, `Scheduler`.
 */
export function serviceError(service: string, error: unknown): StateError {
  if (error instanceof StateError) return error;
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  const status = error instanceof ApiError ? error.statusCode : 400;
  return new StateError(
    `${service}.${name.endsWith("Exception") ? name : `${name}Exception`}`,
    `${message} (Service: ${service}, Status Code: ${status}, Request ID: ${crypto.randomUUID()})`,
  );
}
