// As sdk/store/s3-client.ts: bundled once for all functions that have secrets.
import { GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm";

const client = new SSMClient();

/** A parameter's text, decrypted. */
export async function getParameter(arn: string): Promise<string | undefined> {
  return (await client.send(new GetParameterCommand({ Name: arn, WithDecryption: true }))).Parameter?.Value;
}
