import { LambentError } from "../../../sdk/base/errors.ts";
import { didYouMean } from "./did-you-mean.ts";
import { executionNamed } from "./find-execution.ts";
import { listWorkflows, machineNamed } from "./find-machine.ts";
import type { Server } from "./server.ts";

/** What a command is asked about: an execution, or a workflow. */
export type Subject = { readonly executionArn: string } | { readonly stateMachineArn: string };

/**
 * What is called so. A workflow's name comes before executions that begin so.
 * @param named an ARN, a workflow, its state machine's name, an execution's name, or how that begins
 * @throws {LambentError} that tells which workflows there are, if nothing is called so; or if several are
 */
export async function findSubject(server: Server, named: string, stage?: string): Promise<Subject> {
  if (named.startsWith("arn:"))
    return named.split(":")[5] === "stateMachine" ? { stateMachineArn: named } : { executionArn: named };
  const stateMachineArn = await machineNamed(server, named, stage);
  if (stateMachineArn !== undefined) return { stateMachineArn };
  const executionArn = await executionNamed(server, named);
  if (executionArn !== undefined) return { executionArn };
  const workflows = (await listWorkflows(server)).map(({ name, workflow }) => workflow ?? name);
  const there = workflows.length === 0 ? "no workflows at all" : `the workflows ${workflows.join(", ")}`;
  throw new LambentError(
    `neither an execution nor a workflow is called ${named}: ${server.name} has ${there}${didYouMean(named, workflows)}`,
  );
}
