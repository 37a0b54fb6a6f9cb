import type { TaskAddress } from "./graph.ts";
import { addressOf } from "./definition.ts";
import { exportedTasks, type Module } from "./service.ts";
import { tracedTask } from "./task.ts";

/** A variable at a module's top level that holds a task, be it exported or not. */
export interface TaskVariable extends TaskAddress {
  /** The module's. */
  readonly path: string;
  readonly name: string;
}

/**
 * Where the tasks are that modules export or run in exported workflows, as far as variables hold them.
 * @param modules the author's modules, as `import * as` gives them
 * @param variables of all modules that were loaded with them, by path: called once they all are
 */
export function taskVariables(
  modules: readonly Module[],
  variables: ReadonlyMap<string, () => Readonly<Record<string, unknown>>>,
): TaskVariable[] {
  // By the function that runs: `withOverrides` makes another task of the same.
  const wanted = new Map([...exportedTasks(modules)].map((task) => [task.run, addressOf(task)]));
  const found: TaskVariable[] = [];
  for (const [path, values] of variables) {
    for (const [name, value] of Object.entries(values())) {
      const run = tracedTask(value)?.definition.run;
      const address = run === undefined ? undefined : wanted.get(run);
      if (run === undefined || address === undefined) continue;
      wanted.delete(run);
      found.push({ ...address, path, name });
    }
  }
  return found;
}
