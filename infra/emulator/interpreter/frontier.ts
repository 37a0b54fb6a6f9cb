import type { Json, JsonObject } from "../../../sdk/base/json.ts";
import type { ItemBatch } from "./map-run.ts";
import { Variables } from "./variables.ts";

/** What goes on within a Parallel or Map state. */
export interface Inside {
  /** Of the event that the lines within follow: `ParallelStateStarted`, `MapStateStarted`. */
  readonly startedEventId: number;
  /** What branches or iterations have given, by index; undefined where there is nothing yet. */
  readonly outputs: (Json | undefined)[];
  /** Those that have begun and have given nothing yet, by index. */
  readonly lines: (Frontier | undefined)[];
  /** Of an inline Map: what the iterations are of. */
  readonly items?: readonly Json[];
  /** Of a Distributed Map, which has child executions instead of lines. */
  readonly mapRunArn?: string;
  /** What its child executions get, once that is known. */
  batches?: readonly ItemBatch[];
  /** The next attempt is a redrive of the Map Run. */
  isRedriven?: boolean;
}

/** What an attempt at a state is in the midst of: with this another process goes on with it. Times are as everywhere. */
export interface Held {
  readonly retryCount?: number;
  /** How often each retrier has been used, by its index. */
  readonly used?: readonly number[];
  /** The delay before this attempt ends then. */
  readonly resumesAt?: number;
  /** A Wait ends then. */
  readonly until?: number;
  readonly token?: string;
  /** Of what others report on, or what is waited for: when it was handed over. */
  readonly since?: number;
  /** A worker has taken the activity's task. */
  readonly hasStarted?: boolean;
  /** What the service answered when it took the job. */
  readonly submitted?: { readonly output: Json };
  readonly report?: { readonly output: Json } | { readonly error: string | null; readonly cause: string | null };
}

/**
 * Where a line of states stands, with all that it needs to be taken up from there: by a redrive, or by another process.
 * An execution's own line, each branch of a Parallel and each iteration of an inline Map have one.
 */
export class Frontier {
  /** The state that it is in, or goes to next. Undefined before the first state and after the last one. */
  name: string | undefined;
  /** What that state is given; after the last one, what the line gives. */
  input: Json = null;
  /** The last state has been left. */
  isDone = false;
  /** Of that state's `…StateEntered`; 0 until it is entered. */
  enteredEventId = 0;
  /** Milliseconds since the epoch. */
  enteredTime = 0;
  /** The event that the next one follows. */
  latestEventId: number;
  inside: Inside | undefined;
  /** Kept where another process may have to go on. */
  held: Held | undefined;
  /** The error that the state failed with, when nothing caught it. */
  failure: string | undefined;
  readonly variables: Variables;

  constructor(latestEventId: number, variables: Variables) {
    this.latestEventId = latestEventId;
    this.variables = variables;
  }

  /** Goes to a state, or after the last one to the end. */
  go(name: string | undefined, input: Json): void {
    this.name = name;
    this.input = input;
    this.isDone = name === undefined;
    this.enteredEventId = 0;
    this.inside = undefined;
    this.held = undefined;
    this.failure = undefined;
  }

  enter(eventId: number, time: number): void {
    this.enteredEventId = eventId;
    this.enteredTime = time;
  }

  /** Begins branches, iterations or a Map Run. */
  open(count: number, more: Pick<Inside, "items" | "mapRunArn"> = {}): Inside {
    const outputs = Array.from({ length: count }, (): Json | undefined => undefined);
    this.inside = { startedEventId: this.latestEventId, outputs, lines: [], ...more };
    return this.inside;
  }

  /** The line at an index of what goes on within, which begins here unless it has begun. */
  line({ lines }: Inside, index: number, latestEventId: number): Frontier {
    return (lines[index] ??= new Frontier(latestEventId, new Variables(this.variables)));
  }

  /** A line within has given its output. */
  close({ outputs, lines }: Inside, index: number, output: Json): void {
    outputs[index] = output;
    lines[index] = undefined;
  }

