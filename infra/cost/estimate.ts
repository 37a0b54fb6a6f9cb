import type { FunctionFacts } from "../check/function-facts.ts";
import type { ServiceFacts, WorkflowRun } from "../check/workflow-run.ts";
import { ASSUMED_MS, type RunAssumptions } from "../check/run-assumptions.ts";
import { costLine, type CostLine, expressLines, gigabytes, totalOf, useLines } from "./cost-lines.ts";
import type { Prices } from "./prices.ts";

/** What a workflow's runs will cost. */
export interface WorkflowCost {
  readonly workflow: string;
  readonly run: readonly CostLine[];
  /** US dollars of a run. */
  readonly perRun: number;
  /** US dollars of the cheapest run, where a conditional decides. */
  readonly leastPerRun: number;
  readonly runsPerMonth?: number;
  /** Of the runs of a month, without the replicas. */
  readonly perMonth?: number;
  /** What was assumed, for people to read. */
  readonly assumed: readonly string[];
  /** From the first state to the last. */
  readonly ms: number;
}

/** @param runsPerMonth absent: as often as its schedule starts it, where that is known */
export function workflowCost(
  run: WorkflowRun,
  prices: Prices,
  assumed: RunAssumptions,
  runsPerMonth: number | undefined = scheduledRuns(run),
): WorkflowCost {
  const lines = runLines(run, prices, "most");
  const perRun = totalOf(lines);
  return {
    workflow: run.graph.workflow,
    run: lines,
    perRun,
    leastPerRun: Math.min(perRun, totalOf(runLines(run, prices, "fewest"))),
    ...(runsPerMonth === undefined ? {} : { runsPerMonth, perMonth: runsPerMonth * perRun }),
    assumed: assumptionsOf(run, assumed),
    ms: run.counts().ms,
  };
}

function runLines(run: WorkflowRun, prices: Prices, which: "most" | "fewest"): CostLine[] {
  const { transitions, invocations, ms, children } = run.counts(which);
  const bytes = Buffer.byteLength(JSON.stringify(run.definition));
  const used = [...invocations].flatMap(([text, { count, ms: total }]) => {
    const fn = run.functionOf(text);
    if (fn === undefined || count === 0) return [];
    const isProvisioned = fn.replicas > 0;
    const use = { requests: count, provisionedMs: isProvisioned ? total : 0, onDemandMs: isProvisioned ? 0 : total };
    return [...useLines(fn, use, prices), ...replicasForRun(fn, ms, prices)];
  });
  const scheduled =
    run.graph.options?.schedule === undefined
      ? []
      : [costLine({ what: "schedule", quantity: 1, unit: "starts", price: prices.schedule })];
  const own = run.isExpress
    ? expressLines(1, ms, bytes, prices)
    : [costLine({ what: "state transitions", quantity: transitions, unit: "transitions", price: prices.transition })];
  const { express, expressMs } = children;
  return [
    ...own,
    ...expressLines(express, express === 0 ? 0 : expressMs / express, bytes, prices),
    ...used,
    ...scheduled,
  ];
}

/** Provisioned concurrency is billed in steps of five minutes. */
const PROVISIONED_STEP_SECONDS = 300;

/** Replicas that come up for a run and stay for a while after it. */
function replicasForRun(fn: FunctionFacts, runMs: number, prices: Prices): CostLine[] {
  if (fn.ttlSeconds === undefined || fn.replicas === 0) return [];
  const seconds = Math.ceil((runMs / 1000 + fn.ttlSeconds) / PROVISIONED_STEP_SECONDS) * PROVISIONED_STEP_SECONDS;
  const quantity = fn.replicas * gigabytes(fn) * seconds;
  const note = `${seconds / 60} minutes of ${fn.replicas} replicas; runs that follow each other within ${fn.ttlSeconds} s share them`;
  return [
    costLine({
      what: "replicas",
      of: fn.key,
      quantity,
      unit: "GB-seconds",
      price: prices[fn.architecture].replica,
      note,
    }),
  ];
}

function assumptionsOf(run: WorkflowRun, { itemMs, msOf = {}, measured }: RunAssumptions): string[] {
  const times = Object.entries(msOf).map(([task, ms]) => `${task} ${ms} ms`);
  const other = itemMs === undefined && times.length > 0 ? "" : `${itemMs ?? ASSUMED_MS} ms`;
  const unnamed = itemMs === undefined ? `${ASSUMED_MS} ms a task` : other;
  const guessed = run.maps.filter(({ source }) => source !== "workflow");
  const items = guessed.map(
    ({ state, items: number, source }) => `${state} ${number.toLocaleString("en-US")} (${SOURCES[source]})`,
  );
  return [
    `times: ${[...times, `${times.length > 0 ? "others " : ""}${unnamed}`].join(", ")}${measured === undefined ? "" : `, from ${measured}`}`,
    ...(items.length === 0 ? [] : [`items: ${items.join(", ")}`]),
  ];
}

const SOURCES = { workflow: "", option: "--items", input: "--input", default: "the default", assumed: "assumed" };

/** What the replicas of an actor cost, whether or not anything runs. */
export interface ReplicaCost {
  readonly function: string;
  readonly replicas: number;
  readonly gigabytes: number;
  readonly perHour: number;
  /** Undefined for replicas that come and go with runs. */
  readonly perMonth: number | undefined;
  /** Seconds that they stay after a run. */
  readonly ttlSeconds?: number;
}

/** Hours of a month, as AWS reckons: 365 days by 12. */
export const HOURS_OF_MONTH = 730;

export function replicaCosts({ functions }: Pick<ServiceFacts, "functions">, prices: Prices): ReplicaCost[] {
  return functions
    .filter(({ replicas }) => replicas > 0)
    .map((fn) => {
      const { key, replicas, architecture, ttlSeconds } = fn;
      const perHour = replicas * gigabytes(fn) * prices[architecture].replica * 3600;
      const isAlways = ttlSeconds === undefined;
      return {
        function: key,
        replicas,
        gigabytes: gigabytes(fn),
        perHour,
        perMonth: isAlways ? perHour * HOURS_OF_MONTH : undefined,
        ...(isAlways ? {} : { ttlSeconds }),
      };
    });
}

const SECONDS_OF = { minute: 60, minutes: 60, hour: 3600, hours: 3600, day: 86_400, days: 86_400 };

/** How often a schedule `rate(…)` starts the workflow in a month; undefined for others, and where there is none. */
function scheduledRuns({ graph }: WorkflowRun): number | undefined {
  const schedule = graph.options?.schedule;
  if (schedule === undefined || (typeof schedule === "object" && schedule.enabled === false)) return undefined;
  const expression = typeof schedule === "string" ? schedule : schedule.expression;
  const [, number, unit] = /^rate\((\d+) (minutes?|hours?|days?)\)$/.exec(expression) ?? [];
  if (number === undefined || unit === undefined) return undefined;
  return (HOURS_OF_MONTH * 3600) / (Number(number) * SECONDS_OF[unit as keyof typeof SECONDS_OF]); // as the pattern has them
}
