import type { Json } from "../../../sdk/base/json.ts";
import type { EventDetails, History } from "../kernel/history.ts";
import type { Frontier, Held } from "./frontier.ts";

/** A step of an execution: what it has added to the history, or how a frontier has moved. */
export interface JournalEntry {
  /** Which line, by the indexes of the lines around it: nothing, `2`, `2.0`. */
  readonly line?: string;
  readonly event?: readonly [type: string, previous: number, time: number, details: EventDetails | null];
  /** No other event follows that one. */
  readonly isAside?: boolean;
  /** The event is the entry into the state that the line is at. */
  readonly isEntry?: boolean;
  /** The state has been left for this one; null: it was the last. */
  readonly next?: string | null;
  readonly open?: { readonly count: number; readonly items?: readonly Json[]; readonly mapRunArn?: string };
  /** The line has given its output, to the line around it. */
  readonly isClosed?: boolean;
  readonly held?: Held;
  /** What is held is of a new attempt. */
  readonly isAttempt?: boolean;
  /** A mocked Task has been invoked. */
  readonly mocked?: string;
  /** When the execution was redriven. */
  readonly redriven?: number;
}

/** Where the steps of an execution are written, so that another process can go on with it. */
export interface Journal {
  write(entry: JournalEntry): void;
  /** Sees to it that all that has been written outlives this process: before whatever has an effect outside of it. */
  commit(): void;
}

/** Does what an entry tells. Mocks and redrives are the execution's. */
export function replay({ line, ...entry }: JournalEntry, frontier: Frontier, history: History): void {
  const path = line === undefined ? [] : line.split(".").map(Number);
  const at = path.reduce<Frontier>((outer, index) => {
    if (outer.inside === undefined) throw new SyntaxError(`line ${line} is within no state`);
    return outer.line(outer.inside, index, outer.latestEventId);
  }, frontier);
  if (entry.event !== undefined) replayEvent(entry, entry.event, at, history);
  if (entry.open !== undefined) {
    const { count, ...more } = entry.open;
    at.open(count, more);
  }
  if (entry.held !== undefined) {
    at.held = entry.isAttempt === true ? entry.held : { ...at.held, ...entry.held };
    if (entry.isAttempt === true) at.inside = undefined;
  }
  if (entry.isClosed === true) {
    const outer = path.slice(0, -1).reduce((one, index) => one.inside?.lines[index] ?? one, frontier);
    if (outer.inside !== undefined) outer.close(outer.inside, path.at(-1) ?? 0, at.input);
    outer.latestEventId = at.latestEventId;
  }
}

function replayEvent(
  { isAside, isEntry, next }: JournalEntry,
  [type, previous, time, details]: NonNullable<JournalEntry["event"]>,
  at: Frontier,
  history: History,
): void {
  const id = history.append(type, previous, time, details ?? undefined);
  if (isAside !== true) at.latestEventId = id;
  if (isEntry === true) {
    at.go(String(details?.["name"]), details?.["input"] ?? null);
    at.enter(id, time);
  }
  if (next === undefined) return;
  at.variables.restore(details?.["assignedVariables"]);
  at.go(next ?? undefined, details?.["output"] ?? null);
}
