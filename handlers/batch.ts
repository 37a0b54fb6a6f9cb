import type { Json } from "../sdk/base/json.ts";
import type { Receipt } from "../sdk/invocation/receipt.ts";
import type { Batch, BatchOutcome, Done, FailedItem, Invocation, Outcome } from "./payload.ts";
import { BatchInputs } from "./batch-inputs.ts";
import { boundedReceipts } from "./batch-receipts.ts";
import { failedItem } from "./failed-item.ts";
import { BatchStacks } from "./batch-stacks.ts";
import { ReportedError, reportedError } from "./reported-error.ts";

/** Milliseconds before Lambda ends the invocation at which a batch answers; a tenth of its time, if that is less. */
const ANSWER_MS = 1000;
/** The same for a batch that may have to store its outputs first. */
const STORE_MS = 5000;

const NO_ITEMS: Batch = { indices: [], lists: {} };

/** How one item is run: as an invocation with the item's inputs. */
type Run<T, R> = (task: T, invocation: Invocation, replica: R, remainingMs: () => number) => Promise<Outcome>;

/**
 * Run a task for the items of a batch, in order. No item begins that may take longer than there is time, by what the
 * longest so far has taken, and shortly before Lambda ends the invocation it answers with what there is. At least one
 * item has all of the time, so that a batch that is sent again and again comes to its end.
 * @param remainingMs returns the milliseconds until Lambda ends the invocation
 * @throws what an item throws, if the batch is to fail with it
 */
export async function runBatch<T, R>(
  task: T,
  invocation: Invocation,
  replica: R,
  remainingMs: () => number,
  run: Run<T, R>,
): Promise<BatchOutcome> {
  const { inputs, timeout = Infinity, errors, budget, batch = NO_ITEMS } = invocation;
  const { indices, lists, concurrentItems = 1, failFast, doneBytes } = batch;
  const itemInputs = new BatchInputs(inputs, lists);
  const done: Record<string, Json> = {};
  const failed: FailedItem[] = [];
  const unfinished: number[] = [];
  const receipts: Receipt[] = [];
  const stacks = new BatchStacks();
  const reserveMs = Math.min(doneBytes === undefined ? ANSWER_MS : STORE_MS, remainingMs() / 10);
  // What may be stored with others is not stored alone.
  const { budget: _, ...unbounded } = invocation;
  const item = doneBytes === undefined ? invocation : unbounded;
  let longestMs = 0;

  function leftForItems(): number {
    return remainingMs() - reserveMs;
  }

  async function runItem(position: number, index: number): Promise<void> {
    const isFirst = position < concurrentItems;
    const leftMs = leftForItems();
    if (!isFirst && leftMs <= longestMs) return void unfinished.push(index);
    const beganAt = performance.now();
    const ended = await within(
      Math.min(leftMs, timeout * 1000),
      itemInputs
        .of(position, index)
        .then((own) => run(task, { ...item, item: index, inputs: own }, replica, leftForItems)),
    );
    longestMs = Math.max(longestMs, performance.now() - beganAt);
    if (ended.kind === "done") {
      done[index] = ended.value.output;
      receipts.push({ ...ended.value.receipt, index });
    } else if (ended.kind === "late" && !isFirst && leftMs < timeout * 1000) {
      unfinished.push(index);
    } else {
      const error =
        ended.kind === "failed" ? ended.error : late(invocation.task, timeout * 1000 <= leftMs ? timeout : undefined);
      if (failFast !== undefined) throw errorOfItem(`${failFast}[${index}]`, reportedError(error, errors));
      const reported = reportedError(error, errors);
      stacks.add(index, reported.stack);
      failed.push(failedItem(index, reported, errors, budget?.bytes));
    }
  }

  const queue = indices.entries(); // shared: each worker takes the next item from it
  async function work(): Promise<void> {
    for (const [position, index] of queue) await runItem(position, index);
  }
  await Promise.all(Array.from({ length: concurrentItems }, work));
  const output = { done: await storedIfLarge(done, doneBytes), failed, unfinished };
  return { output, receipts: boundedReceipts(receipts), ...stacks.told() };
}

/** An item's error, which says of which item it is: whoever invokes a batch does not see how far it came. */
function errorOfItem(item: string, error: Error): Error {
  const { name, message, stack = "" } = error;
  const told = `${item}: ${message}`;
  const header = message === "" ? name : `${name}: ${message}`;
  const trace = stack.startsWith(header) ? `${name}: ${told}${stack.slice(header.length)}` : stack;
  return new ReportedError(name, told, trace, ReportedError.thrownOf(error));
}

/** @param most bytes that the outputs may have in the answer. Absent: each has been bounded alone */
async function storedIfLarge(done: Readonly<Record<string, Json>>, most: number | undefined): Promise<Done> {
  if (most === undefined) return done;
  const { storeDone } = await import("./store-done.ts");
  return storeDone(done, most);
}

type Ended<T> =
  | { readonly kind: "done"; readonly value: T }
  | { readonly kind: "failed"; readonly error: unknown }
  | { readonly kind: "late" };

/** What becomes of `work` within so many milliseconds. It is not stopped; its signal is aborted before that. */
async function within<T>(ms: number, work: Promise<T>): Promise<Ended<T>> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Ended<T>>((resolve) => {
    timer = setTimeout(() => resolve({ kind: "late" }), Math.max(0, ms));
  });
  const ended = work.then(
    (value): Ended<T> => ({ kind: "done", value }),
    (error: unknown): Ended<T> => ({ kind: "failed", error }),
  );
  try {
    return await Promise.race([ended, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** @param seconds of the task's own timeout; absent: Lambda was about to end the invocation */
function late(task: string, seconds: number | undefined): Error {
  const error = new Error(
    seconds === undefined
      ? `task ${task} was at work when Lambda was about to end its invocation: give its function a longer timeout`
      : `task ${task} took longer than its timeout of ${seconds} s`,
  );
  return Object.defineProperty(error, "name", { value: seconds === undefined ? "Sandbox.Timedout" : "States.Timeout" });
}
