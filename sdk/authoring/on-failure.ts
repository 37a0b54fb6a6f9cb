import { LambentError } from "../base/errors.ts";
import type { Block, Expression } from "../graph/graph.ts";
import type { Reference, Ref } from "../graph/ref.ts";
import { tracedWorkflowOf } from "./called-workflow.ts";
import { Failing, failureName } from "./failing.ts";
import { given } from "./given.ts";
import { tracedTask } from "./task.ts";
import type { Trace } from "./trace.ts";
import type { CaughtError } from "./try-catch.ts";

/**
 * What is called once a workflow has failed: a task or a workflow that takes `inputs` and `error`, or one of them.
 * @example
 * const tell = task(async function tell({ inputs, error }: { inputs: { text: string }; error: CaughtError }) {
 *   return `${inputs.text}: ${error.name}`;
 * });
 * const onFailure: FailureHandler<{ text: string }> = tell;
 */
export type FailureHandler<I> = (failed: {
  readonly inputs: { readonly [K in keyof I]: Ref<I[K]> };
  readonly error: Ref<CaughtError>;
}) => Reference<unknown>;

/** @throws {LambentError} if it is neither a task nor a workflow */
export function checkOnFailure(workflow: string, onFailure: unknown): void {
  if (tracedTask(onFailure) !== undefined || tracedWorkflowOf(onFailure) !== undefined) return;
  throw new LambentError(
    `workflow ${workflow}: onFailure must be a task or a workflow that takes { inputs, error }, not ${given(onFailure)}`,
  );
}

/**
 * Trace a workflow that calls something when it fails: its nodes are in a block whose errors are caught, and what is
 * caught is thrown again after the call. Should the call fail too, the workflow's own error is still the one it fails with.
 * @param fn traces the workflow's nodes and gives its output
 */
export function withOnFailure<I>(
  trace: Trace,
  onFailure: FailureHandler<I>,
  inputs: { readonly [K in keyof I]: Ref<I[K]> },
  fn: () => unknown,
): Expression {
  const what = `workflow ${trace.workflow}`;
  const block = trace.block(what, fn);
  if (block.failure !== undefined) throw alwaysFailing(trace.workflow, failureName(block.failure));
  const named = trace.named("steps");
  const error = trace.name("caught");
  const handler = trace.blockWith(`${what}: onFailure`, error, (ref) => {
    const caught = ref as Ref<CaughtError>; // the catcher assigns one
    const call = trace.block(`${what}: onFailure`, () => onFailure({ inputs, error: caught }));
    trace.add({ kind: "try", ...trace.named("told"), block: call, error: trace.name("caught"), handler: NOTHING });
    throw new Failing(trace, caught.name, caught.cause);
  });
  return trace.expression(trace.add({ kind: "try", ...named, block, error, handler }), `${what}'s output`);
}

const NOTHING: Block = { nodes: [], result: { kind: "literal", value: null } };

/** What is said of a workflow that fails on purpose outside of its branches. */
export function alwaysFailing(workflow: string, error: string): LambentError {
  return new LambentError(
    `workflow ${workflow}: fail(${JSON.stringify(error)}, …) is called in each of its executions: call it in a branch of conditional(…) or choose(…)`,
  );
}
