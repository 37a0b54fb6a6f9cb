import type { Command } from "commander";
import type { CheckOptions } from "./check-service.ts";
import { withRunOptions } from "./run-options.ts";
import { examples, readPositive } from "./usage.ts";

/** `lambent check`: a service against AWS's limits. */
export function addCheck(program: Command): void {
  withRunOptions(program.command("check"))
    .summary("measure a service against AWS's limits before it runs")
    .description(
      "Measures a service against AWS's limits before it runs: history events, definitions, payloads, transitions, the rate of " +
        "requests, calls that find no idle replica, and the account's concurrency. Nothing is deployed and AWS is not asked. It " +
        "ends with 1 if something is over a limit, and with 2 if it cannot be found out.",
    )
    .option("--account-concurrency <n>", "what the account has in the region; default 1000", (text) =>
      readPositive("--account-concurrency", text),
    )
    .addHelpText(
      "after",
      examples(
        ["lambent check", "every workflow of the service in this directory"],
        ["lambent check scoring --items 40000", "one, with so many items in its maps"],
        ["lambent check --stage prod --json", "for a script"],
      ),
    )
    .action(async (names: string[], options: CheckOptions) => {
      const { checkService } = await import("./check-service.ts");
      process.exitCode = await checkService(names, options);
    });
}
