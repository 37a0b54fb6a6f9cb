import { messageOf } from "../../sdk/base/errors.ts";
import { explain } from "../../infra/run/execution-error.ts";
import { atServer } from "../../infra/run/remote/at-server.ts";
import {
  type DescribedExecution,
  type DescribedMachine,
  describeExecution,
  describeMachine,
} from "../../infra/run/remote/executions.ts";
import { failedNode } from "../../infra/run/remote/failed-node.ts";
import { findSubject } from "../../infra/run/remote/find-subject.ts";
import { type MapProgress, MapWatch } from "../../infra/run/remote/map-progress.ts";
import { type PendingToken, pendingTokens } from "../../infra/run/remote/pending-tokens.ts";
import type { Server } from "../../infra/run/remote/server.ts";
import { jsonWithTexts } from "./print-json.ts";
import { tableText, timeText, tookText } from "./print-table.ts";
import { progressText } from "./progress-lines.ts";
import { serverPlace, type ServerOptions } from "./server-options.ts";
import { executionJson, watchExecution } from "./watch-execution.ts";

export interface DescribeOptions extends ServerOptions {
  readonly wait?: boolean;
  readonly json?: boolean;
}

/** Characters of an input or an output. */
const LONGEST = 500;

/** @returns with `wait`, 1 if the execution failed */
export async function tellExecution(named: string, options: DescribeOptions): Promise<number> {
  return atServer(serverPlace(options), named, async (server) => {
    const subject = await findSubject(server, named, options.stage);
    if ("stateMachineArn" in subject) {
      tellMachine(await describeMachine(server, subject.stateMachineArn), options);
      return 0;
    }
    const { executionArn } = subject;
    if (options.wait === true) return watchExecution(server, () => executionArn, options);
    const execution = await describeExecution(server, executionArn);
    const pending = execution.status === "RUNNING" ? await pendingTokens(server, executionArn) : [];
    const maps = await mapsOf(server, execution);
    if (options.json === true) console.log(executionJson(execution, { maps, pending }));
    else console.log(textOf(execution, maps, pending, await failedNode(server, execution)));
    return 0;
  });
}

/** How far maps are, or have been when it failed. Of what has succeeded the output tells more. */
async function mapsOf(server: Server, { executionArn, status }: DescribedExecution): Promise<MapProgress[]> {
  // Of executions of type EXPRESS there is no history.
  if (status === "SUCCEEDED" || executionArn.split(":")[5] === "express") return [];
  try {
    const watch = await MapWatch.of(server, executionArn);
    return await watch.look();
  } catch (error) {
    // On AWS it takes permissions that the description does not.
    console.error(`how far its maps are is not known: ${messageOf(error)}`);
    return [];
  }
}

function textOf(
  execution: DescribedExecution,
  maps: readonly MapProgress[],
  pending: readonly PendingToken[],
  failed: string | undefined,
): string {
  const { executionArn, name, stateMachineArn, status, startDate, stopDate, input, output, error, cause } = execution;
  const rows = [
    ["status", status],
    ["started", timeText(startDate)],
    ...(stopDate === undefined ? [] : [["took", tookText(startDate, stopDate)]]),
    ["input", cut(input ?? "{}")],
    ...(output === undefined ? [] : [["output", cut(output)]]),
    ...(failed === undefined ? [] : [["failed", failed]]),
    ...(error === undefined && cause === undefined ? [] : [["error", explain(error, cause, undefined)]]),
    ...maps.map((map) => ["map", `${map.node}: ${progressText(map)}`]),
    ...pending.map(({ node, since }) => [
      "waits",
      `${node} waits for its token since ${timeText(since)}: lambent signal ${executionArn} --node ${node} --output JSON`,
    ]),
    ["arn", executionArn],
  ];
  return `execution ${name} of ${stateMachineArn.split(":")[6]}\n${indented(tableText(rows))}`;
}

/** --json has all of it. */
function cut(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}… (${text.length.toLocaleString("en")} characters)` : text;
}

function tellMachine(machine: DescribedMachine, { json }: DescribeOptions): void {
  const { definition, ...about } = machine;
  const { stateMachineArn, name, type, status, creationDate, roleArn } = about;
  if (json === true) {
    console.log(jsonWithTexts(about, { definition }));
    return;
  }
  const rows = [
    ["type", type],
    ["status", status ?? "ACTIVE"],
    ["created", timeText(creationDate)],
    ["role", roleArn ?? ""],
    ["arn", stateMachineArn],
  ];
  console.log(`state machine ${name}\n${indented(tableText(rows))}`);
}

function indented(text: string): string {
  return text.replace(/^/gm, "  ");
}
