import { FunctionServiceError } from "../lambda/functions.ts";
import type { ResolvedFunction } from "./replica-config.ts";

export type ThrottleReason = "ReservedFunctionConcurrentInvocationLimitExceeded" | "ConcurrentInvocationLimitExceeded";

/** What Lambda answers a request for which there is no instance. */
export function throttled(reason: ThrottleReason, config: ResolvedFunction): FunctionServiceError {
  return new FunctionServiceError(
    "TooManyRequestsException",
    429,
    "Rate Exceeded.",
    reason,
    whyThrottled(reason, config),
  );
}

function whyThrottled(reason: ThrottleReason, { whenBusy, replicaCount }: ResolvedFunction): string {
  if (reason === "ConcurrentInvocationLimitExceeded")
    return "as many instances were at work as all functions may have together: fewer calls at a time";
  if (whenBusy === "throttle") return "this replica was busy: the next attempt asks the next one of the call's key";
  if (replicaCount === 0) return "the function had as many instances at work as it may: fewer calls at a time";
  return "all replicas were busy: more `replicaCount`, or fewer calls at a time";
}
