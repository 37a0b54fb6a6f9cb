import type { Command } from "commander";
import type { CostOptions } from "./tell-cost.ts";
import { withRunOptions } from "./run-options.ts";
import { withServer } from "./server-options.ts";
import { examples, readPositive } from "./usage.ts";

/** `lambent cost`: what runs and replicas cost. */
export function addCost(program: Command): void {
  withServer(withRunOptions(program.command("cost")))
    .summary("tell what runs, and replicas between them, cost")
    .description(
      "Tells what a run of each workflow costs, what its runs cost in a month, and what replicas cost while nothing runs. It goes " +
        "by the definitions and by what is assumed of them, or by a run that there was. AWS's prices are in a table of this package, " +
        "with its date; AWS is not asked for them. It ends with 2 if the service, the execution or the prices cannot be read.",
    )
    .option("--runs-per-month <n>", "of each workflow; default: as often as its schedule rate(...) starts it", (text) =>
      readPositive("--runs-per-month", text),
    )
    .option(
      "--execution <arn|name>",
      "by the history and the receipts of an execution: its ARN, its name, or how that begins. What its tasks took is kept, and the next estimate goes by it",
    )
    .addHelpText(
      "after",
      examples(
        ["lambent cost", "every workflow of the service in this directory"],
        ["lambent cost scoring --items 10000 --item-ms 50", "one, by what is assumed of it"],
        ["lambent cost --execution 3e1c9a40", "what a run has cost"],
      ),
    )
    .action(async (names: string[], options: CostOptions) => {
      const { tellCost } = await import("./tell-cost.ts");
      process.exitCode = await tellCost(names, options);
    });
}
