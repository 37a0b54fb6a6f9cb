import type { Context } from "../sdk/invocation/context.ts";
import type { InvocationOutcome } from "../sdk/invocation/invocation.ts";
import { xRayHeader } from "../sdk/invocation/tracing.ts";
import { errorNames } from "../sdk/base/thrown.ts";
import { messageOf } from "../sdk/base/errors.ts";
import { cacheSums } from "./cache-sums.ts";

/** The first line of each message: https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html */
const HEADER = '{"format":"json","version":1}\n';
/** Characters of a subsegment's name. */
const NAME_CHARACTERS = 200;

/**
 * A task as a subsegment of X-Ray's segment of the function, sent to X-Ray's daemon, which runs beside each instance:
 * that takes no SDK. Its annotations are what traces can be searched by.
 */
export class XRaySegment {
  readonly #context: Context;
  readonly #isCold: boolean;
  /** Of the invocation: the variable holds another one when this task ends after its invocation. */
  readonly #trace: string = xRayHeader() ?? "";
  readonly #startedAt: number = Date.now();

  constructor(context: Context, isCold: boolean) {
    this.#context = context;
    this.#isCold = isCold;
  }

  run<T>(fn: () => T): T {
    return fn();
  }

  /** Resolves when the system has taken the message: an instance that is frozen sends no more. */
  async end(outcome: InvocationOutcome<unknown>): Promise<void> {
    const [, traceId] = /\bRoot=([\w-]+)/.exec(this.#trace) ?? [];
    const [, parentId] = /\bParent=([\da-f]{16})/.exec(this.#trace) ?? [];
    if (traceId === undefined || parentId === undefined) return;
    const { node } = this.#context;
    await send({
      name: node.replace(/[^\p{L}\p{N}\s_.:/%&#=+\\\-@]/gu, "_").slice(0, NAME_CHARACTERS),
      id: process.getBuiltinModule("node:crypto").randomBytes(8).toString("hex"),
      type: "subsegment",
      trace_id: traceId,
      parent_id: parentId,
      start_time: this.#startedAt / 1000,
      end_time: Date.now() / 1000,
      annotations: this.#annotations(outcome),
      ...(outcome.isOk ? {} : { fault: true, cause: causeOf(outcome.error) }),
    });
  }

  /** Their keys may have letters, digits and `_`. */
  #annotations(outcome: InvocationOutcome<unknown>): object {
    const { executionId, taskName, node, item, replica, traceparent } = this.#context;
    const { hits, misses, joined } = cacheSums(outcome);
    return {
      execution: executionId,
      node,
      task: taskName,
      item,
      replica,
      cold: this.#isCold,
      cacheHits: hits,
      cacheMisses: misses,
      cacheJoined: joined,
      traceparent,
    };
  }
}

function causeOf(error: unknown): object {
  const [type = "Error"] = errorNames(error);
  return { exceptions: [{ message: messageOf(error).slice(0, 1000), type }] };
}

/** A message that does not arrive is a trace that is not complete, and no reason to fail. */
function send(segment: object): Promise<void> {
  const { host, port } = daemonAddress(process.env["AWS_XRAY_DAEMON_ADDRESS"] ?? "");
  const socket = process.getBuiltinModule("node:dgram").createSocket(host.includes(":") ? "udp6" : "udp4");
  return new Promise((resolve) => {
    function done(): void {
      socket.close();
      resolve();
    }
    socket.once("error", done);
    socket.send(HEADER + JSON.stringify(segment), port, host, (error) => {
      if (error === null) done();
      else socket.emit("error", error);
    });
  });
}

/** @param address `host:port`, or `tcp:host:port udp:host:port` */
function daemonAddress(address: string): { readonly host: string; readonly port: number } {
  const [, udp = address] = /\budp:(\S+)/.exec(address) ?? [];
  const colon = udp.lastIndexOf(":");
  return { host: udp.slice(0, colon) || "127.0.0.1", port: Number(udp.slice(colon + 1)) || 2000 };
}
