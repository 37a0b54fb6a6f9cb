import { isJsonObject, type Json, type JsonObject } from "../../../sdk/base/json.ts";
import { Cancelled } from "../../language/cancelled.ts";
import { runtimeError, StateError } from "../../language/state-error.ts";
import type { Destination } from "../aws/endpoints.ts";
import { exchange, reasonOf } from "../aws/http-exchange.ts";
import { keysForNamed } from "../aws/keys.ts";
import { isLocalName } from "../aws/local-names.ts";
import { signedHeaders } from "../aws/signature.ts";
import { keysOfAws } from "../aws/sites.ts";
import type { Cancellation } from "../kernel/cancellation.ts";
import { readAnswer } from "./http-answer.ts";
import { headersOf, pairsOf, queryText, withQuery } from "./http-arguments.ts";

/** Where the APIs of API Gateway are. */
export interface Gateway {
  /** Undefined: those that are at AWS cannot be reached. */
  readonly destination: Destination | undefined;
  /** Why that is so. */
  readonly lack: string;
  readonly region: string;
}

/** Calls an API of API Gateway. @throws {StateError} `ApiGateway.` and the status, or what happened instead */
export async function apiGatewayInvoke(
  input: JsonObject,
  gateway: Gateway,
  cancellation: Cancellation,
): Promise<JsonObject> {
  const { url, host } = addressOf(input, gateway);
  const method = String(input["Method"]);
  const body = bodyOf(input);
  const typed = body === undefined ? {} : { "Content-Type": "application/json" };
  const given = { Accept: "application/json", ...typed, ...headersOf(pairsOf(input["Headers"], "Headers")), host };
  const isSigned = input["AuthType"] === "IAM_ROLE" || input["AuthType"] === "RESOURCE_POLICY";
  const headers = isSigned ? await signed(url, method, given, body, gateway) : given;
  const answer = await exchange(url, {
    method,
    headers,
    ...(body === undefined ? {} : { body }),
    signal: cancellation.signal,
  })
    .then(readAnswer)
    .catch((error: unknown) => {
      if (cancellation.cancelled) throw new Cancelled();
      throw new StateError(
        "ApiGateway.SdkClientException",
        `Unable to execute HTTP request: ${reasonOf(error)} (${url.origin})`,
      );
    });
  if (answer.status >= 200 && answer.status < 300) return answer.result;
  throw new StateError(`ApiGateway.${answer.status}`, answer.text || String(answer.result["StatusText"]));
}

/** An API has its name as its host, which a server that has all of them on one port reads. */
function addressOf(input: JsonObject, { destination, lack }: Gateway): { readonly url: URL; readonly host: string } {
  const given = String(input["ApiEndpoint"] ?? "");
  const address = /^https?:\/\//.test(given) ? given : `https://${given}`;
  if (!URL.canParse(address)) throw runtimeError(`The ApiEndpoint ${given} is no name of a host.`);
  const api = new URL(address);
  if (isLocalName(api.hostname))
    return { url: pathed(new URL(/^https?:/.test(given) ? given : `http://${given}`), input), host: api.host };
  if (!/\.execute-api\./.test(api.hostname))
    throw runtimeError(
      `The ApiEndpoint ${given} is none of API Gateway, as ID.execute-api.us-east-1.amazonaws.com, and not on this machine.`,
    );
  if (destination === undefined) throw runtimeError(`The API ${given} has nowhere to go: ${lack}.`);
  if (destination.kind === "aws") return { url: pathed(new URL(`https://${api.host}`), input), host: api.host };
  return { url: pathed(new URL(destination.url), input), host: api.host };
}

function pathed(base: URL, { Stage, Path, QueryParameters }: JsonObject): URL {
  const parts = [base.pathname, Stage, Path]
    .filter((part) => typeof part === "string")
    .map((part) => part.replace(/^\/+|\/+$/g, ""));
  const url = new URL(base);
  url.pathname = `/${parts.filter((part) => part !== "").join("/")}${typeof Path === "string" && Path.endsWith("/") ? "/" : ""}`;
  return withQuery(url, queryText(pairsOf(QueryParameters, "QueryParameters")));
}

/** Always JSON; a member that is null is left out, unless the Task says that it may be there. */
function bodyOf({ RequestBody, AllowNullValues }: JsonObject): string | undefined {
  if (RequestBody === undefined || RequestBody === null) return undefined;
  return JSON.stringify(AllowNullValues === true ? RequestBody : withoutNulls(RequestBody));
}

function withoutNulls(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isJsonObject(value)) return value;
  const kept = Object.entries(value).filter(([, member]) => member !== null);
  return Object.fromEntries(kept.map(([name, member]) => [name, withoutNulls(member)]));
}

async function signed(
  url: URL,
  method: string,
  headers: Readonly<Record<string, string | string[]>>,
  body: string | undefined,
  { destination, region }: Gateway,
): Promise<Readonly<Record<string, string>>> {
  const keys = destination?.kind === "aws" ? await keysOfAws(region) : keysForNamed();
  const flat = Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]);
  return signedHeaders({
    url,
    method,
    headers: Object.fromEntries(flat),
    body,
    keys,
    region,
    signingName: "execute-api",
  });
}
