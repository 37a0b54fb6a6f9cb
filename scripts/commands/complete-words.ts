import tab from "@bomb.sh/tab/commander";
import type { RootCommand } from "@bomb.sh/tab";
import type { Command } from "commander";
import { servedWorkflows } from "../../infra/run/remote/served-workflows.ts";

/** The program's commands and options as the library that completes them has them. */
export function completionOf(program: Command): RootCommand {
  const copy = program.createCommand(program.name()); // the library adds commands of its own to it
  for (const command of program.commands) {
    if (OWN.has(command.name())) continue;
    copy.addCommand(command.description(command.summary())); // what shells show beside a command
  }
  return tab(copy, { completionCommandName: "completion" });
}

/** Print the script that a shell loads. */
export function printCompletion(program: Command, shell: string): void {
  const completion = completionOf(program);
  if (shell !== "bash") return completion.setup(program.name(), program.name(), shell);
  console.log(WITHOUT_BASH_COMPLETION);
  // It sets constants, which a shell that loads it a second time would refuse.
  console.log(`if ! declare -F __${program.name()}_complete >/dev/null; then`);
  completion.setup(program.name(), program.name(), shell);
  console.log("fi");
}

/** The script calls a function of the package bash-completion, which macOS and containers have not. */
const WITHOUT_BASH_COMPLETION = `\
if ! declare -F _get_comp_words_by_ref >/dev/null; then
  _get_comp_words_by_ref() {
    cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]} cword=$COMP_CWORD
    words=("\${COMP_WORDS[@]}")
  }
fi
`;

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
