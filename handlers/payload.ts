import type { Json } from "../sdk/base/json.ts";
import type { Receipt } from "../sdk/invocation/receipt.ts";
import type { Budget } from "../sdk/values/budget.ts";

/** The payload of a Task state's `lambda:invoke`. */
export interface Invocation {
  readonly task: string;
  /** Absent: none. */
  readonly inputs?: Json;
  /** The execution's ARN: `$states.context.Execution.Id`. */
  readonly execution?: string;
  /**
   * Seconds after which the state fails with `States.Timeout`. Lambda does not learn of that, and lets the task run on.
   */
  readonly timeout?: number;
  /** How much of the output may be in the answer. Absent: all of it. */
  readonly budget?: Budget;
  /** The names of errors that the state's retriers wait for. */
  readonly errors?: readonly string[];
  /** Absent: the task runs once, with `inputs`. */
  readonly batch?: Batch;
}

/** Items of a map that one invocation handles. Their inputs are `inputs`, and of each list the element of each item. */
export interface Batch {
  /** Of each item the index in the whole map, by which the answer tells of it. */
  readonly indices: readonly number[];
  /** By the input's name, an element for each item. */
  readonly lists: Readonly<Record<string, readonly Json[]>>;
  /** Items at work at once. Absent: one. */
  readonly concurrentItems?: number;
  /** Whether the invocation fails with the first item that does. Absent: it tells of each item that fails. */
  readonly failFast?: true;
}

/** The answer of an invocation. The state machine passes on `output` alone; the receipt stays in the history. */
export interface Outcome {
  readonly output: Json;
  readonly receipt: Receipt;
}

/** The answer of an invocation that handles a batch: what became of each item, by its index in the whole map. */
export interface BatchOutcome {
  readonly output: {
    /** The outputs of items that succeeded, by index. */
    readonly done: Readonly<Record<string, Json>>;
    readonly failed: readonly FailedItem[];
    /** The indices of items that there was not time enough for. They are to be sent again. */
    readonly unfinished: readonly number[];
  };
  /** One for each item that succeeded, in the order in which they ended; the last may stand for many. */
  readonly receipts: readonly Receipt[];
}

/** Of an item that failed what Step Functions tells of a task that failed. */
export interface FailedItem {
  readonly index: number;
  readonly error: string;
  /** The error's message. It takes no more room than the item's output might. */
  readonly cause: string;
}
