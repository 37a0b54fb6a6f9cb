import { messageOf } from "../../../sdk/base/errors.ts";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { isObject } from "../../../sdk/base/json.ts";
import { uncarriable } from "../../../sdk/base/uncarriable.ts";
import { ApiError } from "../kernel/api-error.ts";
import { BodyTooLarge, BodyUnreadable, isAnnouncedTooLarge, readBody, RequestGone } from "../lambda/request-body.ts";
import type { Guard } from "./access.ts";
import type { StepFunctionsApi } from "./api.ts";
import { answerFrontPage, isFrontPage } from "./front-page.ts";
import { OPERATIONS } from "./operations.ts";

/**
 * Answers requests that are not for Step Functions; false leaves the request to the server's 404.
 * @example
 * const routes: Routes = (request, response) => {
 *   if (request.url !== "/health") return false;
 *   response.end("up");
 *   return true;
 * };
 */
export type Routes = (request: IncomingMessage, response: ServerResponse) => boolean | Promise<boolean>;

export interface ServerRoutes {
  /** Answers what is not for Step Functions, as Lambda's Invoke. */
  readonly routes?: Routes | undefined;
  /**
   * Answers for pages, before anything else and without the token, which a browser that is given an address cannot send.
   * So nothing of what is served may be in them: a page's script sends the token with what it asks for.
   */
  readonly pages?: Routes | undefined;
  /** The path of a console among the pages, such as `/console/`: the page at `/` leads to it. */
  readonly consolePath?: string | undefined;
  /** Requests wait for it, the one for `/` too, so that it serves as a health check; pages do not. */
  readonly opening?: Promise<void> | undefined;
}

const TARGET = "AWSStepFunctions.";
// A definition of 1 MiB, escaped twice, with room to spare.
const LONGEST_BODY = 16 * 1024 * 1024;

/**
 * The Step Functions JSON API (AwsJson 1.0) over HTTP, and beside it whatever `routes` and `pages` answer, if the guard
 * lets it in.
 *
 * For StartSyncExecution clients put `sync-` before the host's name, which no local name server knows: SDK clients
 * take `disableHostPrefix: true`, the `aws` command the environment variable AWS_DISABLE_HOST_PREFIX_INJECTION=true.
 */
export function serve(states: StepFunctionsApi, guard: Guard, options: ServerRoutes): Server {
  const { routes, pages, consolePath, opening } = options;
  async function admitted(request: IncomingMessage, response: ServerResponse): Promise<void> {
    guard.refuseForeign(request);
    if (pages !== undefined && (await pages(request, response))) return;
    if (isFrontPage(request)) {
      await opening;
      answerFrontPage(request, response, consolePath);
      return;
    }
    guard.refuseWithoutToken(request);
    await opening;
    await handle(states, routes, request, response);
  }
  const server = createServer((request, response) => {
    admitted(request, response).catch((error: unknown) => {
      if (error instanceof RequestGone) return;
      if (response.headersSent) response.destroy();
      else answerError(response, error);
    });
  });
  // The client asks before it sends: what is too long need not be sent.
  server.on("checkContinue", (request: IncomingMessage, response: ServerResponse) => {
    if (!isAnnouncedTooLarge(request, LONGEST_BODY)) response.writeContinue();
    server.emit("request", request, response);
  });
  // Longer than clients keep an idle connection, so that none meets a connection that is just being closed.
  server.keepAliveTimeout = 75_000;
  return server;
}

async function handle(
  states: StepFunctionsApi,
  routes: Routes | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const target = request.headers["x-amz-target"];
  if (typeof target === "string" && target.startsWith(TARGET)) {
    if (request.method !== "POST") throw onlyPost(request);
    await answerOperation(states, target.slice(TARGET.length), request, response);
    return;
  }
  if (routes !== undefined && (await routes(request, response))) return;
  answer(response, 404, {
    __type: "UnknownOperationException",
    message: `No operation at ${request.method} ${request.url}: Step Functions requests carry the header X-Amz-Target: AWSStepFunctions.<operation>`,
  });
}

function onlyPost({ method }: IncomingMessage): ApiError {
  return new ApiError("MethodNotAllowedException", `Operations are sent by POST, not ${method}`, {}, 405);
}

async function answerOperation(
  states: StepFunctionsApi,
  name: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await read(request);
  const operation = Object.hasOwn(OPERATIONS, name) ? OPERATIONS[name] : undefined;
  if (operation === undefined) {
    throw new ApiError(
      "UnknownOperationException",
      `The operation ${name} is not known; known are ${Object.keys(OPERATIONS).join(", ")}`,
    );
  }
  const gone = new AbortController();
  response.on("close", () => gone.abort());
  answer(response, 200, wire(await operation(states, parse(body), gone.signal)));
}

async function read(request: IncomingMessage): Promise<string> {
  try {
    return await readBody(request, LONGEST_BODY);
  } catch (error) {
    if (error instanceof BodyTooLarge) throw new ApiError("RequestEntityTooLargeException", error.message, {}, 413);
    throw error instanceof BodyUnreadable ? new ApiError("SerializationException", error.message) : error;
  }
}

function parse(body: string): unknown {
  if (body === "") return {};
  let document: unknown;
  try {
    document = JSON.parse(body);
  } catch (error) {
    throw new ApiError("SerializationException", `The request is not JSON: ${messageOf(error)}`);
  }
  const fault = uncarriable(document);
  if (fault !== undefined) throw new ApiError("SerializationException", `The request cannot be read: ${fault}`);
  return document;
}

/** AwsJson writes times as seconds since the epoch. */
function wire(value: unknown): unknown {
  if (value instanceof Date) return value.getTime() / 1000;
  if (Array.isArray(value)) return value.map(wire);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, wire(member)]));
}

function answerError(response: ServerResponse, error: unknown): void {
  if (error instanceof ApiError) {
    answer(response, error.statusCode, { __type: error.name, message: error.message, ...error.members }, error.name);
    return;
  }
  // The stack is for who runs the emulator, not for who calls it.
  console.error(error);
  const message = messageOf(error);
  answer(response, 500, { __type: "InternalFailure", message }, "InternalFailure");
}

function answer(response: ServerResponse, status: number, document: unknown, errorType?: string): void {
  const body = JSON.stringify(document);
  response.writeHead(status, {
    "content-type": "application/x-amz-json-1.0",
    "content-length": Buffer.byteLength(body),
    "x-amzn-requestid": crypto.randomUUID(),
    ...(errorType === undefined ? {} : { "x-amzn-errortype": errorType }),
  });
  response.end(body);
}

/** @throws {Error} naming the port and the remedy when it is taken. */
export async function listen(server: Server, host: string, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      reject(
        error.code === "EADDRINUSE"
          ? new Error(
              `Port ${port} on ${host} is in use: stop what listens there, or choose another with --port, or with offline.port in the lambent block of serverless.yml`,
              {
                cause: error,
              },
            )
          : error,
      );
    });
    server.listen(port, host, resolve);
  });
  // An address that is not a string: the server listens on TCP.
  return (server.address() as AddressInfo).port;
}

/** Ends idle and running connections too. */
export function shut(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
