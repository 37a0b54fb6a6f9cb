import type { Input, Ref } from "../graph/ref.ts";

/** A task, or a workflow, that takes lists where it takes elements itself. */
export interface Mapped<I, O> {
  (inputs: { readonly [K in keyof I]: Input<readonly I[K][]> }): Ref<O[]>;
}
