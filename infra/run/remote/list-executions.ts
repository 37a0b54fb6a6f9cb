import { type ExecutionStatus, paginateListExecutions, type SFNClient } from "@aws-sdk/client-sfn";

/** An execution in a list. */
export interface ListedExecution {
  readonly executionArn: string;
  readonly name: string;
  readonly status: ExecutionStatus;
  readonly startDate: Date | undefined;
  readonly stopDate: Date | undefined;
}

/** So many executions AWS tells at once. */
const LONGEST_PAGE = 1000;

/** The latest executions of a state machine, the latest first. */
export async function listExecutions(
  client: SFNClient,
  stateMachineArn: string,
  { limit, status }: { readonly limit: number; readonly status?: ExecutionStatus | undefined },
): Promise<ListedExecution[]> {
  const found: ListedExecution[] = [];
  const request = { stateMachineArn, statusFilter: status, maxResults: Math.min(limit, LONGEST_PAGE) };
  for await (const { executions = [] } of paginateListExecutions({ client }, request)) {
    found.push(
      ...executions.map(({ executionArn = "", name = "", status = "RUNNING", startDate, stopDate }) => ({
        executionArn,
        name,
        status,
        startDate,
        stopDate,
      })),
    );
    if (found.length >= limit) break;
  }
  return found.slice(0, limit);
}
