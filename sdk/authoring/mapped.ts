import type { Input, Ref } from "../graph/ref.ts";

/**
 * A task, or a workflow, that takes lists where it takes elements itself.
 * @example
 * const square: Mapped<{ value: number }, number> = mapTask(partial(evaluate, { state: 2 }));
 * const squares = workflow({ values: [1, 2] }, function squares({ values }) {
 *   return square({ value: values });
 * });
 */
export interface Mapped<I, O> {
  (inputs: { readonly [K in keyof I]: Input<readonly I[K][]> }): Ref<O[]>;
}
