import { LambentError } from "../base/errors.ts";
import type { Context } from "./context.ts";
import { traceContext } from "./trace-context.ts";
import { xRayHeader } from "./tracing.ts";

/** What the payload of an invocation says of it. */
interface Called {
  readonly execution?: string;
  readonly timeout?: number;
  readonly node?: string;
  readonly item?: number;
  readonly trace?: readonly unknown[];
  readonly token?: string;
}

/** The replica, and Lambda's id of the request. */
interface RunsOn {
  readonly id: string;
  readonly requestId?: string;
}

/**
 * The directory and the signal are made when they are first read, and Node's modules for them are loaded then:
 * importing node:fs would load its streams too, which takes 3 ms of a cold start on Node 24.
 */
export class InvocationContext implements Context {
  readonly taskName: string;
  readonly executionId: string;
  readonly node: string;
  readonly item: number | undefined;
  readonly taskToken: string | undefined;
  readonly replica: string;
  readonly requestId: string | undefined;
  /** `traceparent`, `tracestate` and `overwriteCache` of the execution's input, as far as it has them. */
  readonly given: readonly unknown[] | undefined;
  /** When the state's timeout is up, in milliseconds since the epoch. */
  readonly #stateEndsAt: number;
  readonly #remainingMs: () => number;
  #directory: string | undefined;
  #controller: AbortController | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    taskName: string,
    { id, requestId }: RunsOn,
    { execution = "", timeout = Infinity, node = taskName, item, trace, token }: Called,
    startedAt: number,
    remainingMs: () => number,
  ) {
    this.taskName = taskName;
    this.executionId = execution;
    this.node = node;
    this.item = item;
    this.taskToken = token;
    this.replica = id;
    this.requestId = requestId;
    this.given = trace;
    this.#stateEndsAt = startedAt + timeout * 1000;
    this.#remainingMs = remainingMs;
  }

  get traceparent(): string | undefined {
    return traceContext(this.given, xRayHeader())?.traceparent;
  }

  get tracestate(): string | undefined {
    return traceContext(this.given)?.tracestate;
  }

  /** Milliseconds until Lambda ends the invocation or the state's timeout is up, whichever comes first. */
  get remainingMs(): number {
    return Math.min(this.#remainingMs(), this.#stateEndsAt - Date.now());
  }

  get workingDirectory(): string {
    return (this.#directory ??= process
      .getBuiltinModule("node:fs")
      .mkdtempSync(`${process.getBuiltinModule("node:os").tmpdir()}/lambent-`));
  }

  /** A getter, so that it may be taken out of the context, as `const { heartbeat } = currentContext()`. */
  get heartbeat(): () => Promise<void> {
    return this.#beat.bind(this);
  }

  async #beat(): Promise<void> {
    await (await import("./heartbeat.ts")).sendHeartbeat(this);
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      const controller = new AbortController();
      this.#controller = controller;
      // It stays referenced: a task that awaits nothing but its signal would leave the event loop empty, which fails it.
      this.#timer = setTimeout(
        () => controller.abort(new LambentError(`task ${this.taskName} is about to time out`)),
        Math.max(0, this.remainingMs - ABORT_BEFORE_MS),
      );
    }
    return this.#controller.signal;
  }

  end(): void {
    clearTimeout(this.#timer);
    if (this.#directory !== undefined) {
      process.getBuiltinModule("node:fs").rmSync(this.#directory, { recursive: true, force: true });
    }
  }
}

/** Milliseconds that a task has, once its signal is aborted, until Lambda ends it. */
const ABORT_BEFORE_MS = 100;
