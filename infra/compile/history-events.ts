import { HISTORY_EVENTS } from "../../sdk/base/aws-limits.ts";
import type { Json } from "../../sdk/base/json.ts";
import { PASSING_ERRORS } from "../../sdk/base/passing-errors.ts";
import { fields, innerDefinitions, list, type Fields } from "../asl/states.ts";
import { dearestWay, NUMBERS, type DearestWay } from "./dearest-way.ts";
import { visitsOf } from "./loop-states.ts";

// How many events an execution's history will have, as GetExecutionHistory tells them. The numbers hold for a way on
// which nothing fails; what stands for failing states is a bound.

/** A state machine's definition, or what stands within a state: as it is compiled, or as somebody wrote it. */
export interface States {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, Fields>>;
}

/** What no definition tells of its executions. */
export interface Assumptions {
  /**
   * Items of a Map state, by its name, each time that it is entered; where the numbers differ, their mean. `undefined`:
   * as many as are written down in the state, and none if it gets them from elsewhere.
   */
  readonly items: (map: string) => number | undefined;
  /** How often the rounds of a map of batches are gone. Default 1. An author's loop says itself how often it may be. */
  readonly rounds?: number;
  /**
   * Attempts that each state needs. `author`: its last one, by the retriers that its author asked for. `all`: the passing
   * errors of Lambda and the store are retried to the last as well. Default `one`.
   */
  readonly attempts?: "one" | "author" | "all";
  /** Whether no state fails with an error that it catches. Default: the ways that catchers take count as others do. */
  readonly nothingCaught?: boolean;
}

/** The events of an execution of the definition; those of its child executions are in histories of their own. */
export function historyEvents(definition: States, assumed: Assumptions): number {
  return EXECUTION_EVENTS + wayThrough(definition, assumed).cost;
}

/** `ExecutionStarted`, and how it ended. */
const EXECUTION_EVENTS = 2;

/**
 * The most items that a Map state may have in one entry, so that the history stays below the limit; the other maps have
 * as many as `assumed` says.
 * @returns -1 if even without items it does not stay below, `Infinity` if the history has no event for an item
 */
export function mostItems(
  definition: States,
  map: string,
  assumed: Assumptions,
  limit: number = HISTORY_EVENTS,
): number {
  function staysBelow(items: number): boolean {
    return (
      historyEvents(definition, { ...assumed, items: (name) => (name === map ? items : assumed.items(name)) }) < limit
    );
  }
  if (staysBelow(limit)) return Number.POSITIVE_INFINITY; // an item has two events at least, if it has any
  let [most, tooMany] = [-1, limit];
  while (tooMany - most > 1) {
    const middle = Math.floor((most + tooMany) / 2);
    if (staysBelow(middle)) most = middle;
    else tooMany = middle;
  }
  return most;
}

/**
 * The state on the dearest way with which the history reaches the limit: its name, after those of the states that it is
 * within. Absent: the history stays below.
 */
export function stateThatExceeds(
  definition: States,
  assumed: Assumptions,
  limit: number = HISTORY_EVENTS,
): readonly string[] | undefined {
  return historyEvents(definition, assumed) < limit
    ? undefined
    : exceeding(definition, assumed, limit - EXECUTION_EVENTS);
}

function exceeding(block: States, assumed: Assumptions, limit: number): readonly string[] {
  const { cost, states } = wayThrough(block, assumed);
  // All rounds of a loop are between the state that asks for another one and what comes after it.
  const at = states.findIndex((_, index) => cost - (states[index + 1]?.rest ?? 0) >= limit);
  const found = states[at];
  if (found === undefined) return [];
  const state = block.States[found.name] ?? {};
  if (visitsOf(state) !== undefined) return [states[at - 1]?.name ?? found.name]; // the loop begins before it
  const left = limit - (cost - found.rest);
  const inner = isDistributed(state) ? undefined : heaviest(innerStates(state), assumed);
  // What is within is at fault if it alone has most of what is left.
  const isWithin = inner !== undefined && historyEvents(inner, assumed) > left / 2;
  return [found.name, ...(isWithin ? exceeding(inner, assumed, Math.min(left, wayThrough(inner, assumed).cost)) : [])];
}

function heaviest(blocks: readonly States[], assumed: Assumptions): States | undefined {
  return blocks.toSorted((left, right) => wayThrough(right, assumed).cost - wayThrough(left, assumed).cost)[0];
}

/** What runs in an execution of its own: what is within a Distributed Map, and in turn within such ones. */
export interface ChildHistory {
  readonly map: string;
  readonly type: "STANDARD" | "EXPRESS";
  readonly definition: States;
}

