import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { LambentError } from "../../sdk/base/errors.ts";
import { isJsonObject, type Json, type JsonObject, printPath } from "../../sdk/base/json.ts";
import type { Resource } from "./resource-kinds.ts";
import type { Template } from "./template.ts";
import { fieldOf, type Path, textOf, valueOf } from "./template-values.ts";
import type { NamedFile } from "./written-machine.ts";

/** A Lambda function as a template or a folder has it. */
export interface WrittenFunction {
  readonly name: string;
  readonly code: FunctionCode;
  /** `file.export` within its code. */
  readonly handler: string;
  /** As Lambda names it, `python3.13`; undefined: Node.js. */
  readonly runtime?: string;
  /** Seconds. */
  readonly timeout: number;
  /** MiB. */
  readonly memorySize: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly reservedConcurrency?: number;
  /** Provisioned concurrency, which belongs to the alias. */
  readonly replicaCount: number;
  readonly alias?: string;
  /** Whether it has layers, which are not there on this machine. */
  readonly hasLayers: boolean;
  /** For people: `Hello of template.yaml`. */
  readonly origin: string;
}

/** Where a function's code is: in a directory, or in the template itself. */
export type FunctionCode = { readonly directory: string } | { readonly text: string };

/** Types of resources that are functions. */
export const FUNCTION_TYPES: readonly string[] = ["AWS::Lambda::Function", "AWS::Serverless::Function"];

/** A function that cannot run here, and why. */
export class NotRunHere extends LambentError {}

/**
 * A function of a template.
 * @throws {NotRunHere} if its code is an image, or not on this machine
 * @throws {LambentError} that names what of it has no value here
 */
export function functionOfResource(file: NamedFile, resource: Resource, template: Template): WrittenFunction {
  const globals = resource.type === "AWS::Serverless::Function" ? template.globals("Function") : {};
  const written = new WrittenProperties(resource, globals, template);
  const origin = `${resource.id} of ${file.shown}`;
  if (written.value("PackageType") === "Image" || written.value("Image") !== undefined)
    throw new NotRunHere(`${written.place("PackageType")}: images are not run here`);
  const alias = aliasOf(written, resource, template);
  return {
    name: template.nameOf(resource),
    code: codeOf(written, resource, file),
    handler: textOf(written.value("Handler") ?? (isCustom(written) ? "bootstrap" : "index.handler")),
    ...optional("runtime", written.text("Runtime")),
    timeout: written.number("Timeout") ?? 3,
    memorySize: written.number("MemorySize") ?? 128,
    environment: written.environment(),
    ...optional("reservedConcurrency", written.number("ReservedConcurrentExecutions")),
    replicaCount: alias?.count ?? 0,
    ...optional("alias", alias?.name),
    hasLayers: written.has("Layers"),
    origin,
  };
}

function isCustom(written: WrittenProperties): boolean {
  return written.text("Runtime")?.startsWith("provided") ?? false;
}

/** A function's properties, and those that SAM's Globals give all functions. */
class WrittenProperties {
  readonly #resource: Resource;
  readonly #globals: JsonObject;
  readonly #template: Template;

  constructor(resource: Resource, globals: JsonObject, template: Template) {
    this.#resource = resource;
    this.#globals = globals;
    this.#template = template;
  }

