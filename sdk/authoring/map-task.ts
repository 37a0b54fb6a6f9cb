import { checkOptions } from "./check-options.ts";
import { currentTrace } from "./current-trace.ts";
import { FUNCTION_SECONDS, INLINE_MAP_CONCURRENCY } from "../base/aws-limits.ts";
import { LambentError, refuseUnknown } from "../base/errors.ts";
import type { TaskDefinition } from "./definition.ts";
import { tasksOfDynamic } from "./dynamic.ts";
import { given } from "./given.ts";
import { refuseLazy } from "./lazy.ts";
import { EXECUTION_TYPES, MAP_MODES, type Batching, type ExecutionType, type MapMode } from "../graph/graph.ts";
import type { Mapped } from "./mapped.ts";
import { tracedTask, type Task, type TracedTask } from "./task.ts";
import { checkLiterals } from "./literal-size.ts";
import { asksForMany, checkItemOptions } from "./item-options.ts";
import { mapWorkflow, type WorkflowMapOptions } from "./map-workflow.ts";
import { mappedLists, refuseBound } from "./mapped-lists.ts";
import { tracedWorkflowOf, type BoundWorkflow } from "./called-workflow.ts";

/**
 * How a map over a task runs: a Map state's fields, and what Lambent adds to them
 * (https://docs.aws.amazon.com/step-functions/latest/dg/state-map.html).
 * @example
 * const options: MapOptions = { concurrency: 8, batch: "auto" };
 * const squares = workflow({ values: [1, 2] }, function squares({ values }) {
 *   return mapTask(partial(evaluate, { state: 2 }), options)({ value: values });
 * });
 */
export interface MapOptions {
  /** Items at work at once: ASL's `MaxConcurrency`. Default: the actor's `replicaCount`. */
  readonly concurrency?: number;
  /**
   * Items that one invocation handles, at most; `"auto"` finds a number that suits the list, its size, the replicas and
   * the task's timeout (`lambent check` tells it). Each item fails, is retried or is tolerated alone. Default: each item
   * is an invocation of its own; with `affinity: true` each replica gets all of its items together, as far as they fit,
   * and a number bounds how many at a time.
   */
  readonly batch?: number | "auto";
  /**
   * The name of a list, or a path in its elements such as `"document.model"`: items for which it is equal are put into the
   * same batches, so that what their task caches by it is loaded once for each batch. Outputs stay in the order of the
   * lists. What a path meets is known only at run time: items in which there is nothing at it count as equal. With
   * `batch: 1` they follow each other, each in an invocation of its own. Default of `batch` with it: all items that are
   * equal, but no more than one replica's share of the list; in child executions those of a piece of up to 1,000 items,
   * and no more than 100. With `affinity: true` the key says which replica an item is for, and this how the items of a
   * replica are put together.
   */
  readonly batchBy?: string;
  /** Items of a batch at work at once, in one replica. Default: 1, one after the other. More need a `batch` of more. */
  readonly concurrentItems?: number;
  /**
   * Where the items run: `"inline"` in the workflow's own execution, 40 of them at once and as many as its history has
   * room for; `"distributed"` in child executions, any number. Default: inline while what is known of the map lets any
   * list be, else by the number of items when the map runs.
   */
  readonly mode?: MapMode;
  /**
   * Of the child executions, where the map is distributed. `EXPRESS` costs less for items that are not batched, but has
   * no history, so no receipts, and may run an item twice; each item of it has to end within five minutes. Default:
   * `STANDARD`.
   */
  readonly executionType?: ExecutionType;
}

/**
 * Run a task, or a workflow, once for each element, and return the outputs in order.
 * The lists must have one length; inputs that are the same for all are bound with `partial`.
 * @param workflow what `workflow()` or `partial()` returned
 * @param task what `task()`, `actor.task()` or `partial()` returned
 * @param options with `minSuccessRatio` (0 to 1) an element is `null` whose task fails, or is given or returns more than
 * Step Functions carries, and the map fails only if fewer than this share succeed. Of a workflow it is an element of which
 * a task fails for good
 * @returns a function that takes a list for each input, and returns a Ref of the outputs
 * @throws {LambentError} for what is no task and no workflow, options that do not fit, or lists of several lengths
 * @example
 * const row = workflow({ values: [1] }, function row({ values }) {
 *   return mapTask(partial(evaluate, { state: 3 }))({ value: values });
 * });
 * const table = workflow({ rows: [[1, 2], [3]] }, function table({ rows }) {
 *   return mapTask(row, { minSuccessRatio: 0.9 })({ values: rows });
 * });
 */
