import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { LambentError } from "../../sdk/base/errors.ts";
import { isJsonObject, type Json, type JsonObject, printPath } from "../../sdk/base/json.ts";
import { parseText, readText } from "./document.ts";
import type { Resource, Surroundings, Template } from "./template.ts";
import { textOf, valueOf } from "./template-values.ts";

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
  const { definition, leftOver } = withSubstitutions(asJson(text, file.path), (key) =>
    surroundings.parameters.get(key),
  );
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

/**
 * A state machine of a template.
 * @param read called with the path of each further file that says something of it
 * @throws {LambentError} that names what of it has no value on this machine, or no file
 */
export function machineOfResource(
  file: NamedFile,
  resource: Resource,
  template: Template,
  surroundings: Surroundings,
  read: (path: string) => void,
): WrittenMachine {
  const { id, type, path } = resource;
  const isSam = type === "AWS::Serverless::StateMachine";
  const properties: JsonObject = { ...(isSam ? template.globals("StateMachine") : {}), ...resource.properties };
  const valueIn = (name: string): Json | undefined => {
    const written = properties[name];
    return written === undefined ? undefined : valueOf(written, template, [...path, name]);
  };
  const substitutions = properties["DefinitionSubstitutions"];
  const { definition, leftOver } = withSubstitutions(writtenDefinition(), (key) => {
    const value = isJsonObject(substitutions) ? substitutions[key] : undefined;
    if (value !== undefined) return textOf(valueOf(value, template, [...path, "DefinitionSubstitutions", key]));
    return surroundings.parameters.get(key);
  });
  const machineType = valueIn(isSam ? "Type" : "StateMachineType") ?? "STANDARD";
  if (machineType !== "STANDARD" && machineType !== "EXPRESS") {
    const place = placeOf(path, isSam ? "Type" : "StateMachineType");
    throw new LambentError(`${place}: ${textOf(machineType)} is neither STANDARD nor EXPRESS`);
  }
  return {
    name: template.nameOf(resource),
    type: machineType,
    definition,
    roleArn: roleOf(properties[isSam ? "Role" : "RoleArn"], template, surroundings, id),
    tags: tagsIn(valueIn("Tags")),
    ...configuration("loggingConfiguration", valueIn(isSam ? "Logging" : "LoggingConfiguration")),
    ...configuration("tracingConfiguration", valueIn(isSam ? "Tracing" : "TracingConfiguration")),
    ...configuration("encryptionConfiguration", valueIn("EncryptionConfiguration")),
    origin: `${id} of ${file.shown}`,
    file: file.path,
    leftOver,
  };

  function writtenDefinition(): string {
    const found = ["DefinitionString", "Definition", "DefinitionUri", "DefinitionS3Location"].find(
      (name) => properties[name] !== undefined,
    );
    if (found === undefined) {
      throw new LambentError(
        `${placeOf(path)}: it has no definition: write Definition, DefinitionString, ${isSam ? "DefinitionUri" : "DefinitionS3Location"}, or name its file`,
      );
    }
    const value = valueIn(found) ?? null;
    if (found === "DefinitionString") return textOf(value);
    if (found === "Definition") return JSON.stringify(value, null, 2);
    const definitionFile = localFile(value, file.path, placeOf(path, found));
    read(definitionFile);
    return asJson(readText(definitionFile), definitionFile);
  }
}

function placeOf(path: Resource["path"], ...more: readonly string[]): string {
  const [first = "", ...others] = [...path, ...more];
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

/** YAML is made JSON; JSON stays as it is, with its faults, which AWS's checks tell. */
function asJson(text: string, file: string): string {
  return /\.ya?ml$/i.test(file) ? JSON.stringify(parseText(text), null, 2) : text;
}

function withSubstitutions(
  text: string,
  valueFor: (key: string) => string | undefined,
): Pick<WrittenMachine, "definition" | "leftOver"> {
  const leftOver = new Set<string>();
  const definition = text.replaceAll(PLACEHOLDER, (written, key: string) => {
    const value = valueFor(key);
    if (value === undefined) leftOver.add(key);
    return value ?? written;
  });
  return { definition, leftOver: [...leftOver] };
}

/** Roles are not looked at here: one that this machine knows nothing of is called after its state machine. */
function roleOf(written: Json | undefined, template: Template, surroundings: Surroundings, id: string): string {
  try {
    const value = written === undefined ? undefined : valueOf(written, template);
    if (typeof value === "string" && value.startsWith("arn:")) return value;
  } catch (error) {
    if (!(error instanceof LambentError)) throw error;
  }
  return roleArn(surroundings, id);
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
