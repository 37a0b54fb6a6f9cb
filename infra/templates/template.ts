import { LambentError } from "../../sdk/base/errors.ts";
import { isJsonObject, type Json, type JsonObject } from "../../sdk/base/json.ts";
import { expanded } from "./for-each.ts";
import { publishedValue, type Publishing } from "./published.ts";
import { kindOf, type Resource } from "./resource-kinds.ts";
import { holds, NoValueHere, type Path, type TemplateResources, textOf, valueOf } from "./template-values.ts";

/** The account and region of which ARNs are, and what the command gives names in templates. */
export interface Surroundings {
  readonly region: string;
  readonly accountId: string;
  /** By parameter, logical id, `Id.Attribute`, export or `${…}` in a definition. */
  readonly parameters: ReadonlyMap<string, string>;
  /** The numbers of the versions that state machines have here, by their ARNs. Default: each is version 1. */
  readonly versions?: ReadonlyMap<string, number>;
}

/** What of a document is a template, when other forms than CloudFormation's have been made into it. */
export interface TemplateDocument {
  readonly sections: JsonObject;
  /** By logical id: where its properties stand in the document, if not under `Resources`. */
  readonly paths?: ReadonlyMap<string, Path>;
  /** Other names for logical ids. */
  readonly aliases?: ReadonlyMap<string, string>;
  /** Pseudo parameter `AWS::StackName`. Default: `local`. */
  readonly stackName?: string;
}

/** A template of CloudFormation or SAM, with the values that its functions have on this machine. */
export class Template implements TemplateResources, Publishing {
  readonly refs: { readonly get: (name: string) => Json | undefined };
  readonly attributes: { readonly get: (name: string) => Json | undefined };
  readonly imports: ReadonlyMap<string, string>;
  readonly conditions: JsonObject;
  readonly mappings: JsonObject;
  readonly resources: ReadonlyMap<string, Resource>;
  readonly #document: TemplateDocument;
  readonly #surroundings: Surroundings;
  /** Resources whose names are being worked out, so that none waits for itself. */
  readonly #naming = new Set<string>();

  constructor(document: TemplateDocument, surroundings: Surroundings) {
    this.#document = document;
    this.#surroundings = surroundings;
    this.refs = { get: (name) => this.#ref(name) };
    this.attributes = { get: (path) => this.#attribute(path) };
    this.imports = surroundings.parameters;
    this.mappings = section(document, "Mappings");
    this.resources = new Map(); // what loops go through is no resource's
    this.conditions = expanded(section(document, "Conditions"), this, ["Conditions"]);
    for (const name of Object.keys(section(document, "Parameters"))) surroundings.parameters.get(name); // it may be unused
    this.resources = new Map(
      Object.entries(expanded(section(document, "Resources"), this, ["Resources"])).flatMap(([id, written]) => {
        const resource = this.#resource(id, written);
        return resource === undefined ? [] : [[id, resource]];
      }),
    );
  }

  /** Those of these types whose condition holds. @throws {NoValueHere} for a condition that cannot be told */
  of(...types: readonly string[]): Resource[] {
    return [...this.resources.values()].filter(
      ({ type, condition }) => types.includes(type) && this.#isMade(condition),
    );
  }

  /** The name of a resource: as it is written, or else its logical id. @throws {NoValueHere} */
  nameOf({ id, type, properties, path }: Resource): string {
    const property = kindOf(type)?.nameProperty;
    const written = property === undefined ? undefined : properties[property];
    if (property === undefined || written === undefined) return id;
    if (this.#naming.has(id)) throw new NoValueHere([...path, property], `The name of ${id}`, id, "refers to itself");
    this.#naming.add(id);
    try {
      return textOf(valueOf(written, this, [...path, property]));
    } finally {
      this.#naming.delete(id);
    }
  }

  /** What ARNs of a service begin with here, up to the account. */
  arnOf(service: string): string {
    return `arn:aws:${service}:${this.#surroundings.region}:${this.#surroundings.accountId}`;
  }

  ownArn({ id }: Resource): string | undefined {
    return this.#ofResource(id, ({ attributes }) => attributes["Arn"]);
  }

  versionArn(machineArn: string): string {
    return `${machineArn}:${this.#surroundings.versions?.get(machineArn) ?? 1}`;
  }

  /** The section `Globals` of SAM: what all resources of a kind have, `Function` or `StateMachine`. */
  globals(kind: string): JsonObject {
    const written = section(this.#document, "Globals")[kind];
    return isJsonObject(written) ? written : {};
  }

  #resource(id: string, written: Json): Resource | undefined {
    if (id.startsWith("Fn::"))
      throw new NoValueHere(["Resources", id], id, undefined, "is not worked out on this machine");
    if (!isJsonObject(written)) return undefined;
    const { Type, Properties, Metadata, Condition } = written;
    const path = this.#document.paths?.get(id) ?? ["Resources", id, "Properties"];
    const properties = isJsonObject(Properties) ? Properties : {};
    const metadata = isJsonObject(Metadata) ? Metadata : {};
    return { id, type: String(Type), properties, metadata, condition: Condition, path };
  }

  #isMade(condition: Json | undefined): boolean {
    return typeof condition !== "string" || holds(condition, this);
  }

  #ref(name: string): Json | undefined {
    const given = this.#surroundings.parameters.get(name);
    const parameter = section(this.#document, "Parameters")[name];
    if (isJsonObject(parameter)) return parameterValue(name, parameter, given);
    return (
      given ?? this.#pseudoParameter(name) ?? this.#ofResource(name, ({ ref }) => ref) ?? publishedValue(this, name)
    );
  }

  #attribute(path: string): Json | undefined {
    const given = this.#surroundings.parameters.get(path);
    if (given !== undefined) return given;
    const [id = "", ...rest] = path.split(".");
    const attribute = rest.join(".");
    return (
      this.#ofResource(id, ({ attributes }) => attributes[attribute]) ??
      publishedValue(this, id, attribute) ??
      this.#ofImplicitRole(id, attribute)
    );
  }

  #pseudoParameter(name: string): Json | undefined {
    const { region, accountId } = this.#surroundings;
    const { stackName = "local" } = this.#document;
    switch (name) {
      case "AWS::Region":
        return region;
      case "AWS::AccountId":
        return accountId;
      case "AWS::Partition":
        return "aws";
      case "AWS::URLSuffix":
        return "amazonaws.com";
      case "AWS::StackName":
        return stackName;
      case "AWS::StackId":
        return `arn:aws:cloudformation:${region}:${accountId}:stack/${stackName}/local`;
      case "AWS::NotificationARNs":
        return [];
      default:
        return undefined;
    }
  }

