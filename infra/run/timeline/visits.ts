import { evaluationError } from "./evaluation-error.ts";
import { detailsOf, numberOf, textOf, type Details, type TimelineEvent } from "./history.ts";

export type Outcome = "succeeded" | "failed" | "running";

/** One attempt at what a Task calls. Times are in milliseconds since the epoch. */
export interface Attempt {
  /** From 1 on. */
  readonly number: number;
  readonly scheduledAt: number;
  /** `lambda`, `states` … */
  readonly service: string;
  /** Whether it goes on when somebody sends its token. */
  readonly waitsForToken: boolean;
  /** What it was called with, as JSON. */
  readonly parameters: string | undefined;
  /** The call was answered then, and is waiting for its token since. */
  submittedAt: number | undefined;
  /** That answer, as JSON; also where what was begun is waited for without a token. */
  submitted: string | undefined;
  endedAt: number | undefined;
  outcome: Outcome;
  output: string | undefined;
  error: string | undefined;
  cause: string | undefined;
}

/** One time that a state was entered. */
export interface Visit {
  readonly state: string;
  /** `Task`, `Map`, `Wait` … */
  readonly type: string;
  place: Place;
  readonly enteredAt: number;
  readonly input: string | undefined;
  exitedAt: number | undefined;
  /** When it was broken off: by a sibling's failure, or by the end of an execution that may have been redriven since. */
  stoppedAt: number | undefined;
  output: string | undefined;
  readonly attempts: Attempt[];
  /** Of a Map. */
  items: number | undefined;
  /** Of a Map, by index, how items have ended. */
  readonly ended: Map<number, Outcome>;
  /** Of the Map over the items of a piece of a map of a workflow: the index of its first in the whole map. */
  firstIndex: number | undefined;
  /** Of a Distributed Map. */
  mapRunArn: string | undefined;
  /** The child execution of a Distributed Map in which it was. */
  child: string | undefined;
}

/** Where a state is: within which Map or Parallel, and for which of a Map's items. */
export interface Place {
  readonly visit?: Visit;
  readonly index?: number;
}

/** Where the execution was after an event. */
interface Position extends Place {
  readonly attempt?: Attempt;
}

const TOP: Position = {};

/** What an attempt's events begin with: of integrations, of `arn:aws:lambda:…` as a resource, and of activities. */
const CALL = /^(Task|LambdaFunction|Activity)(Scheduled|\w*Failed|TimedOut|Succeeded|Aborted)$/;

const END = /^Execution(Failed|TimedOut|Aborted)$/;

/** Reads the visits of states from an execution's events, in the order in which they were entered. */
export function visitsOf(events: readonly TimelineEvent[]): Visit[] {
  const visits: Visit[] = [];
  const positions = new Map<number, Position>();
  for (const event of events) {
    const before = positions.get(event.previousEventId ?? 0) ?? TOP;
    const after = step(event, before, visits);
    if (event.id !== undefined) positions.set(event.id, after);
  }
  return visits;
}

function step(event: TimelineEvent, before: Position, visits: Visit[]): Position {
  const { type = "" } = event;
  const details = detailsOf(event);
  const time = event.timestamp?.getTime() ?? 0;
  if (type.endsWith("StateEntered")) return enter(type, details, time, before, visits);
  if (type.endsWith("StateExited")) return exit(details, time, before);
  if (type.startsWith("MapIteration")) return iteration(type, details, before);
  const call = CALL.exec(type);
  if (call !== null)
    return call[2] === "Scheduled" ? schedule(details, time, before) : end(type, details, time, before);
  if (END.test(type)) for (const visit of visits) stop(visit, time);
  const { visit, attempt } = before;
  if (type === "TaskSubmitted" && attempt !== undefined) {
    if (attempt.waitsForToken) attempt.submittedAt = time;
    attempt.submitted = textOf(details, "output");
  }
  if (type.endsWith("StateAborted")) stop(visit, time);
  if (type === "MapStateStarted" && visit !== undefined) visit.items = numberOf(details, "length");
  if (type === "MapRunStarted" && visit !== undefined) visit.mapRunArn = textOf(details, "mapRunArn");
  return before;
}

