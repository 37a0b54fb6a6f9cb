import { ListExecutionsCommand } from "@aws-sdk/client-sfn";
import { LambentError } from "../../../sdk/base/errors.ts";
import { listMachines } from "./find-machine.ts";
import type { Server } from "./server.ts";

/** So many of the latest executions of each state machine are looked through. */
const LATEST = 1000;

/**
 * The ARN of an execution.
 * @param named its ARN, its name, or how that begins
 * @throws {LambentError} if no execution is called so, or several are
 */
export async function findExecution(server: Server, named: string): Promise<string> {
  if (named.startsWith("arn:")) return named;
  const found = await executionNamed(server, named);
  if (found !== undefined) return found;
  throw new LambentError(
    `no execution is called ${named}: ${server.name} has none among the latest ${LATEST.toLocaleString("en")} of each state machine. ` +
      "Give its ARN, or another --endpoint or --region",
  );
}

/**
 * The same of a name alone, or of how that begins.
 * @returns undefined if there is none
 * @throws {LambentError} if several are called so
 */
export async function executionNamed(server: Server, named: string): Promise<string | undefined> {
  const { client } = server;
  const found: string[] = [];
  for (const { stateMachineArn, type } of await listMachines(server)) {
    // Step Functions keeps no executions of these.
    if (type === "EXPRESS") continue;
    const { executions = [] } = await client.send(new ListExecutionsCommand({ stateMachineArn, maxResults: LATEST }));
    for (const { name = "", executionArn = "" } of executions) if (name.startsWith(named)) found.push(executionArn);
  }
  const exact = found.filter((arn) => arn.endsWith(`:${named}`));
  const [only, ...others] = exact.length > 0 ? exact : found;
  if (others.length > 0) {
    const some = [only, ...others].slice(0, 5).join(", ");
    throw new LambentError(`${others.length + 1} executions are called ${named}: give the ARN of one: ${some}`);
  }
  return only;
}
