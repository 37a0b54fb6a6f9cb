import tab from "@bomb.sh/tab/commander";
import type { RootCommand } from "@bomb.sh/tab";
import type { Command } from "commander";
import { servedWorkflows } from "../../infra/run/remote/served-workflows.ts";

/** The program's commands and options as the library that completes them has them. */
export function completionOf(program: Command): RootCommand {
  const copy = program.createCommand(program.name()); // the library adds commands of its own to it
  for (const command of program.commands) if (!OWN.has(command.name())) copy.addCommand(command);
  return tab(copy, { completionCommandName: "completion" });
}

/** Those that the library has by itself. */
const OWN: ReadonlySet<string> = new Set(["completion", "complete"]);

/** Print what the last of the words may become. */
export async function completeWords(program: Command, words: readonly string[]): Promise<void> {
  const completion = completionOf(program);
  const workflow = completion.commands.get(words[0] ?? "")?.arguments.get("workflow");
  if (workflow !== undefined && words.length > 1) {
    const names = await servedWorkflows(process.cwd());
    workflow.handler = (complete) => names.forEach((name) => complete(name, "workflow"));
  }
  completion.parse([...words]);
}
