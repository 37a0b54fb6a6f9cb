import type { Budget } from "../../sdk/values/budget.ts";
import { query } from "./expression.ts";
import type { BudgetTemplate } from "./invocation-state.ts";

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
 * What one output may have of a budget that it shares with those of all items. What stands around each takes no more than
 * 16 bytes.
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
  return unknown.length === 0 ? bytes - 16 : `$floor(${bytes} / ${divisor(unknown)}) - 16`;
}

function divisor(counts: readonly string[]): string {
  const [only = "1", ...others] = counts;
  return others.length === 0 ? only : `(${counts.join(" * ")})`;
}
