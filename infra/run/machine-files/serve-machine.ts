import { isDeepStrictEqual } from "node:util";
import { ApiError, type StepFunctions } from "../../emulator/index.ts";
import { stateMachineArn } from "../../emulator/service/arns.ts";
import { CONFIGURATIONS } from "../../emulator/service/state-machine.ts";
import type { WrittenMachine } from "../../templates/written-machine.ts";

/** What has become of a state machine. */
export interface ServedMachine {
  readonly arn: string;
  readonly change: "created" | "updated" | "replaced" | "none";
}

/**
 * Have a state machine be as it is written: create it, update it, or do nothing. Executions that run keep their version.
 * One of another type is replaced, with its executions, as CloudFormation does it: a type cannot be changed.
 * @throws {ApiError} if AWS would refuse it; one that was there stays as it was
 */
export function serveMachine(states: StepFunctions, machine: WrittenMachine): ServedMachine {
  const { origin: _, file: __, leftOver: ___, tags, ...request } = machine;
  const arn = stateMachineArn(states.account, machine.name);
  const existing = describe(states, arn);
  if (existing === undefined) {
    states.createStateMachine({ ...request, tags });
    return { arn, change: "created" };
  }
  if (existing.type !== machine.type) {
    states.stateMachines.check(request); // before what is there goes
    states.deleteStateMachine({ stateMachineArn: arn });
    states.createStateMachine({ ...request, tags });
    return { arn, change: "replaced" };
  }
  const asked = {
    definition: machine.definition,
    roleArn: machine.roleArn,
    loggingConfiguration: { ...CONFIGURATIONS.logging, ...machine.loggingConfiguration },
    tracingConfiguration: { ...CONFIGURATIONS.tracing, ...machine.tracingConfiguration },
    encryptionConfiguration: machine.encryptionConfiguration ?? CONFIGURATIONS.encryption,
  };
  const { definition, roleArn, loggingConfiguration, tracingConfiguration } = existing;
  const present = {
    definition,
    roleArn,
    loggingConfiguration: { ...CONFIGURATIONS.logging, ...loggingConfiguration },
    tracingConfiguration: { ...CONFIGURATIONS.tracing, ...tracingConfiguration },
    encryptionConfiguration: existing.encryptionConfiguration ?? CONFIGURATIONS.encryption,
  };
  const isUpdated = !isDeepStrictEqual(asked, present);
  if (isUpdated) states.updateStateMachine({ stateMachineArn: arn, ...asked });
  const areTagged = setTags(states, arn, tags);
  return { arn, change: isUpdated || areTagged ? "updated" : "none" };
}

function describe(states: StepFunctions, stateMachineArn: string) {
  try {
    return states.describeStateMachine({ stateMachineArn });
  } catch (error) {
    if (error instanceof ApiError && error.name === "StateMachineDoesNotExist") return undefined;
    throw error;
  }
}

/** Whether the tags were others. */
function setTags(states: StepFunctions, resourceArn: string, tags: WrittenMachine["tags"]): boolean {
  const present = new Map(states.tags.list({ resourceArn }).tags.map(({ key, value }) => [key, value]));
  const asked = new Map(tags.map(({ key, value }) => [key, value]));
  if (isDeepStrictEqual(present, asked)) return false;
  const gone = [...present.keys()].filter((key) => !asked.has(key));
  if (gone.length > 0) states.tags.untag({ resourceArn, tagKeys: gone });
  if (tags.length > 0) states.tags.tag({ resourceArn, tags });
  return true;
}