  /** Whatever it is: it need not have a value here. */
  has(name: string): boolean {
    return (this.#resource.properties[name] ?? this.#globals[name] ?? null) !== null;
  }

  value(name: string): Json | undefined {
    const own = this.#resource.properties[name];
    if (own !== undefined) return valueOf(own, this.#template, [...this.#resource.path, name]);
    const global = this.#globals[name];
    return global === undefined ? undefined : valueOf(global, this.#template, ["Globals", "Function", name]);
  }

  text(name: string): string | undefined {
    const value = this.value(name);
    return value === undefined || value === null ? undefined : textOf(value);
  }

  /** @throws {LambentError} if it is none */
  number(name: string): number | undefined {
    const value = this.value(name);
    if (value === undefined || value === null) return undefined;
    const number = Number(value);
    if (Number.isFinite(number)) return number;
    throw new LambentError(`${this.place(name)}: ${textOf(value)} is no number`);
  }

  environment(): Readonly<Record<string, string>> {
    const globals = this.#variables(this.#globals["Environment"], ["Globals", "Function"]);
    return { ...globals, ...this.#variables(this.#resource.properties["Environment"], this.#resource.path) };
  }

  /** `Resources.Hello.Properties.Handler` */
  place(...names: readonly string[]): string {
    const [first = "", ...others] = [...this.#resource.path, ...names];
    return printPath(String(first), others);
  }

  #variables(environment: Json | undefined, path: Path): Readonly<Record<string, string>> {
    const value =
      environment === undefined ? undefined : valueOf(environment, this.#template, [...path, "Environment"]);
    const variables = isJsonObject(value) ? value["Variables"] : undefined;
    if (!isJsonObject(variables)) return {};
    return Object.fromEntries(Object.entries(variables).map(([name, one]) => [name, textOf(one)]));
  }
}

function optional<N extends string, T>(name: N, value: T | undefined): { readonly [name in N]?: T } {
  // The cast: the computed name is `name`, which TypeScript widens.
  return value === undefined ? {} : ({ [name]: value } as { readonly [name in N]?: T });
}

function codeOf(written: WrittenProperties, { metadata, properties }: Resource, file: NamedFile): FunctionCode {
  const directory = dirname(file.path);
  const inline = written.value("InlineCode") ?? fieldOf(written.value("Code"), "ZipFile");
  if (inline !== undefined) return { text: textOf(inline) };
  const name = properties["Code"] === undefined ? "CodeUri" : "Code";
  const location = written.value(name) ?? ".";
  // What CDK has put together lies beside its template.
  const asset = metadata["aws:asset:path"];
  const path =
    typeof asset === "string" ? asset : typeof location === "string" ? location : cdkAsset(fieldOf(location, "S3Key"));
  const isPacked = path === undefined || /^(s3|https?):/.test(path) || /\.(zip|jar|war)$/.test(path);
  const found = resolve(directory, path ?? ".");
  if (!isPacked && existsSync(found)) return { directory: found };
  if (isPacked || isJsonObject(location)) {
    throw new NotRunHere(
      `${written.place(name)}: ${textOf(location)} is no directory on this machine: name the one that it was made of, or the template or serverless.yml that does`,
    );
  }
  throw new LambentError(`${written.place(name)}: there is no directory ${found}`);
}

function cdkAsset(key: Json | undefined): string | undefined {
  return key === undefined ? undefined : `asset.${textOf(key).replace(/\.zip$/, "")}`;
}

/** The alias that has the function's provisioned concurrency, or at least a name. */
function aliasOf(
  written: WrittenProperties,
  { id }: Resource,
  template: Template,
): { readonly name: string; readonly count: number } | undefined {
  const published = written.text("AutoPublishAlias");
  const provisioned = written.value("ProvisionedConcurrencyConfig");
  if (published !== undefined) return { name: published, count: countIn(provisioned) };
  // serverless.yml has the number alone, and an alias of this name is made of it.
  const count = written.number("ProvisionedConcurrency");
  if (count !== undefined) return { name: "provisioned", count };
  for (const { properties, path } of template.of("AWS::Lambda::Alias")) {
    if (!refersTo(properties["FunctionName"], id)) continue;
    // Which version it leads to is known on AWS alone.
    const { Name: name, ProvisionedConcurrencyConfig: config } = properties;
    if (name === undefined) continue;
    const count =
      config === undefined ? undefined : valueOf(config, template, [...path, "ProvisionedConcurrencyConfig"]);
    return { name: textOf(valueOf(name, template, [...path, "Name"])), count: countIn(count) };
  }
  return undefined;
}

function refersTo(written: Json | undefined, id: string): boolean {
  const attribute = fieldOf(written, "Fn::GetAtt");
  const [owner] = Array.isArray(attribute) ? attribute : [];
  return fieldOf(written, "Ref") === id || owner === id;
}

function countIn(config: Json | undefined): number {
  return Number(fieldOf(config, "ProvisionedConcurrentExecutions") ?? 0);
}
