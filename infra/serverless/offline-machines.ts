import type { ServiceDescription } from "../../sdk/authoring/service.ts";
import { messageOf } from "../../sdk/base/errors.ts";
import type { Json } from "../../sdk/base/json.ts";
import { allStates, fields } from "../asl/states.ts";
import type { StepFunctions } from "../emulator/index.ts";
import { parseTarget } from "../emulator/replicas/replica-target.ts";
import type { ServedService } from "./deploy/framework.ts";
import {
  generatedNames,
  machineName,
  ownResources,
  resourcesHere,
  STATE_MACHINE,
  type Here,
  type OwnResource,
} from "./offline-resources.ts";
import { valueOf, type TemplateResources } from "../templates/template-values.ts";

/**
 * Serve the state machines that are under `resources` in serverless.yml.
 * @param plain the names of the functions that serverless-offline runs
 * @returns a line for each: its ARN, or why it is not served
 */
export function serveOwnMachines(
  states: StepFunctions,
  serverless: ServedService,
  here: Here,
  description: ServiceDescription,
  plain: ReadonlySet<string>,
): string[] {
  const resources = resourcesHere(serverless, here, description);
  const functions = new Set([...plain, ...generatedNames(here, description)]);
  const machines = ownResources(serverless).filter(({ type }) => type === STATE_MACHINE);
  const tried = machines.map((machine): Tried => {
    try {
      const definition = definitionOf(machine, resources);
      refuseUnknownFunctions(definition, functions);
      const { stateMachineArn } = states.createStateMachine({
        name: machineName(machine, here),
        type: machine.properties["StateMachineType"] === "EXPRESS" ? "EXPRESS" : "STANDARD",
        definition,
        roleArn: `arn:aws:iam::${here.accountId}:role/lambent-offline`,
      });
      return { id: machine.id, arn: stateMachineArn, definition };
    } catch (error) {
      return { id: machine.id, reason: reasonOf(error) };
    }
  });
  return withoutDeadEnds(states, tried).map(({ id, arn, reason }) =>
    reason === undefined ? `${id}: ${arn}` : `${id} of resources is not served: ${reason}`,
  );
}

/** A machine that is served, or why it is not. */
interface Tried {
  readonly id: string;
  readonly arn?: string;
  readonly definition?: string;
  readonly reason?: string;
}

/** Withdraw the machines that start one that is not served, then those that start these, until there are no more. */
function withoutDeadEnds(states: StepFunctions, tried: readonly Tried[]): readonly Tried[] {
  let hasWithdrawn = false;
  const kept = tried.map((one): Tried => {
    const { id, arn, definition } = one;
    const reason = arn === undefined || definition === undefined ? undefined : deadEnd(states, definition);
    if (arn === undefined || reason === undefined) return one;
    states.deleteStateMachine({ stateMachineArn: arn });
    hasWithdrawn = true;
    return { id, reason };
  });
  return hasWithdrawn ? withoutDeadEnds(states, kept) : kept;
}

/** Which Task starts a state machine that is not served. What an expression gives is seen when it runs. */
function deadEnd(states: StepFunctions, definition: string): string | undefined {
  for (const [state, { Resource, Parameters, Arguments }] of allStates(fields(parsed(definition)))) {
    if (!/^arn:[\w-]+:states:::(states|aws-sdk:sfn):start(Sync)?Execution/.test(String(Resource))) continue;
    const started = fields(Parameters ?? Arguments)["StateMachineArn"];
    if (typeof started !== "string" || started.startsWith("{%") || isServed(states, started)) continue;
    return `its state ${state} starts ${started}, which is no state machine that is served here`;
  }
  return undefined;
}

function isServed(states: StepFunctions, arn: string): boolean {
  const stateMachineArn = arn.split(":", 7).join(":"); // without a version or an alias
  try {
    states.describeStateMachine({ stateMachineArn });
    return true;
  } catch {
    return false;
  }
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
  const substitutions = new Map(Object.entries(fields(DefinitionSubstitutions)));
  // What the definition has no place for may have no value here.
  return text.replaceAll(/\$\{(\w+)\}/g, (place, name: string) => {
    const substitute = substitutions.get(name);
    return substitute === undefined ? place : asText(valueOf(substitute, resources));
  });
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
