import { messageOf } from "../../../sdk/base/errors.ts";
import { isJsonObject, type Json, type JsonObject } from "../../../sdk/base/json.ts";
import { uncarriable } from "../../../sdk/base/uncarriable.ts";
import { excerpt } from "./answer-body.ts";
import type { Call, Called } from "./aws-call.ts";
import { jsonService, type JsonService } from "./json-service.ts";
import { fromWire, toWire } from "./json-shapes.ts";
import type { ServiceFault } from "./service-fault.ts";
import { type Answer, send } from "./signed-request.ts";
import { siteOf } from "./sites.ts";
import { upperFirst } from "./telling.ts";

/** Calls an action of a service that speaks JSON with a target in a header. @throws {StateError} */
export async function callJson(call: Call): Promise<Called> {
  const { service, action, input, style } = call;
  const spoken = jsonService(service.id);
  const members = spoken.members(action);
  const { url, keys, region } = await siteOf(call.destination, spoken, call.region).catch((error: unknown) => {
    throw style.failure(`Unable to load credentials: ${messageOf(error)}`);
  });
  const answer = await send({
    url,
    headers: {
      "content-type": `application/x-amz-json-${spoken.version}`,
      "x-amz-target": `${spoken.target}.${upperFirst(action)}`,
    },
    body: JSON.stringify(toWire(input, members)),
    keys,
    region,
    signingName: spoken.signingName,
    signal: call.signal,
  }).catch((error: Error) => {
    throw style.failure(error.message);
  });
  const document = parse(answer.text);
  if (answer.status < 200 || answer.status >= 300) throw style.fault(faultOf(answer, document, spoken));
  if (document === undefined) throw style.failure(unreadable(answer, url));
  return { output: fromWire(document, members, call.telling), status: answer.status, headers: answer.headers };
}

/** An object of JSON; nothing at all is an empty one. */
function parse(text: string): JsonObject | undefined {
  if (text.trim() === "") return {};
  try {
    const document: unknown = JSON.parse(text);
    return uncarriable(document) === undefined && isJsonObject(document as Json) ? (document as JsonObject) : undefined;
  } catch {
    return undefined;
  }
}

function unreadable({ status, text }: Answer, url: URL): string {
  return `Unable to unmarshall response: ${url.origin} has answered ${status} with what is no JSON object: ${excerpt(text)}`;
}

function faultOf(answer: Answer, document: JsonObject = {}, service: JsonService): ServiceFault {
  const { status, headers, text } = answer;
  const code = headers.get("x-amzn-errortype") ?? textIn(document, "__type") ?? textIn(document, "code") ?? "";
  // `com.amazonaws.sqs#QueueDoesNotExist`, and `ValidationException:http://…`
  const name = code.replace(/^.*#/, "").replace(/:.*$/, "");
  const told = ["message", "Message", "errorMessage"].map((member) => textIn(document, member));
  return {
    name: name === "" || (COMMON.test(name) && !service.ownErrors.has(name)) ? undefined : name,
    message: told.find((one) => one !== undefined) ?? (name === "" ? `answered with: ${excerpt(text)}` : "null"),
    status,
    requestId: headers.get("x-amzn-requestid") ?? headers.get("x-amz-request-id") ?? undefined,
  };
}

/** Errors of every service, which the SDK has no classes for where a service's model does not name them. */
const COMMON =
  /^(?:AccessDenied|ExpiredToken|IncompleteSignature|Internal(?:Error|Failure|ServerError|Server)|Invalid(?:Action|ClientTokenId|Parameter(?:Combination|Value)|Signature)|Missing(?:Action|AuthenticationToken|Parameter)|NotAuthorized|OptInRequired|RequestE(?:ntityTooLarge|xpired)|Serialization|ServiceUnavailable|Throttling|UnauthorizedOperation|UnknownOperation|UnrecognizedClient|Validation(?:Error)?)(?:Exception)?$/;

function textIn(document: JsonObject, member: string): string | undefined {
  const value = document[member];
  return typeof value === "string" ? value : undefined;
}
