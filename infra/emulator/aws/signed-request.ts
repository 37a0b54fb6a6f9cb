import { type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { Sha256 } from "@smithy/core/checksum";
import { SignatureV4 } from "@smithy/signature-v4";
import { messageOf } from "../../../sdk/base/errors.ts";
import { readAll } from "./answer-body.ts";
import type { Keys } from "./keys.ts";

export interface SignedRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly keys: Keys;
  readonly region: string;
  readonly signingName: string;
  readonly signal: AbortSignal;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Signs a request by AWS's Signature Version 4 and sends it. @throws {Error} whose message says why there is no answer */
export async function send(request: SignedRequest): Promise<Answer> {
  const { url, body, keys, region, signingName, signal } = request;
  const signer = new SignatureV4({ credentials: keys, region, service: signingName, sha256: Sha256 });
  const { headers } = await signer.sign({
    method: "POST",
    protocol: url.protocol,
    hostname: url.hostname,
    ...(url.port === "" ? {} : { port: Number(url.port) }),
    path: url.pathname,
    query: {},
    headers: { ...request.headers, host: url.host, "content-length": String(Buffer.byteLength(body)) },
    body,
  });
  try {
    const answer = await exchange(url, headers, body, signal);
    const text = (await readAll(answer)).toString();
    return { status: answer.statusCode ?? 0, headers: new Headers(headersOf(answer)), text };
  } catch (error) {
    throw new Error(`Unable to execute HTTP request: ${reasonOf(error)} (${url.origin})`, { cause: error });
  }
}

/** Not by `fetch`, which sends nothing to some ports, and follows an answer to other servers. */
function exchange(
  url: URL,
  headers: Readonly<Record<string, string>>,
  body: string,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = url.protocol === "https:" ? requestHttps : requestHttp;
    request(url, { method: "POST", headers, signal }, resolve).on("error", reject).end(body);
  });
}

function headersOf({ headersDistinct }: IncomingMessage): [string, string][] {
  return Object.entries(headersDistinct).flatMap(([name, values = []]) =>
    values.map((value): [string, string] => [name, value]),
  );
}

/** Of several addresses that were tried, there is one for each. */
function reasonOf(error: unknown): string {
  return error instanceof AggregateError ? error.errors.map(messageOf).join(", ") : messageOf(error);
}