  /**
   * Prepares a redrive: the state goes on as it was entered, and so does what had not succeeded within it. As on AWS,
   * all within is run again when the state had too much data, and in a Distributed Map when an expression failed.
   */
  renew(): void {
    const { inside, failure } = this;
    this.failure = undefined;
    this.held = undefined;
    if (this.enteredEventId !== 0) this.latestEventId = this.enteredEventId;
    if (inside === undefined) return;
    if (failure === "States.DataLimitExceeded" || (inside.mapRunArn !== undefined && failure === "States.Runtime")) {
      this.inside = undefined;
      return;
    }
    this.latestEventId = inside.startedEventId;
    inside.isRedriven = inside.mapRunArn !== undefined;
    for (const line of inside.lines) line?.renew();
  }
}

/** Prepares what stood when its process ended: a call that was not answered is made again, as the state's first one. */
export function takeUp(frontier: Frontier): void {
  const { inside, held, enteredEventId } = frontier;
  for (const line of inside?.lines ?? []) if (line !== undefined) takeUp(line);
  const isWaiting = held?.since !== undefined || held?.resumesAt !== undefined;
  if (inside === undefined && enteredEventId !== 0 && !isWaiting) frontier.latestEventId = enteredEventId;
}

/** A {@link Frontier} in a file. */
export interface StoredFrontier {
  readonly name?: string;
  readonly input: Json;
  readonly isDone: boolean;
  readonly enteredEventId: number;
  readonly enteredTime: number;
  readonly latestEventId: number;
  readonly failure?: string;
  readonly held?: Held;
  readonly variables?: JsonObject;
  readonly inside?: StoredInside;
}

interface StoredInside {
  readonly startedEventId: number;
  /** How many branches or iterations there are. */
  readonly count: number;
  readonly items?: readonly Json[];
  readonly mapRunArn?: string;
  readonly outputs: Readonly<Record<string, Json>>;
  readonly lines: Readonly<Record<string, StoredFrontier>>;
}

export function storedFrontier(frontier: Frontier): StoredFrontier {
  const { name, input, isDone, enteredEventId, enteredTime, latestEventId, failure, held, inside } = frontier;
  const variables = frontier.variables.own();
  return {
    ...(name === undefined ? {} : { name }),
    input,
    isDone,
    enteredEventId,
    enteredTime,
    latestEventId,
    ...(failure === undefined ? {} : { failure }),
    ...(held === undefined ? {} : { held }),
    ...(variables === undefined ? {} : { variables }),
    ...(inside === undefined ? {} : { inside: storedInside(inside) }),
  };
}

function storedInside({ startedEventId, outputs, lines, items, mapRunArn }: Inside): StoredInside {
  return {
    startedEventId,
    count: outputs.length,
    ...(items === undefined ? {} : { items }),
    ...(mapRunArn === undefined ? {} : { mapRunArn }),
    outputs: present(outputs, (output) => output),
    lines: present(lines, storedFrontier),
  };
}

/** What is there of a list, by index. */
function present<From, To>(list: readonly (From | undefined)[], to: (one: From) => To): Record<string, To> {
  const found: Record<string, To> = {};
  for (const [index, one] of list.entries()) if (one !== undefined) found[index] = to(one);
  return found;
}

/** @param outer The variables around it. */
export function frontierFrom(stored: StoredFrontier, outer?: Variables): Frontier {
  const frontier = new Frontier(stored.latestEventId, new Variables(outer, stored.variables));
  frontier.go(stored.name, stored.input);
  frontier.isDone = stored.isDone;
  frontier.enter(stored.enteredEventId, stored.enteredTime);
  frontier.failure = stored.failure;
  frontier.held = stored.held;
  if (stored.inside === undefined) return frontier;
  const { startedEventId, count, items, mapRunArn } = stored.inside;
  const outputs = Array.from({ length: count }, (_, index) => stored.inside?.outputs[index]);
  const lines: (Frontier | undefined)[] = [];
  for (const [index, line] of Object.entries(stored.inside.lines))
    lines[Number(index)] = frontierFrom(line, frontier.variables);
  frontier.inside = {
    startedEventId,
    outputs,
    lines,
    ...(items === undefined ? {} : { items }),
    ...(mapRunArn === undefined ? {} : { mapRunArn }),
  };
  return frontier;
}
