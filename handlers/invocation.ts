import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Context } from "../sdk/context.ts";
import type { TaskDefinition } from "../sdk/definition.ts";
import { LambentError } from "../sdk/errors.ts";
import type { Budget } from "../sdk/graph.ts";
import { runInvocation } from "../sdk/invocation.ts";
import type { Receipt } from "../sdk/receipt.ts";
import type { Json } from "../sdk/ref.ts";
import type { StoredResult } from "../sdk/result-cache.ts";
import { decode, encode } from "../sdk/wire.ts";

/** What one state sends one replica. */
export interface Invocation {
  readonly task: string;
  readonly inputs: Json;
  /** The execution's ARN. */
  readonly execution?: string;
  /** Seconds after which the state gives up; Lambda itself lets the task run on. */
  readonly timeout?: number;
  /** How much of the output may come back in the answer. Absent: all of it. */
  readonly budget?: Budget;
}

/** What comes back. The state machine passes on `output` alone; the receipt stays in the history. */
export interface Outcome {
  readonly output: Json;
  readonly receipt: Receipt;
}

/** The replica that invocations run on. */
export interface Replica {
  readonly id: string;
  readonly initializationType: string;
}

/** The tasks of one function, by name. */
export type Tasks = ReadonlyMap<string, TaskDefinition>;

/** Whether this replica has served an invocation. */
let warm = false;

/**
 * Run one task as an invocation of its own.
 * @param remainingMs milliseconds until the invocation times out
 * @throws {LambentError} if there is no such task, or its output is not JSON
 * @throws whatever the task's function throws
 */
export async function invoke(
  tasks: Tasks,
  invocation: Invocation,
  replica: Replica,
  remainingMs: () => number,
): Promise<Outcome> {
  const task = findTask(tasks, invocation);
  const start = warm ? "warm" : "cold";
  warm = true;
  const startedAt = Date.now();
  const { execution = "", timeout = Number.POSITIVE_INFINITY } = invocation;
  const untilGivenUp = (): number => Math.min(remainingMs(), startedAt + timeout * 1000 - Date.now());
  const scope = new InvocationContext(task.name, execution, untilGivenUp);
  const started = performance.now();
  try {
    const outcome = await runInvocation(() => runTask(task, invocation.inputs), scope);
    if (!outcome.isOk) throw outcome.error;
    const { result, caches } = outcome;
    return await fitted(invocation, {
      output: result.output,
      receipt: {
        replica: replica.id,
        start,
        initializationType: replica.initializationType,
        task: task.name,
        startedAt,
        durationMs: Math.round((performance.now() - started) * 1000) / 1000,
        output: result.computed ? "computed" : "stored",
        caches,
      },
    });
  } finally {
    scope.end();
  }
}

async function runTask(task: TaskDefinition, inputs: Json): Promise<StoredResult> {
  const keys: (Json | undefined)[] = [];
  const decoded = decode(inputs, (key) => keys.push(key));
  if (keys.length > 0) {
    return runTask(task, await (await import("../sdk/large-value.ts")).fetchStored(inputs, keys));
  }
  const compute = async (): Promise<Json> => encode(await task.run(decoded), "output");
  const { cacheVersion } = task;
  if (cacheVersion === undefined) return { output: await compute(), computed: true };
  const { storedResult } = await import("../sdk/result-cache.ts");
  return storedResult({ ...task, cacheVersion }, inputs, compute);
}

/** Receipts and Lambda's own headers take room too: what comes near the bound is weighed exactly, by code of its own. */
async function fitted({ budget }: Invocation, outcome: Outcome): Promise<Outcome> {
  const { output, receipt } = outcome;
  if (
    budget === undefined ||
    Buffer.byteLength(JSON.stringify(output)) + 1024 * receipt.caches.length <= budget.bytes
  ) {
    return outcome;
  }
  return (await import("../sdk/large-value.ts")).storeLarge(outcome, budget);
}

function findTask(tasks: Tasks, invocation: Invocation): TaskDefinition {
  if (invocation === null || typeof invocation !== "object" || typeof invocation.task !== "string") {
    throw new LambentError('an invocation must read {"task": "name", "inputs": {…}}');
  }
  const task = tasks.get(invocation.task);
  if (task === undefined) {
    throw new LambentError(
      `there is no task ${invocation.task} on this function; it has: ${[...tasks.keys()].join(", ") || "none"}. ` +
        "Deploy the state machine and the function from one build",
    );
  }
  return task;
}

/** The directory and the signal cost something, so each comes into being when first asked for. */
class InvocationContext implements Context {
  readonly taskName: string;
  readonly executionId: string;
  readonly #remainingMs: () => number;
  #directory: string | undefined;
  #controller: AbortController | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(taskName: string, executionId: string, remainingMs: () => number) {
    this.taskName = taskName;
    this.executionId = executionId;
    this.#remainingMs = remainingMs;
  }

  get workingDirectory(): string {
    this.#directory ??= fileSystem().mkdtempSync(join(tmpdir(), "lambent-"));
    return this.#directory;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      const controller = new AbortController();
      this.#controller = controller;
      const abort = (): void => controller.abort(new LambentError(`task ${this.taskName} is about to time out`));
      this.#timer = setTimeout(abort, Math.max(0, this.#remainingMs() - ABORT_BEFORE_MS)).unref();
    }
    return this.#controller.signal;
  }

  end(): void {
    clearTimeout(this.#timer);
    if (this.#directory !== undefined) fileSystem().rmSync(this.#directory, { recursive: true, force: true });
  }
}

/** Time for a task to wind up before Lambda ends it. */
const ABORT_BEFORE_MS = 100;

/** When first asked for: importing node:fs loads its streams too, 3 ms of a cold start on Node 24. */
function fileSystem(): typeof import("node:fs") {
  return process.getBuiltinModule("node:fs");
}
