import { within } from "./current-trace.ts";
import { LambentError, refuseUnknown } from "../base/errors.ts";
import { FAILURE_POLICIES } from "../graph/graph.ts";
import type { Graph, GraphData, InputDeclaration, StateMachineOptions } from "../graph/graph.ts";
import { printGraph } from "../graph/print-graph.ts";
import { loading } from "./loading.ts";
import type { Simplify } from "./simplify.ts";
import type { Inputs, Ref, Sync, Value, ValueClass } from "../graph/ref.ts";
import { isObject } from "../base/json.ts";
import { refuseAsync, Trace, type InputKind } from "./trace.ts";
import { S3File } from "../values/file.ts";
import { encodeValue } from "../values/crossing.ts";
import { classOfMark } from "../values/plain-forms.ts";
import { CLASS_NAMES } from "../values/value-classes.ts";
import { isPlain } from "../values/wire.ts";
import { ASSIGNED_BYTES, EXPRESS_SECONDS } from "../base/aws-limits.ts";
import { failingOf } from "./failing.ts";
import { checkLiterals, jsonBytes } from "./literal-size.ts";
import { alwaysFailing, checkOnFailure, withOnFailure, type FailureHandler } from "./on-failure.ts";
import { checkSchedule } from "./schedule.ts";
import {
  callWorkflow,
  DEFINITION,
  overridden,
  type BoundWorkflow,
  type TracedWorkflow,
  type WorkflowDefinition,
  type WorkflowNodeOptions,
} from "./called-workflow.ts";
import { callerOf } from "./caller.ts";
import { fileInput } from "./file-input.ts";
import { given } from "./given.ts";
import { checkNameIsText, checkOptions } from "./check-options.ts";
import { checkNodeOptions } from "./task.ts";

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
}

const REQUIRED: unique symbol = Symbol("required");

/**
 * An input without a default.
 * @example
 * const name: Required<string> = required<string>();
 * const greeting = workflow({ name }, function greeting({ name }) {
 *   return publish({ text: name });
 * });
 */
export interface Required<T> {
  /** For types alone: what a caller has to give. */
  readonly [REQUIRED]: T;
}

/** What is known of a required input while tracing. */
interface RequiredInput {
  readonly kind: InputKind;
  /** The stack of the call, if it does not say whether the input is a file: its source does. */
  readonly stack: string | undefined;
}

/**
 * Declare an input that every caller must give. A file may be given as `"s3://bucket/key"` too, and its version is then
 * found when the execution starts. What says that an input is a file is `required<S3File<"onnx">>()`, written so in the
 * call of `workflow`; where the type goes by another name, say it by `required<Model>(S3File)`. If there are files
 * within it, as in `required<S3File<"onnx">[]>()`, say `required<Models>([S3File])`. Whatever else a caller gives is
 * data: no task gets an `S3File` of it.
 * A Date, a bigint, a Map, a Set, a Uint8Array or a URL is given as such by `run` and the client; where other callers are
 * to write it in its plain form, `"2026-01-31T12:00:00Z"`, say of which class it is: `required<Date>(Date)`.
 * @param type `S3File` if the input is a file, `[S3File]` if files are within it; not needed where the type says so. Or
 * the class of which it is an instance
 * @example
 * const scoring = workflow({ model: required<S3File<"json">>(), limit: 3 }, function scoring({ model, limit }) {
 *   return { model, limit };
 * });
 */
export function required<T extends S3File>(type: typeof S3File): Required<T>;
export function required<T>(type: readonly [typeof S3File]): Required<T>;
export function required<T extends ValueClass>(type: InputClass): Required<T>;
export function required<T>(): Required<T>;
// Where modules are traced in bundles, `"S3File"` or `"S3File[]"` stands where the source has the type.
export function required(
  type?: typeof S3File | readonly [typeof S3File] | "S3File" | "S3File[]" | InputClass,
): Required<unknown> {
  const input: RequiredInput = { kind: requiredKind(type), stack: type === undefined ? new Error().stack : undefined };
  // The type argument is a type alone; the marker is what there is at run time.
  return { [REQUIRED]: input } as unknown as Required<unknown>;
}

