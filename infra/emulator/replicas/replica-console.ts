import type { LogLevel } from "./replica-frames.ts";

type Send = (stream: "stdout" | "stderr", text: string, level?: LogLevel) => void;

const LEVELS = {
  log: "INFO",
  info: "INFO",
  debug: "DEBUG",
  trace: "TRACE",
  warn: "WARN",
  error: "ERROR",
} as const satisfies Partial<Record<keyof Console, LogLevel>>;

/**
 * Call `send` with all that this process prints, so that it reaches the pool on the same channel as its answers and in
 * order with them, which separate pipes could not guarantee. What native code or child processes write to the
 * descriptors still goes through these.
 * @returns a function that sends what was printed since the last line break
 */
export function captureOutput(send: Send): () => void {
  let level: LogLevel | undefined;
  for (const method of Object.keys(LEVELS) as (keyof typeof LEVELS)[]) {
    const print = console[method].bind(console);
    console[method] = (...values: unknown[]) => {
      level = LEVELS[method];
      try {
        print(...values);
      } finally {
        level = undefined;
      }
    };
  }
  const flushes = (["stdout", "stderr"] as const).map((stream) => capture(stream, send, () => level));
  return () => {
    for (const flush of flushes) flush();
  };
}

function capture(stream: "stdout" | "stderr", send: Send, level: () => LogLevel | undefined): () => void {
  let partial = "";
  function write(chunk: string | Uint8Array, encoding?: unknown, callback?: unknown): boolean {
    const text = typeof chunk === "string" ? chunk : Buffer.from(chunk).toString("utf8");
    partial += text;
    const end = partial.lastIndexOf("\n");
    if (end >= 0) {
      const lines = partial.slice(0, end);
      partial = partial.slice(end + 1);
      send(stream, lines, level());
    }
    const done = typeof encoding === "function" ? encoding : callback;
    if (typeof done === "function") process.nextTick(done);
    return true;
  }
  process[stream].write = write;
  return () => {
    if (partial !== "") send(stream, partial);
    partial = "";
  };
}
