import type { ProvisionedConcurrency } from "./provisioned-concurrency.ts";

/**
 * Lambda, as far as the interpreter and the server need it. The replica pool implements it for bundles on this machine,
 * and `httpFunctions` for any endpoint with Lambda's Invoke.
 */
export interface Functions {
  /**
   * Mirrors Lambda's `Invoke`. An error of the function's own code is a response with `functionError`.
   * @throws {FunctionServiceError} if Lambda would answer with an error status, such as for an unknown function, a
   * throttled invocation or a malformed request
   */
  invoke(request: InvokeRequest): Promise<InvokeResponse>;
  /** The functions as they are now, for one execution. Without it, they are taken as they are at each invocation. */
  pin?(): PinnedFunctions;
  /** Absent: nothing is known here of provisioned concurrency. */
  readonly provisioned?: ProvisionedConcurrency;
}

/**
 * The functions of one moment. What is deployed later changes nothing for those who invoke them through this, as if they
 * named a version of each.
 */
export interface PinnedFunctions extends Functions {
  /** Nothing will be invoked for now: what nobody else needs of them may end. */
  release(): void;
  /** They may be invoked again. */
  renew(): void;
}

export interface InvokeRequest {
  /** `FunctionName` of Lambda's `Invoke`: a name, `name:qualifier`, a partial ARN or an ARN. */
  readonly functionName: string;
  readonly qualifier?: string;
  /** Default: `RequestResponse`. */
  readonly invocationType?: "RequestResponse" | "Event" | "DryRun";
  /** JSON text. */
  readonly payload: string;
  /** JSON in base64: the header `X-Amz-Client-Context`. */
  readonly clientContext?: string;
  /** With `Tail` the response has the last 4 KB of the invocation's log. Default: `None`. */
  readonly logType?: "None" | "Tail";
  /** Who calls, for logs: a state, with its item, as in `score[3]`. */
  readonly caller?: string;
  /** The execution that the caller is in, for logs. */
  readonly executionArn?: string;
  /** Aborts when the caller no longer waits for the response. The invocation itself runs on, as on Lambda. */
  readonly signal?: AbortSignal;
}

export interface InvokeResponse {
  /** 200 for RequestResponse, 202 for Event, 204 for DryRun. */
  readonly statusCode: number;
  /** JSON text. With `functionError` it is `{errorType, errorMessage, trace?}`. */
  readonly payload: string;
  readonly functionError?: "Handled" | "Unhandled";
  /** With `functionError`, if the function ran in this process: what it threw. */
  readonly thrown?: unknown;
  readonly executedVersion: string;
  readonly requestId: string;
  /** In base64, only with `logType: "Tail"`: the header `X-Amz-Log-Result`. */
  readonly logResult?: string;
}

/**
 * An error of Lambda's API. Its name is the API's: `TooManyRequestsException`, `ResourceNotFoundException` and so on.
 */
export class FunctionServiceError extends Error {
  override readonly name: string;
  readonly statusCode: number;
  /** The field `Reason` of `TooManyRequestsException`: which limit throttled the request. */
  readonly reason?: string;
  /** For people: what it means and what helps. No answer of the API has it. */
  readonly explanation?: string;
  constructor(name: string, statusCode: number, message: string, reason?: string, explanation?: string) {
    super(message);
    this.name = name;
    this.statusCode = statusCode;
    if (reason !== undefined) this.reason = reason;
    if (explanation !== undefined) this.explanation = explanation;
  }
}
