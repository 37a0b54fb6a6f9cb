import type { Execution, ExecutionStatus } from "./execution.ts";

/**
 * DescribeExecution's answer, member by member:
 * https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html
 * @example
 * function ended({ name, status, output }: ExecutionDescription): string {
 *   return status === "SUCCEEDED" ? `${name}: ${output}` : `${name} ${status}`;
 * }
 */
export interface ExecutionDescription {
  readonly executionArn: string;
  readonly stateMachineArn: string;
  readonly stateMachineVersionArn?: string;
  readonly stateMachineAliasArn?: string;
  readonly mapRunArn?: string;
  readonly traceHeader?: string;
  readonly name: string;
  /** `PENDING_REDRIVE`: a child execution that its Map Run, which is redriven, has not come to yet. */
  readonly status: ExecutionStatus | "PENDING_REDRIVE";
  readonly startDate: Date;
  readonly stopDate?: Date;
  /** JSON text. */
  readonly input?: string;
  readonly inputDetails: { readonly included: boolean };
  /** JSON text. */
  readonly output?: string;
  readonly outputDetails?: { readonly included: boolean };
  readonly error?: string;
  readonly cause?: string;
  readonly redriveCount: number;
  readonly redriveDate?: Date;
  /** `REDRIVABLE_BY_MAP_RUN`: a child execution is redriven by redriving the execution that the Map is in. */
  readonly redriveStatus: "REDRIVABLE" | "REDRIVABLE_BY_MAP_RUN" | "NOT_REDRIVABLE";
  readonly redriveStatusReason?: string;
}

export type ExecutionSummary = Pick<
  ExecutionDescription,
  "executionArn" | "stateMachineArn" | "name" | "status" | "startDate" | "stopDate" | "redriveCount" | "redriveDate"
>;

export interface SyncExecution extends Omit<
  ExecutionDescription,
  "redriveCount" | "redriveStatus" | "redriveStatusReason" | "stopDate"
> {
  readonly stopDate: Date;
  readonly billingDetails: { readonly billedMemoryUsedInMB: number; readonly billedDurationInMilliseconds: number };
}

/** What DescribeStateMachine tells in place of the definition for `METADATA_ONLY`. */
export const NO_DEFINITION = "{}";

/** Whether inputs, outputs and definitions are told. Default: `ALL_DATA`. */
export type IncludedData = "ALL_DATA" | "METADATA_ONLY";

/** DescribeExecution's answer. */
export function describe(execution: Execution, data: IncludedData = "ALL_DATA"): ExecutionDescription {
  const included = data === "ALL_DATA";
  const { plan, status, startDate, stopDate, output, error, cause, redriveCount, redriveDate } = execution;
  const reason = execution.whyNotRedrivable;
  return {
    executionArn: plan.arn,
    stateMachineArn: plan.stateMachineArn,
    ...(plan.stateMachineVersionArn === undefined ? {} : { stateMachineVersionArn: plan.stateMachineVersionArn }),
    ...(plan.stateMachineAliasArn === undefined ? {} : { stateMachineAliasArn: plan.stateMachineAliasArn }),
    ...(plan.mapRunArn === undefined ? {} : { mapRunArn: plan.mapRunArn }),
    ...(plan.traceHeader === undefined ? {} : { traceHeader: plan.traceHeader }),
    name: plan.name,
    status: execution.isPendingRedrive ? "PENDING_REDRIVE" : status,
    startDate,
    ...(stopDate === undefined ? {} : { stopDate }),
    ...(included ? { input: plan.inputText } : {}),
    inputDetails: { included },
    ...(output === undefined ? {} : { outputDetails: { included } }),
    ...(output === undefined || !included ? {} : { output: JSON.stringify(output) }),
    ...(error === undefined ? {} : { error }),
    ...(cause === undefined ? {} : { cause }),
    redriveCount,
    ...(redriveDate === undefined ? {} : { redriveDate }),
    ...(reason === undefined
      ? { redriveStatus: plan.mapRunArn === undefined ? "REDRIVABLE" : "REDRIVABLE_BY_MAP_RUN" }
      : { redriveStatus: "NOT_REDRIVABLE", redriveStatusReason: reason }),
  };
}

/** StartSyncExecution's answer. */
export function describeSync(execution: Execution, data?: IncludedData): SyncExecution {
  const {
    redriveCount: _count,
    redriveStatus: _status,
    redriveStatusReason: _reason,
    ...description
  } = describe(execution, data);
  const stopDate = execution.stopDate ?? execution.startDate;
  const duration = stopDate.getTime() - execution.startDate.getTime();
  const billedDurationInMilliseconds = Math.max(100, Math.ceil(duration / 100) * 100);
  return { ...description, stopDate, billingDetails: { billedMemoryUsedInMB: 64, billedDurationInMilliseconds } };
}

/** An entry of ListExecutions. */
export function summary(execution: Execution): ExecutionSummary {
  const described = describe(execution, "METADATA_ONLY");
  const { executionArn, stateMachineArn, name, status, startDate, stopDate, redriveCount, redriveDate } = described;
  return {
    executionArn,
    stateMachineArn,
    name,
    status,
    startDate,
    ...(stopDate === undefined ? {} : { stopDate }),
    redriveCount,
    ...(redriveDate === undefined ? {} : { redriveDate }),
  };
}
