import type { Receipt } from "../../../sdk/invocation/receipt.ts";
import type { Call } from "./calls.ts";
import type { Bar, Work } from "./model.ts";
import type { Attempt, Place, Visit } from "./visits.ts";

/** A bar before it has its lane. Its times are in milliseconds since the epoch. */
export interface Draft extends Omit<Bar, "lane" | "row" | "receipt"> {
  readonly group: GroupKey;
  /** Bars of one group with the same key are on one lane. */
  readonly lane: string;
  readonly receipt?: Receipt;
}

export interface GroupKey {
  readonly kind: "workflow" | "actor" | "states" | "children";
  readonly name: string;
}

/** What drafting needs to know of an execution. */
export interface Surroundings {
  /** Its definition is Lambent's: states between the author's nodes are left out. */
  readonly isLambent: boolean;
  readonly actorName: (functionName: string) => string;
  /** Undefined for what is no invocation of a function. */
  readonly callOf: (attempt: Attempt) => Call | undefined;
  /** Whether a function's invocations have receipts in this execution. */
  readonly tellsOfItself: (functionName: string) => boolean;
  /** What runs ends here. */
  readonly until: number;
}

/** On this lane are attempts of which nobody knows the replica. */
export const WITHOUT_RECEIPT = "";

const WORKFLOW: GroupKey = { kind: "workflow", name: "workflow" };
const STATES: GroupKey = { kind: "states", name: "states" };
const STEPS: ReadonlySet<string> = new Set(["Pass", "Choice", "Succeed", "Fail"]);

/** The bars of one visit of a state. */
export function draftsOf(visit: Visit, around: Surroundings): Draft[] {
  const { type, attempts } = visit;
  if (type === "Task") return attempts.flatMap((attempt) => draftsOfAttempt(visit, attempt, around));
  const whole = {
    node: nodeOf(visit, around),
    start: visit.enteredAt,
    end: visit.exitedAt ?? around.until,
    status: visit.exitedAt === undefined ? ("running" as const) : ("succeeded" as const),
    ...(visit.child === undefined ? {} : { child: visit.child }),
    ...(visit.input === undefined ? {} : { input: visit.input }),
    ...(visit.output === undefined ? {} : { output: visit.output }),
  };
  const label = labelOf(visit, around);
  if (type === "Wait") return [{ ...whole, label, kind: "wait", group: STATES, lane: visit.state }];
  if (type === "Map") {
    const items =
      visit.items === undefined || visit.mapRunArn !== undefined ? "" : ` · ${counted(visit.items, "item")}`;
    return [{ ...whole, label: `${label}${items}`, kind: "span", group: WORKFLOW, lane: visit.state }];
  }
  const isOwn = around.isLambent && /^Parallel\d*$/.test(visit.state);
  if (type === "Parallel") return isOwn ? [] : [{ ...whole, label, kind: "span", group: WORKFLOW, lane: visit.state }];
  if (around.isLambent || !STEPS.has(type)) return [];
  return [{ ...whole, label, kind: "step", group: STATES, lane: visit.state }];
}

function draftsOfAttempt(visit: Visit, attempt: Attempt, around: Surroundings): Draft[] {
  const call = around.callOf(attempt);
  const whole = {
    node: nodeOf(visit, around),
    label: labelOf(visit, around),
    start: attempt.scheduledAt,
    end: attempt.endedAt ?? around.until,
    status: attempt.outcome,
    ...(visit.child === undefined ? {} : { child: visit.child }),
    ...(attempt.number === 1 ? {} : { attempt: attempt.number }),
    ...texts(call?.input ?? attempt.parameters, call?.output ?? attempt.output),
    ...(attempt.error === undefined ? {} : { error: attempt.error }),
    ...(attempt.cause === undefined ? {} : { cause: attempt.cause }),
  };
  if (call === undefined) return [{ ...whole, kind: "call", group: STATES, lane: whole.node }];
  const group: GroupKey = { kind: "actor", name: around.actorName(call.functionName) };
  if (call.receipts.length === 0) {
    const isActor = around.isLambent || around.tellsOfItself(call.functionName);
    if (!isActor) return [{ ...whole, kind: "call", group: STATES, lane: whole.node }];
    return [{ ...whole, kind: "call", group, lane: WITHOUT_RECEIPT }];
  }
  if (call.batch !== undefined) return batchDrafts(whole, call, call.batch, group);
  return call.receipts.map((receipt) => ({
    ...whole,
    ...timesOf(receipt),
    kind: "invocation",
    group,
    lane: receipt.replica,
    ...queued(attempt.scheduledAt, receipt.startedAt),
    work: workOf(receipt),
    receipt,
  }));
}

