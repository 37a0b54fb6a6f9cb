import type { RunnableTask } from "../invocation/runnable-task.ts";

let made: RunnableTask[] | undefined = [];

/** Note that the author's code has made a task. */
export function noteTask(definition: RunnableTask): void {
  made?.push(definition);
}

/**
 * The tasks that were made so far: those of the author's modules, once they are loaded. What is made later is nobody's
 * task, so it is not kept.
 */
export function takeTasks(): readonly RunnableTask[] {
  const tasks = made ?? [];
  made = undefined;
  return tasks;
}
