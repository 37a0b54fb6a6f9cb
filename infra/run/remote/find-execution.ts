import { ListExecutionsCommand, paginateListStateMachines, type SFNClient } from "@aws-sdk/client-sfn";
import { LambentError } from "../../../sdk/base/errors.ts";

/** So many of the latest executions of each state machine are looked through. */
const LATEST = 1000;

/**
 * The ARN of an execution.
 * @param named its ARN, its name, or how that begins
 * @param where for people to read
 * @throws {LambentError} if no execution is called so, or several are
 */
export async function findExecution(client: SFNClient, named: string, where: string): Promise<string> {
  if (named.startsWith("arn:")) return named;
  const found: string[] = [];
  for await (const { stateMachines = [] } of paginateListStateMachines({ client }, {})) {
    for (const { stateMachineArn, type } of stateMachines) {
      // Step Functions keeps no executions of these.
      if (type === "EXPRESS") continue;
      const { executions = [] } = await client.send(new ListExecutionsCommand({ stateMachineArn, maxResults: LATEST }));
      for (const { name = "", executionArn = "" } of executions) if (name.startsWith(named)) found.push(executionArn);
    }
  }
  const exact = found.filter((arn) => arn.endsWith(`:${named}`));
  const [only, ...others] = exact.length > 0 ? exact : found;
  if (only === undefined) {
    throw new LambentError(
      `no execution is called ${named}: ${where} has none among the latest ${LATEST.toLocaleString("en")} of each state machine. ` +
        "Give its ARN, or another --endpoint or --region",
    );
  }
  if (others.length > 0) {
    const some = [only, ...others].slice(0, 5).join(", ");
    throw new LambentError(`${others.length + 1} executions are called ${named}: give the ARN of one: ${some}`);
  }
  return only;
}
