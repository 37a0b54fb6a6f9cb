import { type HistoryEvent, paginateGetExecutionHistory, type SFNClient } from "@aws-sdk/client-sfn";

/** All events of an execution so far, in order. */
export async function readEvents(client: SFNClient, executionArn: string): Promise<HistoryEvent[]> {
  const all: HistoryEvent[] = [];
  for await (const { events = [] } of paginateGetExecutionHistory({ client }, { executionArn, maxResults: 1000 }))
    for (const event of events) all.push(event);
  return all;
}
