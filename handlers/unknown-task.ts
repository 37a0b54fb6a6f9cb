import { LambentError } from "../sdk/base/errors.ts";
import { isObject } from "../sdk/base/json.ts";

/** The error of an invocation that names no task of the function. */
export function unknownTask(tasks: ReadonlyMap<string, unknown>, invocation: unknown): LambentError {
  const names = [...tasks.keys()].join(", ") || "none";
  const task = isObject(invocation) && "task" in invocation ? invocation.task : undefined;
  if (typeof task === "string") {
    return new LambentError(
      `there is no task ${task} on this function; it has: ${names}. Deploy the state machine and the function from one build`,
    );
  }
  return new LambentError(
    `an invocation must read {"task": "name", "inputs": {…}}; this function's tasks are: ${names}`,
  );
}
