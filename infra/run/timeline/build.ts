import { arrange } from "./arrange.ts";
import { actorNames, callOf, type Call } from "./calls.ts";
import { draftsOf, type Draft, type Surroundings } from "./drafts.ts";
import { graphOf } from "./graph.ts";
import { grouped } from "./grouped.ts";
import { detailsOf, textOf, timeOf, type ChildHistory, type ExecutionHistory } from "./history.ts";
import type { Bar, Cost, NodeSummary, Timeline } from "./model.ts";
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
  const { events, children = [], machine, name, definition } = history;
  const startedAt = timeOf(events[0]) ?? 0;
  const status = history.status ?? statusOf(history);
  const last = Math.max(timeOf(events.at(-1)) ?? startedAt, status === "RUNNING" ? (now?.getTime() ?? 0) : 0);
  const own = visitsOf(events);
  const visits = [
    ...own,
    ...children.flatMap((child) => visitsOf(child.events ?? []).map((visit) => within(visit, own, child))),
  ];
  const calls = callsOf(visits);
  const telling = new Set([...calls.values()].filter(({ receipts }) => receipts.length > 0).map(functionOf));
  const around: Surroundings = {
    isLambent: definition === undefined ? telling.size > 0 : definition.includes(", compiled by Lambent"),
    actorName: actorNames(history),
    callOf: (attempt) => calls.get(attempt),
    tellsOfItself: (functionName) => telling.has(functionName),
    until: last,
  };
  const drafts = [...visits.flatMap((visit) => draftsOf(visit, around)), ...barsOfChildren(children, own, last)];
  const { groups, bars } = arrange(drafts, startedAt);
  const nodes = nodesOf(bars);
  const failure = history.failure ?? failureOf(history);
  const graph = definition === undefined ? undefined : graphOf(definition, around.isLambent);
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

/** A visit of a child execution is within the Distributed Map. */
function within(visit: Visit, own: readonly Visit[], child: ChildHistory): Visit {
  const map = own.find(({ mapRunArn }) => mapRunArn === child.mapRunArn);
  visit.child = child.name;
  return map === undefined || visit.place.visit !== undefined ? visit : { ...visit, place: { visit: map } };
}

function barsOfChildren(children: readonly ChildHistory[], own: readonly Visit[], until: number): Draft[] {
  return children
    .filter(({ events }) => events === undefined)
    .map(({ mapRunArn, name, status, startedAt, endedAt }) => {
      const map = own.find((visit) => visit.mapRunArn === mapRunArn)?.state ?? "map";
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
  return [...grouped(inOrder, ({ node }) => node)].map(([name, own]) => ({
    name,
    bars: own.filter(({ kind }) => kind !== "span" && kind !== "batch").length,
    failures: own.filter(({ status }) => status === "failed").length,
  }));
}

function statusOf({ events }: ExecutionHistory): string {
  const [, status] = /^Execution(Succeeded|Failed|TimedOut|Aborted)$/.exec(events.at(-1)?.type ?? "") ?? [];
  return status === undefined ? "RUNNING" : status === "TimedOut" ? "TIMED_OUT" : status.toUpperCase();
}

function failureOf(history: ExecutionHistory): string | undefined {
  const last = history.events.at(-1);
  if (last === undefined || !/^Execution(Failed|TimedOut|Aborted)$/.test(last.type ?? "")) return undefined;
  const details = detailsOf(last);
  const text = [textOf(details, "error"), textOf(details, "cause")].filter((part) => part !== undefined).join(": ");
  return text === "" ? undefined : text;
}
