import type { IncomingMessage, ServerResponse } from "node:http";
import { isObject } from "../../../sdk/base/json.ts";
import { ApiError } from "../../emulator/index.ts";
import { BodyTooLarge, BodyUnreadable, readBody } from "../../emulator/lambda/request-body.ts";

/** What no page of another origin may do with an answer: read it, guess its type, or show it. */
export const SECURITY_HEADERS = {
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
} as const;

/** Bytes: most of what the console posts is `{}`. */
const LONGEST_BODY = 65_536;
/** Bytes of an answer within JSON: Step Functions takes 256 KiB, of which each may be written as six. */
export const LONGEST_ANSWER: number = 2 * 1024 * 1024;

/** @throws {ApiError} 405 if the request's method is none of these */
export function onlyBy(request: IncomingMessage, ...methods: readonly string[]): void {
  const { method = "", url = "" } = request;
  if (methods.includes(method)) return;
  const [path = ""] = url.split("?");
  throw new ApiError(
    "MethodNotAllowedException",
    `${path} is asked for by ${methods.join(" or ")}, not ${method}`,
    {},
    405,
  );
}

/** What a page has, nobody keeps. */
export function answerJson({ method }: IncomingMessage, response: ServerResponse, value: unknown): void {
  answerJsonText(method, response, JSON.stringify(value));
}

export function answerJsonText(method: string | undefined, response: ServerResponse, text: string): void {
  response.writeHead(200, {
    ...SECURITY_HEADERS,
    "content-type": "application/json",
    "content-length": Buffer.byteLength(text),
    "cache-control": "no-store",
  });
  response.end(method === "HEAD" ? undefined : text);
}

/**
 * Reads the body of a POST. A form of another site can send none of this type without asking first.
 * @throws {ApiError} 415 if it is not said to be JSON, 400 if it is no object, 413 if it is too long
 */
export async function readJsonBody(request: IncomingMessage, longest: number = LONGEST_BODY): Promise<object> {
  const type = request.headers["content-type"] ?? "";
  if (!/^application\/json\s*(?:;|$)/i.test(type)) {
    const message = `The request is of the type '${type}': send application/json, {} at least`;
    throw new ApiError("UnsupportedMediaTypeException", message, {}, 415);
  }
  const text = await readBody(request, longest).catch((error: unknown) => {
    if (error instanceof BodyTooLarge) throw new ApiError("RequestEntityTooLargeException", error.message, {}, 413);
    throw error instanceof BodyUnreadable ? new ApiError("SerializationException", error.message) : error;
  });
  const value = parsed(text);
  if (isObject(value) && !Array.isArray(value)) return value;
  throw new ApiError("SerializationException", "The request's body is no JSON object: send {} at least");
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
