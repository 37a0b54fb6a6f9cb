import type { Command } from "commander";
import type { StartOptions } from "./run-workflow.ts";
import { withServerOptions } from "./server-options.ts";
import { examples } from "./usage.ts";

/** `lambent start`: an execution of a workflow. */
export function addStart(program: Command): void {
  withServerOptions(program.command("start"))
    .summary("start a workflow or a launch plan, and wait for what it returns")
    .description(
      "Starts an execution of a workflow, or of a launch plan with its inputs, in the emulator or on AWS and prints its ARN; with --wait it shows how far maps are, " +
        "prints what the workflow returns, and ends with 1 if the execution fails. Ctrl-C ends the wait, and not the execution.",
    )
    .argument("<workflow>", "its name, its state machine's name or ARN, or a launch plan's name")
    .option("--input <json|@file|->", "the inputs as a JSON object, in a file, or on stdin; default: {}", "{}")
    .option("--name <name>", "of the execution; default: a random one")
    .option("--wait", "until it has ended; on stdout is what it returns")
    .option("--json", "for programs: the execution as an object")
    .addHelpText(
      "after",
      examples(
        ["lambent start scoring --wait", "with the defaults of its inputs"],
        [`lambent start scoring --input '{"model": "small"}'`, "goes on by itself"],
        ["lambent start scoring --input @nightly.json --stage prod --aws", "on AWS"],
        [
          `lambent start nightly --input '{"day": "monday"}'`,
          "a launch plan, with one input in the place of the plan's",
        ],
        ["generate | lambent start scoring --input - --wait > scores.json", "in a script"],
      ),
    )
    .action(async (workflow: string, options: StartOptions) => {
      const { startWorkflow } = await import("./run-workflow.ts");
      process.exitCode = await startWorkflow(workflow, options);
    });
}
