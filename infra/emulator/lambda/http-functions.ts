import { Agent, request as httpRequest } from "node:http";
import { request as httpsRequest, Agent as HttpsAgent } from "node:https";
import type { ProvisionedConcurrencyConfig, ProvisionedTarget } from "./provisioned-concurrency.ts";
import { type Functions, FunctionServiceError, type InvokeRequest, type InvokeResponse } from "./functions.ts";

/**
 * The functions of an endpoint with Lambda's Invoke: serverless-offline, the runtime interface emulator behind a
 * router, or AWS through a proxy that signs requests.
 * @param endpoint such as `http://127.0.0.1:3002`
 * @throws {TypeError} if the endpoint is no URL
 * @example
 * const states = new StepFunctions({ functions: httpFunctions("http://127.0.0.1:3002") });
 */
export function httpFunctions(endpoint: string): Functions {
  const base = new URL(endpoint);
  const secure = base.protocol === "https:";
  const agent = secure ? new HttpsAgent({ keepAlive: true }) : new Agent({ keepAlive: true });
  const send = secure ? httpsRequest : httpRequest;

  /** @throws {FunctionServiceError} for an error status */
  function exchange(url: URL, { method, body = "", headers = {}, signal }: Outgoing): Promise<Answered> {
    return new Promise((resolve, reject) => {
      const options = {
        method,
        agent,
        headers: {
          "content-type": "application/json",
          "content-length": Buffer.byteLength(body),
          // In the form of a signature, for endpoints that refuse requests without one but do not check it.
          authorization:
            "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/lambda/aws4_request, SignedHeaders=host, Signature=0",
          ...headers,
        },
        ...(signal === undefined ? {} : { signal }),
      };
      const outgoing = send(url, options, (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
        incoming.on("error", reject);
        incoming.on("end", () => {
          const text = Buffer.concat(chunks).toString("utf8");
          function header(name: string): string | undefined {
            const value = incoming.headers[name];
            return Array.isArray(value) ? value[0] : value;
          }
          const status = incoming.statusCode ?? 500;
          if (status >= 300) reject(serviceError(status, text, header("x-amzn-errortype")));
          else resolve({ status, text, header });
        });
      });
      outgoing.on("error", reject);
      outgoing.end(body);
    });
  }

  async function provisioned(method: string, target: ProvisionedTarget, body?: string): Promise<unknown> {
    const url = provisionedUrl(base, target.functionName);
    url.searchParams.set("Qualifier", target.qualifier);
    const { text } = await exchange(url, { method, ...(body === undefined ? {} : { body }) });
    return text === "" ? undefined : JSON.parse(text);
  }

  return {
    async invoke(invocation) {
      const { payload: body, signal } = invocation;
      const headers = {
        "x-amz-invocation-type": invocation.invocationType ?? "RequestResponse",
        ...(invocation.logType === undefined ? {} : { "x-amz-log-type": invocation.logType }),
        ...(invocation.traceHeader === undefined ? {} : { "x-amzn-trace-id": invocation.traceHeader }),
        ...(invocation.clientContext === undefined ? {} : { "x-amz-client-context": invocation.clientContext }),
      };
      const request = { method: "POST", body, headers, ...(signal === undefined ? {} : { signal }) };
      const { status, text, header } = await exchange(urlOf(base, invocation), request);
      return response(status, text, header);
    },
    // The endpoint's answers are taken to be what Lambda's API says that they are.
    provisioned: {
      async put(target, count) {
        const body = JSON.stringify({ ProvisionedConcurrentExecutions: count });
        return (await provisioned("PUT", target, body)) as ProvisionedConcurrencyConfig;
      },
      async get(target) {
        return (await provisioned("GET", target)) as ProvisionedConcurrencyConfig;
      },
      async delete(target) {
        await provisioned("DELETE", target);
      },
      async list(functionName) {
        const url = provisionedUrl(base, functionName);
        url.searchParams.set("List", "ALL");
        const { text } = await exchange(url, { method: "GET" });
        type Listed = ProvisionedConcurrencyConfig & { readonly FunctionArn: string };
        return (JSON.parse(text) as { ProvisionedConcurrencyConfigs: Listed[] }).ProvisionedConcurrencyConfigs;
      },
    },
  };
}

interface Outgoing {
  readonly method: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

interface Answered {
  readonly status: number;
  readonly text: string;
  header(name: string): string | undefined;
}

function provisionedUrl(base: URL, functionName: string): URL {
  const name = encodeURIComponent(functionName);
  return new URL(`${base.pathname.replace(/\/$/, "")}/2019-09-30/functions/${name}/provisioned-concurrency`, base);
}

function urlOf(base: URL, { functionName, qualifier }: InvokeRequest): URL {
  const path = `${base.pathname.replace(/\/$/, "")}/2015-03-31/functions/${encodeURIComponent(functionName)}/invocations`;
  return new URL(qualifier === undefined ? path : `${path}?Qualifier=${encodeURIComponent(qualifier)}`, base);
}

function response(statusCode: number, payload: string, header: (name: string) => string | undefined): InvokeResponse {
  const functionError = header("x-amz-function-error");
  const logResult = header("x-amz-log-result");
  return {
    statusCode,
    payload,
    executedVersion: header("x-amz-executed-version") ?? "$LATEST",
    requestId: header("x-amzn-requestid") ?? crypto.randomUUID(),
    ...(functionError === undefined ? {} : { functionError: functionError === "Handled" ? "Handled" : "Unhandled" }),
    ...(logResult === undefined ? {} : { logResult }),
  };
}

function serviceError(status: number, text: string, type: string | undefined): FunctionServiceError {
  const name = type?.split(":")[0] ?? (status === 404 ? "ResourceNotFoundException" : "AWSLambdaException");
  let message = text;
  try {
    const document: { message?: unknown; Message?: unknown } | null = JSON.parse(text);
    message = String(document?.Message ?? document?.message ?? text);
  } catch {
    // Not JSON: the text itself is the message.
  }
  return new FunctionServiceError(name, status, message);
}
