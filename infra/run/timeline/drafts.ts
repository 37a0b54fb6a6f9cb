import { startedExecution } from "../../compile/start-states.ts";
import type { Actor } from "./actors.ts";
import { batchDrafts } from "./batch-drafts.ts";
import type { Call } from "./calls.ts";
import { queued, texts, timesOf, WITHOUT_RECEIPT, workOf, type Draft, type GroupKey } from "./draft.ts";
import type { Nodes } from "./nodes.ts";
import type { Attempt, Visit } from "./visits.ts";

/** What drafting needs to know of an execution. */
export interface Surroundings {
  /** Its definition is Lambent's: states between the author's nodes are left out. */
  readonly isLambent: boolean;
  readonly nodes: Nodes;
  readonly actorOf: (functionName: string) => Actor;
  /** Undefined for what is no invocation of a function. */
  readonly callOf: (attempt: Attempt) => Call | undefined;
  /** What a Map's iterations are: `item`, `batch`, or `lane`, of batches that follow each other. */
  readonly partOf: (map: Visit) => string;
  /** Whether a function's invocations have receipts in this execution. */
  readonly tellsOfItself: (functionName: string) => boolean;
  /** What runs ends here. */
  readonly until: number;
}

const WORKFLOW: GroupKey = { kind: "workflow", name: "workflow" };
const STATES: GroupKey = { kind: "states", name: "states" };
const STEPS: ReadonlySet<string> = new Set(["Pass", "Choice", "Succeed", "Fail"]);

/** The bars of one visit of a state. */
export function draftsOf(visit: Visit, around: Surroundings): Draft[] {
  const { type, attempts } = visit;
  if (type === "Task") return attempts.flatMap((attempt) => draftsOfAttempt(visit, attempt, around));
  const whole = {
    node: around.nodes.of(visit),
    start: visit.enteredAt,
    end: visit.exitedAt ?? visit.stoppedAt ?? around.until,
    status: visit.exitedAt === undefined ? ("running" as const) : ("succeeded" as const),
    ...(visit.child === undefined ? {} : { child: visit.child }),
    ...(visit.input === undefined ? {} : { input: visit.input }),
    ...(visit.output === undefined ? {} : { output: visit.output }),
  };
  const label = around.nodes.label(visit);
  if (type === "Wait") return [{ ...whole, label, kind: "wait", group: STATES, lane: whole.node }];
  if (type === "Map") {
    if (around.nodes.isWithin(visit)) return [];
    const items =
      visit.items === undefined || visit.mapRunArn !== undefined
        ? ""
        : ` · ${counted(visit.items, around.partOf(visit))}`;
    return [{ ...whole, label: `${label}${items}`, kind: "span", group: WORKFLOW, lane: whole.node }];
  }
  const isOwn = around.isLambent && (/^Parallel\d*$/.test(visit.state) || around.nodes.isWithin(visit));
  if (type === "Parallel") return isOwn ? [] : [{ ...whole, label, kind: "span", group: WORKFLOW, lane: visit.state }];
  if (around.isLambent || !STEPS.has(type)) return [];
  return [{ ...whole, label, kind: "step", group: STATES, lane: visit.state }];
}

function draftsOfAttempt(visit: Visit, attempt: Attempt, around: Surroundings): Draft[] {
  const call = around.callOf(attempt);
  const node = around.nodes.of(visit);
  const whole = {
    node,
    label: labelOf(visit, call, around),
    start: attempt.scheduledAt,
    end: attempt.endedAt ?? visit.stoppedAt ?? around.until,
    status: attempt.outcome,
    ...(visit.child === undefined ? {} : { child: visit.child }),
    ...(attempt.number === 1 ? {} : { attempt: attempt.number }),
    ...texts(call?.input ?? attempt.parameters, call?.output ?? attempt.output),
    ...(attempt.error === undefined ? {} : { error: attempt.error }),
    ...(attempt.cause === undefined ? {} : { cause: attempt.cause }),
  };
  if (call === undefined) {
    const execution = attempt.service === "states" ? startedExecution(attempt.submitted ?? "") : undefined;
    const waitsFor = execution === undefined ? {} : { execution };
    return [{ ...whole, ...waitsFor, kind: "call", group: STATES, lane: whole.node }];
  }
  const { name, replica, replicas } = around.actorOf(call.functionName);
  const group: GroupKey = { kind: "actor", name, ...(replicas === undefined ? {} : { replicas }) };
  const which = replica === undefined ? {} : { replica };
  if (call.batch?.isAnswered)
    return batchDrafts({ ...whole, ...which }, around.nodes.ofItems(visit), call, call.batch, group);
  if (call.receipts.length === 0) {
    const isActor = around.isLambent || around.tellsOfItself(call.functionName);
    if (!isActor) return [{ ...whole, kind: "call", group: STATES, lane: whole.node }];
    return [{ ...whole, kind: "call", group, lane: WITHOUT_RECEIPT }];
  }
  // Of a task that waits for its token, what comes of it is told by the wait: the function itself has answered.
  const { submittedAt } = attempt;
  const { output: _, error: __, cause: ___, attempt: ____, ...asked } = whole;
  const invoked = submittedAt === undefined ? whole : { ...asked, status: "succeeded" as const };
  const invocations = call.receipts.map((receipt): Draft => ({
    ...invoked,
    ...timesOf(receipt),
    kind: "invocation",
    group,
    lane: receipt.replica,
    ...which,
    ...queued(attempt.scheduledAt, receipt.startedAt),
    work: workOf(receipt),
    receipt,
  }));
  if (submittedAt === undefined) return invocations;
  return [...invocations, { ...whole, start: submittedAt, kind: "wait", group: STATES, lane: whole.node }];
}

function labelOf(visit: Visit, call: Call | undefined, { nodes }: Surroundings): string {
  if (call?.batch !== undefined) return `${nodes.ofItems(visit)} · batch of ${call.batch.inputs.size}`;
  if (call?.list === undefined) return nodes.label(visit);
  // A list is stored by joining it alone.
  const work = /Stored?\d*$/.test(visit.state) ? "stores its list" : (LIST_WORK[call.list] ?? call.list);
  return `${nodes.ofItems(visit)} · ${work}`;
}

/** What a function does with a map's lists, in the place of its task. */
const LIST_WORK: Readonly<Record<string, string>> = {
  elements: "reads elements",
  keys: "reads keys",
  collect: "collects outputs",
  join: "joins outputs",
};

function counted(count: number, what: string): string {
  return `${count.toLocaleString("en")} ${what}${count === 1 ? "" : what === "batch" ? "es" : "s"}`;
}
