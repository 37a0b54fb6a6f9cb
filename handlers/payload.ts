import type { Json } from "../sdk/base/json.ts";
import type { Receipt } from "../sdk/invocation/receipt.ts";
import type { Budget } from "../sdk/values/budget.ts";

/**
 * The payload of a Task state's `lambda:invoke`.
 * @example
 * const invocation: Invocation = { task: "evaluate", inputs: { value: 1, state: 3 }, timeout: 60 };
 */
export interface Invocation {
  /** The task's name. */
  readonly task: string;
  /** Absent: none. */
  readonly inputs?: Json;
  /** The execution's ARN: `$states.context.Execution.Id`. */
  readonly execution?: string;
  /**
   * Seconds after which the state fails with `States.Timeout`. Lambda does not learn of that, and lets the task run on.
   */
  readonly timeout?: number;
  /** The node that calls, where that is not the task's name. */
  readonly node?: string;
  /** Of an item of a map its index. */
  readonly item?: number;
  /** The token by which the node is answered, if it waits for one. */
  readonly token?: string;
  /**
   * `traceparent`, `tracestate` and `overwriteCache` of the execution's input, as far as it has them, and if another
   * execution has started it, how many are around it, a number, and `{ errors }`, the names that these wait for.
   */
  readonly trace?: readonly unknown[];
  /** How much of the output may be in the answer. Absent: all of it. */
  readonly budget?: Budget;
  /** The names of errors that the state's retriers wait for. */
  readonly errors?: readonly string[];
  /** Absent: the task runs once, with `inputs`. */
  readonly batch?: Batch;
  /** Work on the lists of a map over the task, in the place of the task. */
  readonly list?: ListWork;
}

/** Items of a map that one invocation handles. Their inputs are `inputs`, and of each list the element of each item. */
export interface Batch {
  /** Of each item the index in the whole map, by which the answer tells of it. */
  readonly indices: readonly number[];
  /** By the input's name: a list with an element for each item, or a stored list, in which `indices` says which. */
  readonly lists: Readonly<Record<string, BatchList>>;
  /** Items at work at once. Absent: one. */
  readonly concurrentItems?: number;
  /**
   * The invocation fails with the first item that does, and this is the name of the map, by which the error tells of the
   * item. Absent: it answers for each item that fails.
   */
  readonly failFast?: string;
  /**
   * Bytes that the outputs may have in the answer. If they have more, all of them are stored as one object, and the
   * answer's `done` is its mark; no output is stored alone because of the `budget`. Absent: each has the `budget`.
   */
  readonly doneBytes?: number;
}

/** The mark of a stored list: `$list` of sdk/values/wire.ts. */
export interface StoredList {
  readonly $list: { readonly key: string; readonly count: number; readonly bytes: number };
}

/** The mark of a stored value: `$stored` of sdk/values/wire.ts. */
export interface StoredValue {
  readonly $stored: string;
}

export type BatchList = readonly Json[] | StoredList;

/** What a function does with lists for the state machine, which cannot read the store. */
export type ListWork = Elements | Keys | Collect | Join;

/** A range of the items of a map. */
export interface ItemRange {
  /** By the input's name, the whole lists. */
  readonly lists: Readonly<Record<string, BatchList>>;
  /** The index of the first item. */
  readonly from: number;
  /** The index after the last item. */
  readonly to: number;
}

/**
 * Answers, by the input's name, the list of the items' elements. `budget` is that of this answer: its `reads` has a
 * field for each list.
 */
export interface Elements extends ItemRange {
  readonly kind: "elements";
}

/** Answers a text for each item, in order: what is at the paths of its inputs. Equal values have equal texts. */
export interface Keys extends ItemRange {
  readonly kind: "keys";
  /** Paths in an item's inputs, each of which begins with an input's name. What is in no list is in `inputs`. */
  readonly paths: readonly (readonly string[])[];
}

/** Answers the outputs of a range of items, in order: a list, or its mark if it has more bytes than the `budget`. */
export interface Collect {
  readonly kind: "collect";
  /** The index of the first item. */
  readonly first: number;
  /** How many items there are. One that has no output has `null`. */
  readonly count: number;
  /** The `done` of each batch. */
  readonly done: readonly Done[];
}

/**
 * Answers the lists one after the other as one: a list if it fits the `budget`, or else its mark. What the state machine
 * reads in it, by the budget's `reads`, has to fit.
 */
export interface Join {
  readonly kind: "join";
  readonly pieces: readonly BatchList[];
}

/** The outputs of items that succeeded, by index; or the mark of the object in which they are stored. */
export type Done = Readonly<Record<string, Json>> | StoredValue;

/**
 * The answer of an invocation. The state machine passes on `output` alone; the receipt stays in the history.
 * @example
 * function show({ output, receipt }: Outcome): string {
 *   return `${JSON.stringify(output)} of ${receipt.replica}`;
 * }
 */
export interface Outcome {
  /** What the task returned, with marks in the place of files and of what is stored. */
  readonly output: Json;
  /** Which replica it was, and what its caches did. */
  readonly receipt: Receipt;
}

/** The answer of an invocation that handles a batch: what became of each item, by its index in the whole map. */
export interface BatchOutcome {
  readonly output: {
    readonly done: Done;
    readonly failed: readonly FailedItem[];
    /** The indices of items that there was not time enough for. They are to be sent again. */
    readonly unfinished: readonly number[];
  };
  /** One for each item that succeeded, in the order in which they ended; the last may stand for many. */
  readonly receipts: readonly Receipt[];
  /** By index, the stacks of items that failed, as many as there is room for: the state machine passes on `output` alone. */
  readonly stacks?: Readonly<Record<string, string>>;
}

/** Of an item that failed what Step Functions tells of a task that failed. */
export interface FailedItem {
  readonly index: number;
  readonly error: string;
  /** The error's message. It takes no more room than the item's output might. */
  readonly cause: string;
}
