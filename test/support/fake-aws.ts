import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

/** A request to an API of AWS, as a test's answers look at it. */
export interface AwsRequest {
  /** `GET /2016-08-19/account-settings`, and of an API with targets what that is. */
  readonly what: string;
  readonly query: URLSearchParams;
  readonly body: string;
}

export interface AwsAnswer {
  readonly status?: number;
  /** The error's name, as AWS's clients read it. */
  readonly error?: string;
  /** JSON, or XML as it is. */
  readonly body?: unknown;
}

/** A server of AWS's APIs that answers what a test says, until the test has ended. @returns its URL */
export async function fakeAws(answer: (request: AwsRequest) => AwsAnswer): Promise<string> {
  const server = createServer(async (request, response) => {
    const { status = 200, error, body = {} } = answer(await requestOf(request));
    const isText = typeof body === "string";
    response.writeHead(error === undefined ? status : Math.max(status, 400), {
      "content-type": isText ? "text/xml" : "application/json",
      ...(error === undefined ? {} : { "x-amzn-errortype": error }),
    });
    response.end(status === 204 ? undefined : isText ? body : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // it listens on TCP
}

async function requestOf(request: IncomingMessage): Promise<AwsRequest> {
  let body = "";
  for await (const chunk of request) body += String(chunk);
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://aws");
  const target = request.headers["x-amz-target"];
  const action = /^Action=(\w+)/.exec(body)?.[1];
  return { what: String(target ?? action ?? `${request.method} ${pathname}`), query: searchParams, body };
}

export const CREDENTIALS = { accessKeyId: "test", secretAccessKey: "test" };
