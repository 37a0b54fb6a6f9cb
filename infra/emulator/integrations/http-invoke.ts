import { isJsonObject, type Json, type JsonObject } from "../../../sdk/base/json.ts";
import { Cancelled } from "../../language/cancelled.ts";
import { runtimeError, StateError } from "../../language/state-error.ts";
import { exchange, reasonOf } from "../aws/http-exchange.ts";
import type { Cancellation } from "../kernel/cancellation.ts";
import type { Clock } from "../kernel/clock.ts";
import { type Connection, fault, type HttpParameters, type OAuth } from "./connections.ts";
import { type HttpAnswer, readAnswer } from "./http-answer.ts";
import { formText, headersOf, merged, pairsOf, type Pairs, queryText, scalar, withQuery } from "./http-arguments.ts";

/** Milliseconds that a server has for its whole answer. */
const LONGEST_MS = 60_000;

/** Bodies that no Task can have. */
const BINARY = /^\s*(?:application\/octet-stream|image\/|video\/|audio\/)/i;

/** An HTTP request, as it is sent. */
export interface HttpRequest {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string;
}

/** What a Task with `http:invoke` asks for, and what its connection adds. @throws {StateError} */
export async function httpRequest(
  input: JsonObject,
  connection: Connection,
  region: string,
  send: (request: HttpRequest) => Promise<HttpAnswer>,
): Promise<HttpRequest> {
  const authorization = await authorizationOf(connection, send);
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

async function authorizationOf(
  { authorization }: Connection,
  send: (request: HttpRequest) => Promise<HttpAnswer>,
): Promise<Pairs> {
  switch (authorization.type) {
    case "NONE":
      return [];
    case "BASIC":
      return [["Authorization", basic(authorization.user, authorization.password)]];
    case "API_KEY":
      return [[authorization.name, authorization.value]];
    case "OAUTH_CLIENT_CREDENTIALS":
      return [["Authorization", `Bearer ${await token(authorization, send)}`]];
  }
}

function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
}

/** By the client-credentials grant of OAuth 2.0. @throws {StateError} if the server gives none */
async function token(
  { endpoint, method, id, secret, parameters }: OAuth,
  send: (request: HttpRequest) => Promise<HttpAnswer>,
): Promise<string> {
  if (!URL.canParse(endpoint))
    throw fault("InvalidConnectionState", `the AuthorizationEndpoint is no URL: ${endpoint}`);
  const form = queryText(merged([["grant_type", "client_credentials"]], parameters.body));
  const isGet = method === "GET";
  const headers: Pairs = [
    ["Authorization", basic(id, secret)],
    ["Accept", "application/json"],
    ...(isGet ? [] : ([["Content-Type", "application/x-www-form-urlencoded"]] as const)),
  ];
  const answer = await send({
    url: withQuery(
      new URL(endpoint),
      [queryText(parameters.query), isGet ? form : ""].filter((part) => part !== "").join("&"),
    ),
    method,
    headers: headersOf(merged(headers, parameters.headers)),
    ...(isGet ? {} : { body: form }),
  });
  const { ResponseBody } = answer.result;
  const given = isJsonObject(ResponseBody) ? ResponseBody["access_token"] : undefined;
  if (answer.status < 300 && typeof given === "string") return given;
  throw fault(
    "InvalidConnectionState",
    `${new URL(endpoint).origin} has answered ${answer.status} without an access_token: ${(answer.text ?? "").slice(0, 200)}`,
  );
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
