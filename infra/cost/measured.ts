import type { HistoryEvent } from "@aws-sdk/client-sfn";
import { isObject } from "../../sdk/base/json.ts";
import type { Receipt } from "../../sdk/invocation/receipt.ts";

/** What an execution took, by its history and its receipts; those of its child executions are counted with it. */
export interface Measured {
  /** States that were entered, and attempts after the first. */
  readonly transitions: number;
  readonly invocations: readonly MeasuredInvocation[];
  /** From its first event to its last. */
  readonly ms: number;
  /** The functions, as states named them, whose replicas it had come up. */
  readonly providedFor: readonly string[];
}

/** One invocation of a function. */
export interface MeasuredInvocation {
  /** As the state named it: a name or an ARN. */
  readonly functionName: string;
  /** As it is billed: whole milliseconds. */
  readonly ms: number;
  /** Whether it ran on provisioned concurrency; undefined: it told nothing, since it failed or is not Lambent's. */
  readonly isProvisioned: boolean | undefined;
  /** Of the task, for each of its items. */
  readonly receipts: readonly Receipt[];
}

/** Read what an execution took. @param events of its history, in order */
export function measure(events: readonly HistoryEvent[]): Measured {
  const [first, last] = [events[0], events.at(-1)];
  const byId = new Map(events.map((event) => [event.id, event]));
  return {
    transitions: events.filter(({ type = "" }) => type.endsWith("StateEntered")).length + retriesIn(events),
    ms: first === undefined || last === undefined ? 0 : elapsedMs(first, last),
    providedFor: [...new Set(events.flatMap(providedFor))],
    invocations: events.flatMap((event) => {
      const outcome = outcomeOf(event);
      if (outcome === undefined) return [];
      const begun = scheduledOf(event, byId);
      const functionName = begun === undefined ? undefined : functionNameOf(begun.scheduled);
      if (begun === undefined || functionName === undefined) return [];
      const { submitted } = begun;
      const output = submitted === undefined ? outcome.output : submitted.taskSubmittedEventDetails?.output;
      return [invocationOf(functionName, output, elapsedMs(begun.started ?? begun.scheduled, submitted ?? event))];
    }),
  };
}

export function together(all: readonly Measured[]): Measured {
  return {
    transitions: all.reduce((sum, { transitions }) => sum + transitions, 0),
    invocations: all.flatMap(({ invocations }) => invocations),
    ms: all.reduce((most, { ms }) => Math.max(most, ms), 0),
    providedFor: [...new Set(all.flatMap((one) => one.providedFor))],
  };
}

/** What is tried again is scheduled, or started, once more, and not entered. */
function retriesIn(events: readonly HistoryEvent[]): number {
  function number(...types: readonly string[]): number {
    return events.filter(({ type = "" }) => types.includes(type)).length;
  }
  return [
    number("TaskScheduled", "LambdaFunctionScheduled") - number("TaskStateEntered"),
    number("MapStateStarted") - number("MapStateEntered"),
    number("ParallelStateStarted") - number("ParallelStateEntered"),
  ].reduce((sum, more) => sum + Math.max(0, more), 0);
}

/** How an attempt ended; undefined for all other events. */
function outcomeOf({ type, ...event }: HistoryEvent): { readonly output: string | undefined } | undefined {
  switch (type) {
    case "TaskSucceeded":
      return { output: event.taskSucceededEventDetails?.output };
    case "LambdaFunctionSucceeded":
      return { output: event.lambdaFunctionSucceededEventDetails?.output };
    case "TaskFailed":
    case "TaskTimedOut":
    case "LambdaFunctionFailed":
    case "LambdaFunctionTimedOut":
      return { output: undefined };
    default:
      return undefined;
  }
}

interface Begun {
  readonly scheduled: HistoryEvent;
  readonly started: HistoryEvent | undefined;
  /** The function has answered, and the state waits until somebody sends its token. */
  readonly submitted: HistoryEvent | undefined;
}

/** The events with which an attempt began, going back from its end. */
function scheduledOf(end: HistoryEvent, byId: ReadonlyMap<number | undefined, HistoryEvent>): Begun | undefined {
  let [started, submitted]: (HistoryEvent | undefined)[] = [];
  for (let one = byId.get(end.previousEventId); one !== undefined; one = byId.get(one.previousEventId)) {
    if (one.type === "TaskStarted" || one.type === "LambdaFunctionStarted") started = one;
    else if (one.type === "TaskSubmitted") submitted = one;
    else if (one.type === "TaskScheduled" || one.type === "LambdaFunctionScheduled")
      return { scheduled: one, started, submitted };
    else if (one.type?.endsWith("StateEntered") === true) return undefined;
  }
  return undefined;
}

/** The function that an attempt invoked; undefined if it called something else. */
function functionNameOf({
  taskScheduledEventDetails: task,
  lambdaFunctionScheduledEventDetails: own,
}: HistoryEvent): string | undefined {
  if (own?.resource !== undefined) return own.resource;
  if (task?.resourceType !== "lambda" || task.parameters === undefined) return undefined;
  const name = field(JSON.parse(task.parameters), "FunctionName");
  return typeof name === "string" ? name : undefined;
}

/** The function about whose provisioned concurrency a Task asks Lambda. */
function providedFor({ taskScheduledEventDetails: task }: HistoryEvent): string[] {
  if (task?.resourceType !== "aws-sdk:lambda" || task.parameters === undefined) return [];
  if (task.resource !== "getProvisionedConcurrencyConfig") return [];
  const name = field(JSON.parse(task.parameters), "FunctionName");
  return typeof name === "string" ? [name] : [];
}

function elapsedMs(began: HistoryEvent, ended: HistoryEvent): number {
  return Math.max(0, (ended.timestamp?.getTime() ?? 0) - (began.timestamp?.getTime() ?? 0));
}

/** @param elapsed milliseconds between the events around it */
function invocationOf(functionName: string, output: string | undefined, elapsed: number): MeasuredInvocation {
  const receipts = output === undefined ? [] : receiptsIn(output);
  const [first] = receipts;
  return {
    functionName,
    ms: Math.ceil(first === undefined ? elapsed : workMs(receipts)),
    isProvisioned: first === undefined ? undefined : first.initializationType === "provisioned-concurrency",
    receipts,
  };
}

/** Milliseconds in which at least one item was at work, by its receipts: items of a batch may be so at the same time. */
function workMs(receipts: readonly Receipt[]): number {
  let [total, until] = [0, Number.NEGATIVE_INFINITY];
  for (const { startedAt, durationMs } of receipts.toSorted((left, right) => left.startedAt - right.startedAt)) {
    // Not as a difference of times since 1970, of which fractions of a millisecond are not exact.
    total += Math.max(0, durationMs - Math.max(0, until - startedAt));
    until = Math.max(until, startedAt + durationMs);
  }
  return total;
}

/** Of one item, or of a batch; none if the answer is not that of Lambent's handler. */
function receiptsIn(output: string): Receipt[] {
  const result: unknown = JSON.parse(output);
  const payload = field(result, "Payload") ?? result;
  const receipts = field(payload, "receipts");
  return (Array.isArray(receipts) ? receipts : [field(payload, "receipt")]).filter(isReceipt);
}

function isReceipt(value: unknown): value is Receipt {
  return typeof field(value, "durationMs") === "number" && typeof field(value, "replica") === "string";
}

function field(value: unknown, name: string): unknown {
  return isObject(value) ? Reflect.get(value, name) : undefined;
}
