import { evaluationError } from "./evaluation-error.ts";
import { actorsOf } from "./actors.ts";
import { arrange } from "./arrange.ts";
import { callOf, type Call } from "./calls.ts";
import type { Draft } from "./draft.ts";
import { draftsOf, type Surroundings } from "./drafts.ts";
import { startedExecution } from "../../compile/start-states.ts";
import { graphOf } from "./graph.ts";
import { wholeText } from "./whole-text.ts";
import { isCompiled } from "./outline.ts";
import { grouped } from "./grouped.ts";
import {
  detailsOf,
  textOf,
  timeOf,
  type ChildHistory,
  type ExecutionHistory,
  type PartHistory,
  type TimelineEvent,
} from "./history.ts";
import { givenToChild } from "./child-input.ts";
import type { Bar, Cost, NodeSummary, Timeline } from "./model.ts";
import { isItemsOf, Nodes } from "./nodes.ts";
import { isReplicaWait, replicaWaits } from "./replica-waits.ts";
import { shortName } from "./short-name.ts";
import { totalsOf } from "./totals.ts";
import { visitsOf, type Attempt, type Visit } from "./visits.ts";

export interface BuildOptions {
  /** What the execution cost. Absent: the timeline says nothing of it. */
  readonly cost?: Cost | undefined;
  /** Until when what has not ended is drawn. Default: the last event. */
  readonly now?: Date;
}

/** Makes a timeline of what an execution has left: the same of AWS's and of the emulator's. */
export function buildTimeline(history: ExecutionHistory, { cost, now }: BuildOptions = {}): Timeline {
  const { events, children = [], parts = [], machine, name, definition } = history;
  const startedAt = timeOf(events[0]) ?? 0;
  const status = history.status ?? statusOf(history);
  const last = Math.max(timeOf(events.at(-1)) ?? startedAt, status === "RUNNING" ? (now?.getTime() ?? 0) : 0);
  const visits = allVisits(events, parts, children);
  const calls = callsOf(visits);
  const telling = new Set([...calls.values()].filter(({ receipts }) => receipts.length > 0).map(functionOf));
  const isLambent = definition === undefined ? telling.size > 0 : isCompiled(definition);
  const maps = visits.filter(({ type }) => type === "Map").map(({ state }) => state);
  const nodesOfStates = new Nodes(maps, isLambent);
  const within = grouped(visits, ({ place }) => place.visit);
  const around: Surroundings = {
    isLambent,
    nodes: nodesOfStates,
    partOf(map) {
      const [first] = within.get(map) ?? [];
      if (first === undefined || !isLambent) return "item";
      if (first.type === "Map" && nodesOfStates.isWithin(first)) return "lane";
      return first.attempts.some((attempt) => calls.get(attempt)?.batch !== undefined) ? "batch" : "item";
    },
    actorOf: actorsOf(history),
    callOf: (attempt) => calls.get(attempt),
    tellsOfItself: (functionName) => telling.has(functionName),
    until: last,
  };
  const drafts = [...draftsOfAll(visits, within, around), ...barsOfChildren(children, visits, last)];
  const { groups, bars } = arrange(drafts, startedAt);
  const nodes = nodesOf(bars);
  const failure = history.failure ?? failureOf(history);
  const graph = definition === undefined ? undefined : graphOf(wholeText(definition, parts), isLambent);
  return {
    title: machine,
    name,
    status,
    startedAt,
    durationMs: last - startedAt,
    ...(failure === undefined ? {} : { failure }),
    groups,
    bars,
    nodes,
    ...(graph === undefined ? {} : { graph }),
    totals: totalsOf(drafts, last - startedAt, failedItems(calls.values()), cost),
    notes: [...(history.notes ?? []), ...notesOf(children)],
  };
}

/** Those of child executions are within the Distributed Map, and those of parts where the Task is that runs them. */
function allVisits(
  events: readonly TimelineEvent[],
  parts: readonly PartHistory[],
  children: readonly ChildHistory[],
): Visit[] {
  const own = [...visitsOf(events), ...visitsOfParts(events, parts)];
  const byChild = children.map((child) => ({ child, visits: visitsOf(child.events ?? []) }));
  const all = [...own, ...byChild.flatMap(({ visits }) => visits)];
  const maps = new Map(all.flatMap((visit) => (visit.mapRunArn === undefined ? [] : [[visit.mapRunArn, visit]])));
  for (const { child, visits } of byChild) {
    const visit = maps.get(child.mapRunArn);
    const given = givenToChild(child);
    for (const one of visits) {
      one.child = `${child.name}${given.items}`;
      if (visit === undefined || one.place.visit !== undefined) continue;
      one.place = { visit, ...given.place };
      if (isItemsOf(visit.state, one.state)) one.firstIndex = given.from;
    }
  }
  return all;
}

