import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "./project-directory.ts";
import type { Template } from "../../infra/serverless/deploy/framework.ts";

export interface Run {
  readonly code: number | null;
  readonly output: string;
}

/** Run the framework's command as a user does. */
export function serverless(
  cwd: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Run> {
  const child = spawn(process.execPath, [join(packageRoot, "node_modules/serverless/bin/serverless.js"), ...args], {
    cwd,
    env: {
      ...process.env,
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
      SLS_TELEMETRY_DISABLED: "1",
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data: Buffer) => (output += data.toString()));
  return new Promise((resolve) => child.once("close", (code) => resolve({ code, output })));
}

/**
 * Package the service in `cwd`, and read the template. It is written as it is uploaded: with line breaks and spaces it
 * may have more bytes than CloudFormation takes, which cfn-lint counts in the file.
 */
export async function packagedTemplate(cwd: string, env: Readonly<Record<string, string>> = {}): Promise<Template> {
  const { code, output } = await serverless(cwd, ["package", "--minify-template"], env);
  if (code !== 0) throw new Error(`serverless package failed:\n${output}`);
  return readTemplate(cwd);
}

/** The template that was last packaged in `cwd`. */
export function readTemplate(cwd: string): Template {
  const path = join(cwd, ".serverless", "cloudformation-template-update-stack.json");
  return JSON.parse(readFileSync(path, "utf8")) as Template;
}

/** A template's resources of one type, by logical id. */
export function resourcesOf(template: Template, type: string): Record<string, Record<string, unknown>> {
  const found = Object.entries(template.Resources).filter(([, { Type }]) => Type === type);
  return Object.fromEntries(found.map(([id, { Properties }]) => [id, Properties]));
}

/** A state machine's definition, with its placeholders: of the template, or of the file beside it that lies in S3 later. */
export function definitionOf(cwd: string, properties: Readonly<Record<string, unknown>>): string {
  const { DefinitionString, DefinitionS3Location } = properties;
  if (typeof DefinitionString === "string") return DefinitionString;
  const { Key } = DefinitionS3Location as { Key: string }; // one of both is there
  return readFileSync(join(cwd, ".serverless", Key.slice(Key.lastIndexOf("/") + 1)), "utf8");
}
