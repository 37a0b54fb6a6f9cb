import type { Command } from "commander";
import type { DoctorCommandOptions } from "./tell-examinations.ts";
import { examples, readAll, readRegion } from "./usage.ts";

/** `lambent doctor`: what a service needs, and whether it is there. */
export function addDoctor(program: Command): void {
  program
    .command("doctor")
    .summary("look at what a service needs on this machine and on AWS")
    .description(
      "Looks at Node.js, the tools, the service, space, ports and limits of this machine, and on AWS at the credentials and at " +
        "what of Lambda's concurrency is left in the region. Nothing is changed, and no secret is printed. It ends with 1 if " +
        "something would fail.",
    )
    .option("--offline", "ask nothing outside of this machine", false)
    .option("--workflows <glob>", "modules with workflows, in the place of the service's; repeatable", readAll, [])
    .option("--stage <name>", "default: that of serverless.yml, or dev")
    .option("--region <name>", "default: that of serverless.yml, $AWS_REGION, or us-east-1", readRegion)
    .option("--json", "for programs", false)
    .addHelpText(
      "after",
      examples(
        ["lambent doctor", "before the first deployment, or when something does not start"],
        ["lambent doctor --offline --json", "for a script, without AWS"],
      ),
    )
    .action(async (options: DoctorCommandOptions) => {
      const { tellExaminations } = await import("./tell-examinations.ts");
      process.exitCode = await tellExaminations(options);
    });
}
