import { LambentError, refuseUnknown } from "../base/errors.ts";
import { isObject } from "../base/json.ts";
import type { MapMode } from "../graph/graph.ts";
import type { Inputs, Ref } from "../graph/ref.ts";
import { tracedWorkflowOf, type TracedWorkflow } from "./called-workflow.ts";
import { CACHING_OPTIONS, type Caching } from "./caching-options.ts";
import { checkOptions } from "./check-options.ts";
import { choose } from "./conditional.ts";
import { eq } from "./condition.ts";
import { currentTrace, within } from "./current-trace.ts";
import type { TaskDefinition } from "./definition.ts";
import { expr } from "./expr.ts";
import { fail } from "./fail.ts";
import { given } from "./given.ts";
import { mapWorkflow } from "./map-workflow.ts";
import { callMakers, plannedCalls, type Call, type PlannedCall } from "../invocation/planned-calls.ts";
import type { TaskNodeOptions } from "./retried-errors.ts";
import { defineTask, tracedTask, type Task } from "./task.ts";
import { Trace } from "./trace.ts";

/**
 * The tasks that a `dynamic` may call, by the names under which it calls them.
 * @example
 * const tasks: DynamicTasks = { evaluate, publish };
 */
export type DynamicTasks = Readonly<Record<string, Task<never, unknown>>>;

/**
 * What the function of a `dynamic` is given second: by name, what makes a call of each task that is declared.
 * @example
 * function plan({ values }: { values: number[] }, calls: Calls<{ evaluate: typeof evaluate }>) {
 *   return values.map((value) => calls.evaluate({ value, state: 1 }));
 * }
 */
export type Calls<T extends DynamicTasks> = {
  readonly [K in keyof T]: T[K] extends Task<infer I, infer O>
    ? {} extends I
      ? (inputs?: I) => Call<O>
      : (inputs: I) => Call<O>
    : never;
};

/**
 * A task that says which tasks are to be called, and these calls.
 * @example
 * const plan: Dynamic<{ values: number[] }, number> = dynamic(
 *   { evaluate },
 *   function plan({ values }: { values: number[] }, calls) {
 *     return values.map((value) => calls.evaluate({ value, state: 1 }));
 *   },
 * );
 */
export interface Dynamic<I, O> {
  /**
   * Inside a workflow: add the task and the map over its calls to the graph.
   * @returns the outputs of the calls, in their order
   */
  (inputs: Inputs<I>): Ref<O[]>;
  /** The function itself, for unit tests: it returns the calls, and makes none. */
  readonly fn: (inputs: I) => Promise<readonly Call<O>[]>;
  /** The name by which replicas find the task. */
  readonly taskName: string;
}

/**
 * What a `dynamic` may be given beside: what a task may be, for the function that makes the list of calls, and how the
 * calls are made.
 * @example
 * const options: DynamicOptions = { timeout: 60, concurrency: 10, mode: "distributed" };
 */
export type DynamicOptions = TaskNodeOptions &
  Caching<Readonly<Record<string, unknown>>> & {
    /** Default: the name of the function. */
    readonly name?: string;
    /** Calls at work at once: ASL's `MaxConcurrency`. Default: the largest `replicaCount` of the tasks' actors. */
    readonly concurrency?: number;
    /**
     * Where the calls are made: `"inline"` in the workflow's own execution, `"distributed"` in child executions, of many
     * calls each. Default: by the number of calls.
     */
    readonly mode?: MapMode;
  };

/** What a dynamic's function is: a task's body, with what makes calls. */
export type DynamicFunction<T extends DynamicTasks, I, C> = (
  inputs: I,
  calls: Calls<T>,
) => readonly C[] | Promise<readonly C[]>;

type OutputOf<C> = C extends Call<infer O> ? O : never;

/**
 * A task that decides while the workflow runs which tasks are called, how often and with what: its function computes with
 * values, in a replica, and returns a list of calls. The state machine then makes these calls side by side, each as a
 * state of its own that has the called task's options.
 * @param tasks those that may be called, by the names under which `calls` has them
 * @param fn gets the inputs, and `calls`, whose functions make calls; it returns a list of these
 * @param options those of a task are of `fn`'s. With `minSuccessRatio` (0 to 1) the output of a call that fails is null, and the map fails
 * only if fewer than this share succeed
 * @returns what takes the inputs in a workflow, and gives a Ref of the list of outputs
 * @throws {LambentError} for what is no task among `tasks`, or options that do not fit
 * @example
 * const plan = dynamic({ evaluate, publish }, function plan({ values }: { values: number[] }, calls) {
 *   return values.map((value) => (value > 3 ? calls.evaluate({ value, state: 1 }) : calls.publish({ text: "small" })));
 * });
 * const each = workflow({ values: [1, 5] }, function each({ values }) {
 *   return plan({ values });
 * });
 */
