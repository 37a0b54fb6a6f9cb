import type { MapNode, Retry, TaskNode } from "../../sdk/graph/graph.ts";
import type { Json } from "../../sdk/base/json.ts";
import type { Budget } from "../../sdk/values/budget.ts";
import { functionName, type ReplicaChoice } from "./affinity.ts";
import { literalTemplate, query } from "./expression.ts";
import type { State } from "./states.ts";
import type { Target } from "./target.ts";

/** A budget whose bytes may be known only at run time, as a template has them. */
export type BudgetTemplate = Omit<Budget, "bytes"> & { readonly bytes: number | string };

/** What an invocation does, where that is not one call of its task with its inputs. */
export interface Work {
  /** The items that it handles. */
  readonly batch?: Json;
  /** Work on lists, in the place of the task. */
  readonly list?: Json;
  /** JSONata of the index of the item that it is for. */
  readonly item?: string;
  /** Whether the state waits until somebody sends the token that the function gets. */
  readonly waitsForToken?: boolean;
  /** JSONata of the execution that it belongs to. Absent: that of the state. */
  readonly execution?: string;
}

/** Waits until somebody sends the token. */
const INVOKE_WITH_TOKEN = "arn:aws:states:::lambda:invoke.waitForTaskToken";
/** JSONata of the token by which a state is answered that waits for one. */
export const TASK_TOKEN = "$states.context.Task.Token";

/** A task, and how it is to be called. */
export interface Invoked extends Pick<TaskNode | MapNode, "address" | "options"> {
  /** The node's. */
  readonly name: string;
}

/** A list in JSONata, of a direct path each, since the emulator takes 20 µs less for these than for what is computed. */
const INPUT = "$states.context.Execution.Input";
/**
 * JSONata of what the execution was started with beside the workflow's inputs: `traceparent`, `tracestate` and
 * `overwriteCache`, as far as it has them. The child execution of a piece is given it as its `traceparent`, which becomes
 * the same list again.
 */
export const TRACE: string = `[${INPUT}.traceparent, ${INPUT}.tracestate, ${INPUT}.overwriteCache]`;

/**
 * A state that invokes the task's function, without what becomes of its output.
 * @param choice by which a replica is chosen, if the actor has affinity
 */
export function invocation(
  { name, address, options }: Invoked,
  inputs: Json,
  budget: BudgetTemplate | undefined,
  target: Target,
  choice: ReplicaChoice,
  { batch, list, item, waitsForToken = false, execution = "$states.context.Execution.Id" }: Work = {},
): State {
  // Of one call the timeout and the retries are the state's own; of a batch they are each item's.
  const isCall = batch === undefined && list === undefined;
  const { timeout, retries, awaited } = list === undefined ? options : {};
  return {
    Type: "Task",
    Resource: waitsForToken ? INVOKE_WITH_TOKEN : "arn:aws:states:::lambda:invoke",
    Arguments: {
      FunctionName: functionName(address, choice, target),
      Payload: {
        task: literalTemplate(address.task),
        inputs,
        execution: query(execution),
        ...(name === address.task ? {} : { node: literalTemplate(name) }),
        ...(item === undefined ? {} : { item: query(item) }),
        trace: query(TRACE),
        ...(waitsForToken ? { token: query(TASK_TOKEN) } : {}),
        ...(timeout === undefined ? {} : { timeout }),
        ...(awaited === undefined ? {} : { errors: awaited.map(literalTemplate) }),
        ...(budget === undefined ? {} : { budget: budget as unknown as Json }), // Reads are JSON
        ...(batch === undefined ? {} : { batch }),
        ...(list === undefined ? {} : { list }),
      },
    },
    ...(timeout === undefined || !isCall ? {} : { TimeoutSeconds: timeout }),
    ...(options.heartbeat === undefined || !isCall ? {} : { HeartbeatSeconds: options.heartbeat }),
    Retry:
      list === undefined
        ? retriers(isCall ? retries : undefined, target.queues(address.actor), address.affinity?.replicas ?? 1)
        : listRetriers(address.affinity?.replicas ?? 1),
  };
}

/**
 * Lambda's transient errors as AWS recommends to retry them, and the author's own retries.
 * @param replicas among how many functions the call has a choice: each attempt goes to the next
 */
