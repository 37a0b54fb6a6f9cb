import type { Command } from "commander";
import type { DescribeOptions } from "./tell-execution.ts";
import { withServerOptions } from "./server-options.ts";
import { examples } from "./usage.ts";

/** `lambent describe`: an execution, or a workflow. */
export function addDescribe(program: Command): void {
  withServerOptions(program.command("describe"))
    .summary("tell of an execution: its status, input, output or error, and what it waits for")
    .description(
      "Tells of an execution: its status, its input, its output or its error, how far its maps are, and which tasks wait for their " +
        "token. With --wait it waits for the end, as `lambent start --wait` does, and ends with 1 if the execution fails. Of a " +
        "workflow it tells what its state machine is.",
    )
    .argument("<execution>", "its ARN, its name, or how that begins; or a workflow")
    .option("--wait", "until it has ended; on stdout is what it returns")
    .option("--json", "for programs")
    .addHelpText(
      "after",
      examples(
        ["lambent describe 3e1c9a40", "by how its name begins"],
        ["lambent describe nightly-7 --wait", "goes on waiting for it"],
        ["lambent describe nightly-7 --json | jq .output", "in a script"],
      ),
    )
    .action(async (named: string, options: DescribeOptions) => {
      const { tellExecution } = await import("./tell-execution.ts");
      process.exitCode = await tellExecution(named, options);
    });
}
