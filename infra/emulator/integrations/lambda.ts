import { messageOf } from "../../../sdk/base/errors.ts";
import type { QueryLanguageName } from "../../asl/definition.ts";
import { type Json, type JsonObject } from "../../../sdk/base/json.ts";
import { uncarriable } from "../../../sdk/base/uncarriable.ts";
import { Cancelled } from "../../language/cancelled.ts";
import { runtimeError, StateError } from "../../language/state-error.ts";
import { type Functions, FunctionServiceError, type InvokeRequest, type InvokeResponse } from "../lambda/functions.ts";
import type { Integration, IntegrationContext } from "./integrations.ts";

/** The cause of an error that the Lambda service answers with. */
type Wording = (error: FunctionServiceError, language: QueryLanguageName) => string;

/** What `arn:aws:states:::lambda:invoke` gives: the Invoke response with the payload parsed. */
export function lambdaInvoke(wording: Wording = optimisedWording): Integration {
  return async (input, context) => {
    const response = await invoke(context.functions, requestOf(input), context, (error) =>
      wording(error, context.queryLanguage),
    );
    return {
      ExecutedVersion: response.executedVersion,
      Payload: payloadOf(response),
      SdkHttpMetadata: httpMetadata(response),
      SdkResponseMetadata: { RequestId: response.requestId },
      StatusCode: response.statusCode,
    };
  };
}

/** What a Task with a function's own ARN gives: the payload alone. */
export async function invokeFunction(functions: Functions, arn: string, input: Json, caller: Caller): Promise<Json> {
  const request = { functionName: arn, payload: JSON.stringify(input) };
  return payloadOf(await invoke(functions, request, caller, sdkWording));
}

/** The state that calls. */
type Caller = Pick<IntegrationContext, "cancellation" | "caller" | "executionArn">;

async function invoke(
  functions: Functions,
  request: InvokeRequest,
  { cancellation, caller, executionArn }: Caller,
  wording: (error: FunctionServiceError) => string,
): Promise<InvokeResponse> {
  let response: InvokeResponse;
  try {
    const from = caller === undefined ? {} : { caller, executionArn };
    response = await functions.invoke({ ...request, ...from, signal: cancellation.signal });
  } catch (error) {
    if (cancellation.cancelled) throw new Cancelled();
    throw serviceError(error, wording);
  }
  if (response.functionError === undefined) return response;
  throw new StateError(errorTypeOf(response.payload), response.payload, { thrown: response.thrown });
}

function serviceError(error: unknown, wording: (error: FunctionServiceError) => string): StateError {
  if (error instanceof FunctionServiceError) {
    const { name, explanation } = error;
    return new StateError(`Lambda.${name}`, wording(error), { explanation });
  }
  const message = messageOf(error);
  return new StateError("Lambda.SdkClientException", `Unable to execute HTTP request: ${message}`);
}

/** An error of Lambda's API as an `aws-sdk` action tells it. */
export function lambdaError(error: unknown): StateError {
  return serviceError(error, sdkWording);
}

/** As causes of `aws-sdk` actions are worded. */
export function sdkWording({ message, statusCode }: FunctionServiceError): string {
  return `${message} (Service: Lambda, Status Code: ${statusCode}, Request ID: ${crypto.randomUUID()})`;
}

/** In JSONPath it was recorded in the words of AWS's former SDK. */
function optimisedWording(error: FunctionServiceError, language: QueryLanguageName): string {
  if (language === "JSONata") return sdkWording(error);
  const { name, message, statusCode } = error;
  const about = `Status Code: ${statusCode}; Error Code: ${name}; Request ID: ${crypto.randomUUID()}; Proxy: null`;
  return `${message} (Service: AWSLambda; ${about})`;
}

/** The name of a function's error; Lambda answers `Unhandled` without one when the process died. */
function errorTypeOf(payload: string): string {
  const document = parse(payload);
  if (
    typeof document === "object" &&
    document !== null &&
    "errorType" in document &&
    typeof document.errorType === "string"
  ) {
    return document.errorType;
  }
  return "Lambda.Unknown";
}

function requestOf(input: JsonObject): InvokeRequest {
  const { FunctionName, Payload, InvocationType, Qualifier, ClientContext } = input;
  if (typeof FunctionName !== "string")
    throw runtimeError("The FunctionName parameter of lambda:invoke must be a string.");
  return {
    functionName: FunctionName,
    payload: payloadText(Payload),
    ...(InvocationType === "Event" || InvocationType === "DryRun" ? { invocationType: InvocationType } : {}),
    ...(typeof Qualifier === "string" ? { qualifier: Qualifier } : {}),
    ...(typeof ClientContext === "string" ? { clientContext: ClientContext } : {}),
  };
}

/** A text is sent as it is, for it may be JSON already; nothing is sent for null. */
function payloadText(payload: Json | undefined): string {
  if (payload === undefined || payload === null) return "";
  return typeof payload === "string" ? payload : JSON.stringify(payload);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function payloadOf(response: InvokeResponse): Json {
  if (response.payload === "") return {};
  const value = parse(response.payload);
  const fault = uncarriable(value);
  if (fault !== undefined)
    throw new StateError("States.DataLimitExceeded", `The function's answer cannot be read: ${fault}`, {
      terminal: false,
    });
  // A runtime may answer with bytes that are no JSON; they are passed on as text.
  return value === undefined ? response.payload : (value as Json);
}

function httpMetadata(response: InvokeResponse): JsonObject {
  const headers: Record<string, string> = {
    "Content-Length": String(Buffer.byteLength(response.payload)),
    "Content-Type": "application/json",
    "X-Amz-Executed-Version": response.executedVersion,
    "x-amzn-RequestId": response.requestId,
  };
  return {
    AllHttpHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
    HttpHeaders: headers,
    HttpStatusCode: response.statusCode,
  };
}
