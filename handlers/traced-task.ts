import type {
  Attributes,
  Context as Scope,
  ContextManager,
  Span,
  SpanContext,
  TracerProvider,
} from "@opentelemetry/api";
import { messageOf } from "../sdk/base/errors.ts";
import type { Context } from "../sdk/invocation/context.ts";
import type { InvocationOutcome } from "../sdk/invocation/invocation.ts";
import { traceContext, type TraceContext } from "../sdk/invocation/trace-context.ts";
import { OPEN_TELEMETRY, unsent } from "../sdk/invocation/tracing.ts";
import { cacheSums } from "./cache-sums.ts";
import { XRaySegment } from "./x-ray-segment.ts";

/** A task as part of a trace. */
export interface TracedTask {
  /** Call `fn` such that spans which it makes are children of the task's. */
  run<T>(fn: () => T): T;
  /** The task has ended. */
  end(outcome: InvocationOutcome<unknown>): Promise<void> | void;
}

/**
 * What a copy of `@opentelemetry/api` shares with all others in the process. It is used as it is, since the author's
 * bundle, or a layer, has the package, and Lambent need not.
 */
interface OpenTelemetry {
  readonly trace?: TracerProvider & { getDelegate?(): unknown };
  readonly context?: ContextManager;
}

/** Where the package keeps the span of a context. */
const SPAN_KEY = Symbol.for("OpenTelemetry Context Key SPAN");
/** `SpanStatusCode.ERROR`. */
const ERROR = 2;

function openTelemetry(): OpenTelemetry {
  return (Reflect.get(globalThis, OPEN_TELEMETRY) ?? {}) as OpenTelemetry; // only the package writes it
}

/**
 * A span of OpenTelemetry where that is set up, or else a subsegment of X-Ray.
 * @param given the `traceparent` and `tracestate` of the execution's input
 */
export function traceTask(context: Context, given: readonly unknown[] | undefined, isCold: boolean): TracedTask {
  const { trace, context: contexts } = openTelemetry();
  return trace === undefined
    ? new XRaySegment(context, isCold)
    : new SpanOfTask(trace, contexts, context, traceContext(given), isCold);
}

/** Have what spans there are sent: Lambda may freeze the instance, or end it, before a batch of them is full. */
async function flushSpans(): Promise<void> {
  unsent.flush = undefined;
  const { trace } = openTelemetry();
  const provider: unknown = trace?.getDelegate?.() ?? trace;
  if (typeof provider !== "object" || provider === null || !("forceFlush" in provider)) return;
  try {
    if (typeof provider.forceFlush === "function") await provider.forceFlush();
  } catch (error) {
    console.warn(`spans could not be sent: ${messageOf(error)}`); // a task does not fail with its traces
  }
}

class SpanOfTask implements TracedTask {
  readonly #span: Span;
  readonly #scope: Scope;
  readonly #contexts: ContextManager | undefined;

  constructor(
    trace: TracerProvider,
    contexts: ContextManager | undefined,
    context: Context,
    given: TraceContext | undefined,
    isCold: boolean,
  ) {
    const active = contexts?.active() ?? new Values();
    const around = (active.getValue(SPAN_KEY) as Span | undefined)?.spanContext(); // only the package has this key
    const parent = parentOf(context, given, around);
    const isOther = parent !== undefined && parent !== around;
    const within = isOther ? active.setValue(SPAN_KEY, { spanContext: () => parent }) : active;
    const links = isOther && around !== undefined ? [{ context: around }] : [];
    this.#span = trace
      .getTracer("lambent")
      .startSpan(context.node, { attributes: attributesOf(context, isCold), links }, within);
    this.#scope = active.setValue(SPAN_KEY, this.#span);
    this.#contexts = contexts;
  }

  run<T>(fn: () => T): T {
    return this.#contexts === undefined ? fn() : this.#contexts.with(this.#scope, fn);
  }

  end(outcome: InvocationOutcome<unknown>): void {
    const { hits, misses, joined, loadMs } = cacheSums(outcome);
    this.#span.setAttributes({
      "lambent.cache.hits": hits,
      "lambent.cache.misses": misses,
      "lambent.cache.joined": joined,
      "lambent.cache.load_ms": loadMs,
    });
    if (!outcome.isOk) {
      this.#span.recordException(outcome.error instanceof Error ? outcome.error : messageOf(outcome.error));
      this.#span.setStatus({ code: ERROR, message: messageOf(outcome.error) });
    }
    this.#span.end();
    unsent.flush = flushSpans;
  }
}

/** A context of OpenTelemetry where nobody has set up what keeps them. */
class Values implements Scope {
  readonly #values: ReadonlyMap<symbol, unknown>;

  constructor(values: ReadonlyMap<symbol, unknown> = new Map()) {
    this.#values = values;
  }

  getValue(key: symbol): unknown {
    return this.#values.get(key);
  }

  setValue(key: symbol, value: unknown): Scope {
    return new Values(new Map(this.#values).set(key, value));
  }

  deleteValue(key: symbol): Scope {
    return new Values(new Map([...this.#values].filter(([own]) => own !== key)));
  }
}

function attributesOf({ executionId, taskName, node, item, replica }: Context, isCold: boolean): Attributes {
  return {
    "lambent.execution": executionId,
    "lambent.task": taskName,
    "lambent.node": node,
    ...(item === undefined ? {} : { "lambent.item": item }),
    "lambent.replica": replica,
    "faas.coldstart": isCold,
  };
}

/**
 * The span that a task's is a child of: the client's, as long as the one around is not in its trace; the one around,
 * which a layer may have made of the invocation; X-Ray's; or one made of the execution's ARN, so that all tasks of an
 * execution are in one trace.
 */
function parentOf(
  { traceparent, executionId }: Context,
  given: TraceContext | undefined,
  around: SpanContext | undefined,
): SpanContext | undefined {
  if (given !== undefined) {
    const client = spanContext(given.traceparent);
    return around?.traceId === client.traceId ? around : client;
  }
  if (around !== undefined) return around;
  if (traceparent !== undefined) return spanContext(traceparent);
  if (executionId === "") return undefined;
  const hash = process.getBuiltinModule("node:crypto").createHash("sha256").update(executionId).digest("hex");
  return spanContext(`00-${hash.slice(0, 32)}-${hash.slice(32, 48)}-01`);
}

function spanContext(traceparent: string): SpanContext {
  const [, traceId = "", spanId = "", flags = ""] = traceparent.split("-");
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
}
