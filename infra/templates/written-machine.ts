import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { LambentError } from "../../sdk/base/errors.ts";
import { isJsonObject, type Json, type JsonObject, printPath } from "../../sdk/base/json.ts";
import { parseFile, parseText, readText } from "./document.ts";
import type { Resource } from "./resource-kinds.ts";
import type { Surroundings, Template } from "./template.ts";
import { NoValueHere, type Path, textOf, valueOf } from "./template-values.ts";

/** A state machine as a file has it: what CreateStateMachine takes. */
export interface WrittenMachine {
  readonly name: string;
  readonly type: "STANDARD" | "EXPRESS";
  /** JSON text. */
  readonly definition: string;
  readonly roleArn: string;
  readonly tags: readonly { readonly key: string; readonly value: string }[];
  readonly loggingConfiguration?: JsonObject;
  readonly tracingConfiguration?: JsonObject;
  readonly encryptionConfiguration?: JsonObject;
  /** For people: `order.asl.json`, or `Order of template.yaml`. */
  readonly origin: string;
  /** The path of the file that was named. */
  readonly file: string;
  /** Names of `${…}` in the definition that nothing has put anything in the place of, as AWS leaves them. */
  readonly leftOver: readonly string[];
}

/** Types of resources that are state machines. */
export const MACHINE_TYPES: readonly string[] = ["AWS::StepFunctions::StateMachine", "AWS::Serverless::StateMachine"];

/** A file's path as a message has it: the one that was named. */
export interface NamedFile {
  readonly path: string;
  readonly shown: string;
}

