import { LambentError } from "../sdk/base/errors.ts";

/**
 * Read secrets into environment variables, all at once. A variable that is set already stays as it is, so that a
 * machine without access to the secrets can set them itself.
 * @param secrets by variable, the ARN of a Secrets Manager secret or of an SSM parameter
 * @throws {LambentError} if one cannot be read, which fails the initialisation of the instance
 */
export async function readSecrets(secrets: Readonly<Record<string, string>>): Promise<void> {
  const missing = Object.entries(secrets).filter(([variable]) => process.env[variable] === undefined);
  const values = await Promise.all(
    missing.map(async ([variable, arn]) => [variable, await read(variable, arn)] as const),
  );
  for (const [variable, value] of values) process.env[variable] = value;
}

async function read(variable: string, arn: string): Promise<string> {
  const value = await fetchText(arn).catch((cause: unknown) => {
    throw new LambentError(`secret ${variable}: ${arn} cannot be read: ${String(cause)}`, { cause });
  });
  if (value === undefined) throw new LambentError(`secret ${variable}: ${arn} has no text: store it as a string`);
  return value;
}

/**
 * The clients for the two services are in chunks of their own, so a function loads only those that its secrets need.
 */
async function fetchText(arn: string): Promise<string | undefined> {
  if (arn.includes(":ssm:")) {
    const { getParameter } = await import("./ssm-client.ts");
    return getParameter(arn);
  }
  const { getSecret } = await import("./secrets-client.ts");
  return getSecret(arn);
}
