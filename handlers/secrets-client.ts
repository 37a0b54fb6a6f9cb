// As sdk/store/s3-client.ts: bundled once for all functions that have secrets.
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";

const client = new SecretsManagerClient();

/** A secret's text; undefined if it is binary. */
export async function getSecret(arn: string): Promise<string | undefined> {
  return (await client.send(new GetSecretValueCommand({ SecretId: arn }))).SecretString;
}
