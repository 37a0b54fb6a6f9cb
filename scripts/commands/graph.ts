import { type Command, Option } from "commander";
import type { GraphFormat, GraphOptions } from "./draw-graph.ts";
import { withServerOptions } from "./server-options.ts";
import { examples, readAll } from "./usage.ts";

const FORMATS: readonly GraphFormat[] = ["text", "mermaid", "svg"];

/** `lambent graph`: what a workflow consists of. */
export function addGraph(program: Command): void {
  withServerOptions(program.command("graph"))
    .summary("print a workflow's graph, or draw it")
    .description(
      "Prints the graph of a workflow of this directory as its author wrote it, or draws it. By an ARN, or with --endpoint or " +
        "--aws, it is the state machine's that is served or deployed, whoever wrote it.",
    )
    .argument("<workflow>", "its name, or its state machine's ARN")
    .addOption(new Option("--format <format>", "default: by the end of --out's name, else text").choices(FORMATS))
    .option("--out <file>", "where it is written: FILE.svg, FILE.mmd or FILE.txt; default: it is printed")
    .option("--workflows <glob>", "modules with workflows, in the place of the service's; repeatable", readAll, [])
    .addHelpText(
      "after",
      examples(
        ["lambent graph scoring", "a line for each node, with its inputs"],
        ["lambent graph scoring --format mermaid", "for a README"],
        ["lambent graph arn:aws:states:… --out deployed.svg", "a picture of what is on AWS"],
      ),
    )
    .action(async (workflow: string, options: GraphOptions) => {
      const { drawGraph } = await import("./draw-graph.ts");
      await drawGraph(workflow, options);
    });
}
