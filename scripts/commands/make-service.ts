import { relative } from "node:path";
import { LambentError } from "../../sdk/base/errors.ts";
import { createInterface } from "node:readline/promises";
import { createService, type CreatedService } from "../../infra/init/create-service.ts";
import { type Template, TEMPLATES } from "../../infra/init/template-list.ts";
import { UsageError } from "./usage.ts";

export interface InitOptions {
  readonly template?: string;
}

/** Make a service, and say how it is run. */
export async function makeService(directory: string, { template: named }: InitOptions): Promise<void> {
  const template = TEMPLATES.find(({ name }) => name === named) ?? (await askForTemplate());
  const created = createService(directory, template, process.env["npm_config_user_agent"]);
  for (const line of linesOf(created, template)) console.log(line);
}

/** @throws {UsageError} if nobody is there to answer */
async function askForTemplate(): Promise<Template> {
  const names = TEMPLATES.map(({ name }) => name);
  if (!process.stdin.isTTY || !process.stdout.isTTY)
    throw new UsageError(`--template: name one, since nobody can be asked: ${names.join(", ")}`);
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answers = terminal[Symbol.asyncIterator]();
  terminal.setPrompt(`Which template? [1-${TEMPLATES.length}, or its name; 1] `);
  try {
    for (const [index, { name, about }] of TEMPLATES.entries())
      console.log(`  ${index + 1}  ${name.padEnd(10)} ${about}`);
    for (;;) {
      terminal.prompt();
      const { value, done } = await answers.next();
      if (done === true) throw new LambentError("no template was chosen, and nothing is made");
      const answer = value.trim() || "1";
      const chosen = TEMPLATES.find(({ name }, index) => answer === name || answer === String(index + 1));
      if (chosen !== undefined) return chosen;
      console.log(`${answer} is none of them`);
    }
  } finally {
    terminal.close();
  }
}

function linesOf(
  { directory, service, written, kept, added, packageManager }: CreatedService,
  template: Template,
): string[] {
  const { install, run } = packageManager;
  const place = relative(process.cwd(), directory);
  return [
    `${service} is made of the template ${template.name}: ${written.length} files in ${directory}`,
    ...(kept.length > 0 ? [`  kept as ${kept.length === 1 ? "it was" : "they were"}: ${kept.join(", ")}`] : []),
    ...(kept.includes(".gitignore") ? ["  see that .gitignore has node_modules, .lambent and .serverless"] : []),
    ...(added === undefined || added.length === 0 ? [] : [`  added to package.json: ${added.join(", ")}`]),
    "",
    ...(place === "" ? [] : [`  cd ${/^[\w./-]+$/.test(place) ? place : JSON.stringify(place)}`]),
    `  ${install}`,
    `  ${run} lambent dev`,
    `  ${run} lambent start ${template.workflow} --wait   # in another terminal`,
  ];
}
