import { LambentError } from "../sdk/base/errors.ts";
import { isObject } from "../sdk/base/json.ts";
import type { CacheCounters } from "../sdk/invocation/counters.ts";
import type { RunnableTask } from "../sdk/invocation/runnable-task.ts";
import type { Invocation } from "./payload.ts";
import { warmingTask } from "./warming.ts";

/**
 * The task of an invocation that names none of the function's own: one that `warmAll` has added.
 * @param fields those that an invocation reads
 * @param caches those of the replica
 * @throws {LambentError} if it is none either
 */
export function unlistedTask(
  tasks: ReadonlyMap<string, unknown>,
  invocation: Invocation,
  fields: readonly string[],
  caches: Iterable<CacheCounters>,
): RunnableTask {
  const isRead = isObject(invocation) && Object.keys(invocation).every((field) => fields.includes(field));
  const task = isRead ? warmingTask(invocation.task, caches) : undefined;
  if (task === undefined) throw invalidInvocation(tasks, invocation, fields);
  return task;
}

/**
 * The error of an invocation that names no task of the function, or has a field that it does not read.
 * @param fields those that it reads
 */
function invalidInvocation(
  tasks: ReadonlyMap<string, unknown>,
  invocation: unknown,
  fields: readonly string[],
): LambentError {
  const names = [...tasks.keys()].join(", ") || "none";
  const task = isObject(invocation) && "task" in invocation ? invocation.task : undefined;
  if (!isObject(invocation) || typeof task !== "string") {
    return new LambentError(
      `an invocation must read {"task": "name", "inputs": {…}}; this function's tasks are: ${names}`,
    );
  }
  const unknown = Object.keys(invocation).find((field) => !fields.includes(field));
  if (unknown !== undefined) {
    return new LambentError(
      `an invocation has no field ${unknown}: it must read {"task": ${JSON.stringify(task)}, "inputs": {…}}`,
    );
  }
  return new LambentError(
    `there is no task ${task} on this function; it has: ${names}. Deploy the state machine and the function from one build`,
  );
}