function enter(type: string, details: Details, time: number, before: Position, visits: Visit[]): Position {
  const visit: Visit = {
    state: textOf(details, "name") ?? "?",
    type: type.slice(0, -"StateEntered".length),
    place: around(before),
    enteredAt: time,
    input: textOf(details, "input"),
    exitedAt: undefined,
    stoppedAt: undefined,
    output: undefined,
    attempts: [],
    items: undefined,
    ended: new Map(),
    firstIndex: undefined,
    mapRunArn: undefined,
    child: undefined,
  };
  visits.push(visit);
  return { visit };
}

/** A state that follows another without an exit between them, as after an error, is where that one was. */
function around({ visit, index }: Position): Place {
  if (visit === undefined) return TOP;
  if (visit.type !== "Map" && visit.type !== "Parallel") return visit.place;
  return index === undefined ? { visit } : { visit, index };
}

function exit(details: Details, time: number, before: Position): Position {
  const name = textOf(details, "name");
  const visit = outwards(before, (one) => one.state === name && one.exitedAt === undefined);
  if (visit === undefined) return before;
  visit.exitedAt = time;
  visit.output = textOf(details, "output");
  return visit.place;
}

function stop(visit: Visit | undefined, time: number): void {
  if (visit !== undefined && visit.exitedAt === undefined) visit.stoppedAt ??= time;
}

function iteration(type: string, details: Details, before: Position): Position {
  const name = textOf(details, "name");
  const visit = outwards(before, (one) => one.type === "Map" && one.state === name);
  const index = numberOf(details, "index");
  if (type !== "MapIterationStarted" && index !== undefined)
    visit?.ended.set(index, type === "MapIterationSucceeded" ? "succeeded" : "failed");
  return visit === undefined ? before : { visit, ...(index === undefined ? {} : { index }) };
}

/** The nearest of the visits around that is the one in question. */
function outwards(from: Place, isIt: (visit: Visit) => boolean): Visit | undefined {
  for (let { visit } = from; visit !== undefined; { visit } = visit.place) if (isIt(visit)) return visit;
  return undefined;
}

function schedule(details: Details, time: number, before: Position): Position {
  const { visit } = before;
  if (visit === undefined) return before;
  const attempt: Attempt = {
    number: visit.attempts.length + 1,
    scheduledAt: time,
    service:
      textOf(details, "resourceType") ?? (textOf(details, "resource")?.includes(":lambda:") ? "lambda" : "activity"),
    waitsForToken: textOf(details, "resource")?.endsWith(".waitForTaskToken") === true,
    parameters: textOf(details, "parameters") ?? parametersOfFunction(details),
    submittedAt: undefined,
    submitted: undefined,
    endedAt: undefined,
    outcome: "running",
    output: undefined,
    error: undefined,
    cause: undefined,
  };
  visit.attempts.push(attempt);
  visit.stoppedAt = undefined; // a redrive may go on in the same visit
  return { ...before, attempt };
}

/** A Task with a function's ARN as its resource, as an invocation would be written. */
function parametersOfFunction(details: Details): string | undefined {
  const [resource, input] = [textOf(details, "resource"), textOf(details, "input")];
  if (resource === undefined) return input;
  return `{"FunctionName":${JSON.stringify(resource)},"Payload":${input ?? "null"}}`;
}

function end(type: string, details: Details, time: number, before: Position): Position {
  const { attempt } = before;
  if (attempt === undefined) return before;
  attempt.endedAt = time;
  attempt.outcome = type.endsWith("Succeeded") ? "succeeded" : "failed";
  attempt.output = textOf(details, "output");
  attempt.error = textOf(details, "error") ?? (type.endsWith("TimedOut") ? "States.Timeout" : undefined);
  const cause = textOf(details, "cause");
  attempt.cause = evaluationError(cause) ?? cause;
  return { ...(before.visit === undefined ? {} : { visit: before.visit }), attempt };
}
