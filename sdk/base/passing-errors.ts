/**
 * Errors that are over when something is tried again, and of which no author's code is the cause: a replica has ended, or
 * the store did not answer or did not have yet what was written. Lambda's own, `Lambda.…`, are tried again everywhere.
 */
export const PASSING_ERRORS: readonly string[] = [
  "Runtime.ExitError",
  "Runtime.OutOfMemory",
  "Sandbox.Timedout",
  "StoredValueLost",
  "SlowDown",
  "ServiceUnavailable",
  "InternalError",
  "RequestTimeout",
  "TimeoutError",
];
