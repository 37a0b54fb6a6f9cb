import { actorsOf, alike, type ActorFacts } from "../check/function-facts.ts";
import type { Invocations } from "../check/run-counts.ts";
import type { ServiceFacts, WorkflowRun } from "../check/workflow-run.ts";
import { allNodes, invokingNode } from "../../sdk/graph/walk.ts";
import { schedulesOf } from "../../sdk/graph/schedules.ts";
import { ASSUMED_MS, type RunAssumptions } from "../check/run-assumptions.ts";
import { costLine, type CostLine, expressLines, gigabytes, totalOf, useLines } from "./cost-lines.ts";
import type { Prices } from "./prices.ts";
import { replicaLines } from "./replica-lines.ts";

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
  const { transitions, ms, children } = run.counts(which);
  const bytes = Buffer.byteLength(JSON.stringify(run.definitions[0]));
  const used = run.invocations(which).flatMap(([actor, invocations]) => actorLines(actor, invocations, prices));
  const schedules = schedulesOf(run.graph);
  const scheduled =
    schedules.length === 0 ? [] : [costLine({ what: "schedule", quantity: 1, unit: "starts", price: prices.schedule })];
  const launching = schedules.some(({ maxConcurrent }) => maxConcurrent !== undefined)
    ? [costLine({ what: "launcher", quantity: LAUNCHES, unit: "transitions", price: prices.transition })]
    : [];
  const own = run.isExpress
    ? expressLines(1, ms, bytes, prices)
    : [costLine({ what: "state transitions", quantity: transitions, unit: "transitions", price: prices.transition })];
  const { express, expressMs } = children;
  return [
    ...own,
    ...expressLines(express, express === 0 ? 0 : expressMs / express, bytes, prices),
    ...used,
    ...run.actorsForRun().flatMap((actor) => replicaLines(actor, ms, prices)),
    ...scheduled,
    ...launching,
  ];
}

/** Transitions of the state machine that counts what runs before it starts one more: five states, and its start. */
const LAUNCHES = 6;

/** What an actor's functions cost; of those whose settings differ each has its share. */
function actorLines(actor: ActorFacts, { count, ms }: Invocations, prices: Prices): CostLine[] {
  return alike(actor).flatMap(({ fn, of }) => {
    const share = of.length / actor.functions.length;
    const isProvisioned = fn.replicas > 0;
    const [provisionedMs, onDemandMs] = isProvisioned ? [ms * share, 0] : [0, ms * share];
    return useLines(fn, { requests: Math.round(count * share), provisionedMs, onDemandMs }, prices);
  });
}

function assumptionsOf(run: WorkflowRun, { itemMs, msOf = {}, measured }: RunAssumptions): string[] {
  const own = new Set(allNodes(run.graph).flatMap((node) => [node.name, invokingNode(node)?.address.task]));
  const named = Object.entries(msOf).flatMap(([task, ms]) => (own.has(task) ? [`${task} ${ms} ms`] : []));
  const other = itemMs === undefined ? `${ASSUMED_MS} ms` : `${itemMs} ms (--item-ms)`;
  const times = named.length === 0 ? `${other} a task` : `${named.join(", ")}, others ${other}`;
  const guessed = run.maps.filter(({ source }) => source !== "workflow");
  const items = guessed.map(
    ({ state, items: number, source }) => `${state} ${number.toLocaleString("en-US")} (${SOURCES[source]})`,
  );
  return [
    `times: ${times}${measured === undefined || named.length === 0 ? "" : `, from ${measured}`}`,
    ...(items.length === 0 ? [] : [`items: ${items.join(", ")}`]),
    ...(run.isBound
      ? ["batches: as many as there may be at most, since the keys say which replica gets which items"]
      : []),
    ...(run.isRecursive
      ? ["recursion: the first execution that it starts of itself, without those that this starts"]
      : []),
    ...run.actorsForRun().map(startOf),
  ];
}

/** How the replicas of a run come up: each further look at them is a Wait, a Task and a Choice. */
function startOf({ key }: ActorFacts): string {
  return (
    `replicas of ${key}: not there before the run, and ready at the second look; there already in the cheapest run. Not counted: ` +
    "3 transitions for each further look (after 1, 2, 4, 8, then each 10 s), and what a run takes while others share them"
  );
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
  return actorsOf(functions)
    .flatMap((actor) => alike(actor).map(({ fn }) => fn))
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

/** How often the schedules `rate(…)` start the workflow in a month; undefined where there is none. */
function scheduledRuns({ graph }: WorkflowRun): number | undefined {
  const runs = schedulesOf(graph).flatMap(({ expression, enabled }) => (enabled === false ? [] : runsOf(expression)));
  return runs.length === 0 ? undefined : runs.reduce((sum, one) => sum + one, 0);
}

/** Of a month; none of `cron(…)` and `at(…)`. */
function runsOf(expression: string): number[] {
  const [, number, unit] = /^rate\((\d+) (minutes?|hours?|days?)\)$/.exec(expression) ?? [];
  if (number === undefined || unit === undefined) return [];
  return [(HOURS_OF_MONTH * 3600) / (Number(number) * SECONDS_OF[unit as keyof typeof SECONDS_OF])]; // as the pattern has them
}
