import { functionKey, replicaFunctions, type ServiceDescription } from "../../../sdk/authoring/service.ts";
import { LambentError } from "../../../sdk/base/errors.ts";
import { NAME_CHARACTERS, SCHEDULE_NAME_CHARACTERS } from "../../../sdk/base/aws-limits.ts";
import { coolingDefinition } from "../../compile/cooling.ts";
import { coolingName, machinePrefix, scheduleGroupName, type ServiceName } from "../../project/names.ts";
import type { Fields } from "../../asl/states.ts";
import { checkReachable, checkValid } from "./checks.ts";
import { COOLING_MACHINE, COOLING_SCHEDULE_ROLE } from "./cooling-ids.ts";
import type { Resource } from "./framework.ts";
import { allow, own, role, roleProperties } from "./iam.ts";
import { machineResources, replicaGrants, type StateMachineContext } from "./state-machine.ts";

/**
 * What takes back the replicas that came up for runs: a state machine, the group of the schedules that start it, and the
 * role by which they may. Nothing if no actor has `ttlSeconds`.
 * @throws {LambentError} for names that AWS would refuse
 */
export function coolingResources(context: StateMachineContext): Record<string, Resource> {
  const keys = context.description.functions
    .filter(({ actor }) => actor?.ttlSeconds !== undefined)
    .flatMap(replicaFunctions)
    .map(functionKey);
  if (keys.length === 0) return {};
  const name = coolingName(context);
  const group = scheduleGroupName(context);
  checkCoolingNames(context, context.description);
  const definition = coolingDefinition({ groupName: group, roleArn: `\${${COOLING_SCHEDULE_ROLE}}` });
  checkReachable(name, definition as unknown as Fields);
  checkValid(name, "STANDARD", definition);
  // Leases may be of state machines that are no longer there, or were called otherwise, so not by the names of today.
  const replicas = {
    ...replicaGrants(context, keys),
    executions: [own("states", `execution:${machinePrefix(context)}*:*`)],
  };
  return {
    LambentScheduleGroup: { Type: "AWS::Scheduler::ScheduleGroup", Properties: { Name: group } },
    ...machineResources({ id: COOLING_MACHINE, name, type: "STANDARD", logName: name, definition, replicas }, context),
    [COOLING_SCHEDULE_ROLE]: role(
      "scheduler.amazonaws.com",
      [own("scheduler", `schedule-group/${group}`)],
      "start",
      // By its name, since the state machine's definition refers to this role.
      [allow(["states:StartExecution"], [own("states", `stateMachine:${name}`)])],
      roleProperties(context.provider),
    ),
  };
}

/** @throws {LambentError} for names that AWS would refuse, if the service has an actor with `ttlSeconds` */
export function checkCoolingNames(service: ServiceName, { functions }: ServiceDescription): void {
  if (functions.every(({ actor }) => actor?.ttlSeconds === undefined)) return;
  checkName(coolingName(service), NAME_CHARACTERS, "Step Functions takes");
  checkName(scheduleGroupName(service), SCHEDULE_NAME_CHARACTERS, "EventBridge Scheduler takes");
}

function checkName(name: string, most: number, who: string): void {
  if (name.length <= most) return;
  throw new LambentError(
    `${name}, which an actor with ttlSeconds needs, has ${name.length} characters, ${who} ${most}: shorten the service's or the stage's name`,
  );
}