function visitsOfParts(events: readonly TimelineEvent[], parts: readonly PartHistory[]): Visit[] {
  const byPart = parts.map(({ arn, events: own }) => ({ arn, visits: visitsOf(own) }));
  const all = [...visitsOf(events), ...byPart.flatMap(({ visits }) => visits)];
  const started = new Map(
    all.flatMap((visit) => visit.attempts.map(({ submitted }) => [startedExecution(submitted ?? ""), visit] as const)),
  );
  for (const { arn, visits } of byPart) {
    const task = started.get(arn);
    for (const one of visits) if (task !== undefined && one.place.visit === undefined) one.place = task.place;
  }
  return byPart.flatMap(({ visits }) => visits);
}

/** @param within of each Map or Parallel the visits of states that are directly in it */
function draftsOfAll(
  visits: readonly Visit[],
  within: ReadonlyMap<Visit | undefined, readonly Visit[]>,
  around: Surroundings,
): Draft[] {
  const waits = around.isLambent ? visits.filter((map) => isReplicaWait(map, within.get(map) ?? [])) : [];
  const hidden = new Set(waits.flatMap((map) => [map, ...(within.get(map) ?? [])]));
  return [
    ...waits.flatMap((map) => replicaWaits(map, within.get(map) ?? [], around)),
    ...visits.filter((visit) => !hidden.has(visit)).flatMap((visit) => draftsOf(visit, around)),
  ];
}

function barsOfChildren(children: readonly ChildHistory[], visits: readonly Visit[], until: number): Draft[] {
  return children
    .filter(({ events }) => events === undefined)
    .map(({ mapRunArn, name, status, startedAt, endedAt }) => {
      const map = visits.find((visit) => visit.mapRunArn === mapRunArn)?.state ?? "map";
      return {
        group: { kind: "children", name: `${map} · child executions` },
        lane: "without a history",
        kind: "execution",
        node: map,
        label: `${map} · ${shortName(name)}`,
        start: startedAt.getTime(),
        end: endedAt?.getTime() ?? until,
        status: status === "SUCCEEDED" ? "succeeded" : status === "RUNNING" ? "running" : "failed",
      };
    });
}

function notesOf(children: readonly ChildHistory[]): string[] {
  const bare = children.filter(({ events }) => events === undefined).length;
  if (bare === 0) return [];
  return [
    `${bare.toLocaleString("en")} of ${children.length.toLocaleString("en")} child executions are drawn by their beginning and end alone: ` +
      "Step Functions keeps no history of EXPRESS executions, and of very many not all are read.",
  ];
}

function callsOf(visits: readonly Visit[]): Map<Attempt, Call> {
  const calls = new Map<Attempt, Call>();
  for (const attempt of visits.flatMap(({ attempts }) => attempts)) {
    const call = callOf(attempt);
    if (call !== undefined) calls.set(attempt, call);
  }
  return calls;
}

function functionOf({ functionName }: Call): string {
  return functionName;
}

function failedItems(calls: Iterable<Call>): number {
  return [...calls].reduce((sum, { batch }) => sum + (batch?.failures.length ?? 0), 0);
}

function nodesOf(bars: readonly Bar[]): NodeSummary[] {
  const inOrder = bars.toSorted((one, other) => one.start - other.start);
  return [...grouped(inOrder, ({ node }) => node)].map(([name, own]) => {
    // The wait of a task for its token is not a time that it ran, beside its invocation.
    const isInvoked = own.some(({ kind }) => kind === "invocation");
    const uncounted: readonly Bar["kind"][] = isInvoked ? ["span", "batch", "wait"] : ["span", "batch"];
    return {
      name,
      bars: own.filter(({ kind, work }) => !uncounted.includes(kind) && work?.items !== 0).length,
      failures: own.filter(({ kind, status }) => kind !== "batch" && status === "failed").length,
    };
  });
}

function statusOf({ events }: ExecutionHistory): string {
  const [, status] = /^Execution(Succeeded|Failed|TimedOut|Aborted)$/.exec(events.at(-1)?.type ?? "") ?? [];
  return status === undefined ? "RUNNING" : status === "TimedOut" ? "TIMED_OUT" : status.toUpperCase();
}

function failureOf(history: ExecutionHistory): string | undefined {
  const last = history.events.at(-1);
  if (last === undefined || !/^Execution(Failed|TimedOut|Aborted)$/.test(last.type ?? "")) return undefined;
  const details = detailsOf(last);
  const cause = textOf(details, "cause");
  const text = [textOf(details, "error"), evaluationError(cause) ?? cause]
    .filter((part) => part !== undefined)
    .join(": ");
  return text === "" ? undefined : text;
}
