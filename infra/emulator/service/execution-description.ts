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
  readonly status: ExecutionStatus;
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
  readonly redriveStatus: "REDRIVABLE" | "NOT_REDRIVABLE";
  readonly redriveStatusReason?: string;
}

export type ExecutionSummary = Pick<
  ExecutionDescription,
  "executionArn" | "stateMachineArn" | "name" | "status" | "startDate" | "stopDate" | "redriveCount"
>;

export interface SyncExecution extends Omit<
  ExecutionDescription,
  "redriveCount" | "redriveStatus" | "redriveStatusReason" | "stopDate"
> {
  readonly stopDate: Date;
  readonly billingDetails: { readonly billedMemoryUsedInMB: number; readonly billedDurationInMilliseconds: number };
}

/** Whether inputs and outputs are told. Default: `ALL_DATA`. */
export type IncludedData = "ALL_DATA" | "METADATA_ONLY";

/** DescribeExecution's answer. */
export function describe(execution: Execution, data: IncludedData = "ALL_DATA"): ExecutionDescription {
  const included = data === "ALL_DATA";
  const { plan, status, startDate, stopDate, output, error, cause, redriveCount, redriveDate } = execution;
  const reason = notRedrivable(execution);
  return {
    executionArn: plan.arn,
    stateMachineArn: plan.stateMachineArn,
    ...(plan.stateMachineVersionArn === undefined ? {} : { stateMachineVersionArn: plan.stateMachineVersionArn }),
    ...(plan.stateMachineAliasArn === undefined ? {} : { stateMachineAliasArn: plan.stateMachineAliasArn }),
    ...(plan.mapRunArn === undefined ? {} : { mapRunArn: plan.mapRunArn }),
    ...(plan.traceHeader === undefined ? {} : { traceHeader: plan.traceHeader }),
    name: plan.name,
    status,
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
      ? { redriveStatus: "REDRIVABLE" }
      : { redriveStatus: "NOT_REDRIVABLE", redriveStatusReason: reason }),
  };
}

/** Why the execution cannot be redriven, or undefined when it can. */
function notRedrivable({ plan, status, resumable }: Execution): string | undefined {
  if (plan.mapRunArn !== undefined) return "Execution is a child of a Map Run: redrive its parent";
  if (plan.type === "EXPRESS") return "Execution is of type EXPRESS and cannot be redriven";
  if (status === "RUNNING" || status === "SUCCEEDED") return `Execution is ${status} and cannot be redriven`;
  return resumable ? undefined : "Execution has no state to resume from";
}

/** StartSyncExecution's answer. */
export function describeSync(execution: Execution): SyncExecution {
  const {
    redriveCount: _count,
    redriveStatus: _status,
    redriveStatusReason: _reason,
    ...description
  } = describe(execution);
  const stopDate = execution.stopDate ?? execution.startDate;
  const duration = stopDate.getTime() - execution.startDate.getTime();
  const billedDurationInMilliseconds = Math.max(100, Math.ceil(duration / 100) * 100);
  return { ...description, stopDate, billingDetails: { billedMemoryUsedInMB: 64, billedDurationInMilliseconds } };
}

/** An entry of ListExecutions. */
export function summary(execution: Execution): ExecutionSummary {
  const { executionArn, stateMachineArn, name, status, startDate, stopDate, redriveCount } = describe(execution);
  const required = { executionArn, stateMachineArn, name, status, startDate, redriveCount };
  return stopDate === undefined ? required : { ...required, stopDate };
}
