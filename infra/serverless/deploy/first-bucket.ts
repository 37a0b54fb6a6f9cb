import type { CreateStackCommandInput } from "@aws-sdk/client-cloudformation";
import { LambentError } from "../../../sdk/base/errors.ts";
import type { Json } from "../../../sdk/base/json.ts";
import { BUCKET_ID } from "./bucket.ts";
import { cloudFormation } from "./cloudformation-client.ts";
import type { Resource, Serverless, Template } from "./framework.ts";
import { deployedTemplate } from "./stack.ts";

/** Characters of a template that a request may have in it. */
const TEMPLATE_IN_REQUEST = 51_200;

/** Seconds: a bucket and its policy take less than one minute. */
const MOST_SECONDS = 600;

/**
 * Make the bucket before the rest of the stack. Provisioned replicas load what they preload while CloudFormation makes
 * them, and no hook comes between two resources of one stack; so the bucket goes into the stack one step ahead.
 * @throws {LambentError} if the stack that is there is too large to be changed by one request
 */
export async function makeBucketFirst(serverless: Serverless): Promise<void> {
  const { coreCloudFormationTemplate: core, compiledCloudFormationTemplate: compiled } = serverless.service.provider;
  if (compiled === undefined) return;
  const resources = resourcesWith(compiled, [BUCKET_ID, `${BUCKET_ID}Policy`]);
  const deployed = await deployedTemplate(serverless);
  if (deployed.Resources?.[BUCKET_ID] !== undefined) return;
  if (deployed.Resources === undefined && core !== undefined) {
    Object.assign(core.Resources, resources); // the framework makes the stack of it, in a moment
    return;
  }
  const template = { ...deployed, Resources: { ...deployed.Resources, ...resources } };
  await changeStack(serverless, template, deployed.Resources === undefined);
}

/** Resources of a template, and those that they refer to. */
function resourcesWith({ Resources }: Template, ids: readonly string[]): Record<string, Resource> {
  const found: Record<string, Resource> = {};
  const waiting = [...ids];
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    const resource = Resources[id];
    if (resource === undefined || found[id] !== undefined) continue;
    found[id] = resource;
    waiting.push(...namesIn(resource as unknown as Json)); // a resource is JSON
  }
  return found;
}

/** All texts: what a resource refers to stands in `Ref`, `Fn::GetAtt`, `Fn::Sub` or `DependsOn`. */
function namesIn(json: Json): string[] {
  if (typeof json === "string") return json.match(/[A-Za-z0-9]+/g) ?? [];
  return typeof json === "object" && json !== null ? Object.values(json).flatMap(namesIn) : [];
}

async function changeStack(serverless: Serverless, template: object, isNew: boolean): Promise<void> {
  const { CloudFormationClient, CreateStackCommand, UpdateStackCommand, ...waiters } = await cloudFormation();
  const provider = serverless.getProvider("aws");
  const StackName = provider.naming.getStackName();
  const TemplateBody = JSON.stringify(template);
  if (TemplateBody.length > TEMPLATE_IN_REQUEST) {
    throw new LambentError(
      `stack ${StackName} has no bucket for assets yet: deploy once without asset(…), which makes it, and then with it`,
    );
  }
  const tags = { STAGE: provider.getStage(), ...serverless.service.provider.stackTags };
  const RoleARN = provider.getCustomDeploymentRole();
  const input: CreateStackCommandInput = {
    StackName,
    TemplateBody,
    Capabilities: ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
    Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
    ...("Parameters" in template
      ? {
          Parameters: Object.keys(Object(template.Parameters)).map((ParameterKey) => ({
            ParameterKey,
            UsePreviousValue: true,
          })),
        }
      : {}),
    ...(RoleARN === undefined ? {} : { RoleARN }),
  };
  const client = new CloudFormationClient(await provider.getAwsSdkV3Config());
  try {
    const waiting = { client, maxWaitTime: MOST_SECONDS, minDelay: 1, maxDelay: 5 };
    if (isNew) {
      await client.send(new CreateStackCommand(input));
      await waiters.waitUntilStackCreateComplete(waiting, { StackName });
    } else {
      await client.send(new UpdateStackCommand(input));
      await waiters.waitUntilStackUpdateComplete(waiting, { StackName });
    }
  } finally {
    client.destroy();
  }
}
