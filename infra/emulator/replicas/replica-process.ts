/**
 * The program that runs in a replica: what Lambda's runtime client is to an execution environment. It loads the
 * handler, then answers one request after the other on descriptor 3.
 *
 * Between two requests the process waits in a blocking read. That is the freeze: no timer, promise or socket of the
 * function makes a step until the next request, as on Lambda. It costs nothing, where SIGSTOP and SIGCONT around each
 * invocation cost up to half of the throughput, and it ends by itself when the pool's process dies, where a stopped
 * process would stay for ever. Descriptor 4 says the same to a replica that is busy.
 */
import { subscribe } from "node:diagnostics_channel";
import { readSync, rmSync, writeSync } from "node:fs";
import { Socket } from "node:net";
import { RESPONSE_BYTES } from "../../../sdk/base/aws-limits.ts";
import { errorDocument } from "./error-document.ts";
import { captureOutput } from "./replica-console.ts";
import { encodeFrame, FrameReader, type Frame, type ReplicaHeader, type RequestHeader } from "./replica-frames.ts";
import { callHandler, loadHandler, resultText, runtimeErrorFrom, type Handler } from "./replica-handler.ts";

const CHANNEL = 3;
const LIFELINE = 4;

const { env } = process;
const temporaryDirectory = env["TMPDIR"];
const chunk = Buffer.allocUnsafe(65_536);
const requests = new FrameReader<RequestHeader>();
const pending: Frame<RequestHeader>[] = [];
let initialised = false;

function send(header: ReplicaHeader, body: string): void {
  const frame = encodeFrame(header, body);
  try {
    for (let sent = 0; sent < frame.length;) sent += writeSync(CHANNEL, frame, sent);
  } catch {
    leave();
  }
}

/** The pool is gone: nobody is left to answer to, or to clean up. */
function leave(): void {
  if (temporaryDirectory !== undefined) rmSync(temporaryDirectory, { recursive: true, force: true });
  process.kill(process.pid, "SIGKILL");
}

function nextRequest(): Frame<RequestHeader> | undefined {
  while (pending.length === 0) {
    const bytes = readSync(CHANNEL, chunk);
    if (bytes === 0) return undefined;
    // The reader keeps what it is given until a frame is complete.
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
  // A turn of the event loop, as Lambda's runtime takes: an unhandled rejection of this request surfaces in it.
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

/** Ends the process for an error that no handler's promise carries; the statuses are those of Lambda's runtime. */
function die(error: unknown, status: 128 | 129): void {
  flushOutput();
  const body = JSON.stringify(errorDocument(error));
  send(initialised ? { type: "error", fatal: true } : { type: "init-error" }, body);
  process.exit(status);
}

function answerNext(handler: Handler): void {
  const request = nextRequest();
  if (request === undefined) leave();
  else void answerOne(handler, request).then(() => answerNext(handler));
}

const flushOutput = captureOutput((stream, text, level) =>
  send(level === undefined ? { type: "log", stream } : { type: "log", stream, level }, text),
);
// A load may take long, so whoever watches the pool is told when it begins and not with the receipt.
subscribe("lambent:cache:miss", (message) => {
  const cache: unknown = typeof message === "object" && message !== null ? Reflect.get(message, "cache") : undefined;
  send({ type: "load", cache: String(cache) }, "");
});
process.on("uncaughtException", (error) => die(error, 129));
process.on("unhandledRejection", (reason) => die(runtimeErrorFrom("UnhandledPromiseRejection", reason), 128));
// Unreferenced, so that it does not keep alive an event loop whose running empty means something.
new Socket({ fd: LIFELINE, readable: true, writable: false }).on("error", leave).on("end", leave).resume().unref();

try {
  const handler = await loadHandler(env["LAMBDA_TASK_ROOT"] ?? process.cwd(), env["_HANDLER"] ?? "");
  initialised = true;
  flushOutput();
  send({ type: "ready" }, "");
  answerNext(handler);
} catch (error) {
  die(error, 129);
}
