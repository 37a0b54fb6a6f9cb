import { EVENT_BYTES, REQUEST_BYTES } from "../../../sdk/base/aws-limits.ts";
import { FunctionServiceError, type InvokeRequest } from "../lambda/functions.ts";

/** @throws {FunctionServiceError} `RequestEntityTooLargeException` if the payload is larger than Lambda allows */
export function checkSize(payload: string, invocationType: InvokeRequest["invocationType"]): void {
  const limit = invocationType === "Event" ? EVENT_BYTES : REQUEST_BYTES;
  // A UTF-16 code unit takes at most three bytes in UTF-8, so the bytes of most payloads need not be counted.
  if (payload.length * 3 <= limit) return;
  const bytes = Buffer.byteLength(payload);
  if (bytes <= limit) return;
  const message =
    invocationType === "Event"
      ? `${bytes} byte payload is too large for the Event invocation type (limit ${limit} bytes)`
      : `Request must be smaller than ${limit} bytes for the InvokeFunction operation`;
  throw new FunctionServiceError("RequestEntityTooLargeException", 413, message);
}

/** @throws {FunctionServiceError} `InvalidRequestContentException` if the payload is no JSON */
export function checkJson(payload: string): void {
  try {
    if (payload !== "") JSON.parse(payload);
  } catch (error) {
    throw malformedPayload(String(error));
  }
}

export function malformedPayload(why: string): FunctionServiceError {
  const message = `Could not parse request body into json: ${why}`;
  return new FunctionServiceError("InvalidRequestContentException", 400, message);
}

/**
 * The JSON text of a client context in base64.
 * @throws {FunctionServiceError} `InvalidRequestContentException` if it is no JSON
 */
export function decodeClientContext(clientContext: string): string {
  const text = Buffer.from(clientContext, "base64").toString("utf8");
  try {
    JSON.parse(text);
  } catch {
    const message = "Client context must be a valid Base64-encoded JSON object.";
    throw new FunctionServiceError("InvalidRequestContentException", 400, message);
  }
  return text;
}

/**
 * A value for `_X_AMZN_TRACE_ID`: of the caller's trace, with the segment that this request would have in it. Where the
 * caller has none, ids are made of the request's.
 * @param given the caller's header
 */
export function traceHeader(requestId: string, given: string = ""): string {
  const hex = requestId.replaceAll("-", "");
  const [root] = /\bRoot=[\w-]+/.exec(given) ?? [];
  if (root !== undefined) return `${root};Parent=${hex.slice(16)};Sampled=${/\bSampled=1\b/.test(given) ? 1 : 0}`;
  const time = Math.floor(Date.now() / 1000).toString(16);
  return `Root=1-${time}-${hex.slice(0, 24)};Parent=${hex.slice(16)};Sampled=0`;
}

/** Settles as `promise` does, or rejects with the signal's reason when that aborts. The work itself is not stopped. */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  return signal === undefined ? promise : raceWithAbort(promise, signal);
}

function raceWithAbort<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    function abort(): void {
      reject(signal.reason);
    }
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