/** Each kind of child execution that an execution of the definition has. */
export function childHistories(definition: States): ChildHistory[] {
  return Object.entries(definition.States).flatMap(([map, state]) => {
    const inner = innerStates(state);
    const within = inner.flatMap(childHistories);
    if (!isDistributed(state)) return within;
    const { ExecutionType } = fields(fields(state["ItemProcessor"])["ProcessorConfig"]);
    const type = ExecutionType === "EXPRESS" ? "EXPRESS" : "STANDARD";
    return [...inner.map((one): ChildHistory => ({ map, type, definition: one })), ...within];
  });
}

function wayThrough({ StartAt, States }: States, assumed: Assumptions): DearestWay<number> {
  const costs = new Map<string, number>();
  return dearestWay(StartAt, {
    costs: NUMBERS,
    rounds: (head) => visitsOf(States[head] ?? {})?.most ?? assumed.rounds ?? 1,
    next: (name) => nextStates(States[name] ?? {}, assumed),
    cost(name) {
      const state = States[name]; // one that is not there is outside, as the next of some states is
      const cost = costs.get(name) ?? (state === undefined ? 0 : stateEvents(name, state, assumed));
      costs.set(name, cost);
      return cost;
    },
  });
}

function nextStates(state: Fields, { nothingCaught = false }: Assumptions): string[] {
  const catchers = nothingCaught ? [] : list(state["Catch"]);
  const ways = [state, ...[...list(state["Choices"]), ...catchers].map(fields)];
  return [...ways.map(({ Next }) => Next), state["Default"]].filter((next) => typeof next === "string");
}

/** The events of one visit of a state, from its being entered to its being left. */
function stateEvents(name: string, state: Fields, assumed: Assumptions): number {
  const attempts = attemptsOf(state, assumed.attempts ?? "one");
  switch (state["Type"]) {
    case "Fail":
      return 1; // it is not left
    case "Task":
      return 2 + attempts * attemptEvents(state["Resource"]);
    case "Parallel": {
      // Started, and Succeeded; of an attempt that fails no more than all that is within.
      const within = sum(innerStates(state), (branch) => wayThrough(branch, assumed).cost);
      return 3 + attempts * (1 + within);
    }
    case "Map": {
      if (isDistributed(state)) return 2 + 4 + (attempts - 1) * 3; // MapStateStarted, MapRunStarted, and how each ended
      const item = 2 + sum(innerStates(state), (body) => wayThrough(body, assumed).cost);
      const items = assumed.items(name) ?? list(state["Items"]).length;
      return 3 + attempts * (1 + items * item);
    }
    default:
      return 2;
  }
}

/** Scheduled, Started, and how it ended; where Step Functions waits for what was begun, that it was submitted too. */
function attemptEvents(resource: Json | undefined): number {
  return typeof resource === "string" && /\.(sync|sync:2|waitForTaskToken)$/.test(resource) ? 4 : 3;
}

function attemptsOf(state: Fields, which: "one" | "author" | "all"): number {
  if (which === "one" || (which === "author" && isListWork(state))) return 1;
  const retriers = list(state["Retry"]).map(fields);
  const counted = retriers.filter(({ ErrorEquals }) => which === "all" || !arePassing(list(ErrorEquals)));
  return 1 + sum(counted, ({ MaxAttempts = 3 }) => Number(MaxAttempts));
}

/** Whether it works on the lists of a map: its retriers are none of an author's. */
function isListWork(state: Fields): boolean {
  return fields(fields(state["Arguments"])["Payload"])["list"] !== undefined;
}

/** Whether a retrier is of errors that Lambda or the store has, and few of many attempts meet. */
function arePassing(errors: readonly Json[]): boolean {
  return errors.every(
    (error) => typeof error === "string" && (error.startsWith("Lambda.") || PASSING_ERRORS.includes(error)),
  );
}

/** Whether what is within a state runs in executions of its own. */
function isDistributed(state: Fields): boolean {
  return fields(fields(state["ItemProcessor"])["ProcessorConfig"])["Mode"] === "DISTRIBUTED";
}

function innerStates(state: Fields): States[] {
  const { Iterator, ...others } = state; // the former name of ItemProcessor
  return innerDefinitions(Iterator === undefined ? others : { ...others, ItemProcessor: Iterator }).map((inner) => ({
    StartAt: String(inner["StartAt"]),
    States: Object.fromEntries(Object.entries(fields(inner["States"])).map(([name, one]) => [name, fields(one)])),
  }));
}

function sum<T>(items: readonly T[], count: (item: T) => number): number {
  return items.reduce((total, item) => total + count(item), 0);
}
