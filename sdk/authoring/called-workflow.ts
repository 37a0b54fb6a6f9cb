import { LambentError, refuseUnknown } from "../base/errors.ts";
import type { Json } from "../base/json.ts";
import type { Expression, GraphData, InputDeclaration, Retry } from "../graph/graph.ts";
import type { Inputs, Ref } from "../graph/ref.ts";
import { checkOptions } from "./check-options.ts";
import { currentTrace } from "./current-trace.ts";
import type { TaskDefinition } from "./definition.ts";
import { declaredType, isNeeded, typeName } from "./input-type.ts";
import { checkLiterals } from "./literal-size.ts";
import type { Schema } from "../values/standard-schema.ts";
import type { TaskNodeOptions } from "./retried-errors.ts";
import { checkNodeOptions } from "./task.ts";
import { inputFields } from "./trace.ts";

/** Where a workflow has its {@link WorkflowDefinition}. */
export const DEFINITION: unique symbol = Symbol("workflow");

/** What a workflow is to the compiler and the handler. */
export interface WorkflowDefinition {
  readonly graph: GraphData;
  readonly tasks: ReadonlySet<TaskDefinition>;
  /** Of those inputs that have one, by their names. */
  readonly schemas: ReadonlyMap<string, Schema>;
  /** The file that called `workflow()`, absolute; absent if its place is unknown. */
  readonly file?: string;
}

/** What a map, or a call with bound inputs, needs of a workflow. */
export interface TracedWorkflow {
  readonly definition: WorkflowDefinition;
  readonly bound: Readonly<Record<string, unknown>>;
  /** Of its nodes, as `withOverrides` has said, with errors by their names. */
  readonly retries?: number | Retry;
}

/**
 * What is said of one call of a workflow within another.
 * @example
 * const options: WorkflowNodeOptions = { retries: { maxAttempts: 2, intervalSeconds: 10 } };
 */
export interface WorkflowNodeOptions {
  /** Of the call, or of an item of a map, from the workflow's first task on: its tasks have retries of their own beside these. */
  readonly retries?: TaskNodeOptions["retries"];
}

const BOUND: unique symbol = Symbol("bound workflow");

/**
 * A workflow some of whose inputs are given already. It has no state machine of its own.
 * @example
 * const pair = workflow({ left: 1, right: 2 }, function pair({ left, right }) {
 *   return { left, right };
 * });
 * const withTwo: BoundWorkflow<{ left?: number }, { left: number; right: number }> = partial(pair, { right: 2 });
 */
export interface BoundWorkflow<I, O> {
  /** Inside a workflow: add a node to the graph. */
  (inputs: Inputs<I>): Ref<O>;
  /** The name that the workflow has. */
  readonly workflowName: string;
  /** The same workflow with other options for the nodes it adds. */
  withOverrides(options: WorkflowNodeOptions): BoundWorkflow<I, O>;
}

/** @param bound inputs by name: values, or Refs of the workflow in which the result is called */
export function bindWorkflow<I, O>(traced: TracedWorkflow): BoundWorkflow<I, O> {
  const { definition } = traced;
  function call(inputs: Inputs<I>): Ref<O> {
    return callWorkflow(traced, inputs);
  }
  return Object.assign(call, {
    workflowName: definition.graph.workflow,
    withOverrides: (options: WorkflowNodeOptions) => overridden<I, O>(traced, options),
    [BOUND]: traced,
  });
}

/** A workflow with other options for the nodes it adds. */
export function overridden<I, O>(traced: TracedWorkflow, options: WorkflowNodeOptions): BoundWorkflow<I, O> {
  const what = `workflow ${traced.definition.graph.workflow}: withOverrides(…)`;
  checkOptions(what, options);
  const { retries, ...unknown } = options;
  if ("timeout" in unknown) {
    throw new LambentError(
      `${what}: timeout is of tasks, and of a workflow's whole execution: within another execution Step Functions keeps no time of a part. Give it to the tasks of ${traced.definition.graph.workflow}`,
    );
  }
  refuseUnknown(what, unknown, ["retries"]);
  return bindWorkflow({ ...traced, ...(retries === undefined ? {} : checkNodeOptions(what, { retries })) });
}