export function mapTask<I, O>(
  workflow: BoundWorkflow<I, O>,
  options: WorkflowMapOptions & { readonly minSuccessRatio: number },
): Mapped<I, O | null>;
export function mapTask<I, O>(workflow: BoundWorkflow<I, O>, options?: WorkflowMapOptions): Mapped<I, O>;
export function mapTask<I, O>(
  task: Task<I, O>,
  options: MapOptions & { readonly minSuccessRatio: number },
): Mapped<I, O | null>;
// The last one, since its faults are those that the compiler tells of.
export function mapTask<I, O>(task: Task<I, O>, options?: MapOptions): Mapped<I, O>;
export function mapTask<I, O>(
  task: Task<I, O> | BoundWorkflow<I, O>,
  options: (MapOptions | WorkflowMapOptions) & { readonly minSuccessRatio?: number } = {},
): Mapped<I, O | null> {
  const workflow = tracedWorkflowOf(task);
  if (workflow !== undefined) return mapWorkflow<I, O>(workflow, options);
  const traced = tracedTask(task);
  if (tasksOfDynamic(task).length > 0) {
    throw new LambentError(
      `mapTask(…): ${given(task)} is a dynamic, which is several states: map a workflow that calls it, mapTask(workflow(…))`,
    );
  }
  if (traced === undefined) {
    refuseLazy("mapTask(…)", task);
    throw new LambentError(
      `mapTask(…) takes a task, made by task() or actor.task(), or a workflow, not ${given(task)}`,
    );
  }
  return mapOne<I, O>(traced, options);
}

function mapOne<I, O>(
  { definition, bound }: TracedTask,
  options: MapOptions & { readonly minSuccessRatio?: number },
): Mapped<I, O | null> {
  const what = `mapTask(${definition.name})`;
  checkOptions(what, options);
  const {
    minSuccessRatio,
    mode,
    executionType,
    concurrency = defaultConcurrency(definition.actor?.replicaCount, mode),
    batch,
    batchBy,
    concurrentItems,
    ...unknown
  } = options;
  refuseUnknown(what, unknown, [
    "concurrency",
    "minSuccessRatio",
    "batch",
    "batchBy",
    "concurrentItems",
    "mode",
    "executionType",
  ]);
  if (definition.isAnswered === true) {
    throw new LambentError(
      `${what}: ${definition.name} waits for its token, and the items of a map of tasks share invocations: map a workflow that calls it, mapTask(workflow(…))`,
    );
  }
  checkItemOptions(what, concurrency, minSuccessRatio);
  checkMode(what, { mode, executionType, concurrency });
  const batching = batchingOf(
    what,
    // With affinity items always go to their replica together, as many as one invocation can take.
    { batch: definition.actor?.affinity === true ? (batch ?? "auto") : batch, batchBy, concurrentItems },
    concurrency ?? INLINE_MAP_CONCURRENCY,
  );
  const timed = batching === undefined ? undefined : { ...batching, ...inTime(definition, batching) };
  return (inputs) => {
    const trace = currentTrace(what, "call it in a workflow's function");
    const lists = mappedLists(trace, inputs, what);
    const [by] = batching?.by ?? [];
    if (by !== undefined && !Object.hasOwn(lists, by)) {
      throw new LambentError(
        `${what}: batchBy names ${by}, which is not one of the lists that it maps over: ${Object.keys(lists).join(", ")}`,
      );
    }
    const fields = trace.fields(bound, what);
    refuseBound(what, lists, fields);
    checkLiterals(`${what}'s input for one element`, fields);
    return trace.add<(O | null)[]>({
      kind: "map",
      ...trace.named(definition.name),
      address: trace.use(definition),
      bound: fields,
      lists,
      ...(concurrency === undefined ? {} : { concurrency }),
      ...asksForMany(options.concurrency),
      ...(minSuccessRatio === undefined ? {} : { minSuccessRatio }),
      ...(timed === undefined ? {} : { batch: timed }),
      ...(mode === undefined ? {} : { mode }),
      ...(executionType === undefined ? {} : { executionType }),
      options: definition.options,
    });
  };
}

