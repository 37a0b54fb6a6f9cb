import type { Step } from "./plan.ts";
import type { StateSequence } from "./states.ts";
import type { Compilation } from "./target.ts";

/** Makes the states of steps, for nodes within which there are steps: `statesOf` of step-states.ts. */
export type StatesOf = (
  steps: readonly Step[],
  next: { readonly Next: string },
  compilation: Compilation,
) => StateSequence;
