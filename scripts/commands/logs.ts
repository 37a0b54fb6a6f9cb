import type { Command } from "commander";
import type { LogsOptions } from "./print-logs.ts";
import { withServerOptions } from "./server-options.ts";
import { examples, UsageError } from "./usage.ts";

/** `lambent logs`: what tasks print. */
export function addLogs(program: Command): void {
  withServerOptions(program.command("logs"))
    .summary("print what tasks have printed, with node, item and replica")
    .description(
      "Prints what the tasks of an execution have printed, or those of all executions of a workflow: each line after its time, " +
        "node, item and replica. In the emulator it is what that has kept, on AWS what CloudWatch has (with the package " +
        "@aws-sdk/client-cloudwatch-logs).",
    )
    .argument("<name>", "a workflow; or an execution's ARN, its name, or how that begins")
    .option("-f, --follow", "go on until the execution has ended; of a workflow, until Ctrl-C", false)
    .option("--node <name>", "of this node alone, as score")
    .option("--item <index>", "of this item of a map alone, as 3; in a map of maps 3.0")
    .option("--replica <id>", "of this replica alone; how its id begins will do")
    .option("--since <time>", "of a workflow on AWS: so far back, as 90s, 10m, 2h or 1d; default 1h", readSpan)
    .option("--json", "a JSON object for each line", false)
    .addHelpText(
      "after",
      examples(
        ["lambent logs 3e1c9a40", "of an execution"],
        ["lambent logs scoring -f", "of a workflow, as it goes on"],
        ["lambent logs 3e1c9a40 --node score --item 207", "of one item"],
      ),
    )
    .action(async (name: string, options: LogsOptions) => {
      const { printLogs } = await import("./print-logs.ts");
      await printLogs(name, options);
    });
}

const MILLISECONDS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** @throws {UsageError} if it is no span of time */
function readSpan(text: string): number {
  const [, count, unit = ""] = /^(\d+)([smhd])$/.exec(text) ?? [];
  if (count !== undefined) return Number(count) * (MILLISECONDS[unit] ?? 0);
  throw new UsageError(`--since: not a span of time, such as 10m: ${text}`);
}
