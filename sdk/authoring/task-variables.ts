import { isObject } from "../base/json.ts";
import type { TaskAddress } from "../graph/graph.ts";
import { addressOf, type TaskDefinition } from "./definition.ts";
import { tasksOfDynamic } from "./dynamic.ts";
import { exportedTasks, type Module } from "./service.ts";
import { tracedTask } from "./task.ts";

/** A variable at a module's top level that holds a task, or a list or an object with it; be it exported or not. */
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
      for (const { run } of tasksIn(value)) {
        const address = wanted.get(run);
        if (address === undefined) continue;
        wanted.delete(run);
        found.push({ ...address, path, name });
      }
    }
  }
  return found;
}

/** The task itself, or those that are an object's own fields; what a getter would return is not looked at. */
function tasksIn(value: unknown): TaskDefinition[] {
  const task = taskIn(value);
  if (task !== undefined) return [task];
  if (!isObject(value)) return [];
  return Object.values(Object.getOwnPropertyDescriptors(value)).flatMap((field) => taskIn(field.value) ?? []);
}

/** A task, or that of a dynamic: the tasks that it calls are in variables of their own. */
function taskIn(value: unknown): TaskDefinition | undefined {
  return tracedTask(value)?.definition ?? tasksOfDynamic(value)[0];
}
