import { within } from "./current-trace.ts";
import { LambentError } from "../base/errors.ts";
import type { Graph, GraphData, InputDeclaration } from "../graph/graph.ts";
import { printGraph } from "../graph/print-graph.ts";
import { loading } from "./loading.ts";
import type { Input, Inputs, Ref, Sync, Value } from "../graph/ref.ts";
import { isObject } from "../base/json.ts";
import { refuseAsync, Trace } from "./trace.ts";
import { isPlain } from "../values/wire.ts";
import type { InputOf, OutputOf, Schema } from "../values/standard-schema.ts";
import { ASSIGNED_BYTES } from "../base/aws-limits.ts";
import { failingOf } from "./failing.ts";
import { checkLiterals, jsonBytes } from "./literal-size.ts";
import { refuseLoneWaits } from "./lone-waits.ts";
import { alwaysFailing, checkOnFailure, withOnFailure } from "./on-failure.ts";
import { checkSchedule } from "./schedule.ts";
import {
  bindWorkflow,
  callWorkflow,
  DEFINITION,
  overridden,
  type BoundWorkflow,
  type StartedWorkflow,
  type TracedWorkflow,
  type WorkflowNodeOptions,
} from "./called-workflow.ts";
import { isLater, refuseWaiting, type WorkflowDefinition } from "./definition.ts";
import { callerOf } from "./caller.ts";
import { given } from "./given.ts";
import { checkNameIsText, checkOptions } from "./check-options.ts";
import { DEFAULT_DEPTH, selfOf, traceRecursive, type Self } from "./recursion.ts";
import { declareInput, type CallInputs, type Declared } from "./required.ts";
import { checkMachine, checkName, type WorkflowOptions } from "./workflow-options.ts";
import { checkSchema } from "./schema-option.ts";
import { afterInputs, checkedOutput, schemaChecks, schemasOf } from "./workflow-schemas.ts";

/**
 * A traced function, run by a state machine of its own. Called in another workflow it is one node.
 * @example
 * const double: Workflow<{ value?: number }, number> = workflow({ value: 1 }, function double({ value }) {
 *   return evaluate({ value, state: 2 });
 * });
 * console.log(await run(double, { value: 4 }), double.workflowName);
 */
export interface Workflow<I, O> {
  (inputs: Inputs<I>): Ref<O>;
  /** Its state machine's name, after that of the service and the stage. */
  readonly workflowName: string;
  /** Its nodes in call order; prints itself. */
  readonly graph: Graph;
  /** The same workflow with other options for the nodes it adds to another. */
  withOverrides(options: WorkflowNodeOptions): BoundWorkflow<I, O>;
  /** Called in another workflow: an execution of its own, which is waited for. A map of it has one for each item. */
  readonly start: StartedWorkflow<I, O>;
}

/**
 * Trace `fn` once into a graph.
 * @param inputs each input's default, its schema (of zod, valibot, arktype or the like), or `required<T>()`; one with the
 * default `undefined` may be missing
 * @param fn called now, with a Ref for each input, and with the workflow itself, of which it may start a further
 * execution; it must not be async
 * @param options its name, and what its state machine is to be
 * @throws {LambentError} if `fn` computes with a Ref, is async, or has no name
 * @example
 * const wf = workflow({ initValue: 1, state: 3 }, function wf({ initValue, state }) {
 *   const out = evaluate({ value: initValue, state });
 *   return evaluate({ value: out, state });
 * });
 */
export function workflow<D extends object, R>(
  inputs: D,
  fn: (inputs: { readonly [K in keyof D]: Ref<Declared<D>[K]> }, self: Self<CallInputs<D>>) => Sync<R>,
  options?: WorkflowOptions<Declared<D>> & { readonly output?: undefined },
): Workflow<CallInputs<D>, Value<R>>;
/**
 * A workflow whose output is checked by a schema.
 * @param inputs as without one
 * @param fn returns what the schema takes
 * @param options with the schema as `output`
 * @throws {LambentError} as without one
 * @example
 * const positive: Schema<number> = {
 *   "~standard": { version: 1, vendor: "own", validate: (value) => ({ value: Number(value) }) },
 * };
 * const checked = workflow({ value: 1 }, function checked({ value }) {
 *   return evaluate({ value, state: 2 });
 * }, { output: positive });
 */
