import { LambentError } from "../base/errors.ts";
import { isObject } from "../base/json.ts";
import { given } from "./given.ts";
import { isPlain } from "../values/wire.ts";
import type { Input } from "../graph/ref.ts";
import { makeTask, tracedTask, type Task } from "./task.ts";

/** Flattened, so that editors show the fields and not the operators. */
export type Simplify<T> = { [K in keyof T]: T[K] } & {};

/**
 * Bind some of a task's inputs now; the rest remain (Python's `functools.partial`).
 * @param bound values, or Refs of the workflow in which the result is called
 * @example
 * const runInference = workflow({ values: [1, 2, 3] }, function runInference({ values }) {
 *   const file = createModelState({});
 *   return mapTask(partial(inference, { file }))({ value: values });
 * });
 */
export function partial<I, O, K extends keyof I>(
  task: Task<I, O>,
  bound: { readonly [P in K]: Input<I[P]> },
): Task<Simplify<Omit<I, K>>, O> {
  const traced = tracedTask(task);
  if (traced === undefined) {
    throw new LambentError(`partial(…) takes a task, made by task() or actor.task(), not ${given(task)}`);
  }
  if (!isObject(bound) || !isPlain(bound)) {
    throw new LambentError(
      `partial(${task.taskName}, …) takes one object of inputs to bind, { name: value }, not ${given(bound)}`,
    );
  }
  // Omit<I, K> and the bound K make an I again, which the compiler cannot follow through a spread.
  function fn(rest: Simplify<Omit<I, K>>): Promise<O> {
    return task.fn({ ...bound, ...rest } as unknown as I);
  }
  return makeTask({ ...traced, bound: { ...traced.bound, ...bound } }, fn);
}