export function dynamic<const T extends DynamicTasks, C extends Call<unknown>, I = {}>(
  tasks: T,
  fn: DynamicFunction<T, I, C>,
  options: DynamicOptions & { readonly minSuccessRatio: number },
): Dynamic<I, OutputOf<C> | null>;
export function dynamic<const T extends DynamicTasks, C extends Call<unknown>, I = {}>(
  tasks: T,
  fn: DynamicFunction<T, I, C>,
  options?: DynamicOptions,
): Dynamic<I, OutputOf<C>>;
export function dynamic<T extends DynamicTasks, I, O>(
  tasks: T,
  fn: DynamicFunction<T, I, Call<O>>,
  options: DynamicOptions & { readonly minSuccessRatio?: number } = {},
): Dynamic<I, O | null> {
  if (typeof fn !== "function") {
    throw new LambentError(
      `dynamic(…) takes the tasks that may be called first, and a function second, not ${given(fn)}`,
    );
  }
  const what = fn.name === "" ? "dynamic(…)" : `dynamic ${fn.name}`;
  checkOptions(what, options);
  const { name = fn.name, concurrency, minSuccessRatio, mode, ...ofPlanner } = options;
  refuseOptions(what, ofPlanner);
  const makers = callMakers(name) as Calls<T>; // it has one of any name, so those of the tasks as well
  const planner = defineTask<I, PlannedCall[]>(
    async (inputs: I) => plannedCalls(name, await fn(inputs, makers)),
    { ...ofPlanner, name },
    undefined,
  );
  const dispatching = dispatcher(name, declaredTasks(what, tasks));
  const ofMap = {
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(minSuccessRatio === undefined ? {} : { minSuccessRatio }),
    ...(mode === undefined ? {} : { mode }),
  };
  const map = mapWorkflow<{ call: PlannedCall }, O>(dispatching, ofMap, what);
  function call(inputs: Inputs<I>): Ref<(O | null)[]> {
    currentTrace(what, `to see which calls it would make, await ${name}.fn(…)`);
    return map({ call: planner(inputs) });
  }
  return Object.assign(call, {
    fn: async (inputs: I) => fn(inputs, makers),
    taskName: name,
    [TASKS]: [planner, ...Object.values(tasks)].flatMap((task) => tracedTask(task)?.definition ?? []),
  });
}

const TASKS: unique symbol = Symbol("tasks of a dynamic");

/** The tasks that a dynamic leads to, its own the first; none for any other value. */
export function tasksOfDynamic(value: unknown): readonly TaskDefinition[] {
  if (typeof value !== "function" || !Object.hasOwn(value, TASKS)) return [];
  return Reflect.get(value, TASKS) as readonly TaskDefinition[]; // only `dynamic` sets it
}

/** What is said of maps, and cannot be of one whose items call tasks of several functions. */
function refuseOptions(what: string, options: object): void {
  const wrong = ["batch", "batchBy", "concurrentItems", "executionType"].find((name) => name in options);
  if (wrong !== undefined) {
    throw new LambentError(
      `${what}: ${wrong} is of maps of one task, and these calls are of several, each a state of its own: leave it out, or return the list of one task's inputs from a task, and give it to mapTask`,
    );
  }
  if ("token" in options || "heartbeat" in options) {
    throw new LambentError(
      `${what}: its function returns the calls, so that nobody else can: token and heartbeat are of the tasks that it calls`,
    );
  }
  const known = ["name", "retries", "timeout", ...CACHING_OPTIONS, "concurrency", "minSuccessRatio", "mode"];
  refuseUnknown(what, Object.fromEntries(Object.entries(options).filter(([name]) => !known.includes(name))), known);
}

function declaredTasks(what: string, tasks: unknown): readonly (readonly [string, TaskDefinition])[] {
  if (!isObject(tasks) || Array.isArray(tasks) || Object.keys(tasks).length === 0) {
    throw new LambentError(
      `${what}: the tasks that it may call come first, by their names: dynamic({ one, other }, function …), not ${given(tasks)}`,
    );
  }
  return Object.entries(tasks).map(([key, value]) => {
    const traced = tracedTask(value);
    if (traced === undefined) throw new LambentError(`${what}: ${key} ${noTask(value)}`);
    const [bound] = Object.keys(traced.bound);
    if (bound === undefined) return [key, traced.definition];
    throw new LambentError(
      `${what}: ${key} has ${bound} bound by partial(), which its function cannot see: declare the task itself, and give ${bound} in each call`,
    );
  });
}

function noTask(value: unknown): string {
  const workflow = tracedWorkflowOf(value);
  if (workflow !== undefined) {
    const { workflow: name } = workflow.definition.graph;
    return `is the workflow ${name}, and a call is of a task: return the list of its inputs from a task, and give it to mapTask(${name})`;
  }
  if (tasksOfDynamic(value).length > 0) {
    return "is a dynamic itself, and a call is of a task: declare its tasks here, or call it in a workflow that mapTask runs for each element";
  }
  return `is no task, made by task() or actor.task(), but ${given(value)}`;
}

/** What the calls are given to one by one: it goes the way of the task that a call names. */
function dispatcher(name: string, tasks: readonly (readonly [string, TaskDefinition])[]): TracedWorkflow {
  const trace = new Trace(`${name}Calls`);
  const { declaration, ref } = trace.input("call", undefined, {});
  const call = ref as Ref<PlannedCall>; // what the planner returns is a list of these
  const result = within(trace, () => {
    const ways = tasks.map(([key, definition]) => [eq(call.task, key), () => callOf(trace, definition, call)] as const);
    const known = tasks.map(([key]) => key).join(", ");
    const output = choose(ways, () =>
      fail(
        "UnknownCall",
        expr.format`${name}: the call at position ${call.position} is of ${call.task}, and the state machine knows: ${known}. Deploy the state machine and the function from one build`,
      ),
    );
    return trace.expression(output, `${name}'s calls`);
  });
  const { workflow, nodes, tasks: called, started } = trace;
  const graph = { workflow, inputs: [declaration], nodes, result };
  return { bound: {}, definition: { graph, tasks: called, started, schemas: new Map() } };
}

/** Adds the node of a call whose inputs are one value. */
function callOf(trace: Trace, definition: TaskDefinition, call: Ref<PlannedCall>): Ref<unknown> {
  const whole = trace.expression(call.inputs, definition.name);
  if (whole.kind !== "ref") throw new TypeError("a field of an input is a Ref");
  return trace.add({
    kind: "task",
    ...trace.named(definition.name),
    address: trace.use(definition),
    inputs: {},
    whole,
    options: definition.options,
    ...(definition.isAnswered === true ? { answer: {} } : {}),
  });
}
