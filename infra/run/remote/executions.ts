import {
  DescribeExecutionCommand,
  type DescribeExecutionCommandOutput,
  DescribeStateMachineCommand,
  DescribeStateMachineForExecutionCommand,
  RedriveExecutionCommand,
  SendTaskFailureCommand,
  SendTaskHeartbeatCommand,
  SendTaskSuccessCommand,
  StartExecutionCommand,
  StartSyncExecutionCommand,
  StopExecutionCommand,
} from "@aws-sdk/client-sfn";
import { LambentError } from "../../../sdk/base/errors.ts";
import type { Server } from "./server.ts";

/** What there is to say of an execution, as AWS has it; input and output are JSON texts. */
export interface DescribedExecution {
  readonly executionArn: string;
  readonly name: string;
  readonly stateMachineArn: string;
  readonly status: string;
  readonly startDate: Date | undefined;
  readonly stopDate: Date | undefined;
  readonly input: string | undefined;
  readonly output: string | undefined;
  readonly error: string | undefined;
  readonly cause: string | undefined;
}

/** What a state machine is, as AWS has it. */
export interface DescribedMachine {
  readonly stateMachineArn: string;
  readonly name: string;
  readonly type: string;
  readonly status: string | undefined;
  readonly creationDate: Date | undefined;
  readonly roleArn: string | undefined;
  readonly definition: string;
}

export async function describeMachine({ client }: Server, stateMachineArn: string): Promise<DescribedMachine> {
  const described = await client.send(new DescribeStateMachineCommand({ stateMachineArn }));
  const { name = "", type = "STANDARD", status, creationDate, roleArn, definition = "" } = described;
  return { stateMachineArn, name, type, status, creationDate, roleArn, definition };
}

/** @returns the definition that the execution runs, as text */
export async function definitionOf({ client }: Server, executionArn: string): Promise<string> {
  const answer = await client.send(new DescribeStateMachineForExecutionCommand({ executionArn }));
  return answer.definition ?? "";
}

/** Whether it runs no more; one that waits to be redriven has not ended. */
export function hasEnded({ status }: { readonly status: string }): boolean {
  return status !== "RUNNING" && status !== "PENDING_REDRIVE";
}

export async function describeExecution({ client }: Server, executionArn: string): Promise<DescribedExecution> {
  return described(await client.send(new DescribeExecutionCommand({ executionArn })), executionArn);
}

function described(answer: Partial<DescribeExecutionCommandOutput>, executionArn: string): DescribedExecution {
  const {
    name = "",
    stateMachineArn = "",
    status = "RUNNING",
    startDate,
    stopDate,
    input,
    output,
    error,
    cause,
  } = answer;
  return { executionArn, name, stateMachineArn, status, startDate, stopDate, input, output, error, cause };
}

/** @param input JSON @returns the execution's ARN, and when it has started */
export async function startExecution(
  { client }: Server,
  stateMachineArn: string,
  { input, name }: { readonly input: string; readonly name?: string | undefined },
): Promise<{ readonly executionArn: string; readonly startDate: Date | undefined }> {
  const { executionArn = "", startDate } = await client.send(
    new StartExecutionCommand({ stateMachineArn, input, ...(name === undefined ? {} : { name }) }),
  );
  return { executionArn, startDate };
}

/** Run an EXPRESS state machine, of whose executions AWS tells nothing afterwards. It takes five minutes at most. */
export async function runExpress(
  { client }: Server,
  stateMachineArn: string,
  { input, name }: { readonly input: string; readonly name?: string | undefined },
): Promise<DescribedExecution> {
  const answer = await client.send(
    new StartSyncExecutionCommand({ stateMachineArn, input, ...(name === undefined ? {} : { name }) }),
  );
  return described({ ...answer, status: answer.status ?? "FAILED" }, answer.executionArn ?? "");
}

/** @throws {LambentError} if it has ended: AWS would accept that, and nothing would happen */
export async function stopExecution(
  server: Server,
  executionArn: string,
  { error, cause }: { readonly error?: string | undefined; readonly cause?: string | undefined },
): Promise<Date | undefined> {
  const { status } = await describeExecution(server, executionArn);
  if (status !== "RUNNING") throw new LambentError(`${executionArn} has ended already: it is ${status}`);
  const { stopDate } = await server.client.send(new StopExecutionCommand({ executionArn, error, cause }));
  return stopDate;
}

/** Go on from the states that failed. @throws what AWS says of one that cannot be redriven */
export async function redriveExecution({ client }: Server, executionArn: string): Promise<Date | undefined> {
  const { redriveDate } = await client.send(new RedriveExecutionCommand({ executionArn }));
  return redriveDate;
}

/** What a task that waits for its token is told. */
export type Signal =
  | { readonly kind: "success"; readonly output: string }
  | { readonly kind: "failure"; readonly error?: string | undefined; readonly cause?: string | undefined }
  | { readonly kind: "heartbeat" };

export async function sendSignal({ client }: Server, taskToken: string, signal: Signal): Promise<void> {
  if (signal.kind === "success") await client.send(new SendTaskSuccessCommand({ taskToken, output: signal.output }));
  else if (signal.kind === "heartbeat") await client.send(new SendTaskHeartbeatCommand({ taskToken }));
  else await client.send(new SendTaskFailureCommand({ taskToken, error: signal.error, cause: signal.cause }));
}
