import type { Command } from "commander";
import { readAll, readRegion } from "./usage.ts";

/** What `check` and `cost` are told of a service and its runs. */
export interface RunOptions {
  readonly items: readonly string[];
  readonly input?: string;
  readonly itemMs: readonly string[];
  readonly workflows: readonly string[];
  readonly stage?: string;
  readonly region?: string;
  readonly json: boolean;
}

/** Options that `check` and `cost` share. */
export function withRunOptions(command: Command): Command {
  return command
    .argument("[workflow...]", "default: all of the service")
    .option(
      "--items <n>",
      "items of each map whose list the workflow does not have in itself; or --items map=N of one map, by its node; repeatable",
      readAll,
      [],
    )
    .option("--input <json>", "the execution's input, or the path of a file with it: its lists are counted")
    .option(
      "--item-ms <n>",
      "milliseconds that a task takes for one item; or --item-ms task=N; repeatable",
      readAll,
      [],
    )
    .option(
      "--workflows <glob>",
      "modules with workflows, in the place of serverless.yml's lambent.workflows; repeatable",
      readAll,
      [],
    )
    .option("--stage <name>", "default: that of serverless.yml, or dev")
    .option("--region <name>", "default: that of serverless.yml, or us-east-1", readRegion)
    .option("--json", "for programs", false);
}
