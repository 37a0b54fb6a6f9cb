import { paginateListStateMachines, type SFNClient } from "@aws-sdk/client-sfn";
import { LambentError } from "../../../sdk/base/errors.ts";
import type { Server } from "./server.ts";

export interface Machine {
  readonly arn: string;
  readonly name: string;
  readonly type: "STANDARD" | "EXPRESS";
  readonly created: Date | undefined;
}

/** All state machines of a server, by name. */
export async function listMachines(client: SFNClient): Promise<Machine[]> {
  const found: Machine[] = [];
  for await (const { stateMachines = [] } of paginateListStateMachines({ client }, { maxResults: 1000 })) {
    for (const { stateMachineArn = "", name = "", type = "STANDARD", creationDate } of stateMachines)
      found.push({ arn: stateMachineArn, name, type, created: creationDate });
  }
  return found.toSorted((one, other) => (one.name < other.name ? -1 : 1));
}

/**
 * The ARN of a workflow's state machine.
 * @param named the workflow, which is what the state machine's name ends with; or that name, or an ARN
 * @throws {LambentError} that tells which there are, if there is none, or several
 */
export async function findMachine({ client, name: where }: Server, named: string, stage?: string): Promise<string> {
  if (named.startsWith("arn:")) return named;
  const machines = await listMachines(client);
  const exact = machines.filter(({ name }) => name === named);
  const end = stage === undefined ? `-${named}` : `-${stage}-${named}`;
  const found =
    exact.length > 0 ? exact : machines.filter(({ name }) => [end, `${end}-express`].some((one) => name.endsWith(one)));
  const [only, ...others] = found;
  if (only !== undefined && others.length === 0) return only.arn;
  const names = (found.length > 0 ? found : machines).map(({ name }) => name).join(", ");
  if (only !== undefined)
    throw new LambentError(`${named} may be any of ${names}, at ${where}: give one of these names, or --stage`);
  throw new LambentError(
    machines.length === 0
      ? `there is no workflow ${named} at ${where}, nor any other`
      : `there is no workflow ${named} at ${where}; there are: ${names}`,
  );
}
