import type { Json } from "../../../sdk/base/json.ts";
import { MemoryBudget, memoryOf } from "./memory-budget.ts";

/** What an event tells, under the names of the API; `input`, `output` and `parameters` are values here and JSON texts there. */
export interface EventDetails {
  readonly [field: string]: Json | undefined;
}

/**
 * One entry of GetExecutionHistory's `events`.
 * (https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html): its details are in the member
 * that is named after its type.
 * @example
 * function line({ id, type, timestamp }: HistoryEvent): string {
 *   return `${id} ${type} ${timestamp.toISOString()}`;
 * }
 */
export interface HistoryEvent {
  readonly timestamp: Date;
  readonly type: string;
  readonly id: number;
  readonly previousEventId: number;
  readonly [details: `${string}EventDetails`]: Readonly<Record<string, unknown>>;
}

const STATE_TYPES = ["Pass", "Task", "Choice", "Wait", "Succeed", "Fail", "Parallel", "Map"];

/** The member that carries an event's details, where it is not simply named after the type. */
const SHARED_DETAILS = new Map([
  ...STATE_TYPES.map((type): [string, string] => [`${type}StateEntered`, "stateEnteredEventDetails"]),
  ...STATE_TYPES.map((type): [string, string] => [`${type}StateExited`, "stateExitedEventDetails"]),
]);

function detailsMember(type: string): `${string}EventDetails` {
  const shared = SHARED_DETAILS.get(type);
  return (shared ?? `${type.charAt(0).toLowerCase()}${type.slice(1)}EventDetails`) as `${string}EventDetails`;
}

const PAYLOADS = new Set(["input", "output"]);
/** What may be large in an event. */
const DATA = new Set([...PAYLOADS, "parameters", "assignedVariables"]);
/** The field of an event whose data have been taken away: the names of what it had. */
const CUT = "cut";

export interface StoredHistory {
  readonly types: readonly string[];
  readonly previous: readonly number[];
  readonly times: readonly number[];
  readonly details: readonly (EventDetails | null)[];
}

/** Some events in a row, in columns: an event costs three entries and a reference. */
class Block {
  readonly types: string[] = [];
  readonly previous: number[] = [];
  readonly times: number[] = [];
  readonly details: (EventDetails | undefined)[] = [];
}

// One array that grows to 700,000 entries leaves three times its size behind in outgrown copies.
const BLOCK_BITS = 10;
const BLOCK_SIZE = 1 << BLOCK_BITS;

const BYTES_OF_EVENT = 100;
// Smaller values are counted anew in each event that has them.
const BYTES_OF_SHARED = 500;

/**
 * The events of one execution. When their data take more memory than there is, the oldest of them go; the events stay,
 * and say that their data were cut off.
 */
export class History {
  readonly #memory: MemoryBudget;
  readonly #blocks: Block[] = [];
  #length = 0;
  #bytes = 0;
  /** The values that have been counted: an output is the next state's input. */
  #counted = new Set<unknown>();
  /** So many events have no data any more. */
  #bare = 0;

  constructor(memory: MemoryBudget = new MemoryBudget(Number.POSITIVE_INFINITY)) {
    this.#memory = memory;
  }

  /** Counts what the execution holds besides its events. */
  hold(bytes: number): void {
    this.#bytes += bytes;
    this.#memory.take(bytes);
  }

  /** The execution is forgotten. */
  release(): void {
    this.#memory.give(this.#bytes);
    this.#bytes = 0;
    this.#counted.clear();
  }

  get length(): number {
    return this.#length;
  }

  /** Adds an event and returns its id; ids count from 1. `time` is in milliseconds. */
  append(type: string, previous: number, time: number, details?: EventDetails): number {
    let block = this.#blocks[this.#length >> BLOCK_BITS];
    if (block === undefined) {
      block = new Block();
      this.#blocks.push(block);
    }
    block.types.push(type);
    block.previous.push(previous);
    block.times.push(time);
    block.details.push(details);
    this.hold(BYTES_OF_EVENT + (details === undefined ? 0 : this.#memoryOf(details)));
    while (this.#memory.isExceeded && this.#bare < this.#length) this.#strip(this.#bare++);
    return ++this.#length;
  }

  #memoryOf(details: EventDetails): number {
    let bytes = 0;
    for (const value of Object.values(details)) {
      if (this.#counted.has(value)) continue;
      const size = memoryOf(value);
      if (size > BYTES_OF_SHARED) this.#counted.add(value);
      bytes += size;
    }
    return bytes;
  }

  /** Takes an event's data away. */
  #strip(index: number): void {
    const block = this.#blocks[index >> BLOCK_BITS];
    const details = block?.details[index & (BLOCK_SIZE - 1)];
    if (block === undefined || details === undefined) return;
    const fields = Object.keys(details).filter((field) => DATA.has(field) && details[field] !== undefined);
    if (fields.length === 0) return;
    let bytes = 0;
    const kept: Record<string, Json | undefined> = { ...details, [CUT]: fields };
    for (const field of fields) {
      const value = details[field];
      // What later events have too is given back with the first of them, though it is in memory until the last.
      const size = memoryOf(value);
      if (this.#counted.delete(value) || size <= BYTES_OF_SHARED) bytes += size;
      kept[field] = undefined;
    }
    block.details[index & (BLOCK_SIZE - 1)] = kept;
    this.#bytes -= bytes;
    this.#memory.give(bytes);
  }

  /** The event as the API shows it, or undefined when there is none of this id. */
  event(id: number, includeData = true): HistoryEvent | undefined {
    const block = this.#blocks[(id - 1) >> BLOCK_BITS];
    const index = (id - 1) & (BLOCK_SIZE - 1);
    const type = block?.types[index];
    const time = block?.times[index];
    const previousEventId = block?.previous[index];
    if (type === undefined || time === undefined || previousEventId === undefined) return undefined;
    const details = block?.details[index];
    const event: HistoryEvent = { timestamp: new Date(time), type, id, previousEventId };
    return details === undefined ? event : { ...event, [detailsMember(type)]: render(details, includeData) };
  }

  /** All of it, for a file. */
  stored(): StoredHistory {
    return {
      types: this.#blocks.flatMap(({ types }) => types),
      previous: this.#blocks.flatMap(({ previous }) => previous),
      times: this.#blocks.flatMap(({ times }) => times),
      details: this.#blocks.flatMap(({ details }) => details.map((one) => one ?? null)),
    };
  }

  static from({ types, previous, times, details }: StoredHistory, memory?: MemoryBudget): History {
    const history = new History(memory);
    for (const [index, type] of types.entries()) {
      history.append(type, previous[index] ?? 0, times[index] ?? 0, details[index] ?? undefined);
    }
    return history;
  }
}

function render(details: EventDetails, includeData: boolean): Record<string, unknown> {
  const rendered: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(details)) {
    if (value === undefined) continue;
    if (field === CUT) {
      for (const cut of Array.isArray(value) && includeData ? value : [])
        if (cut !== "parameters") rendered[`${String(cut)}Details`] = { truncated: true };
    } else if (PAYLOADS.has(field)) {
      if (!includeData) continue;
      rendered[field] = JSON.stringify(value);
      rendered[`${field}Details`] = { truncated: false };
    } else if (field === "assignedVariables") {
      if (!includeData) continue;
      rendered[field] = Object.fromEntries(Object.entries(value ?? {}).map(([name, of]) => [name, JSON.stringify(of)]));
      rendered.assignedVariablesDetails = { truncated: false };
    } else rendered[field] = field === "parameters" ? JSON.stringify(value) : value;
  }
  return rendered;
}
