import { LambentError, refuseUnknown } from "../base/errors.ts";
import type { Json } from "../base/json.ts";
import type { Expression, InputDeclaration, Retry, StartNode } from "../graph/graph.ts";
import type { Inputs, Ref } from "../graph/ref.ts";
import { decodeValue } from "../values/crossing.ts";
import { checkOptions } from "./check-options.ts";
import { currentTrace } from "./current-trace.ts";
import { addressOf, type LaterDefinition, type WorkflowDefinition } from "./definition.ts";
import { declaredType, isNeeded, typeName } from "./input-type.ts";
import { checkLiterals } from "./literal-size.ts";
import type { TaskNodeOptions } from "./retried-errors.ts";
import { checkLiteral } from "./schema-literal.ts";
import { checkNodeOptions } from "./task.ts";
import { inputFields, type Trace } from "./trace.ts";

/** Where a workflow has its {@link WorkflowDefinition}. */
export const DEFINITION: unique symbol = Symbol("workflow");

/** Of a workflow what its calls need. */
export type CalledDefinition = Pick<WorkflowDefinition, "graph" | "tasks" | "started" | "schemas">;

/** What a map, or a call with bound inputs, needs of a workflow. */
export interface TracedWorkflow {
  readonly definition: CalledDefinition;
  readonly bound: Readonly<Record<string, unknown>>;
  /** Of its nodes, as `withOverrides` has said, with errors by their names. */
  readonly retries?: number | Retry;
  /** Each call is an execution of its state machine. Absent: its nodes run within the workflow that calls it. */
  readonly starts?: Starting;
}

/** How a state machine is started. */
export interface Starting {
  /** Absent: the one that is being traced. */
  readonly definition?: WorkflowDefinition | LaterWorkflow;
  /** Seconds that one execution may take. */
  readonly timeout?: number;
}

