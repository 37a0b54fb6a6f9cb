import { LambentError, messageOf } from "../../../sdk/base/errors.ts";
import { findServer, type Server, type ServerPlace } from "./server.ts";

/**
 * Finds the emulator, or AWS, and asks it for something.
 * @param named what is looked for there: an ARN, which says where it is, or a name
 * @throws {LambentError} if there is no server, or it refuses
 */
export async function atServer<T>(
  place: ServerPlace,
  named: string | undefined,
  ask: (server: Server) => Promise<T>,
): Promise<T> {
  const server = await findServer(place, named);
  try {
    return await ask(server);
  } catch (error) {
    throw serverError(error, server, named ?? "state machines", place);
  } finally {
    server.client.destroy();
  }
}

/** What a server's refusal means, or that it does not answer. @param wanted what it was asked for */
export function serverError(
  error: unknown,
  server: Server,
  wanted: string,
  place: Pick<ServerPlace, "aws"> = {},
): LambentError {
  if (error instanceof LambentError) return error;
  return new LambentError(explained(error, server, wanted, place), { cause: error });
}

/** Errors of the SDK that say that there are no credentials, or no region. */
const UNSET = /CredentialsProviderError|Region is missing|Could not load credentials/;
const UNREACHABLE = /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ECONNRESET|EHOSTUNREACH|ETIMEDOUT|socket hang up/;

function explained(error: unknown, { name, isAws }: Server, wanted: string, { aws }: Pick<ServerPlace, "aws">): string {
  const { name: kind = "", code = "" } = error instanceof Error ? (error as { name: string; code?: string }) : {};
  const text = `${kind} ${code} ${messageOf(error)}`;
  if (isAws && UNSET.test(text)) {
    const remedy = "set AWS_PROFILE and --region";
    if (aws === true) return `there are no credentials or no region for AWS: ${remedy}, or leave out --aws`;
    return (
      `no server has ${wanted}: no emulator of this machine can be meant, and there are no credentials or no region for AWS. ` +
      `Start \`npx serverless offline\`, name another server with --endpoint URL, or ${remedy}`
    );
  }
  if (isAws && UNREACHABLE.test(text)) {
    return `${name} cannot be reached: ${messageOf(error) || code}. Look at the network, the region and what a proxy needs`;
  }
  if (UNREACHABLE.test(text)) {
    return `nothing answers at ${name}: start \`npx serverless offline\` or \`npx lambent emulator\` there, or name another server with --endpoint URL`;
  }
  if (kind === "ExecutionDoesNotExist") {
    return `${name} has no execution ${wanted}: an emulator forgets the oldest, AWS forgets after 90 days. Is it at another --endpoint or --region?`;
  }
  return `${name} says of ${wanted}: ${messageOf(error) || kind}`;
}
