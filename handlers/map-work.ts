import type { RunnableTask } from "../sdk/invocation/runnable-task.ts";
import { checkMapWork } from "./checked-map-work.ts";
import type { BatchOutcome, Invocation, Outcome } from "./payload.ts";

/** Runs a task once. */
type Run<R> = (task: RunnableTask, invocation: Invocation, replica: R, remainingMs: () => number) => Promise<Outcome>;

/** What a function does for a map besides running its task once: a batch of items, or work on its lists. */
export async function workForMap<R>(
  task: RunnableTask,
  invocation: Invocation,
  replica: R,
  remainingMs: () => number,
  run: Run<R>,
): Promise<Outcome | BatchOutcome> {
  checkMapWork(invocation);
  const { list } = invocation;
  if (list === undefined) return (await import("./batch.ts")).runBatch(task, invocation, replica, remainingMs, run);
  const { workOnLists } = await import("./list-work.ts");
  return workOnLists(list, invocation, (work) =>
    run({ name: task.name, actor: task.actor, run: work }, { task: task.name }, replica, remainingMs),
  );
}