/** A workflow that is looked at when all modules are loaded. */
export interface LaterWorkflow extends LaterDefinition {
  /** Note what it is started with, which is then compared with its inputs. */
  expect(fields: Readonly<Record<string, Expression>>, lists?: Readonly<Record<string, Expression>>): void;
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

/**
 * What is said of an execution that a workflow starts.
 * @example
 * const options: StartNodeOptions = { timeout: 600, retries: 1 };
 */
export interface StartNodeOptions extends WorkflowNodeOptions {
  /** Seconds that one execution may take. Then it is stopped, and the call fails with `States.Timeout`. */
  readonly timeout?: number;
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

/**
 * A workflow each of whose calls is an execution of its own.
 * @example
 * const half = workflow({ n: 8 }, function half({ n }) {
 *   return expr.div(n, 2);
 * });
 * const quarter = workflow({ n: 8 }, function quarter({ n }) {
 *   return half({ n: half.start({ n }, { timeout: 60 }) });
 * });
 */
export interface StartedWorkflow<I, O> {
  /** Inside a workflow: start an execution, and wait for its output. */
  (inputs: Inputs<I>, options?: StartNodeOptions): Ref<O>;
  /** The name that the workflow has. */
  readonly workflowName: string;
  /** The same with other options for the executions it starts. */
  withOverrides(options: StartNodeOptions): StartedWorkflow<I, O>;
}

/** @param bound inputs by name: values, or Refs of the workflow in which the result is called */
export function bindWorkflow<I, O>(traced: TracedWorkflow): StartedWorkflow<I, O> {
  const { definition } = traced;
  function call(inputs: Inputs<I>, options?: StartNodeOptions): Ref<O> {
    return callWorkflow(options === undefined ? traced : withOptions(traced, options), inputs);
  }
  return Object.assign(call, {
    workflowName: definition.graph.workflow,
    withOverrides: (options: StartNodeOptions) => overridden<I, O>(traced, options),
    [BOUND]: traced,
  });
}

/** A workflow with other options for the nodes it adds. */
export function overridden<I, O>(traced: TracedWorkflow, options: StartNodeOptions): StartedWorkflow<I, O> {
  return bindWorkflow(withOptions(traced, options));
}

/** @throws {LambentError} for options that are unknown or do not fit */
function withOptions(traced: TracedWorkflow, options: StartNodeOptions): TracedWorkflow {
  const { workflow } = traced.definition.graph;
  const what = traced.starts === undefined ? `workflow ${workflow}: withOverrides(…)` : `${workflow}.start`;
  checkOptions(what, options);
  const { retries, timeout, ...unknown } = options;
  refuseUnknown(what, unknown, traced.starts === undefined ? ["retries"] : ["retries", "timeout"]);
  const retried = retries === undefined ? {} : checkNodeOptions(what, { retries });
  if (timeout === undefined) return { ...traced, ...retried };
  if (traced.starts === undefined) {
    throw new LambentError(
      `${what}: timeout is of an execution, and of a task: of a part of an execution Step Functions keeps no time. Give the workflow an execution of its own, ${workflow}.start.withOverrides({ timeout: ${String(timeout)} })`,
    );
  }
  checkNodeOptions(what, { timeout });
  return { ...traced, ...retried, starts: { ...traced.starts, timeout } };
}

/** What a map is to run for each element; `undefined` for any value but a workflow. */
export function tracedWorkflowOf(value: unknown): TracedWorkflow | undefined {
  const definition = workflowDefinition(value);
  if (definition !== undefined) return { definition, bound: {} };
  if (typeof value !== "function" || !Object.hasOwn(value, BOUND)) return undefined;
  return Reflect.get(value, BOUND) as TracedWorkflow; // only `bindWorkflow` sets it
}

/** Adds the node of a call. */
export function callWorkflow<O>(traced: TracedWorkflow, inputs: object): Ref<O> {
  const { definition, bound, retries, starts } = traced;
  const { graph } = definition;
  const trace = currentTrace(
    `workflow ${graph.workflow}`,
    "start its state machine, or call run(workflow, inputs) of lambent/local",
  );
  useWorkflow(trace, traced);
  const fields = { ...trace.fields(bound, graph.workflow), ...inputFields(trace, inputs, graph.workflow) };
  checkCalled(traced, fields);
  checkLiterals(`workflow ${graph.workflow}'s input`, fields);
  const named = trace.named(graph.workflow);
  const retried = retries === undefined ? {} : { retries };
  if (starts !== undefined) return trace.add<O>({ ...startNode(traced, named, fields), ...retried });
  return trace.add<O>({ kind: "workflow", ...named, inputs: fields, graph, ...retried });
}

/** Note what a workflow brings into one that calls it: its tasks, and the state machines that have to be there. */
export function useWorkflow(trace: Trace, { definition, starts }: TracedWorkflow): void {
  for (const task of definition.tasks) trace.use(task);
  for (const one of definition.started) trace.started.add(one);
  if (starts?.definition !== undefined) trace.started.add(starts.definition);
}

export function startNode(
  { definition: { graph, tasks }, starts }: TracedWorkflow,
  named: { readonly name: string; readonly variable: string },
  inputs: StartNode["inputs"],
): StartNode {
  const timed = starts?.timeout === undefined ? {} : { timeout: starts.timeout };
  const [task] = tasks;
  const worker = task === undefined ? {} : { worker: addressOf(task) };
  return { kind: "start", ...named, workflow: graph.workflow, inputs, ...timed, ...worker };
}

/**
 * As {@link checkCall}, now or once the workflow is there.
 * @throws {LambentError} for inputs that the workflow does not take, as far as it is known
 */
export function checkCalled(
  { definition, starts }: TracedWorkflow,
  fields: Readonly<Record<string, Expression>>,
  lists: Readonly<Record<string, Expression>> = {},
): void {
  const later = starts?.definition;
  if (later !== undefined && "expect" in later) later.expect(fields, lists);
  else checkCall(definition, fields, lists);
}

/**
 * What the state machine's own first state would refuse, as far as it is known while tracing.
 * @param lists of the inputs that differ from item to item of a map, one element for each
 */
export function checkCall(
  { graph: { workflow, inputs }, schemas }: Pick<CalledDefinition, "graph" | "schemas">,
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
    function check(at: string, one: Expression): void {
      checkGiven(workflow, input, at, one);
      const schema = schemas.get(name);
      if (schema !== undefined && one.kind === "literal")
        checkLiteral(`workflow ${workflow}`, at, schema, decodeValue(one.value));
    }
    if (given !== undefined) check(name, given);
    elementsOf(list).forEach((element, index) => check(`${name}[${index}]`, element));
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
