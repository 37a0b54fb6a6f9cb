import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { LambentError } from "../../../sdk/base/errors.ts";
import type { Json } from "../../../sdk/base/json.ts";
import { fields } from "../../asl/states.ts";
import type { PluginTools, Serverless, Template } from "./framework.ts";
import { s3Client } from "./stack.ts";

// The definitions of a workflow that is divided among several state machines are together more than a template may have.
// So they lie in the bucket that the framework uploads code to, under a key that is made of their content: what has not
// changed is not deployed again, and `serverless rollback` finds what earlier templates name.

/** A definition that lies in S3. */
export interface StoredDefinition {
  readonly key: string;
  readonly text: string;
}

/** Where definitions lie that a template has no room for. */
export interface DefinitionStorage {
  /** The bucket's name, as a value in a template. */
  readonly bucket: Json;
  /** What all keys begin with. */
  readonly keyPrefix: string;
}

export function definitionStorage(serverless: Serverless): DefinitionStorage {
  const { service } = serverless;
  const { deploymentBucket } = fields(service["package"] as Json); // of serverless.yml, and what the framework adds
  const provider = serverless.getProvider("aws");
  return {
    bucket: deploymentBucket ?? { Ref: "ServerlessDeploymentBucket" },
    keyPrefix: `${provider.getDeploymentPrefix()}/${service.service}/${provider.getStage()}/definitions/`,
  };
}

export function storedDefinition(text: string, { keyPrefix }: DefinitionStorage): StoredDefinition {
  return { key: `${keyPrefix}${createHash("sha256").update(text).digest("hex")}.json`, text };
}

/** Beside the functions' zips. */
function packaged(serviceDir: string, key: string): string {
  return join(serviceDir, ".serverless", basename(key));
}

export function writeDefinitions(serviceDir: string, definitions: readonly StoredDefinition[]): void {
  if (definitions.length > 0) mkdirSync(join(serviceDir, ".serverless"), { recursive: true });
  for (const { key, text } of definitions) writeFileSync(packaged(serviceDir, key), text);
}

/** The keys of the definitions that a template names. */
function keysIn({ Resources }: Template, keyPrefix: string): string[] {
  const keys = Object.values(Resources).map(({ Properties }) => fields(Properties?.["DefinitionS3Location"])["Key"]);
  return keys.filter((key): key is string => typeof key === "string" && key.startsWith(keyPrefix));
}

/**
 * Upload the definitions that the packaged template names, those that are not there yet.
 * @throws {LambentError} if the package does not have one of them
 */
export async function uploadDefinitions(serverless: Serverless, log: PluginTools["log"]): Promise<void> {
  const { compiledCloudFormationTemplate: template } = serverless.service.provider;
  const keys = template === undefined ? [] : keysIn(template, definitionStorage(serverless).keyPrefix);
  if (keys.length === 0) return;
  const { HeadObjectCommand, PutObjectCommand } = await import("@aws-sdk/client-s3");
  const Bucket = await serverless.getProvider("aws").getServerlessDeploymentBucketName();
  const client = await s3Client(serverless);
  let uploaded = 0;
  try {
    for (const Key of keys) {
      const isThere = await client.send(new HeadObjectCommand({ Bucket, Key })).then(
        () => true,
        (error: unknown) => {
          if (error instanceof Error && error.name === "NotFound") return false;
          throw error;
        },
      );
      if (isThere) continue;
      const Body = packagedText(serverless.serviceDir, Key);
      await client.send(new PutObjectCommand({ Bucket, Key, Body, ContentType: "application/json" }));
      uploaded++;
    }
  } finally {
    client.destroy();
  }
  log.notice(`Lambent: ${keys.length} definitions of divided workflows, ${uploaded} uploaded to bucket ${Bucket}`);
}

function packagedText(serviceDir: string, key: string): string {
  try {
    return readFileSync(packaged(serviceDir, key), "utf8");
  } catch (error) {
    throw new LambentError(
      `${packaged(serviceDir, key)} is not there, a state machine's definition that the packaged template names: package again`,
      { cause: error },
    );
  }
}
