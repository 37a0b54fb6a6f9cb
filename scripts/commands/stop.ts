import type { Command } from "commander";
import { serverPlace, type ServerOptions, withServerOptions } from "./server-options.ts";
import { examples } from "./usage.ts";

interface StopOptions extends ServerOptions {
  readonly error?: string;
  readonly cause?: string;
  readonly json?: boolean;
}

/** `lambent stop`: ends an execution. */
export function addStop(program: Command): void {
  withServerOptions(program.command("stop"))
    .summary("stop an execution")
    .description(
      "Stops an execution, which is then ABORTED. Tasks that run go on to their end, and nothing takes what they return.",
    )
    .argument("<execution>", "its ARN, its name, or how that begins")
    .option("--error <name>", "that the execution is to have")
    .option("--cause <text>", "why, for who looks at it later")
    .option("--json", "for programs")
    .addHelpText(
      "after",
      examples(
        ["lambent stop 3e1c9a40", "by how its name begins"],
        ['lambent stop nightly-7 --error Wrong --cause "of yesterday"', "and says why"],
      ),
    )
    .action(stop);
}

async function stop(execution: string, { json, error, cause, ...options }: StopOptions): Promise<void> {
  const { atExecution } = await import("../../infra/run/remote/at-execution.ts");
  const { stopExecution } = await import("../../infra/run/remote/executions.ts");
  await atExecution({ ...serverPlace(options), execution }, async (server, executionArn) => {
    const stopDate = await stopExecution(server, executionArn, { error, cause });
    if (json === true) console.log(JSON.stringify({ executionArn, stopDate }, null, 2));
    else console.log(`${executionArn} is stopped`);
  });
}
