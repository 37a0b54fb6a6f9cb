import type { ServiceDescription } from "../../sdk/authoring/service.ts";
import { messageOf } from "../../sdk/base/errors.ts";
import { isJsonObject, type Json } from "../../sdk/base/json.ts";
import { allStates, fields } from "../asl/states.ts";
import type { StepFunctions } from "../emulator/index.ts";
import { parseTarget } from "../emulator/replicas/replica-target.ts";
import type { Serverless } from "./deploy/framework.ts";
import {
  generatedNames,
  machineName,
  ownResources,
  resourcesHere,
  STATE_MACHINE,
  type Here,
  type OwnResource,
} from "./offline-resources.ts";
import { valueOf, type TemplateResources } from "./template-values.ts";

/**
 * Serve the state machines that are under `resources` in serverless.yml.
 * @param plain the names of the functions that serverless-offline runs
 * @returns a line for each: its ARN, or why it is not served
 */
export function serveOwnMachines(
  states: StepFunctions,
  serverless: Serverless,
  here: Here,
  description: ServiceDescription,
  plain: ReadonlySet<string>,
): string[] {
  const resources = resourcesHere(serverless, here, description);
  const functions = new Set([...plain, ...generatedNames(here, description)]);
  const machines = ownResources(serverless).filter(({ type }) => type === STATE_MACHINE);
  return machines.map((machine) => {
    try {
      const definition = definitionOf(machine, resources);
      refuseUnknownFunctions(definition, functions);
      const { stateMachineArn } = states.createStateMachine({
        name: machineName(machine, here),
        type: machine.properties["StateMachineType"] === "EXPRESS" ? "EXPRESS" : "STANDARD",
        definition,
        roleArn: `arn:aws:iam::${here.accountId}:role/lambent-offline`,
      });
      return `${machine.id}: ${stateMachineArn}`;
    } catch (error) {
      return `${machine.id} of resources is not served: ${reasonOf(error)}`;
    }
  });
}

/** In one line. What AWS would run and this emulator does not, it tells with a remedy that is none here. */
function reasonOf(error: unknown): string {
  const [reason = ""] = messageOf(error).split("\n");
  const [, resource, place] = /NOT_EMULATED: (\S+) has no handler.* at (\S+?)\/Resource/.exec(reason) ?? [];
  return resource === undefined ? reason : `${resource} of its ${place} is not emulated`;
}

/** @throws {Error} if there is none, or something in it has no value here */
function definitionOf({ properties }: OwnResource, resources: TemplateResources): string {
  const { DefinitionString, Definition, DefinitionSubstitutions = {} } = properties;
  const written = DefinitionString ?? Definition;
  if (written === undefined)
    throw new Error("it has neither Definition nor DefinitionString, and nothing else is read");
  const value = valueOf(written, resources);
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const substitutions = valueOf(DefinitionSubstitutions, resources);
  return Object.entries(isJsonObject(substitutions) ? substitutions : {}).reduce(
    (result, [name, substitute]) => result.replaceAll(`\${${name}}`, () => asText(substitute)),
    text,
  );
}

function asText(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** @throws {Error} if a Task names a function that nobody runs here. What an expression gives is seen when it runs. */
function refuseUnknownFunctions(definition: string, functions: ReadonlySet<string>): void {
  for (const [state, { Resource, Parameters, Arguments }] of allStates(fields(parsed(definition)))) {
    const named = fields(Parameters ?? Arguments)["FunctionName"] ?? Resource;
    if (typeof named !== "string" || named.startsWith("{%")) continue;
    const isFunction = named !== Resource || /^arn:[\w-]+:lambda:/.test(named);
    if (isFunction && !functions.has(nameIn(named))) {
      throw new Error(`its state ${state} calls ${named}, which is no function that runs here`);
    }
  }
}

function parsed(definition: string): Json {
  try {
    return JSON.parse(definition) as Json;
  } catch (error) {
    throw new Error(`its definition is no JSON: ${messageOf(error)}`, { cause: error });
  }
}

/** The name in what `FunctionName` may be; itself if it is nothing of the kind. */
function nameIn(written: string): string {
  try {
    return parseTarget(written).name;
  } catch {
    return written;
  }
}
