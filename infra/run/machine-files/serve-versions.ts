import { isDeepStrictEqual } from "node:util";
import { ApiError, type StepFunctions } from "../../emulator/index.ts";
import type { WrittenAlias, WrittenVersion } from "../../templates/written-versions.ts";

/** A version or an alias, and whether it is another one than before. */
export interface ServedArn {
  readonly arn: string;
  readonly isChanged: boolean;
}

/** Have a state machine's current definition be a version: publish one, unless it is. @throws {ApiError} if there is none */
export function serveVersion(states: StepFunctions, version: WrittenVersion): ServedArn & { readonly number: number } {
  const { stateMachineArn, description } = version;
  const before = states.stateMachines.listVersions({ stateMachineArn }).stateMachineVersions[0]?.stateMachineVersionArn;
  const { stateMachineVersionArn: arn } = states.stateMachines.publishVersion({ stateMachineArn, description });
  return { arn, number: Number(arn.split(":").at(-1)), isChanged: arn !== before };
}

/** Have an alias be as it is written. @throws {ApiError} if AWS would refuse it */
export function serveAlias(states: StepFunctions, alias: WrittenAlias): ServedArn {
  const { name, description = "", routingConfiguration } = alias;
  const machineArn = routingConfiguration[0]?.stateMachineVersionArn.replace(/:\d+$/, "");
  const arn = `${machineArn}:${name}`;
  const existing = describe(states, arn);
  if (existing === undefined) {
    const created = states.stateMachines.createAlias({ name, description, routingConfiguration });
    return { arn: created.stateMachineAliasArn, isChanged: true };
  }
  const isChanged =
    (existing.description ?? "") !== description ||
    !isDeepStrictEqual(existing.routingConfiguration, routingConfiguration);
  if (isChanged) states.stateMachines.updateAlias({ stateMachineAliasArn: arn, description, routingConfiguration });
  return { arn, isChanged };
}

function describe(states: StepFunctions, stateMachineAliasArn: string) {
  try {
    return states.stateMachines.describeAlias({ stateMachineAliasArn });
  } catch (error) {
    if (error instanceof ApiError && ABSENT.has(error.name)) return undefined;
    throw error;
  }
}

// An ARN that is none, as of an alias without routes, is told when the alias is created.
const ABSENT = new Set(["StateMachineDoesNotExist", "ResourceNotFound", "InvalidArn"]);
