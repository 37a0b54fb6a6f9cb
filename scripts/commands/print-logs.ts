import { setTimeout as sleep } from "node:timers/promises";
import { DescribeStateMachineCommand, DescribeStateMachineForExecutionCommand } from "@aws-sdk/client-sfn";
import { LambentError } from "../../sdk/base/errors.ts";
import { cloudWatchBeside, cloudWatchLogs } from "../../infra/deployed/logs/cloudwatch-logs.ts";
import { emulatorLogs } from "../../infra/deployed/logs/emulator-logs.ts";
import { linesOfExecution, linesOfMachine } from "../../infra/deployed/logs/execution-logs.ts";
import { isWanted, type LogLine, type LogSource, logText } from "../../infra/deployed/logs/log-line.ts";
import { hasColours } from "../../infra/run/execution-log.ts";
import { atServer } from "../../infra/run/remote/at-server.ts";
import { describeExecution } from "../../infra/run/remote/executions.ts";
import { findExecution } from "../../infra/run/remote/find-execution.ts";
import { findMachine, listMachines } from "../../infra/run/remote/find-machine.ts";
import { sdkHistoryApi } from "../../infra/run/remote/sdk-history.ts";
import type { Server } from "../../infra/run/remote/server.ts";
import { calledFunctions } from "../../infra/run/timeline/actors.ts";
import { readHistory } from "../../infra/run/timeline/read.ts";
import { serverPlace, type ServerOptions } from "./server-options.ts";

export interface LogsOptions extends ServerOptions {
  readonly follow: boolean;
  readonly node?: string;
  readonly item?: string;
  readonly replica?: string;
  /** Milliseconds. */
  readonly since?: number;
  readonly json: boolean;
}

/** What somebody wants the logs of. */
type Subject = { readonly executionArn: string } | { readonly stateMachineArn: string };

/** How far back the logs of a workflow on AWS go by default: milliseconds. */
const HOUR = 3_600_000;
/** Milliseconds after an execution's end in which its lines still come in on AWS. */
const AFTERWARDS = { aws: 10_000, emulator: 0 } as const;

/** Print what tasks have printed; with `follow`, until there is no more to come. */
export async function printLogs(name: string, options: LogsOptions): Promise<void> {
  await atServer(serverPlace(options), name, async (server) => {
    const subject = await subjectOf(server, name, options.stage);
    const source = await sourceOf(server, subject, options);
    try {
      if (options.follow) await follow(server, subject, source, options);
      else await printNext(source, options);
    } finally {
      source.close();
    }
  });
}

/** A workflow's name comes before executions that begin so. */
async function subjectOf(server: Server, name: string, stage: string | undefined): Promise<Subject> {
  if (/^arn:[\w-]+:states:[^:]*:\d*:stateMachine:/.test(name)) return { stateMachineArn: name };
  if (name.startsWith("arn:")) return { executionArn: name };
  try {
    return { stateMachineArn: await findMachine(server, name, stage) };
  } catch (notFound) {
    if (!(notFound instanceof LambentError)) throw notFound;
    const executionArn = await findExecution(server, name).catch(async (error: unknown) => {
      const names = (await listMachines(server)).map((machine) => machine.workflow ?? machine.name).join(", ");
      if (!(error instanceof LambentError) || !error.message.startsWith("no execution")) throw error;
      throw new LambentError(
        `${error.message}. Nor is it a workflow there: there ${names === "" ? "is none" : `are ${names}`}`,
      );
    });
    return { executionArn };
  }
}

async function sourceOf(server: Server, subject: Subject, options: LogsOptions): Promise<LogSource> {
  const { client, isAws, name } = server;
  if (!isAws) return emulatorLogs({ url: name, ...subject, tell: (line) => console.error(line) });
  const functions = calledFunctions(await definitionOf(server, subject));
  const logs = await cloudWatchBeside(client);
  if (!("executionArn" in subject)) {
    const from = Date.now() - (options.since ?? HOUR);
    return linesOfMachine(cloudWatchLogs(logs, { functions, from }), subject.stateMachineArn);
  }
  const { executionArn } = subject;
  const { startDate, stopDate } = await describeExecution(server, executionArn);
  const from = startDate?.getTime() ?? Date.now() - HOUR;
  const to = stopDate === undefined ? undefined : stopDate.getTime() + AFTERWARDS.aws;
  const source = cloudWatchLogs(logs, { functions, from, to });
  return linesOfExecution(source, executionArn, () => readHistory(sdkHistoryApi(client), executionArn, {}));
}

async function definitionOf({ client }: Server, subject: Subject): Promise<string> {
  const { definition = "{}" } =
    "executionArn" in subject
      ? await client.send(new DescribeStateMachineForExecutionCommand(subject))
      : await client.send(new DescribeStateMachineCommand(subject));
  return definition;
}

/** Of an execution until it has ended, of a workflow until the process is ended. */
async function follow(server: Server, subject: Subject, source: LogSource, options: LogsOptions): Promise<void> {
  for (;;) {
    const hasEnded = "executionArn" in subject && (await isOver(server, subject.executionArn));
    await printNext(source, options);
    if (hasEnded) {
      await sleep(server.isAws ? AFTERWARDS.aws : AFTERWARDS.emulator);
      await printNext(source, options);
      return;
    }
    await sleep(source.every);
  }
}

async function isOver(server: Server, executionArn: string): Promise<boolean> {
  const { status } = await describeExecution(server, executionArn);
  return status !== "RUNNING" && status !== "PENDING_REDRIVE";
}

async function printNext(source: LogSource, options: LogsOptions): Promise<void> {
  const lines = (await source.next()).filter((line) => isWanted(line, options));
  for (const line of lines) print(line, options.json);
}

function print(line: LogLine, json: boolean): void {
  console.log(json ? JSON.stringify(line) : logText(line, hasColours(process.stdout)));
}