function retriers(retries: number | Retry | undefined, queues: boolean, replicas: number): Json[] {
  const own = authorRetriers(retries);
  // Where replicas are not to be exceeded, being throttled is how Lambda says "wait for one".
  const throttled = { ErrorEquals: ["Lambda.TooManyRequestsException"], MaxAttempts: queues ? 60 : 6 };
  const unknown = { ErrorEquals: ["Lambda.Unknown"], IntervalSeconds: 2, MaxAttempts: 2, BackoffRate: 2 };
  const lambda: Json[] =
    replicas === 1
      ? [
          { ErrorEquals: TRANSIENT, IntervalSeconds: 2, MaxAttempts: 6, BackoffRate: 2 },
          { ...throttled, IntervalSeconds: 1, BackoffRate: 2, MaxDelaySeconds: 20, JitterStrategy: "FULL" },
          unknown,
        ]
      : [
          passingOver(TRANSIENT, 6, replicas),
          passingOver(throttled.ErrorEquals, throttled.MaxAttempts, replicas),
          // One that is gone is met in each pass over those that are busy, and is not worth a longer wait.
          { ...passingOver(UNUSABLE, throttled.MaxAttempts, replicas), BackoffRate: 1 },
          unknown,
        ];
  const all = own.some((retrier) => retrier.ErrorEquals.includes("States.ALL"));
  return all ? [...lambda, ...own] : [...own, ...lambda];
}

const TRANSIENT: readonly string[] = [
  "Lambda.ClientExecutionTimeoutException",
  "Lambda.ServiceException",
  "Lambda.AWSLambdaException",
  "Lambda.SdkClientException",
];

/** All of these and of Lambda's other transient errors in one, since a map that is distributed has several such states. */
const LIST_RETRIER: Retrier = {
  ErrorEquals: [...TRANSIENT, "Lambda.TooManyRequestsException", "Lambda.Unknown"],
  MaxAttempts: 60,
  MaxDelaySeconds: 20,
  JitterStrategy: "FULL",
};

/**
 * Work on lists reads what is stored and stores under hashes: done twice it comes to the same. So it is tried again also
 * where its replica has ended or the store has failed, some 25 s in all, and not where it has refused what it was given.
 */
const LIST_REPEATED: readonly Retrier[] = [
  { ErrorEquals: ["LambentError"], MaxAttempts: 0 },
  { ErrorEquals: ["States.TaskFailed"], MaxAttempts: 6, MaxDelaySeconds: 20, JitterStrategy: "FULL" },
];

function listRetriers(replicas: number): Json[] {
  return [LIST_RETRIER, ...(replicas === 1 ? [] : [passingOver(UNUSABLE, 0, replicas)]), ...LIST_REPEATED];
}

/** What is wrong with one function need not be wrong with the next: it is gone, is being changed, or has no code yet. */
const UNUSABLE: readonly string[] = [
  "Lambda.ResourceNotFoundException",
  "Lambda.ResourceConflictException",
  "Lambda.ResourceNotReadyException",
];

/**
 * Retries that go over all replicas once, with half a second between two of them on average, and then over them again,
 * with twice the wait each time. Step Functions takes no interval below one second; jitter makes it any time within it.
 * @param attempts beyond those that go over all replicas
 */
function passingOver(errors: readonly string[], attempts: number, replicas: number): Retrier {
  return {
    ErrorEquals: errors,
    IntervalSeconds: 1,
    MaxAttempts: replicas - 1 + attempts,
    BackoffRate: Math.round(2 ** (1 / replicas) * 1000) / 1000,
    MaxDelaySeconds: 20,
    JitterStrategy: "FULL",
  };
}

interface Retrier {
  readonly ErrorEquals: readonly string[];
  readonly [field: string]: Json;
}

/** What an author's retries are as ASL's `Retry`. */
export function authorRetriers(retries: number | Retry = 0): Retrier[] {
  const retry = typeof retries === "number" ? { maxAttempts: retries } : retries;
  if (retry.maxAttempts === 0) return [];
  const errors = retry.errors ?? ["States.ALL"];
  const never = retry.never === undefined ? [] : [{ ErrorEquals: retry.never, MaxAttempts: 0 }];
  return [
    ...never,
    {
      ErrorEquals: errors.includes("States.ALL") ? ["States.ALL"] : errors,
      IntervalSeconds: retry.intervalSeconds ?? 1,
      MaxAttempts: retry.maxAttempts,
      BackoffRate: retry.backoffRate ?? 2,
      ...(retry.maxDelaySeconds === undefined ? {} : { MaxDelaySeconds: retry.maxDelaySeconds }),
      ...(retry.jitter === true ? { JitterStrategy: "FULL" } : {}),
    },
  ];
}
