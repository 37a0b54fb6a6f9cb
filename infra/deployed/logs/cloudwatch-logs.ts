import type { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import type { SFNClient } from "@aws-sdk/client-sfn";
import { requirePeer } from "../../project/peer-package.ts";
import { lambdaLine } from "./lambda-line.ts";
import type { LogLine, LogSource } from "./log-line.ts";

export interface CloudWatchOptions {
  readonly functions: readonly string[];
  /** Milliseconds since the epoch. */
  readonly from: number;
  /** Default: now. */
  readonly to?: number | undefined;
}

/** Milliseconds that CloudWatch may take until it has a line: what came late is asked for again. */
const LATE_MS = 30_000;

/**
 * A client of CloudWatch Logs beside one of Step Functions. Its package is not among those that Lambent brings along.
 * @throws {LambentError} that says what to install
 */
export async function cloudWatchBeside({ config }: SFNClient): Promise<CloudWatchLogsClient> {
  requirePeer({ name: "@aws-sdk/client-cloudwatch-logs", use: "logs of AWS are read" });
  const { CloudWatchLogsClient } = await import("@aws-sdk/client-cloudwatch-logs");
  return new CloudWatchLogsClient({ region: config.region, credentials: config.credentials });
}

/** What functions have printed on Lambda. */
export function cloudWatchLogs(client: CloudWatchLogsClient, options: CloudWatchOptions): LogSource {
  const seen = new Map<string, number>();
  let { from } = options;
  return {
    every: 2000,
    async next() {
      const now = Date.now();
      const pages = await Promise.all(options.functions.map((name) => eventsOf(client, name, from, options.to)));
      const isNew = pages.flat().filter(({ id }) => !seen.has(id));
      for (const { id, line } of isNew) seen.set(id, line.at);
      from = Math.max(from, now - LATE_MS);
      for (const [id, at] of seen) if (at < from) seen.delete(id);
      return isNew.map(({ line }) => line).toSorted((one, other) => one.at - other.at);
    },
    close: () => client.destroy(),
  };
}

interface Event {
  readonly id: string;
  readonly line: LogLine;
}

/** A function that has printed nothing yet may have no log group. */
async function eventsOf(
  client: CloudWatchLogsClient,
  functionName: string,
  startTime: number,
  endTime: number | undefined,
): Promise<Event[]> {
  const { paginateFilterLogEvents } = await import("@aws-sdk/client-cloudwatch-logs");
  const found: Event[] = [];
  const query = {
    logGroupName: `/aws/lambda/${functionName}`,
    startTime,
    ...(endTime === undefined ? {} : { endTime }),
  };
  try {
    for await (const { events = [] } of paginateFilterLogEvents({ client }, query)) {
      for (const { eventId = "", logStreamName = "", timestamp = 0, message = "" } of events) {
        const line = lambdaLine(functionName, logStreamName, timestamp, message);
        if (line !== undefined) found.push({ id: eventId, line });
      }
    }
  } catch (error) {
    if (!(error instanceof Error && error.name === "ResourceNotFoundException")) throw error;
  }
  return found;
}
