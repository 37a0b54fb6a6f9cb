import type { LogLine } from "./replica-invocation.ts";

const TAIL_BYTES = 4096;

/** The figures in the `REPORT` line that Lambda writes to the log for each invocation. */
export interface InvocationReport {
  readonly requestId: string;
  readonly version: string;
  /** Milliseconds. */
  readonly duration: number;
  /** MiB. */
  readonly memorySize: number;
  /** Bytes; undefined if the operating system does not say. */
  readonly memoryUsed: number | undefined;
}

/**
 * What was printed as Lambda's runtime writes it to the log: with time, request id and level if `console` printed it.
 */
export function formatLine(line: LogLine): string {
  if (line.level === undefined) return line.text;
  return [new Date().toISOString(), line.requestId, line.level, line.text.replaceAll("\n", "\r")].join("\t");
}

/** The last 4 KB of an invocation's log, as `X-Amz-Log-Result`. */
export function logResult(lines: readonly string[], report: InvocationReport): string {
  const { requestId, version, duration, memorySize, memoryUsed } = report;
  const used = memoryUsed === undefined ? [] : [`Max Memory Used: ${Math.ceil(memoryUsed / 1_048_576)} MB`];
  const summary = [
    `REPORT RequestId: ${requestId}`,
    `Duration: ${duration.toFixed(2)} ms`,
    `Billed Duration: ${Math.ceil(duration)} ms`,
    `Memory Size: ${memorySize} MB`,
    ...used,
  ];
  const log = [
    `START RequestId: ${requestId} Version: ${version}`,
    ...lines,
    `END RequestId: ${requestId}`,
    `${summary.join("\t")}\t`,
    "",
  ];
  return Buffer.from(log.join("\n")).subarray(-TAIL_BYTES).toString("base64");
}
