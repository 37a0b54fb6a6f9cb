import {
  DescribeExecutionCommand,
  DescribeStateMachineForExecutionCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  ListMapRunsCommand,
  type SFNClient,
} from "@aws-sdk/client-sfn";
import type { HistoryApi } from "../timeline/read.ts";

/** A client of the AWS SDK, by which timelines are read from AWS and from the emulator alike. */
export function sdkHistoryApi(client: SFNClient): HistoryApi {
  return {
    describeExecution: (input) => client.send(new DescribeExecutionCommand(input)),
    describeStateMachineForExecution: (input) => client.send(new DescribeStateMachineForExecutionCommand(input)),
    getExecutionHistory: (input) => client.send(new GetExecutionHistoryCommand(input)),
    listMapRuns: (input) => client.send(new ListMapRunsCommand(input)),
    listExecutions: (input) => client.send(new ListExecutionsCommand(input)),
  };
}
