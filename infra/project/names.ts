import { LambentError } from "../../sdk/base/errors.ts";
import { PLAIN_TASKS } from "../../sdk/base/function-names.ts";
import type { GraphData } from "../../sdk/graph/graph.ts";

/** A service at one stage: `service` and `--stage` of the Serverless Framework. */
export interface ServiceName {
  readonly service: string;
  readonly stage: string;
}

/** What the names of all functions of a service begin with, unless their author has named them. */
function functionPrefix({ service, stage }: ServiceName): string {
  return `${service}-${stage}-`;
}

/** `<service>-<stage>-<actor>`, and for the plain tasks' function `<service>-<stage>-tasks`. */
export function functionName(name: ServiceName, actor: string | undefined): string {
  return `${functionPrefix(name)}${actor ?? PLAIN_TASKS}`;
}

/** What the names of all state machines of a service begin with. */
export function machinePrefix({ service, stage }: ServiceName): string {
  return `${service}-${stage}-`;
}

/**
 * `<service>-<stage>-<workflow>`, and for an EXPRESS workflow `-express` after it: a state machine cannot change its
 * type, so a changed type needs a new one, and CloudFormation cannot create that under the name of the old one.
 */
export function stateMachineName(
  name: ServiceName,
  { workflow, options }: Pick<GraphData, "workflow" | "options">,
): string {
  return `${machinePrefix(name)}${workflow}${options?.type === "EXPRESS" ? "-express" : ""}`;
}

/** A further state machine of a workflow whose graph is too large for one definition: `<its state machine>-part<number>`. */
export function partName(machine: string, part: number): string {
  return `${machine}-part${part}`;
}

/** Whether it is called like one; workflows may be, too. */
export function mayBePart(machine: string): boolean {
  return /-part\d+$/.test(machine);
}

/**
 * The name of the state machine of one of a service's workflows.
 * @throws {LambentError} if it has none of that name
 */
export function machineName(
  name: ServiceName,
  { workflows }: { readonly workflows: readonly Pick<GraphData, "workflow" | "options">[] },
  workflow: string,
): string {
  const graph = workflows.find((one) => one.workflow === workflow);
  if (graph === undefined) throw new LambentError(`workflow ${workflow} is started, and is none of the service's`);
  return stateMachineName(name, graph);
}

/** The state machine that takes back replicas which came up for runs. */
export function coolingName(name: ServiceName): string {
  return `${machinePrefix(name)}lambent-cooling`;
}

const LAUNCHER = "-launcher";

/** The state machine that a launch plan with `maxConcurrent` is started by. */
export function launcherName(name: ServiceName, plan: string): string {
  return `${machinePrefix(name)}${plan}${LAUNCHER}`;
}

export function isLauncher(machine: string): boolean {
  return machine.endsWith(LAUNCHER);
}

/** The group of the schedules that start it. */
export function scheduleGroupName({ service, stage }: ServiceName): string {
  return `${service}-${stage}-lambent`;
}

/** The directory of bundles, stored objects and timelines, in the project's root. */
export const LAMBENT_DIRECTORY = ".lambent";
