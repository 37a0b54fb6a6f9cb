import { lambentAliasId } from "./deploy/functions.ts";
import { functionKey, replicaFunctions, type ServiceDescription } from "../../sdk/authoring/service.ts";
import { ALIAS, PLAIN_TASKS, replicaName } from "../../sdk/base/function-names.ts";
import { isJsonObject, type Json } from "../../sdk/base/json.ts";
import { functionName, stateMachineName, type ServiceName } from "../project/names.ts";
import type { ServedService } from "./deploy/framework.ts";
import { logicalName } from "./deploy/state-machine.ts";
import type { TemplateResources } from "../templates/template-values.ts";

export const STATE_MACHINE = "AWS::StepFunctions::StateMachine";

/** Where the service's functions and state machines are on this machine. */
export interface Here extends ServiceName {
  readonly region: string;
  readonly accountId: string;
  /** As serverless.yml has them, by their key in `functions`. */
  readonly functionNames: ReadonlyMap<string, string>;
}

/** A resource of serverless.yml. */
export interface OwnResource {
  readonly id: string;
  readonly type: string;
  readonly properties: { readonly [name: string]: Json | undefined };
}

/** What serverless.yml has under `resources.Resources`. */
export function ownResources(serverless: ServedService): OwnResource[] {
  return Object.entries(section(serverless, "Resources")).map(([id, resource]) => {
    const { Type = null, Properties = {} } = isJsonObject(resource) ? resource : {};
    return { id, type: String(Type), properties: isJsonObject(Properties) ? Properties : {} };
  });
}

/** The name that a state machine of serverless.yml has here. */
export function machineName({ id, properties: { StateMachineName } }: OwnResource, { service, stage }: Here): string {
  return typeof StateMachineName === "string" ? StateMachineName : `${service}-${stage}-${id}`;
}

/** What the service's template can refer to on this machine. */
export function resourcesHere(
  serverless: ServedService,
  here: Here,
  description: ServiceDescription,
): TemplateResources {
  const { region, accountId } = here;
  const { naming } = serverless.getProvider("aws");
  const refs = new Map([
    ["AWS::Region", region],
    ["AWS::AccountId", accountId],
    ["AWS::Partition", "aws"],
    ["AWS::URLSuffix", "amazonaws.com"],
    ["AWS::StackName", naming.getStackName()],
    ...parameters(serverless),
  ]);
  const attributes = new Map<string, string>();
  const keys = description.functions.flatMap(replicaFunctions).map(functionKey);
  const generated = generatedNames(here, description).map((name, index): [string, string] => [keys[index] ?? "", name]);
  for (const [key, name] of [...here.functionNames, ...generated]) {
    const arn = `arn:aws:lambda:${region}:${accountId}:function:${name}`;
    refs.set(naming.getLambdaLogicalId(key), name);
    attributes.set(`${naming.getLambdaLogicalId(key)}.Arn`, arn);
    refs.set(naming.getLambdaProvisionedConcurrencyAliasLogicalId(key), `${arn}:${ALIAS}`);
    refs.set(lambentAliasId(naming, key), `${arn}:${ALIAS}`);
  }
  const workflows = description.workflows.map((graph): [string, string] => [
    `${logicalName(graph.workflow)}StateMachine`,
    stateMachineName(here, graph),
  ]);
  const own = ownResources(serverless).filter(({ type }) => type === STATE_MACHINE);
  for (const [id, name] of [...workflows, ...own.map((one): [string, string] => [one.id, machineName(one, here)])]) {
    const arn = `arn:aws:states:${region}:${accountId}:stateMachine:${name}`;
    refs.set(id, arn);
    attributes.set(`${id}.Arn`, arn);
    attributes.set(`${id}.Name`, name);
  }
  return { refs, attributes };
}

/** The names of the functions that the service's modules make. */
export function generatedNames(here: Here, description: ServiceDescription): string[] {
  return description.functions.flatMap(replicaFunctions).map((fn) => {
    const own = here.functionNames.get(functionKey(fn));
    const ofActor = here.functionNames.get(fn.actor?.name ?? PLAIN_TASKS) ?? functionName(here, fn.actor?.name);
    return own ?? replicaName(ofActor, fn.replica);
  });
}

/** The stack's parameters that have a default. */
function parameters(serverless: ServedService): [string, string][] {
  return Object.entries(section(serverless, "Parameters")).flatMap(([name, parameter]): [string, string][] => {
    const value = isJsonObject(parameter) ? parameter["Default"] : undefined;
    return value === undefined ? [] : [[name, String(value)]];
  });
}

/** A part of `resources`, which the framework has put together if it was a list. What it read was YAML. */
function section({ service }: ServedService, name: "Resources" | "Parameters"): { readonly [id: string]: Json } {
  const { resources } = service as { readonly resources?: { readonly [name: string]: Json } };
  const found = resources?.[name];
  return isJsonObject(found) ? found : {};
}