export function workflow<D extends object, S extends Schema>(
  inputs: D,
  fn: (inputs: { readonly [K in keyof D]: Ref<Declared<D>[K]> }, self: Self<CallInputs<D>>) => Input<InputOf<S>>,
  options: WorkflowOptions<Declared<D>> & { readonly output: S },
): Workflow<CallInputs<D>, OutputOf<S>>;
export function workflow<D extends object>(
  inputs: D,
  fn: (inputs: { readonly [K in keyof D]: Ref<Declared<D>[K]> }, self: Self<CallInputs<D>>) => unknown,
  options: WorkflowOptions<Declared<D>> = {},
): Workflow<CallInputs<D>, unknown> {
  if (!isObject(inputs) || !isPlain(inputs)) {
    throw new LambentError(`workflow(…) takes an object of inputs, each with its default, first; not ${given(inputs)}`);
  }
  if (typeof fn !== "function")
    throw new LambentError(`workflow(…) takes a function to trace second, not ${given(fn)}`);
  const what = fn.name === "" ? "workflow(…)" : `workflow ${fn.name}`;
  checkOptions(what, options);
  const { name = fn.name, onFailure, output: outputSchema, ...machine } = options;
  checkNameIsText(what, name);
  checkName(name);
  checkMachine(name, machine);
  if (onFailure !== undefined) checkOnFailure(name, onFailure);
  checkSchema(`workflow ${name}: output`, outputSchema);
  const trace = new Trace(name);
  const declarations: InputDeclaration[] = [];
  const refs: Record<string, Ref<unknown>> = {};
  for (const [key, value] of Object.entries(inputs)) {
    const { declaration, ref } = declareInput(trace, key, value);
    declarations.push(declaration);
    refs[key] = ref;
  }
  checkDefaults(name, declarations);
  loading.onTrace?.(name);
  const schemas = schemasOf(inputs);
  const self = selfOf<CallInputs<D>>(name, declarations, schemas);
  const checks = schemaChecks(name, inputs, outputSchema);
  const result = within(trace, () =>
    afterInputs(trace, checks, schemas, refs, (all) => {
      // The record has the keys of `inputs` and a Ref for each, which is what the parameter's type says.
      const given = all as { readonly [K in keyof D]: Ref<Declared<D>[K]> };
      function traced(): unknown {
        const output = traceRecursive(trace, () => fn(given, self.workflow));
        return checkedOutput(trace, checks, refuseAsync(output, `workflow ${name}`));
      }
      if (onFailure !== undefined) return withOnFailure<Declared<D>>(trace, onFailure, given, traced);
      return trace.expression(neverFailing(trace, traced), `${name}'s output`);
    }),
  );
  loading.onTrace?.(undefined);
  checkLiterals(`workflow ${name}'s output`, result);
  refuseLoneWaits(`workflow ${name}`, { nodes: trace.nodes, result });
  const schedule =
    machine.schedule === undefined ? {} : { schedule: checkSchedule(name, machine.schedule, declarations, schemas) };
  const isRecursive = self.isStarted() || [...trace.started].some(isLater);
  const limited = isRecursive ? { maxDepth: DEFAULT_DEPTH, ...machine } : machine;
  const graph: GraphData = {
    workflow: name,
    inputs: declarations,
    nodes: trace.nodes,
    result,
    ...(Object.keys(limited).length === 0 ? {} : { options: { ...limited, ...schedule } }),
  };
  for (const one of trace.started) if (!isLater(one)) refuseWaiting({ graph }, one);
  const file = callerOf(workflow);
  const { tasks, started } = trace;
  return makeWorkflow({ graph, tasks, started, schemas, ...(file === undefined ? {} : { file }) });
}

/** @throws {LambentError} where `fail` is called outside of a conditional's branches */
function neverFailing<R>(trace: Trace, fn: () => R): R {
  try {
    return fn();
  } catch (thrown) {
    const failing = failingOf(thrown, trace);
    throw failing === undefined ? thrown : alwaysFailing(trace.workflow, String(failing.error));
  }
}

/**
 * An execution that is given none of them has all of them at once.
 * @throws {LambentError} if that is more than Step Functions carries
 */
function checkDefaults(workflow: string, inputs: readonly InputDeclaration[]): void {
  const sizes = inputs.map(({ name, default: value }) => ({ name, bytes: value === undefined ? 0 : jsonBytes(value) }));
  const bytes = sizes.reduce((sum, one) => sum + one.bytes, 0);
  if (bytes <= ASSIGNED_BYTES) return;
  const [largest] = sizes.toSorted((left, right) => right.bytes - left.bytes);
  throw new LambentError(
    `workflow ${workflow}: the defaults of its inputs have ${bytes} bytes, and Step Functions carries ${ASSIGNED_BYTES}; ` +
      `the largest is ${largest?.name} (${largest?.bytes} bytes): give it as a file, asset(…), or make it in a task`,
  );
}

function makeWorkflow<I, O>(definition: WorkflowDefinition): Workflow<I, O> {
  const { graph } = definition;
  const traced: TracedWorkflow = { definition, bound: {} };
  function call(inputs: Inputs<I>): Ref<O> {
    return callWorkflow(traced, inputs);
  }
  const made = Object.assign(call, {
    workflowName: graph.workflow,
    withOverrides: (options: WorkflowNodeOptions) => overridden<I, O>(traced, options),
    start: bindWorkflow<I, O>({ ...traced, starts: { definition } }),
    [DEFINITION]: definition,
  });
  const printing: Graph = { ...graph, toString: () => printGraph(graph) };
  return Object.defineProperty(made, "graph", {
    get: () => {
      if (!loading.toDescribe) return printing;
      throw new LambentError(
        `the graph of workflow ${graph.workflow} is read while its module loads, and replicas, which trace nothing, have none: read it in a script or a test`,
      );
    },
  }) as typeof made & { readonly graph: Graph }; // defineProperty has just added it, which its return type cannot tell
}
