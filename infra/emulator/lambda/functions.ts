import type { ProvisionedConcurrency } from "./provisioned-concurrency.ts";

/**
 * Lambda, as far as the interpreter and the server need it. The replica pool implements it for bundles on this machine,
 * and `httpFunctions` for any endpoint with Lambda's Invoke.
 * @example
 * const functions: Functions = {
 *   async invoke({ payload }: InvokeRequest): Promise<InvokeResponse> {
 *     return { statusCode: 200, payload, executedVersion: "$LATEST", requestId: crypto.randomUUID() };
 *   },
 * };
 * const states = new StepFunctions({ functions });
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

/**
 * What Lambda's Invoke is given, with its members' names in this API's casing:
 * https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
 * @example
 * const request: InvokeRequest = { functionName: "scoring:live", payload: '{"task": "score"}', logType: "Tail" };
 * const { payload } = await httpFunctions("http://127.0.0.1:3002").invoke(request);
 */
export interface InvokeRequest {
  /** `FunctionName` of Lambda's `Invoke`: a name, `name:qualifier`, a partial ARN or an ARN. */
  readonly functionName: string;
  /** A version or an alias. */
  readonly qualifier?: string;
  /** Default: `RequestResponse`. */
  readonly invocationType?: "RequestResponse" | "Event" | "DryRun";
  /** JSON text. */
  readonly payload: string;
  /** JSON in base64: the header `X-Amz-Client-Context`. */
  readonly clientContext?: string;
  /** With `Tail` the response has the last 4 KB of the invocation's log. Default: `None`. */
  readonly logType?: "None" | "Tail";
  /** X-Ray's: the header `X-Amzn-Trace-Id`. */
  readonly traceHeader?: string;
  /** Who calls, for logs: a state, with its item, as in `score[3]`. */
  readonly caller?: string;
  /** The execution that the caller is in, for logs. */
  readonly executionArn?: string;
  /** Aborts when the caller no longer waits for the response. The invocation itself runs on, as on Lambda. */
  readonly signal?: AbortSignal;
}

/**
 * What Lambda's Invoke answers, in this API's casing: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
 * @example
 * const response: InvokeResponse = { statusCode: 200, payload: "4", executedVersion: "$LATEST", requestId: "1" };
 */
export interface InvokeResponse {
  /** 200 for RequestResponse, 202 for Event, 204 for DryRun. */
  readonly statusCode: number;
  /** JSON text. With `functionError` it is `{errorType, errorMessage, trace?}`. */
  readonly payload: string;
  /** There if the function threw: the header `X-Amz-Function-Error`. */
  readonly functionError?: "Handled" | "Unhandled";
  /** With `functionError`, if the function ran in this process: what it threw. */
  readonly thrown?: unknown;
  /** The header `X-Amz-Executed-Version`. */
  readonly executedVersion: string;
  /** The header `x-amzn-RequestId`. */
  readonly requestId: string;
  /** In base64, only with `logType: "Tail"`: the header `X-Amz-Log-Result`. */
  readonly logResult?: string;
}

/**
 * An error of Lambda's API. Its name is the API's: `TooManyRequestsException`, `ResourceNotFoundException` and so on.
 * @example
 * const none: Functions = {
 *   async invoke({ functionName }) {
 *     throw new FunctionServiceError("ResourceNotFoundException", 404, `Function not found: ${functionName}`);
 *   },
 * };
 */
export class FunctionServiceError extends Error {
  override readonly name: string;
  /** The status of the answer over HTTP. */
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
