import { Sha256 } from "@smithy/core/checksum";
import { SignatureV4 } from "@smithy/signature-v4";
import { messageOf } from "../../../sdk/base/errors.ts";
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

// Far more than a state may be given; what has no end is not read to one.
const LONGEST_ANSWER = 32 * 1024 * 1024;

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
    headers: { ...request.headers, host: url.host },
    body,
  });
  try {
    // Another address would be given what was signed for this one.
    const response = await fetch(url, { method: "POST", headers, body, signal, redirect: "manual" });
    return { status: response.status, headers: response.headers, text: await textOf(response) };
  } catch (error) {
    throw new Error(`Unable to execute HTTP request: ${reasonOf(error)} (${url.origin})`, { cause: error });
  }
}

async function textOf(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of response.body ?? []) {
    bytes += part.byteLength;
    if (bytes > LONGEST_ANSWER) throw new Error(`the answer is longer than ${LONGEST_ANSWER} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString();
}

/** `fetch failed` has the reason within it; that of several addresses has theirs. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause === undefined) return messageOf(error);
  return cause instanceof AggregateError ? cause.errors.map(messageOf).join(", ") : messageOf(cause);
}
