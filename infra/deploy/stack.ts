import type { CloudFormationClientConfig } from "@aws-sdk/client-cloudformation";
import type { S3Client } from "@aws-sdk/client-s3";
import type { LambentConfig } from "./config.ts";
import type { PluginTools, Serverless } from "./framework.ts";

/** Print the deployed workflows beside the framework's own output of `info` and `deploy`. */
export async function showWorkflows(serverless: Serverless): Promise<void> {
  const outputs = await stackOutputs(serverless);
  const workflows = outputs.filter(({ description }) => description.startsWith("workflow "));
  if (workflows.length > 0) {
    serverless.addServiceOutputSection(
      "workflows",
      workflows.map(({ description, value }) => `${description.slice("workflow ".length)}: ${value}`),
    );
  }
  const bucket = outputs.find(({ key }) => key === "LambentBucketName");
  if (bucket !== undefined) serverless.addServiceOutputSection("bucket", [bucket.value]);
}

/**
 * Before a stack is removed: CloudFormation deletes no bucket that has objects in it. What becomes of them is said.
 * A bucket that the author brought along, or wants to keep, stays as it is.
 */
export async function emptyBucket(
  serverless: Serverless,
  config: LambentConfig | undefined,
  log: PluginTools["log"],
): Promise<void> {
  const bucket = (await stackOutputs(serverless)).find(({ key }) => key === "LambentBucketName")?.value;
  if (bucket === undefined) return;
  if (config?.bucket?.name !== undefined) {
    log.notice(`Lambent: bucket ${bucket} is your own (lambent.bucket.name): it stays, with all its objects`);
    return;
  }
  if (config?.bucket?.onRemove === "keep") {
    log.notice(`Lambent: bucket ${bucket} is kept with all its objects (lambent.bucket.onRemove: keep)`);
    return;
  }
  const { S3Client } = await import("@aws-sdk/client-s3");
  const client = new S3Client({
    ...(await serverless.getProvider("aws").getAwsSdkV3Config()),
    forcePathStyle: process.env["AWS_ENDPOINT_URL"] !== undefined,
  });
  try {
    const count = await deleteObjects(client, bucket);
    log.notice(
      `Lambent: ${count} objects deleted from bucket ${bucket}, which goes with the stack (lambent.bucket.onRemove: keep would keep it)`,
    );
  } finally {
    client.destroy();
  }
}

async function deleteObjects(client: S3Client, bucket: string): Promise<number> {
  const { DeleteObjectsCommand, ListObjectsV2Command } = await import("@aws-sdk/client-s3");
  let count = 0;
  for (;;) {
    const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket }));
    if (Contents.length === 0) return count;
    const Objects = Contents.flatMap(({ Key }) => (Key === undefined ? [] : [{ Key }]));
    const { Errors = [] } = await client.send(
      new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } }),
    );
    const [error] = Errors;
    if (error !== undefined)
      throw new Error(`s3://${bucket}/${error.Key} was not deleted: ${error.Code} ${error.Message}`);
    count += Objects.length;
  }
}

interface Output {
  readonly key: string;
  readonly value: string;
  readonly description: string;
}

/** None if there is no such stack. */
async function stackOutputs(serverless: Serverless): Promise<Output[]> {
  const { CloudFormationClient, DescribeStacksCommand } = await import("@aws-sdk/client-cloudformation");
  const provider = serverless.getProvider("aws");
  const config: CloudFormationClientConfig = await provider.getAwsSdkV3Config();
  const client = new CloudFormationClient(config);
  try {
    const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName: provider.naming.getStackName() }));
    return (Stacks[0]?.Outputs ?? []).map(({ OutputKey = "", OutputValue = "", Description = "" }) => ({
      key: OutputKey,
      value: OutputValue,
      description: Description,
    }));
  } catch (error) {
    if (error instanceof Error && error.name === "ValidationError" && error.message.includes("does not exist"))
      return [];
    throw error;
  } finally {
    client.destroy();
  }
}
