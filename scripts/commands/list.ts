import { type Command, Option } from "commander";
import type { ExecutionStatus } from "@aws-sdk/client-sfn";
import { tableText, timeText, tookText } from "./print-table.ts";
import { serverPlace, type ServerOptions, withServerOptions } from "./server-options.ts";
import { examples, readPositive, UsageError } from "./usage.ts";

const STATUSES = ["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED", "PENDING_REDRIVE"];
const DEFAULT_LIMIT = 20;

interface ListOptions extends ServerOptions {
  readonly status?: ExecutionStatus;
  readonly limit?: number;
  readonly json?: boolean;
}

/** `lambent list`: workflows, or the executions of one. */
export function addList(program: Command): void {
  withServerOptions(program.command("list"))
    .summary("list workflows, or a workflow's latest executions")
    .description(
      "Lists the state machines of the emulator or of AWS; with a workflow, its executions, the latest first.",
    )
    .argument("[workflow]", "its name, its state machine's name or ARN")
    .addOption(new Option("--status <status>", "executions of this status alone").choices(STATUSES))
    .option("--limit <n>", `so many executions; default ${DEFAULT_LIMIT}`, (text) => readPositive("--limit", text))
    .option("--json", "for programs")
    .addHelpText(
      "after",
      examples(
        ["lambent list", "the workflows"],
        ["lambent list scoring", "the latest executions of one"],
        ["lambent list scoring --status FAILED --json", "those that failed, for a script"],
      ),
    )
    .action(async (workflow: string | undefined, options: ListOptions) => {
      if (workflow === undefined) await listWorkflows(options);
      else await listExecutionsOf(workflow, options);
    });
}

async function listWorkflows(options: ListOptions): Promise<void> {
  if (options.status !== undefined || options.limit !== undefined)
    throw new UsageError("--status and --limit are of a workflow's executions: name a workflow");
  const { atServer } = await import("../../infra/run/remote/at-server.ts");
  const { listWorkflows: list } = await import("../../infra/run/remote/find-machine.ts");
  const machines = await atServer(serverPlace(options), undefined, list);
  if (options.json === true) console.log(JSON.stringify(machines, null, 2));
  else if (machines.length === 0) console.log("no workflows");
  else
    console.log(
      tableText([
        ["WORKFLOW", "TYPE", "CREATED", "STATE MACHINE"],
        ...machines.map(({ name, workflow, type, creationDate, stateMachineArn }) => [
          workflow ?? name,
          type,
          timeText(creationDate),
          stateMachineArn,
        ]),
      ]),
    );
}

async function listExecutionsOf(workflow: string, options: ListOptions): Promise<void> {
  const { atServer } = await import("../../infra/run/remote/at-server.ts");
  const { findMachine } = await import("../../infra/run/remote/find-machine.ts");
  const { listExecutions } = await import("../../infra/run/remote/list-executions.ts");
  const { status, limit = DEFAULT_LIMIT } = options;
  const executions = await atServer(serverPlace(options), workflow, async (server) =>
    listExecutions(server.client, await findMachine(server, workflow, options.stage), { status, limit }),
  );
  if (options.json === true) console.log(JSON.stringify(executions, null, 2));
  else if (executions.length === 0) console.log(`no executions${status === undefined ? "" : ` that are ${status}`}`);
  else
    console.log(
      tableText([
        ["EXECUTION", "STATUS", "STARTED", "TOOK"],
        ...executions.map(({ name, status: is, startDate, stopDate }) => [
          name,
          is,
          timeText(startDate),
          tookText(startDate, stopDate),
        ]),
      ]),
    );
}
