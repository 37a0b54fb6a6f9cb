import { LambentError } from "../base/errors.ts";
import { isObject } from "../base/json.ts";
import { bindWorkflow, tracedWorkflowOf, type BoundWorkflow } from "./called-workflow.ts";
import { given } from "./given.ts";
import { refuseLazy } from "./lazy.ts";
import type { Simplify } from "./simplify.ts";
import { isPlain } from "../values/wire.ts";
import type { Input } from "../graph/ref.ts";
import { makeTask, tracedTask, type Task } from "./task.ts";

/**
 * Bind some of a task's or a workflow's inputs now; the rest remain (Python's `functools.partial`).
 * @param task what `task()` or `actor.task()` returned
 * @param workflow what `workflow()` returned
 * @param bound values, or Refs of the workflow in which the result is called
 * @throws {LambentError} for what is no task and no workflow, or no object of inputs
 * @example
 * const runInference = workflow({ values: [1, 2, 3] }, function runInference({ values }) {
 *   const file = createModelState({});
 *   return mapTask(partial(inference, { file }))({ value: values });
 * });
 */
export function partial<I, O, K extends keyof I>(
  task: Task<I, O>,
  bound: { readonly [P in K]: Input<I[P]> },
): Task<Simplify<Omit<I, K>>, O>;
export function partial<I, O, K extends keyof I>(
  workflow: BoundWorkflow<I, O>,
  bound: { readonly [P in K]: Input<I[P]> },
): BoundWorkflow<Simplify<Omit<I, K>>, O>;
export function partial<I, O, K extends keyof I>(
  callee: Task<I, O> | BoundWorkflow<I, O>,
  bound: { readonly [P in K]: Input<I[P]> },
): Task<Simplify<Omit<I, K>>, O> | BoundWorkflow<Simplify<Omit<I, K>>, O> {
  const workflow = tracedWorkflowOf(callee);
  const task = tracedTask(callee);
  const name = workflow?.definition.graph.workflow ?? task?.definition.name;
  if (name === undefined) {
    refuseLazy("partial(…)", callee);
    throw new LambentError(
      `partial(…) takes a task, made by task() or actor.task(), or a workflow, not ${given(callee)}`,
    );
  }
  if (!isObject(bound) || !isPlain(bound)) {
    throw new LambentError(
      `partial(${name}, …) takes one object of inputs to bind, { name: value }, not ${given(bound)}`,
    );
  }
  if (workflow !== undefined) return bindWorkflow({ ...workflow, bound: { ...workflow.bound, ...bound } });
  return partialTask(callee as Task<I, O>, bound); // it is traced as a task
}

function partialTask<I, O, K extends keyof I>(
  task: Task<I, O>,
  bound: { readonly [P in K]: Input<I[P]> },
): Task<Simplify<Omit<I, K>>, O> {
  // Omit<I, K> and the bound K make an I again, which the compiler cannot follow through a spread.
  function fn(rest: Simplify<Omit<I, K>>): Promise<O> {
    return task.fn({ ...bound, ...rest } as unknown as I);
  }
  const traced = tracedTask(task);
  if (traced === undefined) throw new TypeError(`${task.taskName} is no task`);
  return makeTask({ ...traced, bound: { ...traced.bound, ...bound } }, fn);
}
