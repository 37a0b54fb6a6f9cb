import type { MapNode, Retry, TaskNode } from "../../sdk/graph/graph.ts";
import type { Json } from "../../sdk/base/json.ts";
import type { Budget } from "../../sdk/values/budget.ts";
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
  /** JSONata of the execution that it belongs to. Absent: that of the state. */
  readonly execution?: string;
}

/** A state that invokes the task's function, without what becomes of its output. */
export function invocation(
  { address, options }: TaskNode | MapNode,
  inputs: Json,
  budget: BudgetTemplate | undefined,
  target: Target,
  { batch, list, execution = "$states.context.Execution.Id" }: Work = {},
): State {
  // Of one call the timeout and the retries are the state's own; of a batch they are each item's.
  const isCall = batch === undefined && list === undefined;
  const { timeout, retries } = list === undefined ? options : {};
  return {
    Type: "Task",
    Resource: "arn:aws:states:::lambda:invoke",
    Arguments: {
      FunctionName: target.functionName(address.actor),
      Payload: {
        task: literalTemplate(address.task),
        inputs,
        execution: query(execution),
        ...(timeout === undefined ? {} : { timeout }),
        ...waitedFor(retries),
        ...(budget === undefined ? {} : { budget: budget as unknown as Json }), // Reads are JSON
        ...(batch === undefined ? {} : { batch }),
        ...(list === undefined ? {} : { list }),
      },
    },
    ...(timeout === undefined || !isCall ? {} : { TimeoutSeconds: timeout }),
    Retry: list !== undefined ? [LIST_RETRIER] : retriers(isCall ? retries : undefined, target.queues(address.actor)),
  };
}

/** The names of errors that the author's retrier waits for: a task reports an error of a class below by such a name. */
function waitedFor(retries: number | Retry | undefined): { readonly errors?: Json } {
  const errors = typeof retries === "object" && retries.maxAttempts > 0 ? (retries.errors ?? []) : [];
  const own = errors.filter((name) => !name.startsWith("States."));
  return own.length === 0 ? {} : { errors: own.map(literalTemplate) };
}

/** All of Lambda's transient errors, in one, since a map that is distributed has several such states. */
const LIST_RETRIER: Json = {
  ErrorEquals: [
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
    "Lambda.Unknown",
  ],
  MaxAttempts: 60,
  MaxDelaySeconds: 20,
  JitterStrategy: "FULL",
};

/** Lambda's transient errors as AWS recommends to retry them, and the author's own retries. */
function retriers(retries: number | Retry | undefined, queues: boolean): Json[] {
  const own =
    retries === undefined ? [] : authorRetrier(typeof retries === "number" ? { maxAttempts: retries } : retries);
  const lambda: Json[] = [
    {
      ErrorEquals: [
        "Lambda.ClientExecutionTimeoutException",
        "Lambda.ServiceException",
        "Lambda.AWSLambdaException",
        "Lambda.SdkClientException",
      ],
      IntervalSeconds: 2,
      MaxAttempts: 6,
      BackoffRate: 2,
    },
    // Where replicas are not to be exceeded, being throttled is how Lambda says "wait for one".
    {
      ErrorEquals: ["Lambda.TooManyRequestsException"],
      IntervalSeconds: 1,
      MaxAttempts: queues ? 60 : 6,
      BackoffRate: 2,
      MaxDelaySeconds: 20,
      JitterStrategy: "FULL",
    },
    { ErrorEquals: ["Lambda.Unknown"], IntervalSeconds: 2, MaxAttempts: 2, BackoffRate: 2 },
  ];
  const all = own.some((retrier) => retrier.ErrorEquals.includes("States.ALL"));
  return all ? [...lambda, ...own] : [...own, ...lambda];
}

interface Retrier {
  readonly ErrorEquals: readonly string[];
  readonly [field: string]: Json;
}

function authorRetrier(retry: Retry): Retrier[] {
  if (retry.maxAttempts === 0) return [];
  const errors = retry.errors ?? ["States.ALL"];
  return [
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
