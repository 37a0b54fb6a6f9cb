import type { Context } from "../sdk/invocation/context.ts";
import type { RunnableTask } from "../sdk/invocation/runnable-task.ts";
import { LambentError } from "../sdk/base/errors.ts";
import { runInvocation } from "../sdk/invocation/invocation.ts";
import { isObject, type Json } from "../sdk/base/json.ts";
import type { BatchOutcome, Invocation, Outcome } from "./payload.ts";
import type { TaskResult } from "../sdk/values/result-cache.ts";
import { decode, encode } from "../sdk/values/wire.ts";

/** The replica that invocations run on. */
export interface Replica {
  readonly id: string;
  readonly initializationType: string;
}

/** The tasks of one function, by name. */
export type Tasks = ReadonlyMap<string, RunnableTask>;

/** Those of an {@link Invocation}. */
const FIELDS = ["task", "inputs", "execution", "timeout", "budget", "errors", "batch", "list"];

/** Whether this replica has served an invocation before. */
let isWarm = false;

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
  const task = isObject(invocation) ? tasks.get(invocation.task) : undefined;
  // Most invocations need none of what is imported here and below: a cold start does not load it.
  if (task === undefined || Object.keys(invocation).some((field) => !FIELDS.includes(field)))
    throw (await import("./invalid-invocation.ts")).invalidInvocation(tasks, invocation, FIELDS);
  if (invocation.batch === undefined) return runOnce(task, invocation, replica, remainingMs);
  return (await import("./batch.ts")).runBatch(task, invocation, replica, remainingMs, runOnce);
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
  const context = new InvocationContext(task.name, invocation, startedAt, remainingMs);
  const started = performance.now();
  try {
    const outcome = await runInvocation(() => runTask(task, invocation), context);
    if (!outcome.isOk) throw (await import("./reported-error.ts")).reportedError(outcome.error, invocation.errors);
    const { result, caches, downloads } = outcome;
    const answer: Outcome = {
      output: result.output,
      receipt: {
        replica: replica.id,
        start,
        initializationType: replica.initializationType,
        task: task.name,
        ...(invocation.list === undefined ? {} : { list: invocation.list.kind }),
        startedAt,
        durationMs: Math.round((performance.now() - started) * 1000) / 1000,
        output: result.computed ? "computed" : "stored",
        caches,
        ...(downloads === undefined ? {} : { downloads }),
      },
    };
    const { budget } = invocation;
    // An estimate that needs no further code: the output's bytes and 1,024 for each cache in the receipt. What may be
    // too large by it is measured exactly by large-value.ts, which is loaded for that.
    if (budget === undefined || isWithin(answer.output, budget.bytes - 1024 * caches.length)) return answer;
    return await (await import("../sdk/values/large-value.ts")).storeLarge(answer, budget);
  } finally {
    context.end();
  }
}

// Each promise costs as much as a cache hit, and so does each named function that is made in a call, since esbuild's
// `keepNames` defines its name. Hence `runTask` is not async, and no function here makes another one when it is called.
function runTask(task: RunnableTask, invocation: Invocation): Promise<TaskResult> {
  const { cacheVersion } = task;
  const { inputs = {}, list } = invocation;
  if (list !== undefined) {
    return import("./list-work.ts").then(({ workOnLists }) => workOnLists(list, invocation)).then(computed);
  }
  if (cacheVersion === undefined) return compute(task, inputs);
  return import("../sdk/values/result-cache.ts").then(({ storedResult }) =>
    storedResult(task, cacheVersion, inputs, compute),
  );
}

function computed(output: Json): TaskResult {
  return { output, computed: true };
}

/** Whether a value's JSON has at most so many bytes. Each element of a list has two at least, and no string 512 MB. */
function isWithin(json: Json, bytes: number): boolean {
  if (Array.isArray(json) && json.length * 2 > bytes) return false;
  try {
    return Buffer.byteLength(JSON.stringify(json)) <= bytes;
  } catch {
    return false;
  }
}

async function compute(task: RunnableTask, inputs: Json): Promise<TaskResult> {
  const stored: Json[] = [];
  const decoded = decode(inputs, stored);
  if (stored.length > 0)
    return compute(task, await (await import("../sdk/values/fetch-stored.ts")).fetchStored(inputs));
  return computed(encode(await task.run(decoded), "output"));
}

/**
 * The directory and the signal are made when they are first read, and Node's modules for them are loaded then:
 * importing node:fs would load its streams too, which takes 3 ms of a cold start on Node 24.
 */
class InvocationContext implements Context {
  readonly taskName: string;
  readonly executionId: string;
  /** When the state's timeout is up, in milliseconds since the epoch. */
  readonly #stateEndsAt: number;
  readonly #remainingMs: () => number;
  #directory: string | undefined;
  #controller: AbortController | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    taskName: string,
    { execution = "", timeout = Infinity }: Invocation,
    startedAt: number,
    remainingMs: () => number,
  ) {
    this.taskName = taskName;
    this.executionId = execution;
    this.#stateEndsAt = startedAt + timeout * 1000;
    this.#remainingMs = remainingMs;
  }

  get workingDirectory(): string {
    const { join } = process.getBuiltinModule("node:path");
    const { tmpdir } = process.getBuiltinModule("node:os");
    this.#directory ??= process.getBuiltinModule("node:fs").mkdtempSync(join(tmpdir(), "lambent-"));
    return this.#directory;
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
