import type { Json } from "../../sdk/base/json.ts";
import { aliasName, autoPublishAlias } from "./published.ts";
import type { Resource } from "./resource-kinds.ts";
import type { Template } from "./template.ts";
import { fieldOf, textOf } from "./template-values.ts";
import { type NamedFile, valueIn } from "./written-machine.ts";

/** A version of a state machine that a template has. */
export interface WrittenVersion {
  readonly stateMachineArn: string;
  readonly description?: string;
  /** For people: `First of template.yaml`. */
  readonly origin: string;
}

/** An alias of a state machine that a template has: what CreateStateMachineAlias takes. */
export interface WrittenAlias {
  readonly name: string;
  readonly description?: string;
  readonly routingConfiguration: readonly { readonly stateMachineVersionArn: string; readonly weight: number }[];
  readonly origin: string;
}

/** @throws {NoValueHere} */
export function versionOfResource(resource: Resource, template: Template, file: NamedFile): WrittenVersion {
  return {
    stateMachineArn: textOf(valueIn({ resource, template }, "StateMachineArn") ?? ""),
    ...described(resource, template),
    origin: originOf(resource, file),
  };
}

/** @throws {NoValueHere} */
export function aliasOfResource(resource: Resource, template: Template, file: NamedFile): WrittenAlias {
  return {
    name: aliasName(template, resource),
    ...described(resource, template),
    routingConfiguration: merged(routesOf(resource, template)),
    origin: originOf(resource, file),
  };
}

/** The version and the alias that SAM makes of a state machine with an `AutoPublishAlias`. @throws {NoValueHere} */
export function autoPublishedOf(
  machine: Resource,
  template: Template,
  file: NamedFile,
): { readonly version: WrittenVersion; readonly alias: WrittenAlias } | undefined {
  const name = autoPublishAlias(template, machine);
  const stateMachineArn = template.ownArn(machine);
  if (name === undefined || stateMachineArn === undefined) return undefined;
  const origin = originOf(machine, file);
  const route = { stateMachineVersionArn: template.versionArn(stateMachineArn), weight: 100 };
  return { version: { stateMachineArn, origin }, alias: { name, routingConfiguration: [route], origin } };
}

type Route = WrittenAlias["routingConfiguration"][number];

/** A gradual deployment ends with all that is started in its version. */
function routesOf(resource: Resource, template: Template): readonly Route[] {
  const preference = valueIn({ resource, template }, "DeploymentPreference");
  if (preference !== undefined) return [routeOf(preference, 100)];
  const routes = valueIn({ resource, template }, "RoutingConfiguration");
  return Array.isArray(routes)
    ? routes.map((route: Json) => routeOf(route, Number(fieldOf(route, "Weight") ?? "")))
    : [];
}

function routeOf(written: Json, weight: number): Route {
  return { stateMachineVersionArn: textOf(fieldOf(written, "StateMachineVersionArn") ?? ""), weight };
}

/** All versions that a template has of a state machine are one here, of the definition that it has. */
function merged(routes: readonly Route[]): readonly Route[] {
  const weights = new Map<string, number>();
  for (const { stateMachineVersionArn: arn, weight } of routes) weights.set(arn, (weights.get(arn) ?? 0) + weight);
  return [...weights].map(([stateMachineVersionArn, weight]) => ({ stateMachineVersionArn, weight }));
}

function described(resource: Resource, template: Template): { readonly description?: string } {
  const description = valueIn({ resource, template }, "Description");
  return description === undefined ? {} : { description: textOf(description) };
}

function originOf({ id }: Resource, { shown }: NamedFile): string {
  return `${id} of ${shown}`;
}
