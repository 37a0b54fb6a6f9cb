import {
  DescribeExecutionCommand,
  DescribeMapRunCommand,
  type HistoryEvent,
  paginateGetExecutionHistory,
  paginateListExecutions,
  type SFNClient,
} from "@aws-sdk/client-sfn";
import { startedExecution } from "../compile/start-states.ts";
import { measure, type Measured, together } from "./measured.ts";

/** An execution that was read, with its child executions. */
export interface ReadExecution {
  readonly arn: string;
  /** What its state machine is called. */
  readonly machine: string;
  readonly status: string;
  readonly measured: Measured;
  /** Executions that have no history, as those of type EXPRESS. */
  readonly unread: number;
}

/** Read what an execution took, from its history and those of its Map Runs. */
export async function readExecution(client: SFNClient, arn: string): Promise<ReadExecution> {
  const { stateMachineArn = "", status = "" } = await client.send(new DescribeExecutionCommand({ executionArn: arn }));
  const all = await withChildren(client, arn);
  return { arn, machine: nameIn(stateMachineArn), status, measured: together(all.measured), unread: all.unread };
}

function nameIn(arn: string): string {
  return arn.split(":")[6] ?? arn;
}

interface Histories {
  readonly measured: readonly Measured[];
  readonly unread: number;
}

async function withChildren(client: SFNClient, arn: string): Promise<Histories> {
  const events: HistoryEvent[] = [];
  for await (const page of paginateGetExecutionHistory({ client }, { executionArn: arn, maxResults: 1000 }))
    events.push(...(page.events ?? []));
  const measured = [measure(events)];
  let unread = 0;
  for (const started of events.flatMap(startedBy)) {
    const inner = await withChildren(client, started);
    measured.push(...inner.measured);
    unread += inner.unread;
  }
  for (const { mapRunStartedEventDetails: details } of events) {
    if (details?.mapRunArn === undefined) continue;
    const children = await childrenOf(client, details.mapRunArn);
    for (const child of children.arns) {
      const inner = await withChildren(client, child);
      measured.push(...inner.measured);
      unread += inner.unread;
    }
    unread += children.unread;
  }
  return { measured, unread };
}

/** The execution that a Task has started and waits for. */
function startedBy({ taskSubmittedEventDetails: task }: HistoryEvent): string[] {
  if (task?.resourceType !== "states" || task.output === undefined) return [];
  const arn = startedExecution(task.output);
  return arn === undefined ? [] : [arn];
}

/** The child executions of a Map Run. Of those of type EXPRESS, which have no history, only the number is known. */
async function childrenOf(
  client: SFNClient,
  mapRunArn: string,
): Promise<{ readonly arns: string[]; readonly unread: number }> {
  const arns: string[] = [];
  try {
    for await (const { executions = [] } of paginateListExecutions({ client }, { mapRunArn }))
      arns.push(...executions.flatMap(({ executionArn }) => executionArn ?? []));
    return {
      arns: arns.filter((arn) => !arn.includes(":express:")),
      unread: arns.filter((arn) => arn.includes(":express:")).length,
    };
  } catch {
    const { executionCounts } = await client.send(new DescribeMapRunCommand({ mapRunArn }));
    return { arns: [], unread: executionCounts?.total ?? 0 };
  }
}
