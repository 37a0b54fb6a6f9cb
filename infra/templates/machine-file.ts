import { LambentError, messageOf } from "../../sdk/base/errors.ts";
import { isJsonObject, type Json } from "../../sdk/base/json.ts";
import { parseText, readText } from "./document.ts";
import { isServerless, serverlessDocument } from "./serverless-document.ts";
import { ALIAS_TYPE, VERSION_TYPE } from "./published.ts";
import { type Surroundings, Template } from "./template.ts";
import { NoValueHere } from "./template-values.ts";
import {
  MACHINE_TYPES,
  machineOfDefinition,
  machineOfResource,
  type NamedFile,
  type WrittenMachine,
} from "./written-machine.ts";

import {
  aliasOfResource,
  autoPublishedOf,
  versionOfResource,
  type WrittenAlias,
  type WrittenVersion,
} from "./written-versions.ts";

/** What of a file is created in Step Functions. */
export interface MachineFile {
  readonly machines: readonly WrittenMachine[];
  readonly versions: readonly WrittenVersion[];
  readonly aliases: readonly WrittenAlias[];
  /** Names of activities. */
  readonly activities: readonly string[];
  /** What is wrong with it, a sentence each, with the file and the place. */
  readonly problems: readonly string[];
  /** The files that say it: itself, and those that it names. */
  readonly files: readonly string[];
}

/** Read a definition or a template. What is wrong is told in the result, and what is right stands beside it. */
export function readMachineFile(file: NamedFile, surroundings: Surroundings): MachineFile {
  const files = [file.path];
  try {
    const text = readText(file.path);
    if (isDefinition(file.path, text)) return ofDefinition(file, text, surroundings);
    const template = templateOf(file, text, surroundings, (path) => files.push(path));
    return ofTemplate(file, template, surroundings, files);
  } catch (error) {
    return { ...NOTHING, problems: [toldProblem(file, error)], files };
  }
}

const NOTHING = { machines: [], versions: [], aliases: [], activities: [], problems: [] };

/** A file that is called a definition is one, however broken. */
function isDefinition(path: string, text: string): boolean {
  if (/\.asl\.(json|ya?ml)$/i.test(path)) return true;
  const document = parseText(text);
  return isJsonObject(document) && ("StartAt" in document || "States" in document);
}

function ofDefinition(file: NamedFile, text: string, surroundings: Surroundings): MachineFile {
  const machine = machineOfDefinition(file, text, surroundings);
  return { ...NOTHING, machines: [machine], files: [file.path] };
}

/**
 * The template that a file is: of CloudFormation, of SAM, or of the Serverless Framework.
 * @param read called with the path of each further file that says something of it
 * @throws {LambentError} if it is none of these
 */
export function templateOf(
  file: NamedFile,
  text: string,
  surroundings: Surroundings,
  read: (path: string) => void,
): Template {
  const document: Json = parseText(text);
  if (isJsonObject(document) && isServerless(document)) {
    return new Template(serverlessDocument(file.path, document, surroundings, read), surroundings);
  }
  if (isJsonObject(document) && isJsonObject(document["Resources"])) {
    return new Template({ sections: document }, surroundings);
  }
  throw new LambentError(
    `it is neither a definition (StartAt and States) nor a template of CloudFormation, SAM (Resources) or the Serverless Framework (service)`,
  );
}

function ofTemplate(file: NamedFile, template: Template, surroundings: Surroundings, files: string[]): MachineFile {
  const machines: WrittenMachine[] = [];
  const versions: WrittenVersion[] = [];
  const aliases: WrittenAlias[] = [];
  const problems: string[] = [];
  function attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      problems.push(toldProblem(file, error));
    }
  }
  const resources = template.of(...MACHINE_TYPES);
  for (const resource of resources) {
    attempt(() => {
      machines.push(machineOfResource({ file, resource, template, surroundings, read: (path) => files.push(path) }));
      const published = autoPublishedOf(resource, template, file);
      if (published === undefined) return;
      versions.push(published.version);
      aliases.push(published.alias);
    });
  }
  const activities: string[] = [];
  for (const activity of template.of("AWS::StepFunctions::Activity"))
    attempt(() => activities.push(template.nameOf(activity)));
  for (const version of template.of(VERSION_TYPE))
    attempt(() => versions.push(versionOfResource(version, template, file)));
  for (const alias of template.of(ALIAS_TYPE)) attempt(() => aliases.push(aliasOfResource(alias, template, file)));
  if (resources.length === 0) problems.push(`${file.shown}: it has no state machine among its resources`);
  return { machines, versions, aliases, activities, problems, files };
}

/** With the file before it, and the remedy after it. */
export function toldProblem({ shown }: NamedFile, error: unknown): string {
  if (!(error instanceof LambentError)) throw error;
  const remedy =
    error instanceof NoValueHere && error.key !== undefined
      ? `: give it one with --parameter ${error.key}=VALUE, or write a value in its place`
      : "";
  return `${shown}: ${messageOf(error)}${remedy}`;
}
