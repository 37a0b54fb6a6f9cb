import { isJsonObject } from "../../../sdk/base/json.ts";
import { fault, type OAuth } from "./connections.ts";
import type { HttpAnswer } from "./http-answer.ts";
import { basicAuthorization, headersOf, merged, type Pairs, queryText, withQuery } from "./http-arguments.ts";
import type { HttpRequest } from "./http-request.ts";

interface Token {
  readonly text: string;
  /** Milliseconds since the epoch; undefined: when it is refused. */
  readonly ends: number | undefined;
}

type Send = (request: HttpRequest) => Promise<HttpAnswer>;

/** The tokens of connections with OAuth: one serves all requests until it ends or is refused, as on AWS. */
export class OAuthTokens {
  readonly #asked = new Map<string, Promise<Token>>();

  /** @param now milliseconds since the epoch. @throws {StateError} if the server gives none */
  async of(connection: OAuth, now: () => number, send: Send): Promise<string> {
    const key = JSON.stringify(connection);
    for (;;) {
      const asked = this.#asked.get(key);
      if (asked === undefined) return (await this.#ask(key, connection, now, send)).text;
      // Whoever has asked is told why there is none, or no longer waits; then this Task asks.
      const token = await asked.catch(() => undefined);
      if (token !== undefined && now() < (token.ends ?? Infinity)) return token.text;
      if (this.#asked.get(key) === asked) this.#asked.delete(key);
    }
  }

  /** The next request has a new one. */
  forget(connection: OAuth): void {
    this.#asked.delete(JSON.stringify(connection));
  }

  async #ask(key: string, connection: OAuth, now: () => number, send: Send): Promise<Token> {
    const asked = askToken(connection, now, send);
    this.#asked.set(key, asked);
    try {
      return await asked;
    } catch (error) {
      this.#asked.delete(key);
      throw error;
    }
  }
}

/** By the client-credentials grant of OAuth 2.0. */
async function askToken(connection: OAuth, now: () => number, send: Send): Promise<Token> {
  const { endpoint } = connection;
  if (!URL.canParse(endpoint))
    throw fault("InvalidConnectionState", `the AuthorizationEndpoint is no URL: ${endpoint}`);
  const answer = await send(tokenRequest(connection));
  const { ResponseBody } = answer.result;
  const { access_token: text, expires_in: seconds } = isJsonObject(ResponseBody) ? ResponseBody : {};
  if (answer.status < 300 && typeof text === "string")
    return { text, ends: typeof seconds === "number" ? now() + seconds * 1000 : undefined };
  throw fault(
    "InvalidConnectionState",
    `${new URL(endpoint).origin} has answered ${answer.status} without an access_token: ${(answer.text ?? "").slice(0, 200)}`,
  );
}

function tokenRequest({ endpoint, method, id, secret, parameters }: OAuth): HttpRequest {
  const form = queryText(merged([["grant_type", "client_credentials"]], parameters.body));
  const isGet = method === "GET";
  const headers: Pairs = [
    ["Authorization", basicAuthorization(id, secret)],
    ["Accept", "application/json"],
    ...(isGet ? [] : ([["Content-Type", "application/x-www-form-urlencoded"]] as const)),
  ];
  const query = [queryText(parameters.query), isGet ? form : ""].filter((part) => part !== "").join("&");
  return {
    url: withQuery(new URL(endpoint), query),
    method,
    headers: headersOf(merged(headers, parameters.headers)),
    ...(isGet ? {} : { body: form }),
  };
}
