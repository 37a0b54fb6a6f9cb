import type { ErrorDocument, LogLevel } from "./replica-frames.ts";

/** What a replica has printed: one line, or several if they were printed at once. */
export interface LogLine {
  readonly functionName: string;
  readonly replica: string;
  /** Undefined while no request is running. */
  readonly requestId: string | undefined;
  /** Who made that request, if it said so: a state, with its item, as in `score[3]`. */
  readonly caller?: string;
  /** The execution that it is in. */
  readonly executionArn?: string;
  readonly stream: "stdout" | "stderr";
  /** Of `console`'s methods; absent for what was printed in another way. */
  readonly level?: LogLevel;
  /** Without the line break at its end. */
  readonly text: string;
}

export interface ReplicaRequest {
  readonly requestId: string;
  readonly functionArn: string;
  readonly traceId: string;
  readonly clientContext?: string;
  readonly caller?: string;
  readonly executionArn?: string;
  /** JSON text. */
  readonly payload: string;
  /** Milliseconds that the handler may take. */
  readonly timeout: number;
  /** Called with each line that this invocation prints. */
  readonly onLog?: (line: LogLine) => void;
}

/** A replica's answer to a request. */
export interface Answer {
  /** `malformed`: the request's payload is no JSON. */
  readonly kind: "result" | "error" | "malformed";
  /** The handler's result or an error document as JSON text; for `malformed` the parser's message. */
  readonly payload: string;
  /** Bytes of memory that the replica had then; only measured for a request with `onLog`. */
  readonly memoryUsed?: number | undefined;
}

/** A replica could not be initialised. */
export class InitFailure extends Error {
  override readonly name = "InitFailure";
  /** What Lambda would answer. */
  readonly document: ErrorDocument;
  readonly timedOut: boolean;
  constructor(document: ErrorDocument, timedOut: boolean) {
    super(`${document.errorType}: ${document.errorMessage}`);
    this.document = document;
    this.timedOut = timedOut;
  }
}
