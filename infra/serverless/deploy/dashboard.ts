import { DASHBOARD_METRICS, DASHBOARD_WIDGETS } from "../../../sdk/base/aws-limits.ts";
import { LambentError } from "../../../sdk/base/errors.ts";
import type { Json } from "../../../sdk/base/json.ts";
import type { Resource } from "./framework.ts";
import {
  functionMetrics,
  machineMetric,
  ownMetric,
  type Metric,
  type Watched,
  type WatchedFunction,
  type WatchedMachine,
} from "./watched.ts";

/** Columns of a dashboard, of which each row has four widgets. */
const COLUMNS = 24;
const ROW = 4;
const [WIDTH, HEIGHT] = [COLUMNS / ROW, 6];

/** A line of a graph: a metric, or what several come to. */
interface Line {
  readonly metrics: readonly Metric[];
  readonly stat: string;
  readonly label: string;
}

/** A graph; a row is four of them, or fewer. */
interface Graph {
  readonly title: string;
  readonly lines: readonly Line[];
}

/**
 * A dashboard with a row for each workflow and each actor. Where an actor has many functions, a line is their sum, or
 * the highest of them.
 * @throws {LambentError} if a service has more than a dashboard can show
 */
export function dashboardResource({ service, functions, machines }: Watched): Resource {
  const rows = [...machines.map(machineRow), ...functions.map(functionRow)];
  const graphs = rows.flat();
  const metrics = graphs.flatMap(({ lines }) => lines.flatMap((line) => line.metrics)).length;
  if (graphs.length > DASHBOARD_WIDGETS || metrics > DASHBOARD_METRICS) {
    throw new LambentError(
      `the dashboard would have ${graphs.length} graphs of ${metrics} metrics, CloudWatch takes ${DASHBOARD_WIDGETS} of ${DASHBOARD_METRICS}: ` +
        "say lambent.observability.dashboard: false, or split the service",
    );
  }
  const widgets = rows.flatMap((row, y) => row.map((graph, x) => widget(graph, x, y)));
  return {
    Type: "AWS::CloudWatch::Dashboard",
    Properties: { DashboardName: `${service}-lambent`, DashboardBody: { "Fn::Sub": JSON.stringify({ widgets }) } },
  };
}

function widget({ title, lines }: Graph, x: number, y: number): Json {
  return {
    type: "metric",
    x: x * WIDTH,
    y: y * HEIGHT,
    width: WIDTH,
    height: HEIGHT,
    properties: {
      title,
      region: "${AWS::Region}",
      view: "timeSeries",
      period: 300,
      metrics: lines.flatMap(drawn),
    },
  };
}

/** An entry of a widget's `metrics`, or an expression and an entry for each metric that it is of. */
function drawn({ metrics, stat, label }: Line, index: number): Json[] {
  const [only] = metrics;
  if (metrics.length === 1 && only !== undefined) return [[...only, { stat, label }]];
  const ids = `l${index}m`;
  const expression = `${stat === "Sum" ? "SUM" : "MAX"}(METRICS("${ids}"))`;
  return [
    [{ expression, label, id: `e${index}` }],
    ...metrics.map((metric, of): Json => [...metric, { stat, id: `${ids}${of}`, visible: false }]),
  ];
}

function machineRow(machine: WatchedMachine): Graph[] {
  function line(name: string, stat: string, label: string): Line {
    return { metrics: [machineMetric(machine, name)], stat, label };
  }
  return [
    {
      title: `${machine.name}: executions`,
      lines: [
        line("ExecutionsStarted", "Sum", "started"),
        line("ExecutionsSucceeded", "Sum", "succeeded"),
        line("ExecutionsFailed", "Sum", "failed"),
        line("ExecutionsTimedOut", "Sum", "timed out"),
        line("ExecutionsAborted", "Sum", "stopped"),
      ],
    },
    {
      title: `${machine.name}: time of an execution`,
      lines: [line("ExecutionTime", "p50", "median"), line("ExecutionTime", "p99", "99 %")],
    },
  ];
}

function functionRow(fn: WatchedFunction): Graph[] {
  function line(name: string, stat: string, label: string): Line {
    return { metrics: functionMetrics(fn, name), stat, label };
  }
  function own(name: string, stat: string, label: string): Line {
    return { metrics: [ownMetric(fn, name)], stat, label };
  }
  return [
    {
      title: `${fn.name}: invocations`,
      lines: [
        line("Invocations", "Sum", "invocations"),
        line("Errors", "Sum", "errors"),
        line("Throttles", "Sum", "throttled"),
        ...(fn.hasReplicas ? [line("ProvisionedConcurrencySpilloverInvocations", "Sum", "spilled")] : []),
      ],
    },
    {
      title: `${fn.name}: time and memory`,
      lines: [
        line("Duration", "p99", "99 % (ms)"),
        own("MemoryUtilization", "Maximum", "memory (%)"),
        ...(fn.hasReplicas ? [line("ProvisionedConcurrencyUtilization", "Maximum", "replicas at work (1: all)")] : []),
      ],
    },
    ...(fn.hasCaches ? cacheGraphs(fn, own) : []),
  ];
}

function cacheGraphs({ name }: WatchedFunction, own: (metric: string, stat: string, label: string) => Line): Graph[] {
  return [
    {
      title: `${name}: caches`,
      lines: [
        own("CacheHits", "Sum", "hits"),
        own("CacheMisses", "Sum", "loads"),
        own("CacheJoined", "Sum", "joined loads"),
        own("CacheEvictions", "Sum", "evictions"),
        own("CacheLoadFailures", "Sum", "failed loads"),
      ],
    },
    {
      title: `${name}: loads and size`,
      lines: [
        own("CacheLoadTime", "Sum", "load time (ms)"),
        own("CacheEntries", "Maximum", "entries"),
        own("CacheBytes", "Maximum", "bytes"),
      ],
    },
  ];
}
