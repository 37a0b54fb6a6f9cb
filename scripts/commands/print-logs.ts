import { setTimeout as sleep } from "node:timers/promises";
import { cloudWatchBeside, cloudWatchLogs } from "../../infra/deployed/logs/cloudwatch-logs.ts";
import { emulatorLogs } from "../../infra/deployed/logs/emulator-logs.ts";
import { linesOfExecution, linesOfMachine } from "../../infra/deployed/logs/execution-logs.ts";
import { isWanted, type LogLine, type LogSource, logText } from "../../infra/deployed/logs/log-line.ts";
import { hasColours } from "../../infra/run/execution-log.ts";
import { atServer } from "../../infra/run/remote/at-server.ts";
import { definitionOf, describeExecution, describeMachine, hasEnded } from "../../infra/run/remote/executions.ts";
import { findSubject, type Subject } from "../../infra/run/remote/find-subject.ts";
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

/** How far back the logs of a workflow on AWS go by default: milliseconds. */
const HOUR = 3_600_000;
/** Milliseconds after an execution's end in which its lines still come in on AWS. */
const AFTERWARDS = { aws: 10_000, emulator: 0 } as const;

/** Print what tasks have printed; with `follow`, until there is no more to come. */
export async function printLogs(name: string, options: LogsOptions): Promise<void> {
  await atServer(serverPlace(options), name, async (server) => {
    const subject = await findSubject(server, name, options.stage);
    const source = await sourceOf(server, subject, options);
    try {
      if (options.follow) await follow(server, subject, source, options);
      else await printNext(source, options);
    } finally {
      source.close();
    }
  });
}

async function sourceOf(server: Server, subject: Subject, options: LogsOptions): Promise<LogSource> {
  const { client, isAws, name } = server;
  if (!isAws) return emulatorLogs({ url: name, ...subject, tell: (line) => console.error(line) });
  const logs = await cloudWatchBeside(client);
  if (!("executionArn" in subject)) {
    const functions = calledFunctions((await describeMachine(server, subject.stateMachineArn)).definition);
    const from = Date.now() - (options.since ?? HOUR);
    return linesOfMachine(cloudWatchLogs(logs, { functions, from }), subject.stateMachineArn);
  }
  const { executionArn } = subject;
  const functions = calledFunctions(await definitionOf(server, executionArn));
  const { startDate, stopDate } = await describeExecution(server, executionArn);
  const from = startDate?.getTime() ?? Date.now() - HOUR;
  const to = stopDate === undefined ? undefined : stopDate.getTime() + AFTERWARDS.aws;
  const source = cloudWatchLogs(logs, { functions, from, to });
  return linesOfExecution(source, executionArn, () => readHistory(sdkHistoryApi(client), executionArn, {}));
}

/** Of an execution until it has ended, of a workflow until the process is ended. */
async function follow(server: Server, subject: Subject, source: LogSource, options: LogsOptions): Promise<void> {
  for (;;) {
    const isOver = "executionArn" in subject && hasEnded(await describeExecution(server, subject.executionArn));
    await printNext(source, options);
    if (isOver) {
      await sleep(server.isAws ? AFTERWARDS.aws : AFTERWARDS.emulator);
      await printNext(source, options);
      return;
    }
    await sleep(source.every);
  }
}

async function printNext(source: LogSource, options: LogsOptions): Promise<void> {
  const lines = (await source.next()).filter((line) => isWanted(line, options));
  for (const line of lines) print(line, options.json);
}

function print(line: LogLine, json: boolean): void {
  console.log(json ? JSON.stringify(line) : logText(line, hasColours(process.stdout)));
}
