import type { ErrorDocument } from "./replica-frames.ts";

/** Why the pool ended a replica. A replica that crashed or exited has no cause. */
export type EndCause = "timeout" | "memory" | "init-timeout" | "retired" | "closed";

/** How a replica ended, in Lambda's words. */
export interface ReplicaEnd {
  readonly errorType: string;
  /** Lambda's message without the request's id. */
  readonly reason: string;
}

export interface ExitFacts {
  readonly cause?: EndCause | undefined;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /**
   * Whether V8 ended the process at its heap limit. At about the same point Lambda would end it at its memory limit.
   */
  readonly heapExhausted: boolean;
  readonly timeoutSeconds: number;
}

const SIGNAL_TEXTS: Partial<Record<NodeJS.Signals, string>> = {
  SIGKILL: "killed",
  SIGABRT: "aborted",
  SIGSEGV: "segmentation fault",
  SIGBUS: "bus error",
  SIGILL: "illegal instruction",
  SIGFPE: "floating point exception",
  SIGTERM: "terminated",
  SIGINT: "interrupt",
};

/** Lambda's error for how a replica ended. */
export function describeEnd({ cause, code, signal, heapExhausted, timeoutSeconds }: ExitFacts): ReplicaEnd {
  if (cause === "timeout" || cause === "init-timeout") {
    return { errorType: "Sandbox.Timedout", reason: `Task timed out after ${timeoutSeconds.toFixed(2)} seconds` };
  }
  if (cause === "memory" || heapExhausted) {
    return { errorType: "Runtime.OutOfMemory", reason: "Runtime exited with error: signal: killed" };
  }
  const errorType = "Runtime.ExitError";
  if (signal !== null) {
    return { errorType, reason: `Runtime exited with error: signal: ${SIGNAL_TEXTS[signal] ?? signal}` };
  }
  if (code === 0) return { errorType, reason: "Runtime exited without providing a reason" };
  return { errorType, reason: `Runtime exited with error: exit status ${code}` };
}

/** The error document of the invocation that was running when the replica ended. */
export function endDocument(end: ReplicaEnd, requestId: string): ErrorDocument {
  return { errorType: end.errorType, errorMessage: `RequestId: ${requestId} Error: ${end.reason}` };
}
