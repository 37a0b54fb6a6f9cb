import { Sha256 } from "@smithy/core/checksum";
import { SignatureV4 } from "@smithy/signature-v4";
import type { Keys } from "./keys.ts";

export interface ToSign {
  readonly url: URL;
  readonly method: string;
  /** With `host`. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly keys: Keys;
  readonly region: string;
  readonly signingName: string;
}

/** The headers of a request with its signature by AWS's Signature Version 4. */
export async function signedHeaders(request: ToSign): Promise<Readonly<Record<string, string>>> {
  const { url, method, headers, body, keys, region, signingName } = request;
  const signer = new SignatureV4({ credentials: keys, region, service: signingName, sha256: Sha256 });
  const query: Record<string, string[]> = {};
  for (const [name, value] of url.searchParams) (query[name] ??= []).push(value);
  const signed = await signer.sign({
    method,
    protocol: url.protocol,
    hostname: url.hostname,
    ...(url.port === "" ? {} : { port: Number(url.port) }),
    path: url.pathname,
    query,
    headers,
    body,
  });
  return signed.headers;
}
