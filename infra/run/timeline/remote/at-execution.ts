import { LambentError, messageOf } from "../../../../sdk/base/errors.ts";
import { findExecution } from "./find-execution.ts";
import { findServer, LOCAL_ENDPOINT, type Server, type ServerOptions } from "./server.ts";

/**
 * Finds an execution in the emulator or on AWS, and reads of it.
 * @throws {LambentError} if there is no server, or no such execution
 */
export async function atExecution<T>(
  options: ServerOptions,
  read: (server: Server, arn: string) => Promise<T>,
): Promise<T> {
  const server = await findServer(options);
  try {
    return await read(server, await findExecution(server.client, options.execution, server.name));
  } catch (error) {
    if (error instanceof LambentError) throw error;
    throw new LambentError(explained(error, server, options), { cause: error });
  } finally {
    server.client.destroy();
  }
}

/** Errors of the SDK that say that there are no credentials, or no region. */
const UNSET = /CredentialsProviderError|Region is missing|Could not load credentials/;
const UNREACHABLE = /ECONNREFUSED|ENOTFOUND|ECONNRESET|EHOSTUNREACH|ETIMEDOUT|socket hang up/;

function explained(error: unknown, { name, isAws }: Server, { execution }: ServerOptions): string {
  const { name: kind = "", code = "" } = error instanceof Error ? (error as { name: string; code?: string }) : {};
  const text = `${kind} ${code} ${messageOf(error)}`;
  if (isAws && UNSET.test(text)) {
    return (
      `no server has ${execution}: no emulator answers at ${LOCAL_ENDPOINT}, and there are no credentials or no region for AWS. ` +
      "Start `npx serverless offline`, name another server with --endpoint URL, or set AWS_PROFILE and --region"
    );
  }
  if (UNREACHABLE.test(text)) {
    return `nothing answers at ${name}: start \`npx serverless offline\` or \`npx lambent emulator\` there, or name another server with --endpoint URL`;
  }
  if (kind === "ExecutionDoesNotExist") {
    return `${name} has no execution ${execution}: an emulator forgets the oldest, AWS forgets after 90 days. Is it at another --endpoint or --region?`;
  }
  return `${name} says of ${execution}: ${messageOf(error) || kind}`;
}