function defaultConcurrency(replicas: number | undefined, mode: MapMode | undefined): number | undefined {
  return mode === "inline" && replicas !== undefined ? Math.min(replicas, INLINE_MAP_CONCURRENCY) : replicas;
}

function checkMode(
  what: string,
  {
    mode,
    executionType,
    concurrency,
  }: { readonly [K in "mode" | "executionType" | "concurrency"]: MapOptions[K] | undefined },
): void {
  if (mode !== undefined && !MAP_MODES.includes(mode)) {
    throw new LambentError(
      `${what}: mode must be "inline" or "distributed", not ${given(mode)}; without it the number of items decides`,
    );
  }
  if (executionType !== undefined && !EXECUTION_TYPES.includes(executionType)) {
    throw new LambentError(`${what}: executionType must be "STANDARD" or "EXPRESS", not ${given(executionType)}`);
  }
  if (mode !== "inline") return;
  if (executionType !== undefined) {
    throw new LambentError(
      `${what}: executionType is that of child executions, which a map of mode "inline" has none of: leave one of both out`,
    );
  }
  if (concurrency !== undefined && concurrency > INLINE_MAP_CONCURRENCY) {
    throw new LambentError(
      `${what}: concurrency is ${concurrency}, but of mode "inline" Step Functions runs ${INLINE_MAP_CONCURRENCY} items at once at most: leave mode out, or say "distributed"`,
    );
  }
}

/** @param replicas among how many the batches are shared out */
function batchingOf(
  what: string,
  { batch, batchBy, concurrentItems = 1 }: { readonly [K in keyof MapOptions]: MapOptions[K] | undefined },
  replicas: number,
): Batching | undefined {
  function whole(value: unknown): boolean {
    return typeof value === "number" && Number.isInteger(value) && value > 0;
  }
  if (batch !== undefined && batch !== "auto" && !whole(batch)) {
    throw new LambentError(`${what}: batch must be a whole number of items, 1 or more, or "auto", not ${given(batch)}`);
  }
  if (batchBy !== undefined && (typeof batchBy !== "string" || batchBy.split(".").includes(""))) {
    throw new LambentError(
      `${what}: batchBy must be the name of a list, or a path in its elements such as "document.model", not ${given(batchBy)}`,
    );
  }
  if (!whole(concurrentItems)) {
    throw new LambentError(`${what}: concurrentItems must be a whole number, 1 or more, not ${given(concurrentItems)}`);
  }
  if (batch === undefined && batchBy === undefined) {
    if (concurrentItems === 1) return undefined;
    throw new LambentError(`${what}: concurrentItems are those of a batch: say with batch how many items one has`);
  }
  if (batch === 1 && concurrentItems > 1) {
    throw new LambentError(
      `${what}: concurrentItems is ${concurrentItems}, but batches of 1 item have none to work on at once: make batch larger, or leave concurrentItems out`,
    );
  }
  const by = batchBy?.split(".");
  return { size: batch ?? "auto", ...(by === undefined ? {} : { by }), concurrentItems, replicas };
}

/** How many items are sure to end in one invocation: their times are not known, only what they may take. */
function inTime(
  { actor, options: { timeout } }: TaskDefinition,
  { concurrentItems }: Batching,
): Pick<Batching, "inTime"> {
  if (timeout === undefined) return {};
  const seconds = (actor?.timeout ?? FUNCTION_SECONDS) - BATCH_ANSWER_SECONDS;
  return { inTime: Math.max(1, Math.floor(seconds / timeout)) * concurrentItems };
}

/** A batch answers so long before its function's time is over. */
const BATCH_ANSWER_SECONDS = 1;
