import { LambentError, refuseUnknown } from "../base/errors.ts";
import { checkCalled, startNode, useWorkflow, type TracedWorkflow } from "./called-workflow.ts";
import { checkOptions } from "./check-options.ts";
import { currentTrace } from "./current-trace.ts";
import { isLater, type TaskDefinition } from "./definition.ts";
import { given } from "./given.ts";
import { MAP_MODES, type Expression, type GraphData, type InputDeclaration, type MapMode } from "../graph/graph.ts";
import { asksForMany, checkItemOptions } from "./item-options.ts";
import { checkLiterals } from "./literal-size.ts";
import type { Mapped } from "./mapped.ts";
import { mappedLists, refuseBound } from "./mapped-lists.ts";
import type { TaskNodeOptions } from "./retried-errors.ts";
import { checkNodeOptions } from "./task.ts";
import { Trace } from "./trace.ts";

/**
 * How a map over a workflow runs: a Map state's fields, and retries of whole items.
 * @example
 * const options: WorkflowMapOptions = { concurrency: 4, retries: 2, mode: "distributed" };
 * const one = workflow({ value: 1 }, function one({ value }) {
 *   return evaluate({ value, state: 1 });
 * });
 * const all = workflow({ values: [1, 2] }, function all({ values }) {
 *   return mapTask(one, options)({ value: values });
 * });
 */
export interface WorkflowMapOptions {
  /**
   * Items at work at once: ASL's `MaxConcurrency`. Default: the largest `replicaCount` of the actors whose tasks the
   * workflow runs.
   */
  readonly concurrency?: number;
  /**
   * Where the items run: `"inline"` in the workflow's own execution, 40 of them at once and as many as its history has
   * room for; `"distributed"` in child executions, of many items each. Default: by the number of items when the map runs.
   */
  readonly mode?: MapMode;
  /** Of an item that fails, from the workflow's first task on. Its tasks have retries of their own beside these. */
  readonly retries?: TaskNodeOptions["retries"];
}

const OPTIONS = ["concurrency", "minSuccessRatio", "mode", "retries"];

/**
 * As `mapTask` of a task, for a workflow.
 * @param what the map, for messages
 */
export function mapWorkflow<I, O>(
  traced: TracedWorkflow,
  options: object,
  what: string = `mapTask(${traced.definition.graph.workflow})`,
): Mapped<I, O | null> {
  const { definition, bound, retries: own, starts } = traced;
  const { tasks } = definition;
  checkOptions(what, options);
  const {
    minSuccessRatio,
    concurrency = mostReplicas(tasks),
    mode,
    retries,
    ...others
  }: WorkflowMapOptions & { readonly minSuccessRatio?: number } = options;
  const { concurrency: asked }: WorkflowMapOptions = options;
  refuseBatches(what, others);
  refuseUnknown(what, others, OPTIONS);
  checkItemOptions(what, concurrency, minSuccessRatio);
  if (mode !== undefined && !MAP_MODES.includes(mode)) {
    throw new LambentError(`${what}: mode must be "inline" or "distributed", not ${given(mode)}`);
  }
  const called = own === undefined ? {} : { retries: own };
  const retried = retries === undefined ? called : checkNodeOptions(what, { retries });
  return (inputs) => {
    const trace = currentTrace(what, "call it in a workflow's function");
    const lists = mappedLists(trace, inputs, what);
    const fields = trace.fields(bound, what);
    checkLiterals(`${what}'s input for one element`, fields);
    refuseBound(what, lists, fields);
    checkCalled(traced, fields, lists);
    useWorkflow(trace, traced);
    const graph = starts === undefined ? definition.graph : startGraph(traced, { ...fields, ...lists });
    return trace.add<(O | null)[]>({
      kind: "workflowMap",
      ...trace.named(graph.workflow),
      graph,
      bound: fields,
      lists,
      ...(concurrency === undefined ? {} : { concurrency }),
      ...asksForMany(asked),
      ...(minSuccessRatio === undefined ? {} : { minSuccessRatio }),
      ...(mode === undefined ? {} : { mode }),
      ...retried,
    });
  };
}

/**
 * What each item is that starts a state machine: a workflow of this one node.
 * @param fields by name what it is given, which of a workflow that is not made yet are the inputs
 */
function startGraph(traced: TracedWorkflow, fields: object): GraphData {
  const { workflow, inputs: declared } = traced.definition.graph;
  const trace = new Trace(workflow);
  const isMade = traced.starts?.definition === undefined || !isLater(traced.starts.definition);
  const inputs = isMade
    ? declared
    : Object.keys(fields).map((name): InputDeclaration => ({ name, variable: trace.name(name) }));
  const given = inputs.map(({ name, variable, isOptional }): [string, Expression] => [
    name,
    { kind: "ref", variable, path: isOptional === true ? [name] : [] },
  ]);
  if (isMade) for (const { variable } of inputs) trace.name(variable); // which keeps it from the node
  const node = startNode(traced, trace.named("start"), Object.fromEntries(given));
  return { workflow, inputs, nodes: [node], result: { kind: "ref", variable: node.variable, path: [] } };
}

/** Only what an item is of tasks alone can be put together into one invocation. */
function refuseBatches(what: string, options: object): void {
  const wrong = ["batch", "batchBy", "concurrentItems"].find((name) => name in options);
  if (wrong === undefined) return;
  throw new LambentError(
    `${what}: ${wrong} is of maps of a task, and an item of this one is a workflow of several states: leave it out, and ` +
      "give it to a mapTask of a task within the workflow, or do what the workflow does in one task",
  );
}

function mostReplicas(tasks: ReadonlySet<TaskDefinition>): number | undefined {
  const replicas = [...tasks].flatMap(({ actor }) => (actor === undefined ? [] : [actor.replicaCount]));
  return replicas.length === 0 ? undefined : Math.max(...replicas);
}
