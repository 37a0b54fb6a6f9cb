import type { S3Client } from "@aws-sdk/client-s3";
import { LambentError } from "../../../sdk/base/errors.ts";
import { stateMachineName } from "../../project/names.ts";
import { BUCKET_ID } from "./bucket.ts";
import { cloudFormation } from "./cloudformation-client.ts";
import { COOLING_MACHINE } from "./cooling-ids.ts";
import type { LambentConfig } from "./config.ts";
import { partOf } from "./part-ids.ts";
import type { PluginTools, Serverless, Template } from "./framework.ts";

/** Add the deployed workflows and the bucket to what the framework prints after `info` and `deploy`. */
export async function showWorkflows(serverless: Serverless): Promise<void> {
  const resources = await stackResources(serverless);
  const prefix = stateMachineName(
    { service: serverless.service.service, stage: serverless.getProvider("aws").getStage() },
    { workflow: "" },
  );
  const workflows = resources
    .filter(
      ({ id, type }) =>
        type === "AWS::StepFunctions::StateMachine" && id !== COOLING_MACHINE && partOf(id) === undefined,
    )
    .map(({ name: arn }) => `${arn.slice(arn.lastIndexOf(":") + 1).replace(prefix, "")}: ${arn}`);
  if (workflows.length > 0) serverless.addServiceOutputSection("workflows", workflows.toSorted());
  const bucket = resources.find(({ id }) => id === BUCKET_ID);
  if (bucket !== undefined) serverless.addServiceOutputSection("bucket", [bucket.name]);
}

/** The name of the service's bucket, if it is deployed. */
export async function deployedBucket(serverless: Serverless): Promise<string | undefined> {
  return (await stackResources(serverless)).find(({ id }) => id === BUCKET_ID)?.name;
}

/** A client of S3 with the framework's credentials. */
export async function s3Client(serverless: Serverless): Promise<S3Client> {
  const { S3Client } = await import("@aws-sdk/client-s3");
  // A server on this machine has no host name for each bucket.
  const forcePathStyle = process.env["AWS_ENDPOINT_URL"] !== undefined;
  return new S3Client({ ...(await serverless.getProvider("aws").getAwsSdkV3Config()), forcePathStyle });
}

/**
 * Empty the bucket before its stack is removed, because CloudFormation does not delete a bucket with objects in it. A
 * bucket that the author named or wants to keep stays as it is. The log says what is done. Whether CloudFormation
 * deletes the bucket is read from the deployed template, since serverless.yml may have been edited after the
 * deployment.
 * @throws {LambentError} if serverless.yml says to keep the bucket and the deployed template says to delete it
 */
export async function emptyBucket(
  serverless: Serverless,
  config: LambentConfig | undefined,
  log: PluginTools["log"],
): Promise<void> {
  if (config?.bucket?.name !== undefined) {
    log.notice(
      `Lambent: bucket ${config.bucket.name} is your own (lambent.bucket.name): it stays, with all its objects`,
    );
  }
  const bucket = await deployedBucket(serverless);
  if (bucket === undefined) return;
  if (await isRetained(serverless)) {
    log.notice(`Lambent: bucket ${bucket} is kept with all its objects (deployed with lambent.bucket.onRemove: keep)`);
    return;
  }
  if (config?.bucket?.onRemove === "keep") {
    throw new LambentError(
      `bucket ${bucket} was deployed to go with the stack, and lambent.bucket.onRemove: keep was not deployed since: run \`serverless deploy\` first, then remove`,
    );
  }
  const client = await s3Client(serverless);
  try {
    const count = await deleteObjects(client, bucket);
    if (count === undefined) {
      log.notice(`Lambent: bucket ${bucket} is gone already`);
      return;
    }
    log.notice(
      `Lambent: ${count} objects deleted from bucket ${bucket}, which goes with the stack (lambent.bucket.onRemove: keep would keep them)`,
    );
  } finally {
    client.destroy();
  }
}

/**
 * Delete all objects, in all versions if the bucket has versions.
 * @returns how many; `undefined` if there is no such bucket
 */
async function deleteObjects(client: S3Client, bucket: string): Promise<number | undefined> {
  const { DeleteObjectsCommand, ListObjectVersionsCommand } = await import("@aws-sdk/client-s3");
  let count = 0;
  for (;;) {
    const listed = await client.send(new ListObjectVersionsCommand({ Bucket: bucket })).catch(ifNoBucket);
    if (listed === undefined) return undefined;
    const { Versions = [], DeleteMarkers = [] } = listed;
    const Objects = [...Versions, ...DeleteMarkers].flatMap(({ Key, VersionId }) =>
      Key === undefined ? [] : [{ Key, ...(VersionId === undefined ? {} : { VersionId }) }],
    );
    if (Objects.length === 0) return count;
    const { Errors = [] } = await client.send(
      new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } }),
    );
    const [error] = Errors;
    if (error !== undefined) {
      throw new LambentError(`s3://${bucket}/${error.Key} was not deleted: ${error.Code} ${error.Message}`);
    }
    count += Objects.length;
  }
}

function ifNoBucket(error: unknown): undefined {
  if (error instanceof Error && error.name === "NoSuchBucket") return undefined;
  throw error;
}

/** Whether the bucket is kept when the stack is removed, according to the deployed template. */
async function isRetained(serverless: Serverless): Promise<boolean> {
  const { Resources } = await deployedTemplate(serverless);
  return Resources?.[BUCKET_ID]?.DeletionPolicy?.startsWith("Retain") ?? false;
}

/** The template that was deployed last; empty if there is no such stack yet. */
export async function deployedTemplate(serverless: Serverless): Promise<Partial<Template>> {
  const { CloudFormationClient, GetTemplateCommand } = await cloudFormation();
  const provider = serverless.getProvider("aws");
  const client = new CloudFormationClient(await provider.getAwsSdkV3Config());
  try {
    const { TemplateBody = "{}" } = await client.send(
      new GetTemplateCommand({ StackName: provider.naming.getStackName() }),
    );
    return JSON.parse(TemplateBody) as Partial<Template>; // the framework deploys a template in JSON
  } catch (error) {
    if (isMissingStack(error)) return {};
    throw error;
  } finally {
    client.destroy();
  }
}

interface StackResource {
  /** CloudFormation's logical id. */
  readonly id: string;
  readonly type: string;
  /** CloudFormation's physical id: a bucket's name, a state machine's ARN. */
  readonly name: string;
}

/** The resources of the deployed stack; none if there is no such stack. */
async function stackResources(serverless: Serverless): Promise<StackResource[]> {
  const { CloudFormationClient, paginateListStackResources } = await cloudFormation();
  const provider = serverless.getProvider("aws");
  const client = new CloudFormationClient(await provider.getAwsSdkV3Config());
  const found: StackResource[] = [];
  try {
    for await (const { StackResourceSummaries = [] } of paginateListStackResources(
      { client },
      { StackName: provider.naming.getStackName() },
    )) {
      for (const {
        LogicalResourceId: id = "",
        ResourceType: type = "",
        PhysicalResourceId: name = "",
        ResourceStatus: status,
      } of StackResourceSummaries) {
        // The list also has resources that were deleted, or that a failed deployment did not create.
        if (name !== "" && status !== "DELETE_COMPLETE") found.push({ id, type, name });
      }
    }
    return found;
  } catch (error) {
    if (isMissingStack(error)) return [];
    throw error;
  } finally {
    client.destroy();
  }
}

function isMissingStack(error: unknown): boolean {
  return error instanceof Error && error.name === "ValidationError" && error.message.includes("does not exist");
}
