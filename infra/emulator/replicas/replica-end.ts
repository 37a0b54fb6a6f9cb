import type { ErrorDocument } from "./replica-frames.ts";

/** Why the pool ended a replica; without a cause it ended by itself. */
export type EndCause = "timeout" | "memory" | "init-timeout" | "retired" | "closed";

/** How a replica ended, by Lambda's name and text for it. */
export interface ReplicaEnd {
  readonly errorType: string;
  /** Lambda's text, without the request's id. */
  readonly reason: string;
}

export interface ExitFacts {
  readonly cause?: EndCause | undefined;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** V8 gave up at its heap limit. On Lambda the memory limit strikes at about the same point. */
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

/** Names the end of a replica as Lambda does. */
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

/** What the invocation that the end interrupted answers. */
export function endDocument(end: ReplicaEnd, requestId: string): ErrorDocument {
  return { errorType: end.errorType, errorMessage: `RequestId: ${requestId} Error: ${end.reason}` };
}
