import { MARK_BYTES, type Budget } from "../../sdk/values/budget.ts";
import { query } from "./expression.ts";
import type { BudgetTemplate } from "./invocation-state.ts";

/** Bytes of what stands around an output in a list, or in an object by its index. */
export const AROUND_BYTES = 16;

/** Bytes of an element that is stored alone, as its list has it. */
export const ELEMENT_BYTES: number = MARK_BYTES + AROUND_BYTES;

/** A budget within maps, of which each item has its share. */
export function sharedBudget(budget: Budget, counts: readonly (string | number)[]): BudgetTemplate;
export function sharedBudget(
  budget: Budget | undefined,
  counts: readonly (string | number)[],
): BudgetTemplate | undefined;
export function sharedBudget(
  budget: Budget | undefined,
  counts: readonly (string | number)[],
): BudgetTemplate | undefined {
  const bytes = counts.length === 0 ? budget?.bytes : bytesOfEach(budget, counts);
  return budgetTemplate(budget, bytes);
}

export function budgetTemplate(
  budget: Budget | undefined,
  bytes: number | string | undefined,
): BudgetTemplate | undefined {
  if (budget === undefined || bytes === undefined) return undefined;
  return { ...budget, bytes: typeof bytes === "number" ? bytes : query(bytes) };
}

/**
 * What one output may have of a budget that it shares with those of all items, and with what stands around each.
 * @param counts of the items of a map, and of those of each map around it: numbers, or JSONata
 * @returns a number, or JSONata
 */
export function bytesOfEach(
  budget: Budget | undefined,
  counts: readonly (string | number)[],
): number | string | undefined {
  if (budget === undefined) return undefined;
  const known = counts.filter((count) => typeof count === "number").reduce((product, count) => product * count, 1);
  const bytes = Math.floor(budget.bytes / Math.max(1, known));
  const unknown = counts.filter((count) => typeof count === "string");
  return unknown.length === 0 ? bytes - AROUND_BYTES : `$floor(${bytes} / ${divisor(unknown)}) - ${AROUND_BYTES}`;
}

function divisor(counts: readonly string[]): string {
  const [only = "1", ...others] = counts;
  return others.length === 0 ? only : `(${counts.join(" * ")})`;
}
