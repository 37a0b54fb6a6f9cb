import { LambentError } from "./errors.ts";

// Names of errors that a Task of a function may fail with, other than those that its code throws.

/** https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html */
const STATES = ["ALL", "DataLimitExceeded", "Permissions", "QueryEvaluationError", "TaskFailed", "Timeout"];

/** The errors of Lambda's Invoke: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html, and those of its client. */
const LAMBDA = [
  "AWSLambdaException",
  "ClientExecutionTimeoutException",
  "CodeArtifactUserDeletedException",
  "CodeArtifactUserFailedException",
  "CodeArtifactUserPendingException",
  "EC2AccessDeniedException",
  "EC2ThrottledException",
  "EC2UnexpectedException",
  "EFSIOException",
  "EFSMountConnectivityException",
  "EFSMountFailureException",
  "EFSMountTimeoutException",
  "ENILimitReachedException",
  "InvalidParameterValueException",
  "InvalidRequestContentException",
  "InvalidRuntimeException",
  "InvalidSecurityGroupIDException",
  "InvalidSubnetIDException",
  "InvalidZipFileException",
  "KMSAccessDeniedException",
  "KMSDisabledException",
  "KMSInvalidStateException",
  "KMSNotFoundException",
  "RecursiveInvocationException",
  "RequestTooLargeException",
  "ResourceConflictException",
  "ResourceNotFoundException",
  "ResourceNotReadyException",
  "SdkClientException",
  "ServiceException",
  "SnapStartException",
  "SnapStartNotReadyException",
  "SnapStartTimeoutException",
  "SubnetIPAddressLimitReachedException",
  "TooManyRequestsException",
  "Unknown",
  "UnsupportedMediaTypeException",
];

/** What Lambda answers where an instance ended, or its answer cannot be taken. */
const RUNTIME = [
  "Function.ResponseSizeTooLarge",
  "Runtime.ExitError",
  "Runtime.HandlerNotFound",
  "Runtime.ImportModuleError",
  "Runtime.JSONStringifyError",
  "Runtime.NodeJsExit",
  "Runtime.OutOfMemory",
  "Runtime.UnhandledPromiseRejection",
  "Runtime.Unknown",
  "Runtime.UserCodeSyntaxError",
  "Sandbox.Timedout",
];

const AWS_NAMES: ReadonlySet<string> = new Set([
  ...STATES.map((name) => `States.${name}`),
  ...LAMBDA.map((name) => `Lambda.${name}`),
  ...RUNTIME,
]);

/** Whether Lambda or Step Functions give errors this name. */
export function isAwsErrorName(name: string): boolean {
  return AWS_NAMES.has(name);
}

/** The name of AWS's that another one may stand for: a misspelt or shortened one, or the only one of its kind. */
export function similarAwsName(name: string): string | undefined {
  const [kind = "", rest = ""] = name.split(/\.(.*)/s);
  const ofKind = [...AWS_NAMES].filter((one) => one.toLowerCase().startsWith(`${kind.toLowerCase()}.`));
  const longer = rest.length < 4 ? [] : ofKind.filter((one) => one.toLowerCase().includes(rest.toLowerCase()));
  return similarName(name, AWS_NAMES) ?? longer[0] ?? (ofKind.length === 1 ? ofKind[0] : undefined);
}

/** Letters in which a name may differ from another to be taken for a misspelling of it. */
const MISSPELT_LETTERS = 2;

/**
 * Refuse the name of an error that no task can fail with.
 * @param what what names it, for the message
 * @throws {LambentError} with the name that was meant, if there is a similar one
 */
export function checkErrorName(what: string, name: string): void {
  if (!name.includes(".") || AWS_NAMES.has(name)) return;
  const meant = similarName(name, AWS_NAMES);
  const isReserved = /^states\./i.test(name);
  if (meant === undefined && !isReserved) return;
  const remedy =
    meant === undefined
      ? `a task can fail with ${STATES.map((one) => `States.${one}`).join(", ")}`
      : `did you mean ${meant}?`;
  throw new LambentError(`${what}: no task fails with the error ${name}: ${remedy}`);
}

/** The name of which another is a misspelling, whatever the case of its letters; `undefined` if there is none. */
export function similarName(name: string, known: Iterable<string>): string | undefined {
  const wanted = name.toLowerCase();
  let [nearest, least] = [undefined as string | undefined, MISSPELT_LETTERS + 1];
  for (const one of known) {
    const away = distance(wanted, one.toLowerCase());
    if (away < least) [nearest, least] = [one, away];
  }
  return nearest;
}

/** How many letters have to be added, dropped or changed, or neighbours swapped, to make one text of the other. */
function distance(left: string, right: string): number {
  if (Math.abs(left.length - right.length) > MISSPELT_LETTERS) return Number.POSITIVE_INFINITY;
  let [before, row]: [number[], number[]] = [[], Array.from({ length: right.length + 1 }, (_, index) => index)];
  for (let i = 1; i <= left.length; i++) {
    const next = [i];
    for (let j = 1; j <= right.length; j++) {
      const same = left[i - 1] === right[j - 1];
      const swapped = i > 1 && j > 1 && left[i - 1] === right[j - 2] && left[i - 2] === right[j - 1];
      next[j] = Math.min(
        (row[j] ?? 0) + 1,
        (next[j - 1] ?? 0) + 1,
        (row[j - 1] ?? 0) + (same ? 0 : 1),
        swapped ? (before[j - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    [before, row] = [row, next];
  }
  return row[right.length] ?? 0;
}
