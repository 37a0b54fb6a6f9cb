import type { ExecutionHistory } from "../timeline/history.ts";
import { readHistory } from "../timeline/read.ts";
import { atExecution, type ExecutionPlace } from "./at-execution.ts";
import { sdkHistoryApi } from "./sdk-history.ts";

export interface ReadOptions extends ExecutionPlace {
  /** Of so many child executions the histories are read. */
  readonly children?: number | undefined;
}

/** What was read, and where. */
export interface ReadTimeline {
  readonly history: ExecutionHistory;
  /** For people to read. */
  readonly server: string;
}

/**
 * Reads an execution from the emulator or from AWS.
 * @throws {LambentError} if there is no server, or no such execution
 */
export async function readTimeline({ children, ...options }: ReadOptions): Promise<ReadTimeline> {
  return atExecution(options, async ({ client, name }, arn) => ({
    history: await readHistory(sdkHistoryApi(client), arn, children === undefined ? {} : { children }),
    server: name,
  }));
}
