/** What https://www.w3.org/TR/trace-context/ has of a trace that a task belongs to, each as its header. */
export interface TraceContext {
  /** `00-<32 hex digits of the trace>-<16 of the span>-<flags>`. */
  readonly traceparent: string;
  /** What tracing systems add to it. Absent: nothing. */
  readonly tracestate?: string | undefined;
}

const TRACEPARENT = /^(?!ff)[\da-f]{2}-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}(?:-|$)/;

/**
 * The trace that the client named when it started the execution, or else that of X-Ray, if it records one.
 * @param given `traceparent` and `tracestate` of the execution's input, as far as it has them. What is no traceparent
 * counts as none, as the standard has it
 * @param xRay `_X_AMZN_TRACE_ID`
 */
export function traceContext(given: readonly unknown[] = [], xRay: string | undefined = ""): TraceContext | undefined {
  const [traceparent, tracestate] = given;
  if (typeof traceparent === "string" && TRACEPARENT.test(traceparent))
    return { traceparent, tracestate: typeof tracestate === "string" ? tracestate : undefined };
  if (!xRay.includes("Sampled=1")) return undefined; // Lambda makes a header for each invocation, recorded or not
  const [, time, id] = /\bRoot=1-([\da-f]{8})-([\da-f]{24})\b/.exec(xRay) ?? [];
  const [, parent] = /\bParent=([\da-f]{16})\b/.exec(xRay) ?? [];
  if (time === undefined || parent === undefined) return undefined;
  return { traceparent: `00-${time}${id}-${parent}-01` };
}