/** The invocation around, and each of its items. */
function batchDrafts(
  whole: Omit<Draft, "kind" | "group" | "lane">,
  { receipts }: Call,
  { inputs, outputs, failures }: NonNullable<Call["batch"]>,
  group: GroupKey,
): Draft[] {
  const { node, input, output: _, attempt, ...rest } = whole;
  const start = Math.min(...receipts.map(({ startedAt }) => startedAt));
  const end = Math.max(...receipts.map(({ startedAt, durationMs }) => startedAt + durationMs));
  const lane = receipts[0]?.replica ?? WITHOUT_RECEIPT;
  const failed = failures.map(({ index, error, cause }) => `${node}[${index}] ${error}: ${cause}`).join("\n");
  const envelope: Draft = {
    ...rest,
    node,
    label: `${node} · batch of ${inputs.size}`,
    start,
    end,
    kind: "batch",
    group,
    lane,
    ...queued(whole.start, start),
    ...(attempt === undefined ? {} : { attempt }),
    ...texts(input, undefined),
    ...(failures.length === 0
      ? {}
      : { status: "failed" as const, error: `${failures.length} of ${inputs.size} items failed`, cause: failed }),
  };
  const items = receipts.map((receipt): Draft => {
    const { index, items: count = 1 } = receipt;
    const own = index === undefined || count > 1;
    return {
      node,
      label: own ? `${node} · ${count} items` : `${node}[${index}]`,
      ...timesOf(receipt),
      status: "succeeded",
      kind: "item",
      group,
      lane,
      ...(rest.child === undefined ? {} : { child: rest.child }),
      work: workOf(receipt),
      receipt,
      ...(own ? {} : texts(inputs.get(index), outputs.get(index))),
    };
  });
  return [envelope, ...items];
}

function timesOf({ startedAt, durationMs }: Receipt): { readonly start: number; readonly end: number } {
  return { start: startedAt, end: startedAt + Math.max(0, durationMs) };
}

function queued(scheduledAt: number, startedAt: number): { readonly queuedFrom?: number } {
  return startedAt > scheduledAt ? { queuedFrom: scheduledAt } : {};
}

function texts(input: string | undefined, output: string | undefined): Pick<Draft, "input" | "output"> {
  return { ...(input === undefined ? {} : { input }), ...(output === undefined ? {} : { output }) };
}

function workOf({ caches, items = 1, start, output }: Receipt): Work {
  function sum(numbers: readonly (number | undefined)[]): number {
    return numbers.reduce<number>((total, one) => total + (one ?? 0), 0);
  }
  return {
    items,
    isCold: start === "cold",
    isStored: output === "stored",
    loads: sum(caches.map(({ misses }) => misses)),
    loadMs: sum(caches.map(({ loadMs }) => loadMs)),
    hits: sum(caches.map(({ hits }) => hits)),
    joined: sum(caches.map(({ joined }) => joined)),
    preloads: sum(caches.map(({ preloads }) => preloads)),
  };
}

/** The author's node: the states within a map of Lambent's are named after it. */
export function nodeOf({ state, place }: Visit, { isLambent }: Pick<Surroundings, "isLambent">): string {
  const { visit: map } = place;
  return isLambent && map?.type === "Map" && state.startsWith(map.state) ? map.state : state;
}

/** `inference[3]`, in a map of maps `inference[3][0]`. */
function labelOf(visit: Visit, around: Surroundings): string {
  const indices: number[] = [];
  for (let place: Place | undefined = visit.place; place !== undefined; place = place.visit?.place)
    if (place.index !== undefined) indices.unshift(place.index);
  return `${nodeOf(visit, around)}${indices.map((index) => `[${index}]`).join("")}`;
}

function counted(count: number, what: string): string {
  return `${count.toLocaleString("en")} ${what}${count === 1 ? "" : "s"}`;
}
