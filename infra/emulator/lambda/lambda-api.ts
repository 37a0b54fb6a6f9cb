import type { IncomingMessage, ServerResponse } from "node:http";
import { randomUUID } from "node:crypto";
import { REQUEST_BYTES } from "../../../sdk/base/aws-limits.ts";
import { messageOf } from "../../../sdk/base/errors.ts";
import { BodyTooLarge, BodyUnreadable, readBody } from "./request-body.ts";
import type { ProvisionedConcurrency } from "./provisioned-concurrency.ts";
import { provisionedCount, provisionedTarget } from "./provisioned-requests.ts";
import { FunctionServiceError, type Functions, type InvokeRequest, type InvokeResponse } from "./functions.ts";

/** Answers a request and resolves to true, or resolves to false if the request is not one of Lambda's API. */
export type LambdaRoutes = (request: IncomingMessage, response: ServerResponse) => Promise<boolean>;

const INVOKE_PATH = /^\/2015-03-31\/functions\/([^/?]+)\/invocations\/?(?:\?(.*))?$/;
const PROVISIONED_PATH = /^\/2019-09-30\/functions\/([^/?]+)\/provisioned-concurrency\/?(?:\?(.*))?$/;
const STREAM_PATH = /^\/2021-11-15\/functions\/[^/?]+\/response-streaming-invocations/;
const INVOCATION_TYPES = ["Event", "DryRun", "RequestResponse"] as const;

/**
 * Lambda's REST API, of which `Invoke` and the operations on provisioned concurrency are here.
 * https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
 */
export function lambdaRoutes(functions: Functions): LambdaRoutes {
  return async (request, response) => {
    const { method, url = "" } = request;
    const { provisioned } = functions;
    const [, provisionedName, parameters] = PROVISIONED_PATH.exec(url) ?? [];
    if (provisioned !== undefined && provisionedName !== undefined && method !== "POST") {
      try {
        await answerProvisioned(provisioned, decodeName(provisionedName), parameters ?? "", request, response);
      } catch (error) {
        if (!response.destroyed) sendError(response, error);
      }
      return true;
    }
    if (method !== "POST") return false;
    const [, functionName, query] = INVOKE_PATH.exec(url) ?? [];
    const streams = STREAM_PATH.test(url);
    if (functionName === undefined && !streams) return false;
    const caller = new AbortController();
    response.once("close", () => {
      if (!response.writableEnded) caller.abort(new Error("the caller closed the connection"));
    });
    try {
      const payload = await read(request);
      if (functionName === undefined) throw streamingRefused();
      const invocation = readInvocation(request, functionName, query ?? "", payload);
      sendAnswer(response, await functions.invoke({ ...invocation, signal: caller.signal }));
    } catch (error) {
      if (!response.destroyed) sendError(response, error);
    }
    return true;
  };
}

/** Put, Get, Delete and List, of which the last is a GET with `List=ALL`. */
async function answerProvisioned(
  provisioned: ProvisionedConcurrency,
  functionName: string,
  query: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const parameters = new URLSearchParams(query);
  if (request.method === "GET" && parameters.has("List")) {
    sendJson(response, 200, { ProvisionedConcurrencyConfigs: await provisioned.list(functionName) });
    return;
  }
  const target = provisionedTarget(functionName, parameters.get("Qualifier"));
  switch (request.method) {
    case "PUT":
      sendJson(response, 202, await provisioned.put(target, countIn(await read(request))));
      return;
    case "GET":
      sendJson(response, 200, await provisioned.get(target));
      return;
    case "DELETE":
      await provisioned.delete(target);
      response.writeHead(204, { "x-amzn-RequestId": randomUUID() }).end();
      return;
    default:
      throw new FunctionServiceError("UnknownOperationException", 404, `No operation is ${request.method} here`);
  }
}

function countIn(body: string): number {
  let request: { readonly ProvisionedConcurrentExecutions?: unknown } | null;
  try {
    request = JSON.parse(body);
  } catch {
    const message = "Could not parse request body into json";
    throw new FunctionServiceError("InvalidRequestContentException", 400, message);
  }
  return provisionedCount(request?.ProvisionedConcurrentExecutions);
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  const body = JSON.stringify(value);
  response.writeHead(status, {
    "Content-Type": "application/json",
    "Content-Length": Buffer.byteLength(body),
    "x-amzn-RequestId": randomUUID(),
  });
  response.end(body);
}

