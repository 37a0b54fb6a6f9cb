import { LambentError } from "../sdk/base/errors.ts";
import { isObject } from "../sdk/base/json.ts";
import type { CacheCounters } from "../sdk/invocation/counters.ts";
import type { RunnableTask } from "../sdk/invocation/runnable-task.ts";
import type { Invocation } from "./payload.ts";
import { warmingTask } from "./warming.ts";

/**
 * The task of an invocation that names none of the function's own: one that `warmAll` has added.
 * @param isRead whether the invocation has no other fields, and each as it has to be
 * @param caches those of the replica
 * @param objects the fields that are objects or lists
 * @param others the fields that are texts or numbers
 * @throws {LambentError} if it is none either
 */
export function unlistedTask(
  tasks: ReadonlyMap<string, unknown>,
  invocation: Invocation,
  isRead: boolean,
  caches: Iterable<CacheCounters>,
  objects: readonly string[],
  others: readonly string[],
): RunnableTask {
  const task = isRead ? warmingTask(invocation.task, caches) : undefined;
  if (task === undefined) throw invalidInvocation(tasks, invocation, objects, others);
  return task;
}

/**
 * The error of an invocation that names no task of the function, or has a field that is not read, or not as it is.
 */
function invalidInvocation(
  tasks: ReadonlyMap<string, unknown>,
  invocation: unknown,
  objects: readonly string[],
  others: readonly string[],
): LambentError {
  const names = [...tasks.keys()].join(", ") || "none";
  const task = isObject(invocation) && "task" in invocation ? invocation.task : undefined;
  if (!isObject(invocation) || typeof task !== "string") {
    return new LambentError(
      `an invocation must read {"task": "name", "inputs": {…}}; this function's tasks are: ${names}`,
    );
  }
  const unknown = Object.keys(invocation).find((field) => ![...objects, ...others].includes(field));
  const form = `it must read {"task": ${JSON.stringify(task)}, "inputs": {…}}`;
  if (unknown !== undefined) return new LambentError(`an invocation has no field ${unknown}: ${form}`);
  const wrong = Object.entries(invocation).find(([field, value]) => isObject(value) !== objects.includes(field));
  if (wrong !== undefined) {
    const [field, value] = wrong;
    const expected = objects.includes(field) ? "an object or a list" : "a text or a number";
    return new LambentError(`an invocation's ${field} has to be ${expected}, not ${JSON.stringify(value)}: ${form}`);
  }
  return new LambentError(
    `there is no task ${task} on this function; it has: ${names}. Deploy the state machine and the function from one build`,
  );
}
