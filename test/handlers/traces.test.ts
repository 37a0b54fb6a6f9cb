import { createSocket } from "node:dgram";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { context, SpanStatusCode, trace, TraceFlags, type Span } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  InMemorySpanExporter,
  type ReadableSpan,
} from "@opentelemetry/sdk-trace-base";
import { afterEach, describe, expect, test, vi } from "vitest";
import { ActorEnvironment, currentContext } from "lambent";
import { tasksOf } from "../../handlers/handler.ts";
import { invoke } from "../../handlers/invocation.ts";
import type { Invocation } from "../../handlers/payload.ts";
import { traceContext } from "../../sdk/invocation/trace-context.ts";

const actor = new ActorEnvironment({ name: "traced" });
const load = actor.cache(async function load(n: number) {
  return trace.getTracer("author").startActiveSpan("read model", async (span) => {
    await new Promise((resolve) => setTimeout(resolve, 2));
    span.end();
    return n;
  });
});
const score = actor.task(async function score({ n }: { n: number }) {
  if (n < 0) throw new RangeError("negative");
  return load(n);
});
const parent = actor.task(async function parent() {
  return currentContext().traceparent ?? null;
});
const tasks = tasksOf("traced", [{ score, parent }]);
const replica = { id: "r1", initializationType: "on-demand" };
const execution = "arn:aws:states:us-east-1:1:execution:wf:1";
const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
const traceparent = `00-${traceId}-00f067aa0ba902b7-01`;

function run(invocation: Invocation): Promise<{ readonly output: unknown }> {
  return invoke(tasks, invocation, replica, () => 60_000);
}

afterEach(() => {
  vi.unstubAllEnvs();
  trace.disable();
  context.disable();
});

describe("with OpenTelemetry set up by the author", () => {
  /** As an author does: spans are kept until there are many, or until somebody has them sent. */
  function setUp(hasContexts: boolean = true): InMemorySpanExporter {
    const exporter = new InMemorySpanExporter();
    trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new BatchSpanProcessor(exporter)] }));
    if (hasContexts) context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    return exporter;
  }

  function byName(exporter: InMemorySpanExporter): Record<string, ReadableSpan> {
    return Object.fromEntries(exporter.getFinishedSpans().map((span) => [span.name, span]));
  }

  test("a task is a span of the client's trace, the author's own are its children, and all are sent at the end", async () => {
    const exporter = setUp();
    await run({ task: "score", inputs: { n: 1 }, node: "score2", item: 3, execution, trace: [traceparent] });
    const { score2, "read model": own } = byName(exporter);
    expect(score2?.spanContext().traceId).toBe(traceId);
    expect(score2?.parentSpanContext?.spanId).toBe("00f067aa0ba902b7");
    expect(own?.parentSpanContext?.spanId).toBe(score2?.spanContext().spanId);
    expect(score2?.attributes).toMatchObject({
      "lambent.execution": execution,
      "lambent.task": "score",
      "lambent.node": "score2",
      "lambent.item": 3,
      "lambent.replica": "r1",
      "faas.coldstart": expect.any(Boolean),
      "lambent.cache.hits": 0,
      "lambent.cache.misses": 1,
    });
  });

  test("items of a batch are spans of their own, each with its index and with what it loaded itself", async () => {
    const exporter = setUp();
    const batch = { indices: [4, 8], lists: { n: [41, 81] }, concurrentItems: 2 };
    await run({ task: "score", inputs: {}, batch, execution, trace: [traceparent] });
    const spans = exporter.getFinishedSpans();
    const items = spans.filter(({ name }) => name === "score");
    expect(items.map(({ attributes }) => attributes["lambent.item"])).toEqual([4, 8]);
    const parents = spans.filter(({ name }) => name === "read model").map((span) => span.parentSpanContext?.spanId);
    expect(parents).toEqual(items.map((span) => span.spanContext().spanId));
  });

  test("without a client's trace all tasks of an execution are in one", async () => {
    const exporter = setUp();
    await run({ task: "score", inputs: { n: 2 }, execution });
    await run({ task: "score", inputs: { n: 2 }, execution });
    await run({ task: "score", inputs: { n: 2 }, execution: `${execution}2` });
    const ids = exporter
      .getFinishedSpans()
      .flatMap((span) => (span.name === "score" ? [span.spanContext().traceId] : []));
    expect(ids[1]).toBe(ids[0]);
    expect(ids[2]).not.toBe(ids[0]);
  });

  test("a span that a layer has made of the invocation is the parent, or is linked where the client has a trace", async () => {
    const exporter = setUp();
    const around = trace.getTracer("layer").startSpan("invocation");
    function within(invocation: Invocation): Promise<unknown> {
      return context.with(trace.setSpan(context.active(), around), () => run(invocation));
    }
    await within({ task: "score", inputs: { n: 3 }, node: "of the layer", execution });
    await within({ task: "score", inputs: { n: 3 }, node: "of the client", execution, trace: [traceparent] });
    const spans = byName(exporter);
    expect(spans["of the layer"]?.parentSpanContext?.spanId).toBe(around.spanContext().spanId);
    expect(spans["of the client"]?.spanContext().traceId).toBe(traceId);
    expect(spans["of the client"]?.links).toMatchObject([{ context: around.spanContext() }]);
  });

  test("a task that fails is a span with its error", async () => {
    const exporter = setUp();
    await expect(run({ task: "score", inputs: { n: -1 }, execution })).rejects.toThrow("negative");
    const { score: failed } = byName(exporter);
    expect(failed?.status).toEqual({ code: SpanStatusCode.ERROR, message: "negative" });
    expect(failed?.events).toMatchObject([{ name: "exception", attributes: { "exception.type": "RangeError" } }]);
  });

  test("where no contexts are kept, a task is a span of the client's trace all the same", async () => {
    const exporter = setUp(false);
    await run({ task: "score", inputs: { n: 4 }, execution, trace: [traceparent] });
    expect(byName(exporter)["score"]?.parentSpanContext).toMatchObject({ traceId, traceFlags: TraceFlags.SAMPLED });
  });

  test("spans that cannot be sent fail no task", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const provider = {
      getTracer: () => trace.getTracer("none"),
      forceFlush: () => Promise.reject(new Error("no route")),
    };
    const span: Span = trace.wrapSpanContext({ traceId, spanId: "00f067aa0ba902b7", traceFlags: 1 });
    trace.setGlobalTracerProvider({
      ...provider,
      getTracer: () => ({ startSpan: () => span, startActiveSpan: vi.fn() }),
    });
    expect(await run({ task: "parent" })).toMatchObject({ output: null });
    expect(warn).toHaveBeenCalledWith("spans could not be sent: no route");
    warn.mockRestore();
  });
});

