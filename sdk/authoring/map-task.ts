import { checkOptions } from "./check-options.ts";
import { currentTrace } from "./current-trace.ts";
import { FUNCTION_SECONDS, INLINE_MAP_CONCURRENCY } from "../base/aws-limits.ts";
import { LambentError, refuseUnknown } from "../base/errors.ts";
import type { TaskDefinition } from "./definition.ts";
import { given } from "./given.ts";
import type { Batching, Expression } from "../graph/graph.ts";
import type { Input, Ref } from "../graph/ref.ts";
import { tracedTask, type Task } from "./task.ts";
import { checkLiterals } from "./literal-size.ts";
import { inputFields } from "./trace.ts";

export interface MapOptions {
  /** Items at work at once: ASL's `MaxConcurrency`. Default: the actor's `replicaCount`. */
  readonly concurrency?: number;
  /**
   * Items that one invocation handles, at most; `"auto"` finds a number that suits the list, its size, the replicas and
   * the task's timeout (`lambent check` tells it). Each item fails, is retried or is tolerated alone. Default: each item
   * is an invocation of its own.
   */
  readonly batch?: number | "auto";
  /**
   * The name of a list, or a path in its elements such as `"document.model"`: items for which it is equal are put into the
   * same batches, so that what their task caches by it is loaded once for each batch. Outputs stay in the order of the
   * lists. Default of `batch` with it: all items that are equal, but no more than one replica's share of the list.
   */
  readonly batchBy?: string;
  /** Items of a batch at work at once, in one replica. Default: 1, one after the other. */
  readonly concurrentItems?: number;
}

/** A task that takes lists where the task itself takes elements. */
export interface Mapped<I, O> {
  (inputs: { readonly [K in keyof I]: Input<readonly I[K][]> }): Ref<O[]>;
}

/**
 * Run a task once for each element, and return the outputs in order.
 * The lists must have one length; inputs that are the same for all are bound with `partial`.
 * @param options with `minSuccessRatio` (0 to 1) an element is `null` whose task fails, or is given or returns more than
 * Step Functions carries, and the map fails only if fewer than this share succeed
 */
export function mapTask<I, O>(task: Task<I, O>, options?: MapOptions): Mapped<I, O>;
export function mapTask<I, O>(
  task: Task<I, O>,
  options: MapOptions & { readonly minSuccessRatio: number },
): Mapped<I, O | null>;
export function mapTask<I, O>(
  task: Task<I, O>,
  options: MapOptions & { readonly minSuccessRatio?: number } = {},
): Mapped<I, O | null> {
  const traced = tracedTask(task);
  if (traced === undefined) {
    throw new LambentError(`mapTask(…) takes a task, made by task() or actor.task(), not ${given(task)}`);
  }
  const { definition, bound } = traced;
  const what = `mapTask(${definition.name})`;
  checkOptions(what, options);
  const {
    minSuccessRatio,
    concurrency = definition.actor?.replicaCount,
    batch,
    batchBy,
    concurrentItems,
    ...unknown
  } = options;
  refuseUnknown(what, unknown, ["concurrency", "minSuccessRatio", "batch", "batchBy", "concurrentItems"]);
  if (concurrency !== undefined && !(Number.isInteger(concurrency) && concurrency > 0)) {
    throw new LambentError(`${what}: concurrency must be a whole number, 1 or more, not ${concurrency}`);
  }
  if (minSuccessRatio !== undefined && !(minSuccessRatio >= 0 && minSuccessRatio <= 1)) {
    throw new LambentError(`${what}: minSuccessRatio must lie between 0 and 1, not ${minSuccessRatio}`);
  }
  const batching = batchingOf(what, { batch, batchBy, concurrentItems }, concurrency ?? INLINE_MAP_CONCURRENCY);
  const timed = batching === undefined ? undefined : { ...batching, ...inTime(definition, batching) };
  return (inputs) => {
    const trace = currentTrace(what, "call it in a workflow's function");
    const lists = inputFields(trace, inputs, what);
    if (Object.keys(lists).length === 0) throw new LambentError(`${what} needs at least one list to map over`);
    for (const [name, list] of Object.entries(lists)) {
      if (!mayBeList(list)) {
        throw new LambentError(
          `${what}: ${name} must be a list, one element for each call; bind single values with partial()`,
        );
      }
    }
    const [by] = batching?.by ?? [];
    if (by !== undefined && lists[by] === undefined) {
      throw new LambentError(
        `${what}: batchBy names ${by}, which is not one of the lists that it maps over: ${Object.keys(lists).join(", ")}`,
      );
    }
    checkLengths(what, lists);
    const fields = trace.fields(bound, what);
    checkLiterals(`${what}'s input for one element`, fields);
    for (const [name, list] of Object.entries(lists)) checkLiterals(`${what}'s list ${name}`, list);
    return trace.add<(O | null)[]>({
      kind: "map",
      ...trace.named(definition.name),
      address: trace.use(definition),
      bound: fields,
      lists,
      ...(concurrency === undefined ? {} : { concurrency }),
      ...(minSuccessRatio === undefined ? {} : { minSuccessRatio }),
      ...(timed === undefined ? {} : { batch: timed }),
      options: definition.options,
    });
  };
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
    throw new LambentError(
      `${what}: batch must be a whole number of items, 1 or more, or "auto", not ${String(batch)}`,
    );
  }
  if (batchBy !== undefined && (typeof batchBy !== "string" || batchBy.split(".").includes(""))) {
    throw new LambentError(
      `${what}: batchBy must be the name of a list, or a path in its elements such as "document.model", not ${String(batchBy)}`,
    );
  }
  if (!whole(concurrentItems)) {
    throw new LambentError(
      `${what}: concurrentItems must be a whole number, 1 or more, not ${String(concurrentItems)}`,
    );
  }
  if (batch === undefined && batchBy === undefined) {
    if (concurrentItems === 1) return undefined;
    throw new LambentError(`${what}: concurrentItems are those of a batch: say with batch how many items one has`);
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

/** Of lists that are Refs the length is known at run time alone, and checked then. */
function checkLengths(what: string, lists: Readonly<Record<string, Expression>>): void {
  const known = Object.entries(lists).flatMap(([name, list]) => {
    if (list.kind === "list") return [{ name, length: list.items.length }];
    return list.kind === "literal" && Array.isArray(list.value) ? [{ name, length: list.value.length }] : [];
  });
  const [first] = known;
  const other = known.find(({ length }) => length !== first?.length);
  if (first === undefined || other === undefined) return;
  throw new LambentError(
    `${what}: ${first.name} has ${first.length} elements and ${other.name} has ${other.length}: all lists need one length; bind what is the same for all with partial()`,
  );
}

function mayBeList(expression: Expression): boolean {
  switch (expression.kind) {
    case "ref":
    case "list":
      return true;
    case "literal":
      return Array.isArray(expression.value);
    case "object":
      return false;
  }
}