const PLACEHOLDER = /\$\{([^{}$"\s]+)\}/g;

/** A file that is a definition itself. */
export function machineOfDefinition(file: NamedFile, text: string, surroundings: Surroundings): WrittenMachine {
  const [name = ""] = file.path.split(/[\\/]/).slice(-1);
  // JSON stays as it is, with its faults, which AWS's checks tell.
  const written = isYaml(file.path) ? printed(parseText(text)) : text;
  const { definition, leftOver } = withSubstitutions(written, (key) => surroundings.parameters.get(key));
  return {
    name: name.replace(/(\.asl)?\.(json|ya?ml)$/i, ""),
    type: "STANDARD",
    definition,
    roleArn: roleArn(surroundings, "state-machines"),
    tags: [],
    origin: file.shown,
    file: file.path,
    leftOver,
  };
}

/** A resource that is a state machine, and what it stands in. */
export interface MachineResource {
  readonly file: NamedFile;
  readonly resource: Resource;
  readonly template: Template;
  readonly surroundings: Surroundings;
  /** Called with the path of each further file that says something of it. */
  readonly read: (path: string) => void;
}

/**
 * A state machine of a template.
 * @throws {LambentError} that names what of it has no value on this machine, or no file
 */
export function machineOfResource(written: MachineResource): WrittenMachine {
  const { file, resource, template } = written;
  const isSam = resource.type === "AWS::Serverless::StateMachine";
  return {
    name: template.nameOf(resource),
    type: typeOf(written, isSam ? "Type" : "StateMachineType"),
    ...definitionOf(written, isSam ? "DefinitionUri" : "DefinitionS3Location"),
    roleArn: roleOf(written, isSam ? "Role" : "RoleArn"),
    tags: tagsIn(valueIn(written, "Tags")),
    ...configuration("loggingConfiguration", valueIn(written, isSam ? "Logging" : "LoggingConfiguration")),
    ...configuration("tracingConfiguration", valueIn(written, isSam ? "Tracing" : "TracingConfiguration")),
    ...configuration("encryptionConfiguration", valueIn(written, "EncryptionConfiguration")),
    origin: `${resource.id} of ${file.shown}`,
    file: file.path,
  };
}

/** What a property of a resource comes to, or a part of one. @throws {NoValueHere} */
export function valueIn(
  { resource, template }: Pick<MachineResource, "resource" | "template">,
  ...path: readonly [string, ...string[]]
): Json | undefined {
  let written: Json | undefined = resource.properties;
  for (const name of path) written = isJsonObject(written) ? written[name] : undefined;
  return written === undefined ? undefined : valueOf(written, template, [...resource.path, ...path]);
}

function typeOf(written: MachineResource, property: string): WrittenMachine["type"] {
  const type = valueIn(written, property) ?? "STANDARD";
  if (type === "STANDARD" || type === "EXPRESS") return type;
  throw new LambentError(
    `${placeOf([...written.resource.path, property])}: ${textOf(type)} is neither STANDARD nor EXPRESS`,
  );
}

type Definition = Pick<WrittenMachine, "definition" | "leftOver">;

/** @param fileProperty the property that names the definition's file */
function definitionOf(written: MachineResource, fileProperty: string): Definition {
  const { surroundings } = written;
  return withSubstitutions(writtenDefinition(written, fileProperty), (key) => {
    const value = valueIn(written, "DefinitionSubstitutions", key);
    return value === undefined ? surroundings.parameters.get(key) : textOf(value);
  });
}

function writtenDefinition(written: MachineResource, fileProperty: string): string {
  const { file, resource, read } = written;
  const text = valueIn(written, "DefinitionString");
  if (text !== undefined) return textOf(text);
  const definition = valueIn(written, "Definition");
  if (definition !== undefined) return printed(definition);
  const location = valueIn(written, fileProperty);
  if (location === undefined) {
    throw new LambentError(
      `${placeOf(resource.path)}: it has no definition: write Definition, DefinitionString or ${fileProperty}`,
    );
  }
  const path = localFile(location, file.path, placeOf([...resource.path, fileProperty]));
  read(path);
  return isYaml(path) ? printed(parseFile(path)) : readText(path);
}

function placeOf([first = "", ...others]: Path): string {
  return printPath(String(first), others);
}

/**
 * The file in which a definition lies that a deployment would put into S3. What CDK has put together lies beside its
 * template as `asset.` and the object's key.
 */
function localFile(location: Json, templateFile: string, place: string): string {
  const directory = dirname(templateFile);
  if (typeof location === "string" && !/^(s3|https?):/.test(location)) return resolve(directory, location);
  const key = isJsonObject(location) ? location["Key"] : undefined;
  const asset = join(directory, `asset.${String(key)}`);
  if (key !== undefined && existsSync(asset)) return asset;
  throw new LambentError(
    `${place}: ${textOf(location)} is in S3: name a file on this machine, by its path from the template's directory`,
  );
}

function isYaml(file: string): boolean {
  return /\.ya?ml$/i.test(file);
}

function printed(definition: Json): string {
  return JSON.stringify(definition, null, 2);
}

function withSubstitutions(text: string, valueFor: (key: string) => string | undefined): Definition {
  const leftOver = new Set<string>();
  const definition = text.replaceAll(PLACEHOLDER, (written, key: string) => {
    const value = valueFor(key);
    if (value === undefined) leftOver.add(key);
    return value ?? written;
  });
  return { definition, leftOver: [...leftOver] };
}

/** Roles are not looked at here: one that this machine knows nothing of is called after its state machine. */
function roleOf(written: MachineResource, property: string): string {
  const { resource, surroundings } = written;
  try {
    const value = valueIn(written, property);
    if (typeof value === "string" && value.startsWith("arn:")) return value;
  } catch (error) {
    if (!(error instanceof NoValueHere)) throw error;
  }
  return roleArn(surroundings, resource.id);
}

function roleArn({ accountId }: Surroundings, name: string): string {
  return `arn:aws:iam::${accountId}:role/${name}`;
}

/** A list of CloudFormation's, or SAM's object. */
function tagsIn(written: Json | undefined): WrittenMachine["tags"] {
  if (isJsonObject(written)) return Object.entries(written).map(([key, value]) => ({ key, value: textOf(value) }));
  const list: readonly Json[] = Array.isArray(written) ? written : [];
  return list.flatMap((tag) =>
    isJsonObject(tag) ? [{ key: textOf(tag["Key"] ?? ""), value: textOf(tag["Value"] ?? "") }] : [],
  );
}

/** As the API names it: CloudFormation begins names with capitals. */
function configuration<N extends string>(name: N, written: Json | undefined): { readonly [name in N]?: JsonObject } {
  if (!isJsonObject(written)) return {};
  const value = uncapitalised(written);
  // The cast: the computed name is `name`, which TypeScript widens.
  return isJsonObject(value) ? ({ [name]: value } as { readonly [name in N]?: JsonObject }) : {};
}

function uncapitalised(value: Json): Json {
  if (Array.isArray(value)) return value.map(uncapitalised);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [
      name.slice(0, 1).toLowerCase() + name.slice(1),
      uncapitalised(field),
    ]),
  );
}
