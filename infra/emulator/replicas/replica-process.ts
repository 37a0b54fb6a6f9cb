/**
 * The program that a replica runs, as an execution environment of Lambda runs its runtime client. It loads the handler,
 * then answers requests on file descriptor 3, one after the other.
 *
 * Between two requests the process is in a blocking read. That freezes it as Lambda freezes an instance: no timer,
 * promise or socket of the function goes on until the next request. SIGSTOP and SIGCONT around each invocation would do
 * that too, but take up to half of the throughput.
 */
import { subscribe } from "node:diagnostics_channel";
import { readSync, writeSync } from "node:fs";
// Imported, since libraries for tests replace the global one.
import { setImmediate } from "node:timers";
import { RESPONSE_BYTES } from "../../../sdk/base/aws-limits.ts";
import { isObject } from "../../../sdk/base/json.ts";
import { errorDocument } from "./error-document.ts";
import { followCaches } from "./replica-caches.ts";
import { captureOutput } from "./replica-console.ts";
import {
  encodeFrame,
  FrameReader,
  type Frame,
  type PoolHeader,
  type ReplicaHeader,
  type RequestHeader,
} from "./replica-frames.ts";
import { callHandler, loadHandler, resultText, runtimeErrorFrom, type Handler } from "./replica-handler.ts";
import { traceVariable } from "./trace-variable.ts";

const STDERR_FD = 2;
const CHANNEL_FD = 3;

const { env } = process;
/** Milliseconds. Taken before the function can replace it, as libraries for tests do. */
const now = performance.now.bind(performance);
const chunk = Buffer.allocUnsafe(65_536);
const requests = new FrameReader(isPoolHeader);
const pending: Frame<PoolHeader>[] = [];
const TOO_LARGE = JSON.stringify({
  errorType: "Function.ResponseSizeTooLarge",
  errorMessage: `Response payload size exceeded maximum allowed payload size (${RESPONSE_BYTES} bytes).`,
});
let initialised = false;
let runningRequest: string | undefined;

/** Only the pool writes to the other end. */
function isPoolHeader(header: unknown): header is PoolHeader {
  return isObject(header);
}

function send(header: ReplicaHeader, body: string): void {
  const frame = encodeFrame(header, body);
  try {
    for (let sent = 0; sent < frame.length;) sent += writeSync(CHANNEL_FD, frame, sent);
  } catch {
    endWithoutChannel();
  }
}

/** The pool's process is gone, or the function has closed the descriptor. */
function endWithoutChannel(): never {
  try {
    writeSync(STDERR_FD, "Descriptor 3, by which Lambda's runtime gets requests, is closed.\n");
  } catch {
    // Nobody listens any more.
  }
  process.kill(process.pid, "SIGKILL");
  throw new Error("a process that is killed runs no further");
}

function nextRequest(): Frame<RequestHeader> {
  for (let frame = pending.shift(); ; frame = pending.shift()) {
    if (frame !== undefined) {
      const { header, body } = frame;
      if (!("type" in header)) return { header, body };
      send({ type: "caches" }, JSON.stringify(contentsOfCaches()));
      continue;
    }
    // A copy: the reader keeps the bytes until the frame is complete, and the next read overwrites `chunk`.
    pending.push(...requests.push(Buffer.from(chunk.subarray(0, readChunk()))));
  }
}

function readChunk(): number {
  try {
    const bytes = readSync(CHANNEL_FD, chunk);
    if (bytes > 0) return bytes;
  } catch {
    // As at the end of the pool.
  }
  return endWithoutChannel();
}

async function answerOne(handler: Handler, { header, body }: Frame<RequestHeader>): Promise<void> {
  const { requestId, timeout, traceId } = header;
  runningRequest = requestId;
  const began = now();
  let event: unknown;
  try {
    event = JSON.parse(body);
  } catch (error) {
    send({ type: "malformed-request", requestId }, String(error));
    return;
  }
  setTrace(traceId);
  const outcome = await callHandler(handler, event, header);
  // One turn of the event loop, as in Lambda's runtime, in which Node reports an unhandled rejection of this request.
  await new Promise((resume) => setImmediate(resume));
  flushOutput();
  // The pool may be too busy to end this process in time.
  if (now() - began > timeout) send({ type: "late", requestId }, "");
  else if ("error" in outcome) sendError(requestId, outcome.error);
  else sendResult(requestId, outcome.result);
}

function sendResult(requestId: string, result: unknown): void {
  let text: string;
  try {
    text = resultText(result);
  } catch (error) {
    sendError(requestId, error);
    return;
  }
  if (Buffer.byteLength(text) <= RESPONSE_BYTES) send({ type: "result", requestId }, text);
  else send({ type: "error", requestId }, TOO_LARGE);
}

function sendError(requestId: string, error: unknown): void {
  send({ type: "error", requestId }, errorText(error));
}

function errorText(error: unknown): string {
  const text = JSON.stringify(errorDocument(error));
  return Buffer.byteLength(text) <= RESPONSE_BYTES ? text : TOO_LARGE;
}

/**
 * End the process for an error that is not the handler's own: one thrown in a timer, say. Lambda's runtime has these
 * statuses.
 */
function die(error: unknown, status: 128 | 129): void {
  flushOutput();
  send({ type: initialised ? "fatal" : "init-error" }, errorText(error));
  process.exit(status);
}

function answerNext(handler: Handler): void {
  void answerOne(handler, nextRequest()).then(() => answerNext(handler));
}

const flushOutput = captureOutput(
  (stream, text, level) => send(level === undefined ? { type: "log", stream } : { type: "log", stream, level }, text),
  () => runningRequest,
);
const contentsOfCaches = followCaches();
const setTrace = traceVariable();
// A load may take long. The pool's subscribers learn of it when it begins, and not only by the receipt at the end.
subscribe("lambent:cache:miss", (message) => {
  const cache: unknown = typeof message === "object" && message !== null ? Reflect.get(message, "cache") : undefined;
  send({ type: "load", cache: String(cache) }, "");
});
process.on("uncaughtException", (error) => die(error, 129));
process.on("unhandledRejection", (reason) => die(runtimeErrorFrom("UnhandledPromiseRejection", reason), 128));
try {
  const handler = await loadHandler(env["LAMBDA_TASK_ROOT"] ?? process.cwd(), env["_HANDLER"] ?? "");
  initialised = true;
  flushOutput();
  send({ type: "ready" }, "");
  answerNext(handler);
} catch (error) {
  die(error, 129);
}