/** Classes of which {@link required} can be told that an input is an instance. */
export type InputClass =
  | DateConstructor
  | BigIntConstructor
  | MapConstructor
  | SetConstructor
  | Uint8ArrayConstructor
  | typeof URL;

function requiredKind(type: unknown): InputKind {
  if (type === undefined) return {};
  if (type === "S3File[]" || Array.isArray(type)) return { hasFiles: true };
  if (type === S3File || type === "S3File") return { isFile: true };
  const name = type === BigInt ? "bigint" : typeof type === "function" ? type.name : undefined;
  const valueClass = CLASS_NAMES.find((one) => one === name);
  if (valueClass !== undefined) return { valueClass };
  throw new LambentError(
    `required(…) takes S3File, [S3File], Date, BigInt, Map, Set, Uint8Array, Buffer or URL, or nothing; it was given ${given(type)}`,
  );
}

/** By declaration: the stack of the call of `required` that may declare a file. */
const requiredAt = new WeakMap<InputDeclaration, string>();

/** Where `required` was called for an input of which only the source says whether it is a file. */
export function requiredStack(declaration: InputDeclaration): string | undefined {
  return requiredAt.get(declaration);
}

/** Inputs are declared as their defaults. */
type Declared<D> = { readonly [K in keyof D]: D[K] extends Required<infer T> ? T : D[K] };

/** What may be given for an input: for a file its address, too. */
type Given<T> = T extends S3File ? T | string : T;

/** For an input whose default is an instance, its plain form too: the state machine knows of which class it is. */
type GivenOrDefault<T> = T extends Date | bigint | URL | Uint8Array
  ? T | string
  : T extends ReadonlyMap<infer K, infer V>
    ? T | readonly (readonly [K, V])[]
    : T extends ReadonlySet<infer E>
      ? T | readonly E[]
      : Given<T>;

type RequiredKeys<D> = { [K in keyof D]: D[K] extends Required<unknown> ? K : never }[keyof D];

/** What a caller passes: a default makes an input optional. */
export type CallInputs<D> = Simplify<
  { readonly [K in RequiredKeys<D>]: Given<Declared<D>[K]> } & {
    readonly [K in Exclude<keyof D, RequiredKeys<D>>]?: GivenOrDefault<Declared<D>[K]>;
  }
>;

/** What a workflow may be given beside its inputs and its function. */
export interface WorkflowOptions<I = {}> extends StateMachineOptions {
  /** Default: the function's own. */
  readonly name?: string;
  /**
   * A task or a workflow that is called with `{ inputs, error }` when the workflow fails by anything that AWS lets a
   * state machine catch: not by its own `timeout`, nor by inputs that it refuses. The execution then fails with its own
   * error and cause, also where this call fails too.
   */
  readonly onFailure?: FailureHandler<I>;
}

