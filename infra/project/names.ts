import { PLAIN_TASKS } from "../../sdk/base/function-names.ts";
import type { GraphData } from "../../sdk/graph/graph.ts";

/** A service at one stage, as the Serverless Framework names it. */
export interface ServiceName {
  readonly service: string;
  readonly stage: string;
}

/** `<service>-<stage>-<actor>`; the plain tasks' function is `<service>-<stage>-tasks`. */
export function functionName({ service, stage }: ServiceName, actor: string | undefined): string {
  return `${service}-${stage}-${actor ?? PLAIN_TASKS}`;
}

/**
 * `<service>-<stage>-<workflow>`; an EXPRESS one's ends in `-express`. A state machine cannot change its type, and
 * CloudFormation replaces it only by one of another name.
 */
export function stateMachineName(
  { service, stage }: ServiceName,
  { workflow, options }: Pick<GraphData, "workflow" | "options">,
): string {
  return `${service}-${stage}-${workflow}${options?.type === "EXPRESS" ? "-express" : ""}`;
}

/** Where bundles, stored objects and timelines go, under the project's root. */
export const LAMBENT_DIRECTORY = ".lambent";