  #find(name: string): Resource | undefined {
    return this.resources.get(name) ?? this.resources.get(this.#document.aliases?.get(name) ?? "");
  }

  #ofResource(
    id: string,
    pick: (kind: { readonly ref: string; readonly attributes: Readonly<Record<string, string>> }) => string | undefined,
  ): string | undefined {
    const resource = this.#find(id);
    const kind = resource && kindOf(resource.type);
    const pattern = kind && pick(kind);
    if (resource === undefined || pattern === undefined) return undefined;
    const { region, accountId } = this.#surroundings;
    const values: Readonly<Record<string, string>> = { region, account: accountId, name: this.#nameIn(resource) };
    return pattern.replaceAll(/\{(\w+)\}/g, (_, name: string) => values[name] ?? "");
  }

  /** Buckets are named in small letters. */
  #nameIn(resource: Resource): string {
    const name = this.nameOf(resource);
    return resource.type === "AWS::S3::Bucket" && name === resource.id ? name.toLowerCase() : name;
  }

  /** SAM makes roles for functions and state machines that have none. */
  #ofImplicitRole(id: string, attribute: string): string | undefined {
    const owner = this.resources.get(id.replace(/Role$/, ""));
    const isImplicit = id.endsWith("Role") && !this.resources.has(id) && owner?.type.startsWith("AWS::Serverless::");
    return isImplicit === true && attribute === "Arn"
      ? `arn:aws:iam::${this.#surroundings.accountId}:role/${id}`
      : undefined;
  }
}

/** @throws {LambentError} if the value is none of those that it may have */
function parameterValue(name: string, parameter: JsonObject, given: string | undefined): Json | undefined {
  const { Type, Default, AllowedValues } = parameter;
  // The default is then the name of a parameter in SSM, which is not asked.
  const isInSsm = String(Type).startsWith("AWS::SSM::Parameter::Value");
  const value = given ?? (isInSsm ? undefined : Default);
  if (value === undefined) return undefined;
  const allowed = Array.isArray(AllowedValues) ? AllowedValues.map(String) : undefined;
  if (given !== undefined && allowed !== undefined && !allowed.includes(given)) {
    throw new LambentError(`--parameter ${name}=${given}: the template allows ${allowed.join(", ")}`);
  }
  const isList = /^(?:AWS::SSM::Parameter::Value<)?(?:CommaDelimitedList|List<)/.test(String(Type));
  return isList
    ? String(value)
        .split(",")
        .map((one) => one.trim())
    : value;
}

function section({ sections }: TemplateDocument, name: string): JsonObject {
  const found = sections[name];
  return isJsonObject(found) ? found : {};
}
