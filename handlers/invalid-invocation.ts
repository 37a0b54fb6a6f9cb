import { LambentError } from "../sdk/base/errors.ts";
import { isObject } from "../sdk/base/json.ts";
import type { CacheCounters } from "../sdk/invocation/counters.ts";
import type { RunnableTask } from "../sdk/invocation/runnable-task.ts";
import type { Invocation } from "./payload.ts";
import { warmingTask } from "./warming.ts";

/**
 * The task of an invocation that names none of the function's own: one that `warmAll` has added.
 * @param isRead whether the invocation has no other fields, and each as it has to be
 * @param fields those that an invocation may have, by what `typeof` says of them
 * @param caches those of the replica
 * @throws {LambentError} if it is none either
 */
export function unlistedTask(
  tasks: ReadonlyMap<string, unknown>,
  invocation: Invocation,
  isRead: boolean,
  fields: Readonly<Record<string, readonly string[]>>,
  caches: Iterable<CacheCounters>,
): RunnableTask {
  const task = isRead ? warmingTask(invocation.task, caches) : undefined;
  if (task === undefined) throw invalidInvocation(tasks, invocation, fields);
  return task;
}

/**
 * The error of an invocation that names no task of the function, or has a field that is not read, or not as it is.
 * @param fields those that it may have
 */
function invalidInvocation(
  tasks: ReadonlyMap<string, unknown>,
  invocation: unknown,
  fields: Readonly<Record<string, readonly string[]>>,
): LambentError {
  const names = [...tasks.keys()].join(", ") || "none";
  const task = isObject(invocation) && "task" in invocation ? invocation.task : undefined;
  if (!isObject(invocation) || typeof task !== "string") {
    return new LambentError(
      `an invocation must read {"task": "name", "inputs": {…}}; this function's tasks are: ${names}`,
    );
  }
  const unknown = Object.keys(invocation).find((field) => typeOf(field, fields) === undefined);
  if (unknown !== undefined) {
    return new LambentError(
      `an invocation has no field ${unknown}: it must read {"task": ${JSON.stringify(task)}, "inputs": {…}}`,
    );
  }
  const wrong = Object.entries(invocation).find(
    ([field, value]) => value === null || typeof value !== typeOf(field, fields),
  );
  if (wrong !== undefined) {
    const [field, value] = wrong;
    return new LambentError(
      `an invocation's ${field} has to be of the type ${typeOf(field, fields)}, not ${JSON.stringify(value)}: it must read {"task": ${JSON.stringify(task)}, "inputs": {…}}`,
    );
  }
  return new LambentError(
    `there is no task ${task} on this function; it has: ${names}. Deploy the state machine and the function from one build`,
  );
}

function typeOf(field: string, fields: Readonly<Record<string, readonly string[]>>): string | undefined {
  return Object.keys(fields).find((type) => fields[type]?.includes(field));
}
