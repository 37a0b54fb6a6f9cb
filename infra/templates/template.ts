import { LambentError } from "../../sdk/base/errors.ts";
import { isJsonObject, type Json, type JsonObject } from "../../sdk/base/json.ts";
import { kindOf } from "./resource-kinds.ts";
import { holds, NoValueHere, type Path, type TemplateResources, textOf, valueOf } from "./template-values.ts";

/** The account and region of which ARNs are, and what the command gives names in templates. */
export interface Surroundings {
  readonly region: string;
  readonly accountId: string;
  /** By parameter, logical id, `Id.Attribute`, export or `${…}` in a definition. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** A resource of a template. */
export interface Resource {
  readonly id: string;
  readonly type: string;
  readonly properties: JsonObject;
  readonly metadata: JsonObject;
  /** Of its properties, in the document. */
  readonly path: Path;
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
export class Template implements TemplateResources {
  readonly refs: { readonly get: (name: string) => Json | undefined };
  readonly attributes: { readonly get: (name: string) => Json | undefined };
  readonly imports: ReadonlyMap<string, string>;
  readonly conditions: JsonObject;
  readonly mappings: JsonObject;
  readonly resources: ReadonlyMap<string, Resource>;
  /** The names that its parameters have. */
  readonly parameterNames: ReadonlySet<string>;
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
    this.conditions = section(document, "Conditions");
    this.mappings = section(document, "Mappings");
    this.parameterNames = new Set(Object.keys(section(document, "Parameters")));
    this.resources = new Map(
      Object.entries(section(document, "Resources")).flatMap(([id, written]) => {
        const resource = this.#resource(id, written);
        return resource === undefined ? [] : [[id, resource]];
      }),
    );
  }

  /** Those of these types whose condition holds. @throws {NoValueHere} for a condition that cannot be told */
  of(...types: readonly string[]): Resource[] {
    return [...this.resources.values()].filter(({ type, id }) => types.includes(type) && this.#isMade(id));
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

  /** The section `Globals` of SAM: what all resources of a kind have, `Function` or `StateMachine`. */
  globals(kind: string): JsonObject {
    const written = section(this.#document, "Globals")[kind];
    return isJsonObject(written) ? written : {};
  }

  #resource(id: string, written: Json): Resource | undefined {
    if (id.startsWith("Fn::"))
      throw new NoValueHere(["Resources", id], id, undefined, "is not worked out on this machine");
    if (!isJsonObject(written)) return undefined;
    const { Type, Properties, Metadata } = written;
    const path = this.#document.paths?.get(id) ?? ["Resources", id, "Properties"];
    const properties = isJsonObject(Properties) ? Properties : {};
    return { id, type: String(Type), properties, metadata: isJsonObject(Metadata) ? Metadata : {}, path };
  }

  #isMade(id: string): boolean {
    const written = section(this.#document, "Resources")[id];
    const condition = isJsonObject(written) ? written["Condition"] : undefined;
    return typeof condition !== "string" || holds(condition, this);
  }

  #ref(name: string): Json | undefined {
    const given = this.#surroundings.parameters.get(name);
    const parameter = section(this.#document, "Parameters")[name];
    if (isJsonObject(parameter)) return parameterValue(name, parameter, given);
    return given ?? this.#pseudoParameter(name) ?? this.#ofResource(name, ({ ref }) => ref) ?? this.#ofVersion(name);
  }

  #attribute(path: string): Json | undefined {
    const given = this.#surroundings.parameters.get(path);
    if (given !== undefined) return given;
    const [id = "", ...rest] = path.split(".");
    const attribute = rest.join(".");
    return this.#ofResource(id, ({ attributes }) => attributes[attribute]) ?? this.#ofImplicitRole(id, attribute);
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

  /** What `Ref` gives of versions and aliases, written as resources or made by SAM for an `AutoPublishAlias`. */
  #ofVersion(name: string): string | undefined {
    const resource = this.resources.get(name);
    const path = resource?.path ?? [];
    const own = (property: string): string =>
      textOf(valueOf(resource?.properties[property] ?? null, this, [...path, property]));
    switch (resource?.type) {
      case "AWS::Lambda::Alias":
        return `${this.#functionArn(own("FunctionName"))}:${own("Name")}`;
      case "AWS::Lambda::Version":
        return `${this.#functionArn(own("FunctionName"))}:1`;
      case "AWS::Lambda::LayerVersion":
        return `arn:aws:lambda:${this.#surroundings.region}:${this.#surroundings.accountId}:layer:${name}:1`;
      default:
        return this.#ofAutoPublished(name);
    }
  }

  #functionArn(named: string): string {
    const { region, accountId } = this.#surroundings;
    return named.startsWith("arn:") ? named : `arn:aws:lambda:${region}:${accountId}:function:${named}`;
  }

  #ofAutoPublished(name: string): string | undefined {
    const [, id = "", what] = /^(\w+)\.(Alias|Version)$/.exec(name) ?? [];
    const resource = this.resources.get(id);
    if (what === undefined || resource === undefined) return undefined;
    const alias = resource.properties["AutoPublishAlias"] ?? this.globals("Function")["AutoPublishAlias"];
    const arn = this.#ofResource(id, ({ attributes }) => attributes["Arn"]);
    if (alias === undefined || arn === undefined) return undefined;
    return what === "Version" ? `${arn}:1` : `${arn}:${textOf(valueOf(alias, this, resource.path))}`;
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
