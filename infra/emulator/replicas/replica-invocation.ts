import type { ErrorDocument, LogLevel } from "./replica-frames.ts";

/** Something that a replica printed; several lines when they were printed at once. */
export interface LogLine {
  readonly functionName: string;
  readonly replica: string;
  /** Absent during initialisation. */
  readonly requestId: string | undefined;
  readonly stream: "stdout" | "stderr";
  /** Absent for what was not printed by `console`. */
  readonly level?: LogLevel;
  /** Without the last line break. */
  readonly text: string;
}

export interface ReplicaRequest {
  readonly requestId: string;
  readonly functionArn: string;
  readonly traceId: string;
  readonly clientContext?: string;
  /** JSON text. */
  readonly payload: string;
  /** Milliseconds that the handler may take. */
  readonly timeout: number;
  /** Called with each line that this invocation prints. */
  readonly onLog?: (line: LogLine) => void;
}

/** The handler's answer: JSON text of its result or of an error document. `malformed`: the payload is no JSON text. */
export interface Answer {
  readonly kind: "result" | "error" | "malformed";
  readonly payload: string;
  /** Bytes that the replica held afterwards; measured only for a request with `onLog`. */
  readonly memoryUsed?: number | undefined;
}

/** The initialisation of a replica failed; its cause is the error document that Lambda would answer. */
export class InitFailure extends Error {
  override readonly name = "InitFailure";
  readonly document: ErrorDocument;
  readonly timedOut: boolean;
  constructor(document: ErrorDocument, timedOut: boolean) {
    super(`${document.errorType}: ${document.errorMessage}`);
    this.document = document;
    this.timedOut = timedOut;
  }
}