async function read(request: IncomingMessage): Promise<string> {
  try {
    return await readBody(request, REQUEST_BYTES);
  } catch (error) {
    if (error instanceof BodyTooLarge)
      throw new FunctionServiceError(
        "RequestEntityTooLargeException",
        413,
        `Request must be smaller than ${REQUEST_BYTES} bytes for the InvokeFunction operation`,
      );
    throw error instanceof BodyUnreadable
      ? new FunctionServiceError(
          "InvalidRequestContentException",
          400,
          `Could not parse request body into json: ${error.message}`,
        )
      : error;
  }
}

/** @throws {FunctionServiceError} if Lambda would refuse the path, the query or a header */
function readInvocation(request: IncomingMessage, functionName: string, query: string, payload: string): InvokeRequest {
  const { headers } = request;
  const qualifier = new URLSearchParams(query).get("Qualifier");
  const clientContext = headers["x-amz-client-context"];
  const traceHeader = headers["x-amzn-trace-id"];
  const tail = headers["x-amz-log-type"] === "Tail";
  return {
    functionName: decodeName(functionName),
    invocationType: invocationType(headers["x-amz-invocation-type"]),
    payload,
    ...(qualifier !== null && { qualifier }),
    ...(typeof clientContext === "string" && { clientContext }),
    ...(tail && { logType: "Tail" }),
    ...(typeof traceHeader === "string" && { traceHeader }),
  };
}

function decodeName(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    throw new FunctionServiceError("ValidationException", 400, `'${name}' in the path is not URL-encoded text`);
  }
}

function invocationType(value: string | string[] | undefined): (typeof INVOCATION_TYPES)[number] {
  if (value === undefined) return "RequestResponse";
  const found = INVOCATION_TYPES.find((type) => type === value);
  if (found !== undefined) return found;
  const message = `1 validation error detected: Value '${value}' at 'invocationType' failed to satisfy constraint: Member must satisfy enum value set: [${INVOCATION_TYPES.join(", ")}]`;
  throw new FunctionServiceError("ValidationException", 400, message);
}

function streamingRefused(): FunctionServiceError {
  const message = "InvokeWithResponseStream is not part of this emulator: use Invoke, or deploy to AWS";
  return new FunctionServiceError("UnsupportedOperationException", 501, message);
}

function sendAnswer(response: ServerResponse, answer: InvokeResponse): void {
  const { statusCode, payload, functionError, executedVersion, requestId, logResult } = answer;
  response.writeHead(statusCode, {
    "Content-Type": "application/json",
    "x-amzn-RequestId": requestId,
    ...(statusCode !== 204 && { "Content-Length": Buffer.byteLength(payload) }),
    ...(statusCode === 200 && { "X-Amz-Executed-Version": executedVersion }),
    ...(functionError !== undefined && { "X-Amz-Function-Error": functionError }),
    ...(logResult !== undefined && { "X-Amz-Log-Result": logResult }),
  });
  response.end(payload);
}

/** Sends an error in the form of AWS's REST JSON protocol. */
function sendError(response: ServerResponse, error: unknown): void {
  const serviceError = error instanceof FunctionServiceError ? error : unexpected(error);
  const { name, statusCode, message, reason } = serviceError;
  const body = JSON.stringify({
    ...(reason !== undefined && { Reason: reason }),
    Type: statusCode < 500 ? "User" : "Service",
    // In Lambda's API model these two errors have `Message`, all others `message`.
    [name === "ResourceNotFoundException" || name === "ServiceException" ? "Message" : "message"]: message,
  });
  response.writeHead(statusCode, {
    "Content-Type": "application/json",
    "Content-Length": Buffer.byteLength(body),
    "x-amzn-RequestId": randomUUID(),
    "x-amzn-ErrorType": name,
  });
  response.end(body);
}

function unexpected(error: unknown): FunctionServiceError {
  return new FunctionServiceError("ServiceException", 500, messageOf(error));
}
