import { isJsonObject, type Json, type JsonObject } from "../../../sdk/base/json.ts";
import { Cancelled } from "../../language/cancelled.ts";
import { runtimeError, StateError } from "../../language/state-error.ts";
import { exchange, reasonOf } from "../aws/http-exchange.ts";
import type { Cancellation } from "../kernel/cancellation.ts";
import type { Clock } from "../kernel/clock.ts";
import type { Connection, HttpParameters, OAuth } from "./connections.ts";
import { type HttpAnswer, readAnswer } from "./http-answer.ts";
import {
  basicAuthorization,
  formText,
  headersOf,
  merged,
  pairsOf,
  type Pairs,
  queryText,
  scalar,
  withQuery,
} from "./http-arguments.ts";
import type { HttpRequest } from "./http-request.ts";

/** Milliseconds that a server has for its whole answer. */
const LONGEST_MS = 60_000;

/** Bodies that no Task can have. */
const BINARY = /^\s*(?:application\/octet-stream|image\/|video\/|audio\/)/i;

/** The token of a connection with OAuth. */
export type TokenOf = (connection: OAuth) => Promise<string>;

/** What a Task with `http:invoke` asks for, and what its connection adds. @throws {StateError} */
export async function httpRequest(
  input: JsonObject,
  connection: Connection,
  region: string,
  tokenOf: TokenOf,
): Promise<HttpRequest> {
  const authorization = await authorizationOf(connection, tokenOf);
  const body = bodyOf(input, connection);
  const definition = pairsOf(input["Headers"], "Headers");
  const headers = merged(merged(definition, connection.headers), authorization);
  const typed = headers.some(([name]) => name.toLowerCase() === "content-type");
  const own: Pairs = [
    ["User-Agent", `Amazon|StepFunctions|HttpInvoke|${region}`],
    ["Range", "bytes=0-262144"],
    ...(typed || body === undefined ? [] : ([["Content-Type", "application/json; charset=UTF-8"]] as const)),
  ];
  return {
    url: withQuery(new URL(String(input["ApiEndpoint"])), queryOf(input, connection)),
    method: String(input["Method"]),
    headers: headersOf(merged(headers, own)),
    ...(body === undefined ? {} : { body }),
  };
}

function queryOf({ QueryParameters }: JsonObject, { query }: HttpParameters): string {
  if (typeof QueryParameters !== "string") return queryText(merged(pairsOf(QueryParameters, "QueryParameters"), query));
  return [QueryParameters, queryText(query)].filter((part) => part !== "").join("&");
}

function bodyOf({ RequestBody, Transform }: JsonObject, { body }: HttpParameters): string | undefined {
  const added = Object.fromEntries(body);
  if (RequestBody === undefined && body.length === 0) return undefined;
  if (body.length > 0 && RequestBody !== undefined && !isJsonObject(RequestBody))
    throw runtimeError(
      "The RequestBody is no object, and so cannot be merged with the body parameters of the connection.",
    );
  const whole: Json =
    body.length === 0 ? (RequestBody ?? null) : { ...(isJsonObject(RequestBody) ? RequestBody : {}), ...added };
  if (typeof whole === "string") return whole;
  if (!isJsonObject(Transform) || Transform["RequestBodyEncoding"] !== "URL_ENCODED") return JSON.stringify(whole);
  if (typeof whole !== "object" || whole === null) return scalar(whole);
  return formText(whole, Transform["RequestEncodingOptions"]);
}

async function authorizationOf({ authorization }: Connection, tokenOf: TokenOf): Promise<Pairs> {
  switch (authorization.type) {
    case "NONE":
      return [];
    case "BASIC":
      return [["Authorization", basicAuthorization(authorization.user, authorization.password)]];
    case "API_KEY":
      return [[authorization.name, authorization.value]];
    case "OAUTH_CLIENT_CREDENTIALS":
      return [["Authorization", `Bearer ${await tokenOf(authorization)}`]];
  }
}

/** @throws {StateError} `States.Http.Socket` where there is no answer, or none in time */
export async function sendHttp(
  { url, method, headers, body }: HttpRequest,
  cancellation: Cancellation,
  clock: Clock,
): Promise<HttpAnswer> {
  const timeout = new AbortController();
  const callOff = clock.after(LONGEST_MS, () => timeout.abort());
  const signal = AbortSignal.any([cancellation.signal, timeout.signal]);
  try {
    return await readAnswer(await exchange(url, { method, headers, ...(body === undefined ? {} : { body }), signal }));
  } catch (error) {
    if (cancellation.cancelled) throw new Cancelled();
    const why = timeout.signal.aborted ? `no answer within ${LONGEST_MS / 1000} seconds` : reasonOf(error);
    throw new StateError("States.Http.Socket", `${why} (${url.origin})`);
  } finally {
    callOff();
  }
}

/** As TestState tells a request. */
export function tracedRequest({ url, method, headers, body }: HttpRequest): JsonObject {
  const lines = Object.entries(headers).flatMap(([name, value]) => [value].flat().map((one) => `${name}: ${one}`));
  return {
    protocol: url.protocol.replace(":", ""),
    method,
    url: url.href,
    headers: `[${lines.join(", ")}]`,
    ...(body === undefined ? {} : { body }),
  };
}

/** As TestState tells an answer. */
export function tracedAnswer({ url }: HttpRequest, { status, text, result }: HttpAnswer): JsonObject {
  const headers = isJsonObject(result["Headers"]) ? Object.entries(result["Headers"]) : [];
  const lines = headers.flatMap(([name, values]) =>
    (Array.isArray(values) ? values : []).map((one) => `${name}: ${String(one)}`),
  );
  return {
    protocol: url.protocol.replace(":", ""),
    statusCode: String(status),
    statusMessage: String(result["StatusText"]),
    headers: `[${lines.join(", ")}]`,
    ...(text === undefined ? {} : { body: text }),
  };
}

/** The Task's result. @throws {StateError} for any status but 2xx, and for what is no text */
export function httpResult({ status, contentType, text, result }: HttpAnswer): JsonObject {
  if (status < 200 || status >= 300)
    throw new StateError(`States.Http.StatusCode.${status}`, text || String(result["StatusText"]));
  if (BINARY.test(contentType))
    throw runtimeError(`The response has the content type ${contentType}, which an HTTP Task cannot have.`);
  if (text === undefined) throw runtimeError("The response cannot be read as text.");
  return result;
}
