import { TooMuchHere } from "./evaluation-limits.ts";

let isShared = true;

/** Says that nobody else waits for this process, and that it can be ended: nothing is too much here. */
export function shareWithNobody(): void {
  isShared = false;
}

/** Whether other executions stand still while this process works. */
export function isProcessShared(): boolean {
  return isShared;
}

// Some 20 ms, as looking at a value takes 20 ns or so.
const UNITS_OF_SEARCH = 1_000_000;

/** Of the search that goes on, if any does. */
let left: number | undefined;

/** Runs a search that does not wait for anything. A search within it is a part of it. @throws {TooMuchHere} */
export function limited<T>(search: () => T): T {
  if (!isShared || left !== undefined) return search();
  left = UNITS_OF_SEARCH;
  try {
    return search();
  } finally {
    left = undefined;
  }
}

/** Counts what the search has looked at. @throws {TooMuchHere} */
export function spend(units: number): void {
  if (left !== undefined && (left -= units) < 0) throw new TooMuchHere();
}

/** Counts time. @throws {TooMuchHere} */
export function spendTime(milliseconds: number): void {
  spend(milliseconds * 50_000);
}
