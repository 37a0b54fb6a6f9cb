import { isTraced, unsent } from "../sdk/invocation/tracing.ts";
import { surelyFits } from "../sdk/invocation/answer-size.ts";
import { InvocationContext } from "../sdk/invocation/invocation-context.ts";
import { writeMetrics } from "../sdk/invocation/metrics.ts";
import type { RunnableTask } from "../sdk/invocation/runnable-task.ts";
import { allCounters, runInvocation } from "../sdk/invocation/invocation.ts";
import { isObject, type Json } from "../sdk/base/json.ts";
import type { BatchOutcome, Invocation, Outcome } from "./payload.ts";
import type { TaskResult } from "../sdk/values/result-cache.ts";
import { decode, encode, type ValueClasses } from "../sdk/values/wire.ts";

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
const FIELDS = [
  "task",
  "inputs",
  "execution",
  "timeout",
  "budget",
  "errors",
  "batch",
  "list",
  "node",
  "item",
  "trace",
  "token",
];

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
    await unsent.flush?.();
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
    const { inputs = {} } = invocation;
    const traced = isTraced()
      ? (await import("./traced-task.ts")).traceTask(context, invocation.trace, start === "cold")
      : undefined;
    const outcome = await runInvocation(
      () => (traced === undefined ? runTask(task, inputs) : traced.run(() => runTask(task, inputs))),
      context,
    );
    await traced?.end(outcome);
    if (!outcome.isOk) throw (await import("./awaited-error.ts")).awaitedError(outcome.error, invocation);
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
    if (budget === undefined || surelyFits(output, caches.length, budget.bytes)) return answer;
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

/** What makes instances of marks, and marks of instances. Most tasks take and return plain data, and never need it. */
let classes: ValueClasses | undefined;

async function compute(task: RunnableTask, inputs: Json): Promise<TaskResult> {
  const left: Json[] = [];
  const decoded = decode(inputs, left, classes);
  if (left.length > 0) {
    const { valueClasses, withStored } = await import("./marked-values.ts");
    classes = valueClasses;
    return compute(task, await withStored(inputs, left));
  }
  const returned: unknown = await task.run(decoded);
  let output: Json;
  try {
    output = encode(returned, "output", classes);
  } catch {
    classes = (await import("./marked-values.ts")).valueClasses;
    output = encode(returned, "output", classes);
  }
  return { output, computed: true };
}
