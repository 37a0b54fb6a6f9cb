import { type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { messageOf } from "../../../sdk/base/errors.ts";

export interface Outgoing {
  readonly method: string;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  /** Absent: there is none. */
  readonly body?: string;
  readonly signal: AbortSignal;
}

/** Not by `fetch`, which sends nothing to some ports, and follows an answer to other servers. */
export function exchange(url: URL, { method, headers, body, signal }: Outgoing): Promise<IncomingMessage> {
  const given = Object.entries(headers).map(([name, value]) => [name, typeof value === "string" ? value : [...value]]);
  return new Promise((resolve, reject) => {
    const request = url.protocol === "https:" ? requestHttps : requestHttp;
    request(url, { method, headers: Object.fromEntries(given), signal }, resolve)
      .on("error", reject)
      .end(body);
  });
}

/** Of several addresses that were tried, there is one for each. */
export function reasonOf(error: unknown): string {
  return error instanceof AggregateError ? error.errors.map(messageOf).join(", ") : messageOf(error);
}