/**
 * Trace `fn` once into a graph.
 * @param inputs each input's default, or `required<T>()`; one with the default `undefined` may be missing
 * @param fn called now, with a Ref for each input; it must not be async
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
  fn: (inputs: { readonly [K in keyof D]: Ref<Declared<D>[K]> }) => Sync<R>,
  options: WorkflowOptions<Declared<D>> = {},
): Workflow<CallInputs<D>, Value<R>> {
  if (!isObject(inputs) || !isPlain(inputs)) {
    throw new LambentError(`workflow(…) takes an object of inputs, each with its default, first; not ${given(inputs)}`);
  }
  if (typeof fn !== "function")
    throw new LambentError(`workflow(…) takes a function to trace second, not ${given(fn)}`);
  const what = fn.name === "" ? "workflow(…)" : `workflow ${fn.name}`;
  checkOptions(what, options);
  const { name = fn.name, onFailure, ...machine } = options;
  checkNameIsText(what, name);
  checkName(name);
  checkMachine(name, machine);
  if (onFailure !== undefined) checkOnFailure(name, onFailure);
  const trace = new Trace(name);
  const declarations: InputDeclaration[] = [];
  const refs: Record<string, Ref<unknown>> = {};
  for (const [key, value] of Object.entries(inputs)) {
    const needed = requiredInput(value);
    const { declaration, ref } = value === undefined ? trace.optionalInput(key) : declare(trace, key, value, needed);
    if (needed?.stack !== undefined) requiredAt.set(declaration, needed.stack);
    declarations.push(declaration);
    refs[key] = ref;
  }
  checkDefaults(name, declarations);
  loading.onTrace?.(name);
  const result = within(trace, () => {
    // The record has the keys of `inputs` and a Ref for each, which is what the parameter's type says.
    const given = refs as { readonly [K in keyof D]: Ref<Declared<D>[K]> };
    if (onFailure !== undefined) return withOnFailure<Declared<D>>(trace, onFailure, given, () => fn(given));
    const output = neverFailing(trace, () => fn(given));
    return trace.expression(refuseAsync(output, `workflow ${name}`), `${name}'s output`);
  });
  loading.onTrace?.(undefined);
  checkLiterals(`workflow ${name}'s output`, result);
  refuseLoneWaits(`workflow ${name}`, { nodes: trace.nodes, result });
  const schedule =
    machine.schedule === undefined ? {} : { schedule: checkSchedule(name, machine.schedule, declarations) };
  const graph: GraphData = {
    workflow: name,
    inputs: declarations,
    nodes: trace.nodes,
    result,
    ...(Object.keys(machine).length === 0 ? {} : { options: { ...machine, ...schedule } }),
  };
  const file = callerOf(workflow);
  return makeWorkflow({ graph, tasks: trace.tasks, ...(file === undefined ? {} : { file }) });
}

function declare(trace: Trace, key: string, value: unknown, needed: RequiredInput | undefined) {
  if (needed !== undefined) return trace.input(key, undefined, needed.kind);
  const encoded = encodeValue(value, `${trace.workflow}'s default of ${key}`);
  const valueClass = classOfMark(encoded);
  return trace.input(key, encoded, { ...fileInput(value), ...(valueClass === undefined ? {} : { valueClass }) });
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

function requiredInput(value: unknown): RequiredInput | undefined {
  if (!isObject(value) || !(REQUIRED in value)) return undefined;
  return value[REQUIRED] as RequiredInput; // only `required` makes one
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

function checkMachine(workflow: string, options: StateMachineOptions): void {
  const { type, schedule: _, timeout, failurePolicy, ...unknown } = options;
  const known = ["name", "type", "schedule", "timeout", "onFailure", "failurePolicy"];
  refuseUnknown(`workflow ${workflow}`, unknown, known);
  if (type !== undefined && type !== "STANDARD" && type !== "EXPRESS") {
    throw new LambentError(`workflow ${workflow}: type must be "STANDARD" or "EXPRESS", not ${JSON.stringify(type)}`);
  }
  if (timeout !== undefined) checkNodeOptions(`workflow ${workflow}`, { timeout });
  if (type === "EXPRESS" && timeout !== undefined && timeout > EXPRESS_SECONDS) {
    throw new LambentError(
      `workflow ${workflow}: timeout must be ${EXPRESS_SECONDS} seconds at most, which an EXPRESS execution lasts, not ${timeout}`,
    );
  }
  if (failurePolicy !== undefined && !FAILURE_POLICIES.includes(failurePolicy)) {
    throw new LambentError(
      `workflow ${workflow}: failurePolicy must be "atOnce" or "afterExecutable", not ${given(failurePolicy)}`,
    );
  }
}

/** A workflow's name ends its state machine's, which has 80 characters for service, stage and this. */
function checkName(name: string): void {
  if (name === "") {
    throw new LambentError("a workflow needs a name: write `workflow({…}, function name({…}) {…})` or pass { name }");
  }
  if (!/^[\w-]{1,60}$/.test(name)) {
    throw new LambentError(
      `workflow ${JSON.stringify(name)}: its name becomes a state machine's: 1 to 60 letters, digits, "-" and "_"`,
    );
  }
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
import { refuseLoneWaits } from "./lone-waits.ts";