/** What a map is to run for each element; `undefined` for any value but a workflow. */
export function tracedWorkflowOf(value: unknown): TracedWorkflow | undefined {
  const definition = workflowDefinition(value);
  if (definition !== undefined) return { definition, bound: {} };
  if (typeof value !== "function" || !Object.hasOwn(value, BOUND)) return undefined;
  return Reflect.get(value, BOUND) as TracedWorkflow; // only `bindWorkflow` sets it
}

/** Adds the node of a call. */
export function callWorkflow<O>({ definition, bound, retries }: TracedWorkflow, inputs: object): Ref<O> {
  const { graph, tasks } = definition;
  const trace = currentTrace(
    `workflow ${graph.workflow}`,
    "start its state machine, or call run(workflow, inputs) of lambent/local",
  );
  for (const task of tasks) trace.use(task);
  const fields = { ...trace.fields(bound, graph.workflow), ...inputFields(trace, inputs, graph.workflow) };
  checkCall(graph, fields);
  checkLiterals(`workflow ${graph.workflow}'s input`, fields);
  const retried = retries === undefined ? {} : { retries };
  return trace.add<O>({ kind: "workflow", ...trace.named(graph.workflow), inputs: fields, graph, ...retried });
}

/**
 * What the state machine's own first state would refuse, as far as it is known while tracing.
 * @param lists of the inputs that differ from item to item of a map, one element for each
 */
export function checkCall(
  { workflow, inputs }: GraphData,
  fields: Readonly<Record<string, Expression>>,
  lists: Readonly<Record<string, Expression>> = {},
): void {
  const names = inputs.map((input) => input.name);
  const unknown = [...Object.keys(fields), ...Object.keys(lists)].find((key) => !names.includes(key));
  if (unknown !== undefined) {
    throw new LambentError(`workflow ${workflow} has no input ${unknown}; it has: ${names.join(", ") || "none"}`);
  }
  for (const input of inputs) {
    const { name } = input;
    const [given, list] = [fields[name], lists[name]];
    if (given !== undefined) checkGiven(workflow, input, name, given);
    elementsOf(list).forEach((element, index) => checkGiven(workflow, input, `${name}[${index}]`, element));
    if (given === undefined && list === undefined && isNeeded(input)) {
      throw new LambentError(`workflow ${workflow}: ${name} is required`);
    }
  }
}

/** The elements that are known. */
function elementsOf(list: Expression | undefined): readonly Expression[] {
  if (list?.kind === "list") return list.items;
  if (list?.kind !== "literal" || !Array.isArray(list.value)) return [];
  return list.value.map((value: Json): Expression => ({ kind: "literal", value }));
}

function checkGiven(
  workflow: string,
  { default: value, isFile }: InputDeclaration,
  at: string,
  given: Expression,
): void {
  if (isFile === true && given.kind === "literal" && typeof given.value === "string") {
    throw new LambentError(
      `workflow ${workflow}: ${at} is a file: within another workflow give an S3File, such as asset(…), not its address`,
    );
  }
  const [wanted, got] = [declaredType(value), givenType(given)];
  if (wanted !== undefined && got !== undefined && wanted !== got) {
    throw new LambentError(`workflow ${workflow}: ${at} must be of type ${wanted}, not ${got}`);
  }
}

function givenType(expression: Expression): string | undefined {
  switch (expression.kind) {
    case "literal":
      return typeName(expression.value);
    case "ref":
      return undefined;
    case "object":
      return "object";
    case "list":
      return "array";
  }
}

/** What a workflow is to the compiler and the handler; `undefined` for any other value. */
export function workflowDefinition(value: unknown): WorkflowDefinition | undefined {
  if (typeof value !== "function" || !Object.hasOwn(value, DEFINITION)) return undefined;
  return Reflect.get(value, DEFINITION) as WorkflowDefinition; // only `workflow` sets it
}
