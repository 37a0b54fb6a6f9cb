import { TooMuchHere } from "./evaluation-limits.ts";
import { sizeOf } from "./value-size.ts";

let isShared = true;
let onExpression: () => void = () => {};

/**
 * Says that nobody else waits for this process, and that it can be ended: nothing is too much here.
 * @param renew Is called at the beginning of each expression, all of which may take the same time.
 */
export function shareWithNobody(renew: () => void): void {
  isShared = false;
  onExpression = renew;
}

/** Whether other executions stand still while this process works. */
export function isProcessShared(): boolean {
  return isShared;
}

/** One of a state's expressions begins. */
export function beginExpression(): void {
  onExpression();
}

// Some 20 ms, as looking at a value takes 20 ns or so.
const UNITS_OF_READING = 1_000_000;

/** Of the reading that goes on, if any does. */
let left: number | undefined;

/** Reads what does not wait for anything: all paths and functions of one part of a state. @throws {TooMuchHere} */
export function limited<T>(read: () => T): T {
  if (!isShared) return read();
  left = UNITS_OF_READING;
  try {
    return read();
  } finally {
    left = undefined;
  }
}

/** Counts what has been looked at. @throws {TooMuchHere} */
export function spend(units: number): void {
  if (left !== undefined && (left -= units) < 0) throw new TooMuchHere();
}

/** Counts time. @throws {TooMuchHere} */
export function spendTime(milliseconds: number): void {
  spend(milliseconds * 50_000);
}

/** Counts a value with all that is in it. @param weight What each unit of its size takes. @throws {TooMuchHere} */
export function spendOn(value: unknown, weight: number): void {
  if (left !== undefined) spend(weight * sizeOf(value, left / weight));
}

const SLICE_MS = 10;

/** When those who evaluate now have had their time; 0 once others have had theirs. */
let sliceEnd = 0;

/** Whether this process has evaluated for a while without letting others run. */
export function isTurnOver(): boolean {
  const now = performance.now();
  if (sliceEnd !== 0) return now >= sliceEnd;
  sliceEnd = now + SLICE_MS;
  setImmediate(() => {
    sliceEnd = 0;
  }).unref();
  return false;
}
