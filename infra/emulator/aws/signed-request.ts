import type { IncomingMessage } from "node:http";
import { readAll } from "./answer-body.ts";
import { exchange, reasonOf } from "./http-exchange.ts";
import type { Keys } from "./keys.ts";
import { signedHeaders } from "./signature.ts";

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
  const sized = { ...request.headers, host: url.host, "content-length": String(Buffer.byteLength(body)) };
  const headers = await signedHeaders({ url, method: "POST", headers: sized, body, keys, region, signingName });
  try {
    const answer = await exchange(url, { method: "POST", headers, body, signal });
    const text = (await readAll(answer)).toString();
    return { status: answer.statusCode ?? 0, headers: new Headers(headersOf(answer)), text };
  } catch (error) {
    throw new Error(`Unable to execute HTTP request: ${reasonOf(error)} (${url.origin})`, { cause: error });
  }
}

function headersOf({ headersDistinct }: IncomingMessage): [string, string][] {
  return Object.entries(headersDistinct).flatMap(([name, values = []]) =>
    values.map((value): [string, string] => [name, value]),
  );
}
