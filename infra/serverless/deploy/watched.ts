import { PLAIN_TASKS } from "../../../sdk/base/function-names.ts";
import type { Json } from "../../../sdk/base/json.ts";
import { functionKey, replicaFunctions, type FunctionDescription } from "../../../sdk/authoring/service.ts";
import type { FunctionEntry } from "./framework.ts";
import { deployedName, hasReplicas, type FunctionsContext } from "./functions.ts";

/** An actor's function, or the plain tasks', as metrics know it. Of an actor with affinity it is all its replicas. */
export interface WatchedFunction {
  /** For people, and in names: the actor's, or `tasks`. */
  readonly name: string;
  /** The dimension `function` of Lambent's metrics, as `Fn::Sub` has it. */
  readonly metricName: string;
  /** The logical ids of the functions. */
  readonly ids: readonly string[];
  readonly hasReplicas: boolean;
  /** Whether it may have caches. */
  readonly hasCaches: boolean;
  /** Whether being throttled is how its calls wait for a replica. */
  readonly queues: boolean;
}

export interface WatchedMachine {
  /** The workflow's. */
  readonly name: string;
  /** The logical id of the state machine. */
  readonly id: string;
}

/** What a service has that a dashboard shows and alarms watch. */
export interface Watched {
  /** `<service>-<stage>`. */
  readonly service: string;
  readonly functions: readonly WatchedFunction[];
  readonly machines: readonly WatchedMachine[];
}

/** A metric of CloudWatch, by its namespace, its name, and its dimension's name and value as `Fn::Sub` has it. */
export type Metric = readonly [namespace: string, name: string, dimension: string, value: string];

export function functionMetrics({ ids }: WatchedFunction, name: string): Metric[] {
  return ids.map((id) => ["AWS/Lambda", name, "FunctionName", `\${${id}}`]);
}

export function ownMetric({ metricName }: WatchedFunction, name: string): Metric {
  return ["Lambent", name, "function", metricName];
}

export function machineMetric({ id }: WatchedMachine, name: string): Metric {
  return ["AWS/States", name, "StateMachineArn", `\${${id}}`];
}

/** A value as `Fn::Sub` has it, as CloudFormation's linter wants it: `${Id}` alone is a `Ref`, and text is itself. */
export function substituted(value: string): Json {
  const [, only] = /^\$\{(\w+)\}$/.exec(value) ?? [];
  if (only !== undefined) return { Ref: only };
  return value.includes("${") ? { "Fn::Sub": value } : value;
}

/** @param entryOf the entry of a function as it is deployed */
export function watchedFunction(
  fn: FunctionDescription,
  context: FunctionsContext,
  entryOf: (fn: FunctionDescription) => FunctionEntry,
): WatchedFunction {
  const { actor } = fn;
  const own = replicaFunctions(fn);
  const ids = own.map((one) => context.naming.getLambdaLogicalId(functionKey(one)));
  const [first = ""] = ids;
  return {
    name: actor?.name ?? PLAIN_TASKS,
    metricName: own.length === 1 && own[0]?.replica === undefined ? `\${${first}}` : deployedName(context, actor?.name),
    ids,
    hasReplicas: own.some((one) => hasReplicas(actor, entryOf(one))),
    hasCaches: actor !== undefined,
    queues: actor?.whenBusy === "queue",
  };
}
