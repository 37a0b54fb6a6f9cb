import { readFailedNode } from "../timeline/failed-bar.ts";
import type { DescribedExecution } from "./executions.ts";
import { sdkHistoryApi } from "./sdk-history.ts";
import type { Server } from "./server.ts";

/** The node that an execution failed at, with its item: `score[1]`. Undefined if its history does not tell of one. */
export async function failedNode({ client }: Server, execution: DescribedExecution): Promise<string | undefined> {
  try {
    return await readFailedNode(sdkHistoryApi(client), execution);
  } catch {
    return undefined; // whoever may describe an execution on AWS may not be allowed to read its history
  }
}
