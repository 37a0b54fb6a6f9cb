/**
 * The program that a replica runs, as an execution environment of Lambda runs its runtime client. It loads the handler,
 * then answers requests on file descriptor 3, one after the other.
 *
 * Between two requests the process is in a blocking read. That freezes it as Lambda freezes an instance: no timer,
 * promise or socket of the function goes on until the next request. SIGSTOP and SIGCONT around each invocation would do
 * that too, but take up to half of the throughput, and a stopped process would stay for ever if the pool's process
 * died. The blocking read ends then. A busy replica notices the same by descriptor 4, whose other end closes.
 */
import { subscribe } from "node:diagnostics_channel";
import { readSync, rmSync, writeSync } from "node:fs";
import { Socket } from "node:net";
import { RESPONSE_BYTES } from "../../../sdk/base/aws-limits.ts";
import { errorDocument } from "./error-document.ts";
import { captureOutput } from "./replica-console.ts";
import { encodeFrame, FrameReader, type Frame, type ReplicaHeader, type RequestHeader } from "./replica-frames.ts";
import { callHandler, loadHandler, resultText, runtimeErrorFrom, type Handler } from "./replica-handler.ts";

const CHANNEL_FD = 3;
const POOL_ALIVE_FD = 4;

const { env } = process;
const temporaryDirectory = env["TMPDIR"];
const chunk = Buffer.allocUnsafe(65_536);
const requests = new FrameReader<RequestHeader>();
const pending: Frame<RequestHeader>[] = [];
let initialised = false;

function send(header: ReplicaHeader, body: string): void {
  const frame = encodeFrame(header, body);
  try {
    for (let sent = 0; sent < frame.length;) sent += writeSync(CHANNEL_FD, frame, sent);
  } catch {
    endWithoutPool();
  }
}

/** The pool's process is gone: remove the temporary directory, which the pool would do otherwise, and end. */
function endWithoutPool(): void {
  if (temporaryDirectory !== undefined) rmSync(temporaryDirectory, { recursive: true, force: true });
  process.kill(process.pid, "SIGKILL");
}

function nextRequest(): Frame<RequestHeader> | undefined {
  while (pending.length === 0) {
    const bytes = readSync(CHANNEL_FD, chunk);
    if (bytes === 0) return undefined;
    // A copy: the reader keeps the bytes until the frame is complete, and the next read overwrites `chunk`.
    pending.push(...requests.push(Buffer.from(chunk.subarray(0, bytes))));
  }
  return pending.shift();
}

async function answerOne(handler: Handler, frame: Frame<RequestHeader>): Promise<void> {
  let event: unknown;
  try {
    event = JSON.parse(frame.body);
  } catch (error) {
    send({ type: "malformed-request" }, String(error));
    return;
  }
  env["_X_AMZN_TRACE_ID"] = frame.header.traceId;
  const outcome = await callHandler(handler, event, frame.header);
  // One turn of the event loop, as in Lambda's runtime, in which Node reports an unhandled rejection of this request.
  await new Promise((resume) => setImmediate(resume));
  flushOutput();
  if ("error" in outcome) sendError(outcome.error);
  else sendResult(outcome.result);
}

function sendResult(result: unknown): void {
  let text: string;
  try {
    text = resultText(result);
  } catch (error) {
    sendError(error);
    return;
  }
  if (Buffer.byteLength(text) <= RESPONSE_BYTES) {
    send({ type: "result" }, text);
    return;
  }
  const errorMessage = `Response payload size exceeded maximum allowed payload size (${RESPONSE_BYTES} bytes).`;
  send({ type: "error" }, JSON.stringify({ errorType: "Function.ResponseSizeTooLarge", errorMessage }));
}

function sendError(error: unknown): void {
  send({ type: "error" }, JSON.stringify(errorDocument(error)));
}

/**
 * End the process for an error that is not the handler's own: one thrown in a timer, say. Lambda's runtime has these
 * statuses.
 */
function die(error: unknown, status: 128 | 129): void {
  flushOutput();
  const body = JSON.stringify(errorDocument(error));
  send(initialised ? { type: "error", fatal: true } : { type: "init-error" }, body);
  process.exit(status);
}

function answerNext(handler: Handler): void {
  const request = nextRequest();
  if (request === undefined) endWithoutPool();
  else void answerOne(handler, request).then(() => answerNext(handler));
}

const flushOutput = captureOutput((stream, text, level) =>
  send(level === undefined ? { type: "log", stream } : { type: "log", stream, level }, text),
);
// A load may take long. The pool's subscribers learn of it when it begins, and not only by the receipt at the end.
subscribe("lambent:cache:miss", (message) => {
  const cache: unknown = typeof message === "object" && message !== null ? Reflect.get(message, "cache") : undefined;
  send({ type: "load", cache: String(cache) }, "");
});
process.on("uncaughtException", (error) => die(error, 129));
process.on("unhandledRejection", (reason) => die(runtimeErrorFrom("UnhandledPromiseRejection", reason), 128));
// Unreferenced: `callHandler` has to see when the function's own work has left the event loop empty.
new Socket({ fd: POOL_ALIVE_FD, readable: true, writable: false })
  .on("error", endWithoutPool)
  .on("end", endWithoutPool)
  .resume()
  .unref();

try {
  const handler = await loadHandler(env["LAMBDA_TASK_ROOT"] ?? process.cwd(), env["_HANDLER"] ?? "");
  initialised = true;
  flushOutput();
  send({ type: "ready" }, "");
  answerNext(handler);
} catch (error) {
  die(error, 129);
}
