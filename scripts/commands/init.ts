import { type Command, Option } from "commander";
import type { InitOptions } from "./make-service.ts";
import { TEMPLATES } from "../../infra/init/template-list.ts";
import { examples } from "./usage.ts";

/** `lambent init`: a new service. */
export function addInit(program: Command): void {
  program
    .command("init")
    .summary("make a service of a template")
    .description(
      "Makes a service: a workflow with its tasks, a test, and what deploys it. Files that are there are never written to, " +
        "but for package.json, which gets the entries that it lacks.\n\n" +
        TEMPLATES.map(({ name, about }) => `  ${name.padEnd(10)} ${about}`).join("\n"),
    )
    .argument("[directory]", "the service's, which may be a new one", ".")
    .addOption(
      new Option("--template <name>", "which; asked for on a terminal").choices(TEMPLATES.map(({ name }) => name)),
    )
    .addHelpText(
      "after",
      examples(
        ["lambent init my-service", "asks for the template, and makes the directory"],
        ["lambent init --template inference", "in this directory"],
      ),
    )
    .action(async (directory: string, options: InitOptions) => {
      const { makeService } = await import("./make-service.ts");
      await makeService(directory, options);
    });
}
