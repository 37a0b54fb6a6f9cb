import { styleText } from "node:util";
import { shortName } from "../../run/timeline/short-name.ts";

/** What a task has printed, and where. */
export interface LogLine {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly functionName: string;
  readonly replica: string;
  readonly requestId?: string | undefined;
  readonly executionArn?: string | undefined;
  /** Absent: it was printed between invocations, or nothing tells. */
  readonly node?: string | undefined;
  /** Of a map: `3`, in a map of maps `3.0`. */
  readonly item?: string | undefined;
  readonly level?: string | undefined;
  /** One line, or several that were printed at once. */
  readonly text: string;
}

/** Lines that are wanted. */
export interface LogFilter {
  readonly node?: string | undefined;
  readonly item?: string | undefined;
  /** A replica's id, or how that begins. */
  readonly replica?: string | undefined;
}

export function isWanted(line: LogLine, { node, item, replica = "" }: LogFilter): boolean {
  return (
    (node === undefined || line.node === node) &&
    (item === undefined || line.item === item) &&
    line.replica.startsWith(replica)
  );
}

/** `12:30:01.250 [score[3] 8703] text`: as `serverless offline` has it, after the time. */
export function logText(line: LogLine, colours: boolean): string {
  const { at, node, item, replica, functionName, text } = line;
  const place =
    node === undefined ? functionName : `${node}${item === undefined ? "" : `[${item.split(".").join("][")}]`}`;
  const head = `${new Date(at).toISOString().slice(11, 23)} [${place} ${shortName(replica).slice(0, 4)}]`;
  return `${colours ? styleText("dim", head, { validateStream: false }) : head} ${text.trimEnd()}`;
}

/** Lines that come in over time. */
export interface LogSource {
  /** Those that are new since the last call, the oldest first. */
  next(): Promise<readonly LogLine[]>;
  /** Milliseconds between two calls while one waits for more. */
  readonly every: number;
  close(): void;
}
