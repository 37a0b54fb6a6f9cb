import type { Command } from "commander";
import type { TimelineOptions } from "./draw-timeline.ts";
import { withServerOptions } from "./server-options.ts";
import { examples, readPositive } from "./usage.ts";

/** `lambent timeline`: a picture of an execution. */
export function addTimeline(program: Command): void {
  withServerOptions(program.command("timeline"))
    .summary("draw what ran where, what it loaded and what it waited for")
    .description(
      "Draws an execution: what ran on which replica, what it loaded, what it waited for. It goes by the execution's history and " +
        "the receipts in it, on AWS and in the emulator alike. In a service's folder it also tells what the execution cost.",
    )
    .argument("<execution>", "its ARN, its name, or how that begins")
    .option(
      "--out <file>",
      "FILE.html: a page that needs nothing else (default, in .lambent/timelines); FILE.svg: a picture; FILE.json: a trace for https://ui.perfetto.dev and chrome://tracing",
    )
    .option(
      "--children <n>",
      "of so many child executions of Distributed Maps the histories are read; of the others begin and end; default 1000",
      (text) => readPositive("--children", text),
    )
    .addHelpText(
      "after",
      examples(
        ["lambent timeline 3e1c9a40", "a page in .lambent/timelines"],
        ["lambent timeline nightly-7 --out nightly.svg", "a picture"],
        ["lambent timeline arn:aws:states:eu-west-1:…", "of an execution on AWS"],
      ),
    )
    .action(async (execution: string, options: TimelineOptions) => {
      const { drawTimeline } = await import("./draw-timeline.ts");
      await drawTimeline(execution, options);
    });
}
