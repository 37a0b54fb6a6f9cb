import { OutputLines, SHOWN_AFTER_MS } from "./output-lines.ts";
import type { LogLevel } from "./replica-frames.ts";
import { CONSOLE_LEVELS, isLogged, jsonLogLine, logsAreJson } from "../../../sdk/base/json-log.ts";

type Send = (stream: "stdout" | "stderr", text: string, level?: LogLevel) => void;

/**
 * Call `send` with all that this process prints, so that it reaches the pool on the same channel as its answers and in
 * order with them, which separate pipes could not guarantee. What native code or child processes write to the
 * descriptors still goes through these. A line without an end is sent when more is written to it after a second.
 * Where the function's logs are JSON, `console` writes what Lambda's runtime would, with the levels that are set.
 * @param requestId returns the id of the request that runs
 * @returns a function that sends what was printed since the last line break
 */
export function captureOutput(send: Send, requestId: () => string | undefined): () => void {
  let level: LogLevel | undefined;
  function printAt(method: keyof typeof CONSOLE_LEVELS): void {
    const print = console[method].bind(console);
    console[method] = (...values: unknown[]) => {
      level = CONSOLE_LEVELS[method];
      try {
        print(...values);
      } finally {
        level = undefined;
      }
    };
  }
  // A line of JSON has its level in it, and stands in the log as it is.
  if (logsAreJson(process.env)) writeJson(requestId);
  else (Object.keys(CONSOLE_LEVELS) as (keyof typeof CONSOLE_LEVELS)[]).forEach(printAt);
  const flushes = (["stdout", "stderr"] as const).map((stream) => capture(stream, send, () => level));
  return () => {
    for (const flush of flushes) flush();
  };
}

/** @param requestId returns the id of the request that runs */
function writeJson(requestId: () => string | undefined): void {
  for (const method of Object.keys(CONSOLE_LEVELS) as (keyof typeof CONSOLE_LEVELS)[]) {
    const level = CONSOLE_LEVELS[method];
    const isWritten = isLogged(level, process.env["AWS_LAMBDA_LOG_LEVEL"]);
    console[method] = (...values: unknown[]) => {
      if (isWritten) process.stdout.write(`${jsonLogLine(level, requestId(), values)}\n`);
    };
  }
}

function capture(stream: "stdout" | "stderr", send: Send, level: () => LogLevel | undefined): () => void {
  const lines = new OutputLines((text) => send(stream, text, level()));
  function write(chunk: string | Uint8Array, encoding?: unknown, callback?: unknown): boolean {
    // What `console` prints is a message of its own, in which a carriage return may be all that separates two lines.
    lines.write(bytesIn(chunk, encoding), level() !== undefined);
    if ((lines.age ?? 0) >= SHOWN_AFTER_MS) lines.flush();
    const done = typeof encoding === "function" ? encoding : callback;
    if (typeof done === "function") process.nextTick(done);
    return true;
  }
  process[stream].write = write;
  return () => lines.flush();
}

/** A text in hex or the like stands for bytes. */
function bytesIn(chunk: string | Uint8Array, encoding: unknown): string | Uint8Array {
  if (typeof chunk !== "string" || typeof encoding !== "string" || /^utf-?8$/i.test(encoding)) return chunk;
  return Buffer.from(chunk, Buffer.isEncoding(encoding) ? encoding : "utf8");
}
