/** The inputs of the task that `warmAll` adds: for one list of arguments, or for several that each replica is to load. */
export const WARMED = { actor: "actor", list: "arguments", lists: "lists", replica: "replica" } as const;

/** The name of the task that calls a cached function. */
export function warmingTaskName(cached: string): string {
  return `warmAll(${cached})`;
}

/** The cached function that such a task calls; `undefined` for the name of any other task. */
export function warmedFunction(task: string): string | undefined {
  return /^warmAll\((.+)\)$/s.exec(task)?.[1];
}
