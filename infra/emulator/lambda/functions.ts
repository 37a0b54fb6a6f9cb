/**
 * What the interpreter and the server need of Lambda, and no more. The replica pool implements it for
 * this machine's bundles, and an HTTP client implements it for any other Lambda-compatible endpoint.
 */
export interface Functions {
  /**
   * Mirrors Lambda's `Invoke`.
   * @throws {FunctionServiceError} where Lambda itself would answer with an error status: unknown
   * function, throttled, malformed request. An error of the function's code is a result, not a throw.
   */
  invoke(request: InvokeRequest): Promise<InvokeResponse>;
}

export interface InvokeRequest {
  /** A name, `name:qualifier`, partial ARN or ARN, as `FunctionName` of Lambda's `Invoke`. */
  readonly functionName: string;
  readonly qualifier?: string;
  /** Default: `RequestResponse`. */
  readonly invocationType?: "RequestResponse" | "Event" | "DryRun";
  /** JSON text. */
  readonly payload: string;
  /** Base64 JSON, as the `X-Amz-Client-Context` header carries it. */
  readonly clientContext?: string;
  /** `Tail`: the answer carries the invocation's last 4 KB of logs. Default: `None`. */
  readonly logType?: "None" | "Tail";
  /** The caller no longer waits for the answer. The invocation itself runs on, as on Lambda. */
  readonly signal?: AbortSignal;
}

export interface InvokeResponse {
  /** 200 for RequestResponse, 202 for Event, 204 for DryRun. */
  readonly statusCode: number;
  /** JSON text; for a function error `{errorType, errorMessage, trace?}`. */
  readonly payload: string;
  readonly functionError?: "Handled" | "Unhandled";
  readonly executedVersion: string;
  readonly requestId: string;
  /** Base64, as the `X-Amz-Log-Result` header carries it; only for `logType: "Tail"`. */
  readonly logResult?: string;
}

/** An error of the Lambda service, by its API name: `TooManyRequestsException`, `ResourceNotFoundException`, … */
export class FunctionServiceError extends Error {
  override readonly name: string;
  readonly statusCode: number;
  /** Why a request was throttled: `Reason` of `TooManyRequestsException`. */
  readonly reason?: string;
  constructor(name: string, statusCode: number, message: string, reason?: string) {
    super(message);
    this.name = name;
    this.statusCode = statusCode;
    if (reason !== undefined) this.reason = reason;
  }
}
