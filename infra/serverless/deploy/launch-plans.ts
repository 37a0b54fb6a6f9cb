import { NAME_CHARACTERS } from "../../../sdk/base/aws-limits.ts";
import { LambentError } from "../../../sdk/base/errors.ts";
import type { GraphData, LaunchPlanData } from "../../../sdk/graph/graph.ts";
import { schedulesOf, type Scheduled } from "../../../sdk/graph/schedules.ts";
import type { Fields } from "../../asl/states.ts";
import { launcherDefinition, launchInput } from "../../compile/launcher.ts";
import { launcherName, stateMachineName } from "../../project/names.ts";
import { checkReachable, checkValid } from "./checks.ts";
import type { Resource } from "./framework.ts";
import { allow, own, role, roleProperties } from "./iam.ts";
import {
  logicalName,
  machineResources,
  replicaGrants,
  stateMachineId,
  type StateMachineContext,
} from "./state-machine.ts";

/**
 * What starts a workflow by itself: its own schedule, and those of its launch plans. A schedule has a role of its own,
 * which may start the one state machine that it is for; where a plan has `maxConcurrent`, that is a state machine which
 * counts and starts.
 * @throws {LambentError} for names that AWS would refuse, or that are another workflow's
 */
export function launchResources(graph: GraphData, context: StateMachineContext): Record<string, Resource> {
  const plans = schedulesOf(graph).map((plan) => planResources(graph, plan, context));
  return Object.assign({}, ...plans) as Record<string, Resource>; // which is what all are
}

function planResources(graph: GraphData, plan: Scheduled, context: StateMachineContext): Record<string, Resource> {
  const machine = stateMachineId(graph.workflow);
  const id = plan.isOwn === true ? machine : `${logicalName(plan.name)}LaunchPlan`;
  if (plan.maxConcurrent === undefined) {
    return scheduleResources(`${id}Schedule`, graph, plan, machine, JSON.stringify(plan.input), context);
  }
  const launcher = `${id}StateMachine`;
  return {
    ...launcherResources(graph, plan, launcher, context),
    ...scheduleResources(`${id}Schedule`, graph, plan, launcher, launchInput(plan), context),
  };
}

/** The state machine that starts an execution if there is room for one more. */
function launcherResources(
  graph: GraphData,
  plan: LaunchPlanData,
  id: string,
  context: StateMachineContext,
): Record<string, Resource> {
  const name = launcherName(context, plan.name);
  const what = `launch plan ${plan.name}`;
  if (name.length > NAME_CHARACTERS) {
    throw new LambentError(
      `${what}: ${name}, which its maxConcurrent needs, has ${name.length} characters, Step Functions takes ${NAME_CHARACTERS}: shorten the plan's name`,
    );
  }
  const taken = context.description.workflows.find((one) => stateMachineName(context, one) === name);
  if (taken !== undefined) {
    throw new LambentError(
      `${what}: its maxConcurrent needs a state machine ${name}, which is that of workflow ${taken.workflow}: rename one of the two`,
    );
  }
  const launches = stateMachineName(context, graph);
  const definition = launcherDefinition(plan, launches);
  checkReachable(name, definition as unknown as Fields);
  checkValid(name, "STANDARD", definition);
  const replicas = replicaGrants(context, []);
  return machineResources({ id, name, type: "STANDARD", logName: name, definition, replicas, launches }, context);
}

/** @param machine the logical id of what it starts with `input` */
function scheduleResources(
  id: string,
  { workflow }: GraphData,
  plan: Scheduled,
  machine: string,
  input: string,
  { provider }: StateMachineContext,
): Record<string, Resource> {
  const of = plan.isOwn === true ? "" : `, by launch plan ${plan.name}`;
  return {
    [id]: {
      Type: "AWS::Scheduler::Schedule",
      Properties: {
        Description: `Starts workflow ${workflow}${of}`,
        ScheduleExpression: plan.expression,
        ScheduleExpressionTimezone: plan.timezone ?? "UTC",
        FlexibleTimeWindow: { Mode: "OFF" },
        State: plan.enabled === false ? "DISABLED" : "ENABLED",
        Target: { Arn: { Ref: machine }, RoleArn: { "Fn::GetAtt": [`${id}Role`, "Arn"] }, Input: input },
      },
    },
    [`${id}Role`]: role(
      "scheduler.amazonaws.com",
      // AWS takes the ARN of a group of schedules here, not that of one schedule.
      [own("scheduler", "schedule-group/default")],
      "start",
      [allow(["states:StartExecution"], [{ Ref: machine }])],
      roleProperties(provider),
    ),
  };
}
