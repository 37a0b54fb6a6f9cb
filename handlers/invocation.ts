import type { Context } from "../sdk/invocation/context.ts";
import { traceContext } from "../sdk/invocation/trace-context.ts";
import { isTraced, xRayHeader } from "../sdk/invocation/tracing.ts";
import { writeMetrics } from "../sdk/invocation/metrics.ts";
import type { RunnableTask } from "../sdk/invocation/runnable-task.ts";
import { LambentError } from "../sdk/base/errors.ts";
import { allCounters, runInvocation } from "../sdk/invocation/invocation.ts";
import { isObject, type Json } from "../sdk/base/json.ts";
import type { BatchOutcome, Invocation, Outcome } from "./payload.ts";
import type { TaskResult } from "../sdk/values/result-cache.ts";
import { decode, encode } from "../sdk/values/wire.ts";

/** The replica that invocations run on. */
export interface Replica {
  readonly id: string;
  readonly initializationType: string;
  /** Lambda's id of the request. */
  readonly requestId?: string;
}

/**
 * The tasks of one function, by name.
 * @example
 * const tasks: Tasks = tasksOf(undefined, [{ publish }]);
 */
export type Tasks = ReadonlyMap<string, RunnableTask>;

/** Those of an {@link Invocation}. */
const FIELDS = ["task", "inputs", "execution", "timeout", "budget", "errors", "batch", "list", "node", "item", "trace"];

/** Whether this replica has served an invocation before. */
let isWarm = false;
/** Whether there are spans that have not been sent. */
let hasSpans = false;

/**
 * Run one task, once or for each item of a batch, or work on the lists of a map over it.
 * @param remainingMs returns the milliseconds until Lambda ends the invocation
 * @throws {LambentError} if there is no such task, or its output cannot be JSON
 * @throws whatever the task's function throws, as `reportedError` has it
 */
export async function invoke(
  tasks: Tasks,
  invocation: Invocation,
  replica: Replica,
  remainingMs: () => number,
): Promise<Outcome | BatchOutcome> {
  const listed =
    isObject(invocation) && Object.keys(invocation).every((field) => FIELDS.includes(field))
      ? tasks.get(invocation.task)
      : undefined;
  // Most invocations need none of what is imported here and below: a cold start does not load it.
  const task = listed ?? (await import("./invalid-invocation.ts")).unlistedTask(tasks, invocation, FIELDS, allCounters);
  const coldStart = isWarm ? undefined : replica.initializationType;
  try {
    if (invocation.batch || invocation.list) {
      return await (await import("./map-work.ts")).workForMap(task, invocation, replica, remainingMs, runOnce);
    }
    return await runOnce(task, invocation, replica, remainingMs);
  } finally {
    writeMetrics(coldStart);
    if (hasSpans) {
      hasSpans = false;
      await (await import("./traced-task.ts")).flushSpans();
    }
  }
}

async function runOnce(
  task: RunnableTask,
  invocation: Invocation,
  replica: Replica,
  remainingMs: () => number,
): Promise<Outcome> {
  const start = isWarm ? "warm" : "cold";
  isWarm = true;
  const startedAt = Date.now();
  const context = new InvocationContext(task.name, replica, invocation, startedAt, remainingMs);
  const started = performance.now();
  try {
    const traced = isTraced()
      ? (await import("./traced-task.ts")).traceTask(context, invocation.trace, start === "cold")
      : undefined;
    const outcome = await runInvocation(
      traced === undefined
        ? () => runTask(task, invocation.inputs ?? {})
        : () => traced.run(() => runTask(task, invocation.inputs ?? {})),
      context,
    );
    if (traced !== undefined) {
      await traced.end(outcome);
      hasSpans = true;
    }
    if (!outcome.isOk) throw (await import("./reported-error.ts")).reportedError(outcome.error, invocation.errors);
    const { result, caches, downloads } = outcome;
    const { output } = result;
    const answer: Outcome = {
      output,
      receipt: {
        replica: replica.id,
        start,
        initializationType: replica.initializationType,
        task: task.name,
        startedAt,
        durationMs: Math.round((performance.now() - started) * 1000) / 1000,
        output: result.computed ? "computed" : "stored",
        caches,
        downloads,
      },
    };
    const { budget } = invocation;
    if (budget === undefined) return answer;
    try {
      // An estimate that needs no further code: the output's bytes and 1,024 for each cache in the receipt. What may be
      // too large by it is measured exactly by large-value.ts, which is loaded for that; so is a long list, of which no
      // text is made.
      const isLong = Array.isArray(output) && output.length > 10_000;
      if (!isLong && Buffer.byteLength(JSON.stringify(output)) + 1024 * caches.length <= budget.bytes) return answer;
    } catch {
      // Its text would be longer than a string can be.
    }
    return await (await import("../sdk/values/large-value.ts")).storeLarge(answer, budget);
  } finally {
    context.end();
  }
}

