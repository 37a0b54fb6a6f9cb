/**
 * The program of a replica whose function is not of Node.js: it starts the function's own runtime, and is for that what
 * Lambda's Runtime API is (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html). To the pool it speaks as the
 * program of Node.js functions does, by frames on file descriptor 3.
 *
 * Between two requests the runtime is stopped by a signal, as Lambda freezes an instance. What it prints goes to this
 * process's own descriptors, which the pool reads.
 */
import { spawn } from "node:child_process";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, Socket } from "node:net";
import { RESPONSE_BYTES } from "../../../sdk/base/aws-limits.ts";
import { isObject } from "../../../sdk/base/json.ts";
import {
  encodeFrame,
  type Frame,
  FrameReader,
  type PoolHeader,
  type ReplicaHeader,
  type RequestHeader,
} from "./replica-frames.ts";

const CHANNEL_FD = 3;
const INVOCATION_PATH = /^\/2018-06-01\/runtime\/invocation\/([^/]+)\/(response|error)$/;
const TOO_LARGE = JSON.stringify({
  errorType: "Function.ResponseSizeTooLarge",
  errorMessage: `Response payload size exceeded maximum allowed payload size (${RESPONSE_BYTES} bytes).`,
});

const [command = "", ...args] = process.argv.slice(2);
const channel = new Socket({ fd: CHANNEL_FD });
const frames = new FrameReader(isPoolHeader);
/** Requests that have come before the runtime has asked for them. */
const waiting: Frame<RequestHeader>[] = [];
/** The runtime's request for the next one. */
let poll: ServerResponse | undefined;
let isReady = false;
let hasFailed = false;

/** Only the pool writes to the other end. */
function isPoolHeader(header: unknown): header is PoolHeader {
  return isObject(header);
}

function send(header: ReplicaHeader, body: string): void {
  channel.write(encodeFrame(header, body));
}

const server = createServer((request, response) => void answer(request, response));
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
const { port } = server.address() as AddressInfo; // it listens on TCP
const runtime = spawn(command, args, {
  env: { ...process.env, AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${port}` },
  stdio: ["ignore", "inherit", "inherit"],
});
runtime.on("error", (error) =>
  failInit("Runtime.InvalidEntrypoint", `${command} could not be started: ${error.message}`),
);
runtime.on("exit", (code, signal) => {
  const how = signal === null ? `exit status ${code}` : `signal: ${signal}`;
  if (!isReady) failInit("Runtime.ExitError", `Runtime exited with error: ${how}`);
  if (signal !== null && isReady) process.kill(process.pid, signal); // so that the pool tells this end
  else end(code ?? 1);
});
channel.on("data", (chunk: Buffer) => {
  for (const { header, body } of frames.push(chunk)) {
    if ("type" in header) send({ type: "caches" }, "[]");
    else waiting.push({ header, body });
  }
  give();
});
// The pool's process is gone.
channel.on("close", () => {
  runtime.kill("SIGKILL");
  process.exit(1);
});

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { url = "" } = request;
  if (url === "/2018-06-01/runtime/invocation/next") {
    receivePoll(response);
    return;
  }
  const body = await textOf(request);
  response.writeHead(202, { "content-type": "application/json" }).end('{"status":"OK"}');
  const [, requestId, kind] = INVOCATION_PATH.exec(url) ?? [];
  if (requestId !== undefined) sendAnswer(requestId, kind === "error" ? "error" : "result", body);
  else if (url === "/2018-06-01/runtime/init/error") receiveInitError(body);
}

function receivePoll(response: ServerResponse): void {
  poll = response;
  if (!isReady) {
    isReady = true;
    send({ type: "ready" }, "");
  }
  give();
  if (poll !== undefined) runtime.kill("SIGSTOP");
}

/** Hand the next request to the runtime, if it waits for one. */
function give(): void {
  const next = poll === undefined ? undefined : waiting.shift();
  if (poll === undefined || next === undefined) return;
  const { requestId, deadline, functionArn, traceId, clientContext } = next.header;
  const response = poll;
  poll = undefined;
  runtime.kill("SIGCONT");
  response.writeHead(200, {
    "content-type": "application/json",
    "Lambda-Runtime-Aws-Request-Id": requestId,
    "Lambda-Runtime-Deadline-Ms": String(deadline),
    "Lambda-Runtime-Invoked-Function-Arn": functionArn,
    "Lambda-Runtime-Trace-Id": traceId,
    ...(clientContext === undefined ? {} : { "Lambda-Runtime-Client-Context": clientContext }),
  });
  response.end(next.body);
}

function sendAnswer(requestId: string, type: "result" | "error", body: string): void {
  if (Buffer.byteLength(body) <= RESPONSE_BYTES) send({ type, requestId }, body);
  else send({ type: "error", requestId }, TOO_LARGE);
}

function receiveInitError(body: string): void {
  let document: unknown;
  try {
    document = JSON.parse(body);
  } catch {
    // It is told by the text itself.
  }
  const {
    errorType = "Runtime.Unknown",
    errorMessage = body,
  }: { readonly errorType?: unknown; readonly errorMessage?: unknown } = isObject(document) ? document : {};
  failInit(String(errorType), String(errorMessage), document);
}

/** Tell once why the runtime is not ready. */
function failInit(errorType: string, errorMessage: string, document: unknown = {}): void {
  if (hasFailed || isReady) return;
  hasFailed = true;
  send({ type: "init-error" }, JSON.stringify({ ...(isObject(document) ? document : {}), errorType, errorMessage }));
  end(1);
}

/** What has been sent is read before this process is gone. */
function end(code: number): void {
  runtime.kill("SIGKILL");
  channel.end(() => process.exit(code));
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk as Uint8Array)); // no encoding is set, so chunks are bytes
  return Buffer.concat(chunks).toString("utf8");
}
