import { LambentError } from "../../../sdk/base/errors.ts";
import { isObject } from "../../../sdk/base/json.ts";

/** `observability` of the `lambent:` block: a dashboard and alarms of CloudWatch, and the metrics of functions. */
export interface ObservabilityConfig {
  /** Whether there is a dashboard. Default true. */
  readonly dashboard?: boolean;
  /** Which alarms there are, each with its threshold; false: none. Default: all, each with its default. */
  readonly alarms?: boolean | AlarmThresholds;
  /** The SNS topic that alarms are sent to: its ARN, or a reference such as `{ Ref: Topic }`. Default: to none. */
  readonly topic?: string | object;
  /** Whether functions write metrics to their logs. Default true. */
  readonly metrics?: boolean;
}

/** From which value in five minutes there is an alarm. `false`: never. */
export interface AlarmThresholds {
  /** Invocations that ran on demand though their function has provisioned replicas. Default 1. */
  readonly spill?: number | false;
  /** Invocations that Lambda refused for lack of concurrency. Default 1. */
  readonly throttles?: number | false;
  /** Loads of caches that failed. Default 1. */
  readonly loadFailures?: number | false;
  /** Percent of a function's memory in use at the end of an invocation. Default 90. */
  readonly memory?: number | false;
  /** Executions of a workflow that failed or timed out. Default 1. */
  readonly failedExecutions?: number | false;
}

export type AlarmKind = keyof AlarmThresholds;

const DEFAULTS: Readonly<Record<AlarmKind, number>> = {
  spill: 1,
  throttles: 1,
  loadFailures: 1,
  memory: 90,
  failedExecutions: 1,
};
/** Those of Lambent's own metrics. */
const OF_OWN_METRICS: ReadonlySet<AlarmKind> = new Set(["loadFailures", "memory"]);

/** `false` comes first: the framework's check of a number would make a 0 of it. */
const threshold = { anyOf: [{ const: false }, { type: "number", exclusiveMinimum: 0 }] };

/** The JSON schema of `observability`. */
export const OBSERVABILITY_SCHEMA: object = {
  anyOf: [
    { type: "boolean" },
    {
      type: "object",
      properties: {
        dashboard: { type: "boolean" },
        alarms: {
          anyOf: [
            { type: "boolean" },
            {
              type: "object",
              properties: Object.fromEntries(Object.keys(DEFAULTS).map((kind) => [kind, threshold])),
              additionalProperties: false,
            },
          ],
        },
        topic: { anyOf: [{ type: "string" }, { type: "object" }] },
        metrics: { type: "boolean" },
      },
      additionalProperties: false,
    },
  ],
};

/** What is to be made, with the defaults filled in. */
export interface Observability {
  readonly dashboard: boolean;
  readonly alarms: Readonly<Partial<Record<AlarmKind, number>>>;
  readonly topic: string | object | undefined;
  readonly metrics: boolean;
}

/**
 * What `lambent.observability` asks for. Without it functions write metrics, and nothing is made of them.
 * @throws {LambentError} if a member is unknown, of the wrong type, or out of range: the framework only warns of that
 */
export function observabilityOf(given: unknown): Observability {
  if (given === undefined || given === null || given === false)
    return { dashboard: false, alarms: {}, topic: undefined, metrics: true };
  if (given === true) return { dashboard: true, alarms: DEFAULTS, topic: undefined, metrics: true };
  const place = "lambent.observability";
  if (!isObject(given) || Array.isArray(given)) throw wrong(place, "true, false or a map of settings", given);
  const { dashboard, alarms, topic, metrics, ...unknown } = given as Readonly<Record<string, unknown>>;
  refuse(place, unknown, ["dashboard", "alarms", "topic", "metrics"]);
  const hasMetrics = flag(`${place}.metrics`, metrics);
  return {
    dashboard: flag(`${place}.dashboard`, dashboard),
    alarms: thresholds(`${place}.alarms`, alarms, hasMetrics),
    topic: topicOf(`${place}.topic`, topic),
    metrics: hasMetrics,
  };
}

function thresholds(place: string, given: unknown, hasMetrics: boolean): Partial<Record<AlarmKind, number>> {
  if (given === false) return {};
  const written = given ?? true;
  if (written !== true && (!isObject(written) || Array.isArray(written)))
    throw wrong(place, "true, false or a map of thresholds", given);
  const own: Readonly<Record<string, unknown>> = written === true ? {} : { ...written };
  const kinds = Object.keys(DEFAULTS) as AlarmKind[]; // its keys are just these
  refuse(place, Object.fromEntries(Object.entries(own).filter(([kind]) => !(kind in DEFAULTS))), kinds);
  const chosen = kinds.flatMap((kind): [AlarmKind, number][] => {
    const value = own[kind] ?? undefined;
    if (value === false) return [];
    if (value === undefined) return hasMetrics || !OF_OWN_METRICS.has(kind) ? [[kind, DEFAULTS[kind]]] : [];
    const most = kind === "memory" ? 100 : Number.POSITIVE_INFINITY;
    if (typeof value !== "number" || !(value > 0 && value <= most)) {
      const range = kind === "memory" ? "a percentage above 0, up to 100, or false" : "a number above 0, or false";
      throw wrong(`${place}.${kind}`, range, value);
    }
    if (!hasMetrics && OF_OWN_METRICS.has(kind)) {
      throw new LambentError(
        `${place}.${kind} is an alarm on the metrics of functions, and lambent.observability.metrics is false: leave one of them out`,
      );
    }
    return [[kind, value]];
  });
  return Object.fromEntries(chosen);
}

function topicOf(place: string, given: unknown): string | object | undefined {
  if (given === undefined || given === null) return undefined;
  const isReference = isObject(given) && !Array.isArray(given) && Object.keys(given).length === 1;
  if (isReference || (typeof given === "string" && /^arn:[\w-]+:sns:[\w-]+:\d{12}:[\w.-]+$/.test(given))) return given;
  throw wrong(place, "the ARN of an SNS topic, or a reference to one such as { Ref: Topic }", given);
}

function flag(place: string, given: unknown): boolean {
  const value = given ?? true;
  if (typeof value !== "boolean") throw wrong(place, "true or false", given);
  return value;
}

function refuse(place: string, unknown: object, known: readonly string[]): void {
  const [name] = Object.keys(unknown);
  if (name !== undefined) throw new LambentError(`${place} has no setting ${name}; it has: ${known.join(", ")}`);
}

function wrong(place: string, wanted: string, given: unknown): LambentError {
  return new LambentError(`${place} has to be ${wanted}, not ${JSON.stringify(given)}`);
}
