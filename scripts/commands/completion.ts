import { Argument, type Command } from "commander";
import { examples } from "./usage.ts";

const SHELLS = ["bash", "zsh", "fish", "powershell"];

/** `lambent completion`: what a shell is to load, so that it completes commands, options and workflows' names. */
export function addCompletion(program: Command): void {
  program
    .command("completion")
    .summary("print what lets a shell complete commands, options and workflows' names")
    .description(
      "Prints a script. A shell that has loaded it completes commands, options, and the names of the workflows that the emulator " +
        "of this directory serves. It calls the program by its name: where lambent is installed in the project alone, define a " +
        'function first, as lambent() { npx lambent "$@"; } in bash and zsh.',
    )
    .addArgument(new Argument("<shell>").choices(SHELLS))
    .addHelpText(
      "after",
      examples(
        ["source <(lambent completion bash)", "in ~/.bashrc"],
        ["source <(lambent completion zsh)", "in ~/.zshrc, after compinit"],
        ["lambent completion fish | source", "in ~/.config/fish/config.fish"],
      ),
    )
    .action(async (shell: string) => {
      const { printCompletion } = await import("./complete-words.ts");
      printCompletion(program, shell);
    });
  // What the script calls: `lambent complete -- start gr` prints what the last word may become.
  program
    .command("complete", { hidden: true })
    .argument("[words...]")
    .action(async (words: string[]) => {
      const { completeWords } = await import("./complete-words.ts");
      await completeWords(program, words);
    });
}
