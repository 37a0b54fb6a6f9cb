import type { Command } from "commander";
import { serverPlace, type ServerOptions, withServerOptions } from "./server-options.ts";
import { examples } from "./usage.ts";

interface RedriveOptions extends ServerOptions {
  readonly wait?: boolean;
  readonly json?: boolean;
}

/** `lambent redrive`: an execution goes on from where it failed. */
export function addRedrive(program: Command): void {
  withServerOptions(program.command("redrive"))
    .summary("let a failed execution go on from where it failed")
    .description(
      "Lets an execution that has failed, timed out or was stopped go on from the states that failed; what has succeeded is not " +
        "run again. It goes by the definition that the execution began with.",
    )
    .argument("<execution>", "its ARN, its name, or how that begins")
    .option("--wait", "until it has ended; on stdout is what it returns")
    .option("--json", "for programs")
    .addHelpText(
      "after",
      examples(
        ["lambent redrive 3e1c9a40", "by how its name begins"],
        ["lambent redrive nightly-7 --wait", "and wait for it"],
      ),
    )
    .action(redrive);
}

async function redrive(execution: string, { json, wait, ...options }: RedriveOptions): Promise<void> {
  const { atExecution } = await import("../../infra/run/remote/at-execution.ts");
  const { redriveExecution } = await import("../../infra/run/remote/executions.ts");
  await atExecution({ ...serverPlace(options), execution }, async (server, executionArn) => {
    const redriveDate = await redriveExecution(server, executionArn);
    if (wait === true) {
      const { watchExecution } = await import("./watch-execution.ts");
      process.exitCode = await watchExecution(server, () => executionArn, { json: json === true });
      return;
    }
    if (json === true) console.log(JSON.stringify({ executionArn, redriveDate }, null, 2));
    else console.log(`${executionArn} goes on. To wait for it: lambent describe ${executionArn} --wait`);
  });
}