// Each promise costs as much as a cache hit, and so does each named function that is made in a call, since esbuild's
// `keepNames` defines its name. Hence `runTask` is not async, and no function here makes another one when it is called.
function runTask(task: RunnableTask, inputs: Json): Promise<TaskResult> {
  const { cacheVersion } = task;
  if (cacheVersion === undefined) return compute(task, inputs);
  return import("../sdk/values/result-cache.ts").then(({ storedResult }) =>
    storedResult(task, cacheVersion, inputs, compute),
  );
}

async function compute(task: RunnableTask, inputs: Json): Promise<TaskResult> {
  const stored: Json[] = [];
  const decoded = decode(inputs, stored);
  if (stored.length > 0)
    return compute(task, await (await import("../sdk/values/fetch-stored.ts")).fetchStored(inputs));
  return { output: encode(await task.run(decoded), "output"), computed: true };
}

/**
 * The directory and the signal are made when they are first read, and Node's modules for them are loaded then:
 * importing node:fs would load its streams too, which takes 3 ms of a cold start on Node 24.
 */
class InvocationContext implements Context {
  readonly taskName: string;
  readonly executionId: string;
  readonly node: string;
  readonly item: number | undefined;
  readonly replica: string;
  readonly requestId: string | undefined;
  readonly #given: readonly unknown[] | undefined;
  /** When the state's timeout is up, in milliseconds since the epoch. */
  readonly #stateEndsAt: number;
  readonly #remainingMs: () => number;
  #directory: string | undefined;
  #controller: AbortController | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    taskName: string,
    { id, requestId }: Replica,
    { execution = "", timeout = Infinity, node = taskName, item, trace }: Invocation,
    startedAt: number,
    remainingMs: () => number,
  ) {
    this.taskName = taskName;
    this.executionId = execution;
    this.node = node;
    this.item = item;
    this.replica = id;
    this.requestId = requestId;
    this.#given = trace;
    this.#stateEndsAt = startedAt + timeout * 1000;
    this.#remainingMs = remainingMs;
  }

  get traceparent(): string | undefined {
    return traceContext(this.#given, xRayHeader())?.traceparent;
  }

  get tracestate(): string | undefined {
    return traceContext(this.#given)?.tracestate;
  }

  get workingDirectory(): string {
    return (this.#directory ??= process
      .getBuiltinModule("node:fs")
      .mkdtempSync(`${process.getBuiltinModule("node:os").tmpdir()}/lambent-`));
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      const controller = new AbortController();
      this.#controller = controller;
      const remainingMs = Math.min(this.#remainingMs(), this.#stateEndsAt - Date.now());
      // It stays referenced: a task that awaits nothing but its signal would leave the event loop empty, which fails it.
      this.#timer = setTimeout(
        () => controller.abort(new LambentError(`task ${this.taskName} is about to time out`)),
        Math.max(0, remainingMs - ABORT_BEFORE_MS),
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
