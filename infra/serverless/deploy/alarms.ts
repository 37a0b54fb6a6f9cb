import { MATH_ALARM_METRICS } from "../../../sdk/base/aws-limits.ts";
import { isObject, type Json } from "../../../sdk/base/json.ts";
import type { Resource } from "./framework.ts";
import type { AlarmKind, Observability } from "./observability-config.ts";
import { logicalName } from "./state-machine.ts";
import {
  functionMetrics,
  machineMetric,
  ownMetric,
  substituted,
  type Metric,
  type Watched,
  type WatchedFunction,
  type WatchedMachine,
} from "./watched.ts";

/** Seconds over which what an alarm watches is summed up. */
const PERIOD = 300;

interface Watch {
  readonly kind: AlarmKind;
  /** What it is of: an actor's name, or a workflow's. */
  readonly of: string;
  readonly metrics: readonly Metric[];
  readonly statistic: "Sum" | "Maximum";
  /** What it means and what helps. */
  readonly description: string;
}

/** The alarms of a service, by logical id. */
export function alarmResources(
  { service, functions, machines }: Watched,
  { alarms, topic }: Observability,
): Record<string, Resource> {
  const watches = [...functions.flatMap(functionWatches), ...machines.map(machineWatch)];
  return Object.fromEntries(
    watches.flatMap((watch) => {
      const threshold = alarms[watch.kind];
      return threshold === undefined ? [] : alarmsOf(watch, threshold, service, topic as Json | undefined); // YAML holds JSON
    }),
  );
}

const ALARM_NEEDS: Readonly<Record<AlarmKind, string>> = {
  spill: "no function has provisioned replicas",
  throttles: 'of every function calls queue (whenBusy "queue"), and being refused is how they wait',
  loadFailures: "there is no actor, and so no cache",
  memory: "there is no function",
  failedExecutions: "there is no workflow",
};

/**
 * Of the alarms that the author has given a threshold, those that nothing of the service can ring, each with the reason.
 * @param given `lambent.observability`, which {@link observabilityOf} has checked
 */
export function silentAlarms({ functions, machines }: Watched, given: unknown): string[] {
  const { alarms } = { alarms: undefined, ...(isObject(given) ? given : {}) };
  const kinds = new Set([...functions.flatMap(functionWatches), ...machines.map(machineWatch)].map(({ kind }) => kind));
  return (Object.keys(ALARM_NEEDS) as AlarmKind[]) // its keys are just these
    .filter((kind) => !kinds.has(kind) && isObject(alarms) && typeof Reflect.get(alarms, kind) === "number")
    .map((kind) => `lambent.observability.alarms.${kind} makes no alarm: ${ALARM_NEEDS[kind]}`);
}

function functionWatches(fn: WatchedFunction): Watch[] {
  const { name, hasReplicas, hasCaches, queues } = fn;
  const spill: Watch = {
    kind: "spill",
    of: name,
    metrics: functionMetrics(fn, "ProvisionedConcurrencySpilloverInvocations"),
    statistic: "Sum",
    description: `Invocations of ${name} ran on demand, where caches are cold, since all its replicas were busy: raise replicaCount, or say whenBusy: "queue".`,
  };
  const throttles: Watch = {
    kind: "throttles",
    of: name,
    metrics: functionMetrics(fn, "Throttles"),
    statistic: "Sum",
    description: `Lambda refused invocations of ${name}: its reserved concurrency, or that of the account, was used up.`,
  };
  const loadFailures: Watch = {
    kind: "loadFailures",
    of: name,
    metrics: [ownMetric(fn, "CacheLoadFailures")],
    statistic: "Sum",
    description: `Loads of caches of ${name} failed: the property caches of its log lines says which, and its log why.`,
  };
  const memory: Watch = {
    kind: "memory",
    of: name,
    metrics: [ownMetric(fn, "MemoryUtilization")],
    statistic: "Maximum",
    description: `Percent of the memory of ${name} that is in use: raise memorySize, or limit its caches by maxBytes.`,
  };
  // Where calls queue for a replica, being throttled is how Lambda tells them to.
  return [
    ...(hasReplicas ? [spill] : []),
    ...(queues ? [] : [throttles]),
    ...(hasCaches ? [loadFailures] : []),
    memory,
  ];
}

function machineWatch(machine: WatchedMachine): Watch {
  return {
    kind: "failedExecutions",
    of: machine.name,
    metrics: ["ExecutionsFailed", "ExecutionsTimedOut"].map((name) => machineMetric(machine, name)),
    statistic: "Sum",
    description: `Executions of workflow ${machine.name} failed or timed out.`,
  };
}

/** One alarm, or as many as CloudWatch needs for the metrics of many functions. */
function alarmsOf(watch: Watch, threshold: number, service: string, topic: Json | undefined): [string, Resource][] {
  const { kind, of, metrics, description } = watch;
  const id = `${logicalName(of)}Lambent${kind.charAt(0).toUpperCase()}${kind.slice(1)}Alarm`;
  const groups = Math.ceil(metrics.length / MATH_ALARM_METRICS);
  return Array.from({ length: groups }, (_, group): [string, Resource] => {
    const suffix = groups === 1 ? "" : `${group}`;
    const own = metrics.slice(group * MATH_ALARM_METRICS, (group + 1) * MATH_ALARM_METRICS);
    return [
      `${id}${suffix}`,
      {
        Type: "AWS::CloudWatch::Alarm",
        Properties: {
          AlarmName: [service, of, kind, ...(suffix === "" ? [] : [suffix])].join("-"),
          AlarmDescription: description,
          ComparisonOperator: "GreaterThanOrEqualToThreshold",
          Threshold: threshold,
          EvaluationPeriods: 1,
          // No invocations, and nothing that has happened, are no values.
          TreatMissingData: "notBreaching",
          ...watching(own, watch.statistic),
          ...(topic === undefined ? {} : { AlarmActions: [topic], OKActions: [topic] }),
        },
      },
    ];
  });
}

/** What an alarm watches: a metric, or the sum of several. */
function watching(metrics: readonly Metric[], statistic: Watch["statistic"]): Record<string, Json> {
  const [only] = metrics;
  if (metrics.length === 1 && only !== undefined) return { ...metricOf(only), Statistic: statistic, Period: PERIOD };
  return {
    Metrics: [
      { Id: "all", Expression: "SUM(METRICS())", ReturnData: true },
      ...metrics.map((metric, index): Json => ({
        Id: `m${index}`,
        MetricStat: { Metric: metricOf(metric), Stat: statistic, Period: PERIOD },
        ReturnData: false,
      })),
    ],
  };
}

function metricOf([namespace, name, dimension, value]: Metric): Record<string, Json> {
  return {
    Namespace: namespace,
    MetricName: name,
    Dimensions: [{ Name: dimension, Value: substituted(value) }],
  };
}
