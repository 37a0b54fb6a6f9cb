import { LambentError } from "../base/errors.ts";
import type { GraphData, InputDeclaration } from "../graph/graph.ts";
import type { Inputs, Ref } from "../graph/ref.ts";
import type { Schema } from "../values/standard-schema.ts";
import { bindWorkflow, type StartedWorkflow, type StartNodeOptions } from "./called-workflow.ts";
import type { Trace } from "./trace.ts";

/** Executions around one of a workflow that starts itself, unless its author says how many. */
export const DEFAULT_DEPTH = 25;

/**
 * A workflow as its own function gets it.
 * @example
 * const countDown = workflow({ n: 3 }, function countDown({ n }, self) {
 *   return conditional(gt(n, 0), () => self.start<string>({ n: expr.sub(n, 1) }), () => "lift-off");
 * });
 */
export interface Self<I> {
  /** A further execution of the workflow, which is waited for. */
  readonly start: SelfStart<I>;
}

/**
 * As `start` of a workflow. What it returns is not known yet: its author says so.
 * @example
 * const halve = workflow({ n: 8 }, function halve({ n }, self) {
 *   const start: SelfStart<{ n?: number }> = self.start;
 *   return conditional(gt(n, 1), () => start<number>({ n: expr.div(n, 2) }, { timeout: 60 }), () => n);
 * });
 */
export interface SelfStart<I> extends Pick<StartedWorkflow<I, unknown>, "workflowName" | "withOverrides"> {
  <O = unknown>(inputs: Inputs<I>, options?: StartNodeOptions): Ref<O>;
}

/** What a workflow's function gets as itself, and whether it has started it. */
export function selfOf<I>(
  workflow: string,
  inputs: readonly InputDeclaration[],
  schemas: ReadonlyMap<string, Schema>,
): { readonly workflow: Self<I>; isStarted(): boolean } {
  const graph: GraphData = { workflow, inputs, nodes: [], result: { kind: "literal", value: null } };
  let isStarted = false;
  const bound = bindWorkflow<I, unknown>({
    definition: { graph, tasks: new Set(), started: new Set(), schemas },
    bound: {},
    starts: {},
  });
  return {
    workflow: {
      get start() {
        isStarted = true;
        return bound as SelfStart<I>; // its author says what the workflow returns
      },
    },
    isStarted: () => isStarted,
  };
}

/** @throws {LambentError} if the function calls the workflow that is being made of it */
export function traceRecursive<R>({ workflow }: Trace, fn: () => R): R {
  try {
    return fn();
  } catch (thrown) {
    if (thrown instanceof RangeError && thrown.message === "Maximum call stack size exceeded") {
      throw new LambentError(
        `workflow ${workflow}: its function calls itself without an end while it is traced. A workflow cannot be within itself: start a further execution by the second parameter, function ${workflow}({ … }, self) { … self.start({ … }) … }`,
        { cause: thrown },
      );
    }
    if (thrown instanceof ReferenceError && /^Cannot access '.+' before initialization$/.test(thrown.message)) {
      const [, name] = /'(.+)'/.exec(thrown.message) ?? [];
      throw new LambentError(
        `workflow ${workflow} uses ${name}, which is not made yet when its function is traced. To start ${workflow} itself, take it as the second parameter, function ${workflow}({ … }, self) { … self.start({ … }) … }; to start a workflow that is made later, lazy("${name}", () => ${name}).start({ … })`,
        { cause: thrown },
      );
    }
    throw thrown;
  }
}
