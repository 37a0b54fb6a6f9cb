import type { Command } from "commander";
import type { ReplicasOptions, WarmOptions } from "./tell-replicas.ts";
import { withServerOptions } from "./server-options.ts";
import { examples, readAll, readPositive } from "./usage.ts";

/** `lambent replicas`: how many of each actor are warm, and more or fewer of them. */
export function addReplicas(program: Command): void {
  const replicas = withReplicasOptions(program.command("replicas"))
    .enablePositionalOptions() // so that those after `warm` are those of `warm`
    .summary("tell which replicas are warm, warm more, or take them back")
    .description(
      "Tells of each actor of the service in this directory how many replicas are warm: on AWS the provisioned concurrency of " +
        "its alias, in the emulator its processes.",
    )
    .argument("[actor]", "default: all")
    .addHelpText(
      "after",
      examples(
        ["lambent replicas --stage prod", "of all actors"],
        ["lambent replicas warm 8 scoring --wait", "before a run that needs them"],
        ["lambent replicas cool", "so that none of them costs anything"],
      ),
    )
    .action(async (actor: string | undefined, options: ReplicasOptions) => {
      const { tellReplicas } = await import("./tell-replicas.ts");
      await tellReplicas(actor, options);
    });
  withReplicasOptions(replicas.command("warm"))
    .summary("have so many replicas")
    .description(
      "Has so many replicas of an actor, or of each. Of an actor with affinity so many of its functions get one each, and the " +
        "others none. What a deployment or, with ttlSeconds, a run sets later takes precedence.",
    )
    .argument("<n>", "how many", (text) => readPositive("n", text))
    .argument("[actor]", "default: each")
    .option("--wait", "until they are warm; ends with 1 if one cannot be", false)
    .action(async (count: number, actor: string | undefined, options: WarmOptions) => {
      const { warmReplicas } = await import("./tell-replicas.ts");
      process.exitCode = await warmReplicas(count, actor, options);
    });
  withReplicasOptions(replicas.command("cool"))
    .summary("take all replicas back")
    .description("Takes the replicas of an actor back, or those of all. Its tasks then run on cold instances.")
    .argument("[actor]", "default: all")
    .action(async (actor: string | undefined, options: ReplicasOptions) => {
      const { coolReplicas } = await import("./tell-replicas.ts");
      await coolReplicas(actor, options);
    });
}

function withReplicasOptions(command: Command): Command {
  return withServerOptions(command)
    .option("--workflows <glob>", "modules with workflows, in the place of the service's; repeatable", readAll, [])
    .option("--json", "for programs", false);
}
