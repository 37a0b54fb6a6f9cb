import type { RunnableTask } from "../invocation/runnable-task.ts";
import { isSchema, type Schema, type TaskSchemas, type WorkflowSchemas } from "./standard-schema.ts";

// This is in each replica's first code, which has to be small: what checks is loaded when something is checked.

/** A task's function with what goes in and comes out checked by its schemas. */
export function checkedRun(
  task: string,
  { input, output }: TaskSchemas,
  fn: (inputs: never) => unknown,
): (inputs: unknown) => unknown {
  const run = fn as (inputs: unknown) => unknown; // its inputs were typed where it is called
  if (!input && !output) return (inputs) => run(inputs); // not as a method of the task, whose `this` and stack it would have
  return async (inputs) => (await import("./validate.ts")).runChecked(task, { input, output }, run, inputs);
}

/** The tasks that check a workflow's inputs and its output by their schemas, of which there may be none. */
export function schemaTasks(workflow: string, declared: object, output: Schema | undefined): RunnableTask[] {
  const schemas = Object.entries(declared).filter(([, value]) => isSchema(value));
  const inputs = schemas.length > 0 && checkingTask(`${workflow}.inputs`, workflow, schemas);
  return [inputs, output && checkingTask(`${workflow}.output`, workflow, output)].filter((task) => !!task);
}

function checkingTask(name: string, workflow: string, schemas: WorkflowSchemas): RunnableTask {
  return { name, run: async (given) => (await import("./validate.ts")).runWorkflowCheck(workflow, schemas, given) };
}
