import { call } from "./request.ts";

// What this page reads of AWS's answers. Their times are seconds since the epoch.

export type Status = "RUNNING" | "SUCCEEDED" | "FAILED" | "TIMED_OUT" | "ABORTED" | "PENDING_REDRIVE";

export interface DescribedExecution {
  readonly executionArn: string;
  readonly stateMachineArn: string;
  readonly mapRunArn?: string;
  readonly name: string;
  readonly status: Status;
  readonly startDate: number;
  readonly stopDate?: number;
  readonly input?: string;
  readonly output?: string;
  readonly error?: string;
  readonly cause?: string;
  readonly redriveCount: number;
  readonly redriveStatus?: string;
  readonly redriveStatusReason?: string;
}

export interface ListedExecution {
  readonly executionArn: string;
  readonly name: string;
  readonly status: Status;
  readonly startDate: number;
  readonly stopDate?: number;
}

export interface ListedMapRun {
  readonly mapRunArn: string;
  readonly startDate: number;
  readonly stopDate?: number;
}

export interface DescribedMapRun {
  readonly mapRunArn: string;
  readonly executionArn: string;
  readonly status: Status;
  readonly startDate: number;
  readonly stopDate?: number;
  readonly maxConcurrency: number;
  readonly itemCounts: Counts;
  readonly executionCounts: Counts;
}

export interface Counts {
  readonly pending: number;
  readonly running: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly timedOut: number;
  readonly aborted: number;
  readonly total: number;
}

export interface HistoryEvent {
  readonly id: number;
  readonly previousEventId: number;
  readonly timestamp: number;
  readonly type: string;
  readonly [details: string]: unknown;
}

/** A page of a list. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly nextToken?: string;
}

export async function listExecutions(
  of: { readonly stateMachineArn: string; readonly statusFilter?: string } | { readonly mapRunArn: string },
  nextToken: string | undefined,
  signal: AbortSignal,
): Promise<Page<ListedExecution>> {
  const { executions, ...rest } = await call<{ executions: ListedExecution[]; nextToken?: string }>(
    "ListExecutions",
    { ...of, maxResults: 50, ...(nextToken === undefined ? {} : { nextToken }) },
    signal,
  );
  return { items: executions, ...rest };
}

export async function readHistory(
  executionArn: string,
  options: { readonly nextToken?: string | undefined; readonly includeExecutionData: boolean },
  signal?: AbortSignal,
): Promise<Page<HistoryEvent>> {
  const { events, ...rest } = await call<{ events: HistoryEvent[]; nextToken?: string }>(
    "GetExecutionHistory",
    { executionArn, maxResults: 1000, ...options },
    signal,
  );
  return { items: events, ...rest };
}
