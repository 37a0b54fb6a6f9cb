import type { Json, JsonObject } from "../../sdk/base/json.ts";
import type { Resource } from "./resource-kinds.ts";
import { type TemplateResources, textOf, valueOf } from "./template-values.ts";

/** Types of resources that are versions and aliases of state machines. */
export const VERSION_TYPE = "AWS::StepFunctions::StateMachineVersion";
export const ALIAS_TYPE = "AWS::StepFunctions::StateMachineAlias";

/** What versions and aliases are told by. */
export interface Publishing extends TemplateResources {
  readonly resources: ReadonlyMap<string, Resource>;
  globals(kind: string): JsonObject;
  /** What ARNs of a service begin with. */
  arnOf(service: string): string;
  /** Of a function or a state machine. */
  ownArn(resource: Resource): string | undefined;
  /** Of the version that a state machine has here: that of what its file says. */
  versionArn(machineArn: string): string;
}

/**
 * What `Ref` or an attribute gives of a version or an alias, be it a resource or what SAM makes for an
 * `AutoPublishAlias`; undefined if it is neither.
 * @param attribute undefined: `Ref`
 */
export function publishedValue(template: Publishing, id: string, attribute?: string): string | undefined {
  const resource = template.resources.get(id);
  if (resource === undefined) return autoPublished(template, attribute === undefined ? id : `${id}.${attribute}`);
  const arnAttribute = ARN_ATTRIBUTES[resource.type];
  if (attribute === undefined || attribute === arnAttribute) return publishedArn(template, resource);
  return resource.type === "AWS::Lambda::Version" && attribute === "Version" ? "1" : undefined;
}

const ARN_ATTRIBUTES: Readonly<Record<string, string>> = {
  "AWS::Lambda::Alias": "AliasArn",
  "AWS::Lambda::LayerVersion": "LayerVersionArn",
  "AWS::Lambda::Version": "FunctionArn",
  [VERSION_TYPE]: "Arn",
  [ALIAS_TYPE]: "Arn",
};

function publishedArn(template: Publishing, resource: Resource): string | undefined {
  switch (resource.type) {
    case "AWS::Lambda::Alias":
      return `${functionArn(template, resource)}:${propertyOf(template, resource, "Name")}`;
    case "AWS::Lambda::Version":
      return `${functionArn(template, resource)}:1`;
    case "AWS::Lambda::LayerVersion":
    case "AWS::Serverless::LayerVersion":
      return `${template.arnOf("lambda")}:layer:${resource.id}:1`;
    case VERSION_TYPE:
      return template.versionArn(propertyOf(template, resource, "StateMachineArn"));
    case ALIAS_TYPE: {
      const version = propertyOf(template, resource, ...versionOfAlias(resource));
      return `${version.replace(/:\d+$/, "")}:${aliasName(template, resource)}`;
    }
    default:
      return undefined;
  }
}

/** The name of an alias: as it is written, or else its logical id. */
export function aliasName(template: Publishing, resource: Resource): string {
  return resource.properties["Name"] === undefined ? resource.id : propertyOf(template, resource, "Name");
}

/** Where an alias names a version; all that it names are of one state machine. */
function versionOfAlias({ properties }: Resource): readonly (string | number)[] {
  return properties["DeploymentPreference"] === undefined
    ? ["RoutingConfiguration", 0, "StateMachineVersionArn"]
    : ["DeploymentPreference", "StateMachineVersionArn"];
}

function propertyOf(
  template: Publishing,
  { properties, path }: Resource,
  ...steps: readonly (string | number)[]
): string {
  let written: Json | undefined = properties;
  // An index of a list is the name of its field, too.
  for (const step of steps)
    written =
      typeof written === "object" && written !== null
        ? Object.entries(written).find(([key]) => key === String(step))?.[1]
        : undefined;
  return textOf(valueOf(written ?? null, template, [...path, ...steps]));
}

function functionArn(template: Publishing, resource: Resource): string {
  const named = propertyOf(template, resource, "FunctionName");
  return named.startsWith("arn:") ? named : `${template.arnOf("lambda")}:function:${named}`;
}

/** `Order.Alias` and `Order.Version` as SAM has them, and `OrderAliaslive`, the logical id that it gives the alias. */
function autoPublished(template: Publishing, name: string): string | undefined {
  for (const resource of template.resources.values()) {
    if (!name.startsWith(resource.id)) continue;
    const alias = autoPublishAlias(template, resource);
    const arn = template.ownArn(resource);
    if (alias === undefined || arn === undefined) continue;
    const what = name.slice(resource.id.length);
    if (what === ".Alias" || what === `Alias${alias}`) return `${arn}:${alias}`;
    if (what === ".Version")
      return resource.type === "AWS::Serverless::StateMachine" ? template.versionArn(arn) : `${arn}:1`;
  }
  return undefined;
}

/** The alias that SAM makes of a function or a state machine, and a version with it. */
export function autoPublishAlias(template: Publishing, resource: Resource): string | undefined {
  const isFunction = resource.type === "AWS::Serverless::Function";
  if (!isFunction && resource.type !== "AWS::Serverless::StateMachine") return undefined;
  const global = isFunction ? template.globals("Function")["AutoPublishAlias"] : undefined;
  const written = resource.properties["AutoPublishAlias"] ?? global;
  return written === undefined ? undefined : textOf(valueOf(written, template, [...resource.path, "AutoPublishAlias"]));
}
