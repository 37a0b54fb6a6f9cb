import { EXECUTION_DAYS, REDRIVE_DAYS } from "../../../sdk/base/aws-limits.ts";

/** What decides whether an execution can be redriven. */
interface Candidate {
  readonly plan: { readonly type: "STANDARD" | "EXPRESS"; readonly mapRunArn: string | undefined };
  readonly status: string;
  readonly startDate: Date;
  readonly stopDate: Date | undefined;
  readonly history: { readonly length: number };
  readonly isResumable: boolean;
}

const DAY_MILLISECONDS = 24 * 60 * 60 * 1000;

/**
 * Why an execution cannot be redriven, in AWS's words where AWS has the case; undefined when it can.
 * @param now Milliseconds since the epoch.
 * @param historyEvents How many events a history may have.
 */
export function whyNotRedrivable(candidate: Candidate, now: number, historyEvents: number): string | undefined {
  const { plan, status, startDate, stopDate, history, isResumable } = candidate;
  if (plan.type === "EXPRESS" && plan.mapRunArn === undefined)
    return "Execution is of type EXPRESS and cannot be redriven";
  if (status === "RUNNING" || status === "SUCCEEDED") return `Execution is ${status} and cannot be redriven`;
  // An EXPRESS child is started anew.
  if (plan.type === "EXPRESS") return undefined;
  // ExecutionRedriven has to fit, and an event that ends it.
  if (history.length >= historyEvents - 1) return "Execution history event limit exceeded";
  if (now >= startDate.getTime() + EXECUTION_DAYS * DAY_MILLISECONDS)
    return "Execution has exceeded the max execution time";
  if (stopDate !== undefined && now >= stopDate.getTime() + REDRIVE_DAYS * DAY_MILLISECONDS)
    return "Execution redrivable period exceeded";
  return isResumable ? undefined : "Execution was saved by a version that did not save where it stood";
}
