import { StateError } from "../../language/state-error.ts";
import type { AwsService } from "./services.ts";
import { javaName } from "./services.ts";

/** What a service has answered with in place of a result. */
export interface ServiceFault {
  /** The service's own name for it; undefined if it has none, or one that any service may answer with. */
  readonly name: string | undefined;
  readonly message: string;
  readonly status: number;
  readonly requestId: string | undefined;
}

/** How the errors of one kind of integration are named and told. */
export interface FaultStyle {
  /** An answer of the service that is an error. */
  fault(fault: ServiceFault): StateError;
  /** There has been no answer, or none that can be read. */
  failure(message: string): StateError;
}

/** As `aws-sdk:…` tasks tell errors, which have them of the SDK for Java. */
export function sdkStyle({ className }: AwsService): FaultStyle {
  return {
    fault: ({ name, message, status, requestId }) =>
      new StateError(
        `${className}.${name === undefined ? `${className}Exception` : exceptionName(javaName(name))}`,
        `${message} (Service: ${className}, Status Code: ${status}, Request ID: ${requestId ?? "null"})`,
      ),
    failure: (message) => new StateError(`${className}.SdkClientException`, message),
  };
}

/** `QueueDoesNotExist` and `TopicLimitExceededFault` are `QueueDoesNotExistException` and `TopicLimitExceededException`. */
export function exceptionName(name: string): string {
  return `${name.replace(/(?:Exception|Fault)$/, "")}Exception`;
}