describe("with X-Ray", () => {
  const header = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1;Lineage=0";

  test("a task is a subsegment of the invocation's segment, sent to the daemon, with what it can be searched by", async () => {
    const daemon = createSocket("udp4").bind(0, "127.0.0.1");
    await once(daemon, "listening");
    const { port } = daemon.address() as AddressInfo;
    vi.stubEnv("AWS_XRAY_DAEMON_ADDRESS", `127.0.0.1:${port}`);
    vi.stubEnv("_X_AMZN_TRACE_ID", header);
    vi.resetModules(); // where the daemon is, is read when a replica starts
    const fresh = await import("../../handlers/invocation.ts");
    const received = once(daemon, "message");
    const { output } = await fresh.invoke(
      tasks,
      { task: "score", inputs: { n: 5 }, node: "score[2]", execution },
      replica,
      () => 60_000,
    );
    expect(output).toBe(5);
    const [message] = (await received) as [Buffer];
    daemon.close();
    const [format = "", segment = ""] = message.toString().split("\n");
    expect(JSON.parse(format)).toEqual({ format: "json", version: 1 });
    expect(JSON.parse(segment)).toMatchObject({
      name: "score_2_",
      id: expect.stringMatching(/^[\da-f]{16}$/),
      type: "subsegment",
      trace_id: "1-5759e988-bd862e3fe1be46a994272793",
      parent_id: "53995c3f42cd8ad8",
      annotations: {
        execution,
        node: "score[2]",
        task: "score",
        replica: "r1",
        cold: true,
        cacheMisses: expect.any(Number),
      },
    });
  });

  test("its trace is the task's own as W3C has it, if it is recorded and the client has none", () => {
    expect(traceContext([], header)?.traceparent).toBe("00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-01");
    expect(traceContext([traceparent, "a=1"], header)).toEqual({ traceparent, tracestate: "a=1" });
    expect(traceContext([], header.replace("Sampled=1", "Sampled=0"))).toBeUndefined();
    expect(traceContext(undefined, undefined)).toBeUndefined();
  });
});
