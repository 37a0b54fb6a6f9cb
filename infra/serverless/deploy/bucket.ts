import { LambentError } from "../../../sdk/base/errors.ts";
import type { Json } from "../../../sdk/base/json.ts";
import type { LambentConfig } from "./config.ts";
import type { Resource } from "./framework.ts";

export const BUCKET_ID = "LambentBucket";

/** The bucket's name as a value in a template. */
export function bucketName({ bucket }: LambentConfig): Json {
  return bucket?.name ?? { Ref: BUCKET_ID };
}

/**
 * An ARN as a value in a template.
 * @param suffix nothing for the bucket's own ARN; `/key` for an object's, where the key may have wildcards
 */
export function bucketArn({ bucket }: LambentConfig, suffix: string): Json {
  return {
    "Fn::Sub":
      bucket?.name === undefined
        ? `\${${BUCKET_ID}.Arn}${suffix}`
        : `arn:\${AWS::Partition}:s3:::${bucket.name}${suffix}`,
  };
}

/**
 * The bucket and its policy. Nothing if the author names a bucket that is there already.
 * @param functions the deployed names of the functions that write to it
 * @param assets the prefix of the service's assets, and whether it has any
 * @throws {LambentError} if the author names a bucket and has settings for it
 */
export function bucketResources(
  config: LambentConfig,
  functions: readonly string[],
  assets: Assets,
): Record<string, Resource> {
  const { bucket } = config;
  if (bucket?.name !== undefined) {
    const { name, ...settings } = bucket;
    const [setting] = Object.keys(settings);
    if (setting === undefined) return {};
    throw new LambentError(
      `lambent.bucket has a name and ${setting}: Lambent does not set up ${name}, a bucket that is there already: leave one of the two out`,
    );
  }
  const policy = bucket?.onRemove === "keep" ? "Retain" : "Delete";
  return {
    [BUCKET_ID]: {
      Type: "AWS::S3::Bucket",
      DeletionPolicy: policy,
      UpdateReplacePolicy: "Retain",
      Properties: {
        BucketEncryption: {
          ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" } }],
        },
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
        OwnershipControls: { Rules: [{ ObjectOwnership: "BucketOwnerEnforced" }] },
        LifecycleConfiguration: { Rules: lifecycle(bucket?.expireAfterDays, functions, assets) },
      },
    },
    [`${BUCKET_ID}Policy`]: {
      Type: "AWS::S3::BucketPolicy",
      Properties: {
        Bucket: { Ref: BUCKET_ID },
        PolicyDocument: {
          Version: "2012-10-17",
          Statement: [
            {
              Sid: "TlsOnly",
              Effect: "Deny",
              Principal: "*",
              Action: "s3:*",
              Resource: [bucketArn(config, ""), bucketArn(config, "/*")],
              Condition: { Bool: { "aws:SecureTransport": "false" } },
            },
          ],
        },
      },
    },
  };
}

/**
 * Days after which large values expire. An execution lasts a year at most and can be redriven for two weeks after that,
 * and S3 counts days from the next midnight.
 */
const VALUES_EXPIRE_AFTER = 380;

/** The service's assets in the bucket. */
export interface Assets {
  /** What their keys begin with. */
  readonly prefix: string;
  readonly hasAny: boolean;
}

/** The tag of assets that the service no longer names: a deployment sets it, and takes it away if they come back. */
export const SUPERSEDED = { Key: "lambent", Value: "superseded" } as const;

function lifecycle(expireAfterDays: number | undefined, functions: readonly string[], assets: Assets): Json[] {
  return [
    { Id: "AbandonedUploads", Status: "Enabled", AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } },
    ...functions.map((name) => ({
      Id: `Values-${name}`,
      Status: "Enabled",
      Prefix: `${name}/values/`,
      ExpirationInDays: VALUES_EXPIRE_AFTER,
    })),
    {
      Id: "SupersededAssets",
      Status: "Enabled",
      Prefix: assets.prefix,
      TagFilters: [SUPERSEDED],
      ExpirationInDays: VALUES_EXPIRE_AFTER,
    },
    ...(expireAfterDays === undefined ? [] : expiry(expireAfterDays, functions, assets)),
  ];
}

/** An asset that is in use must not expire, however old it is, and a rule cannot leave out a prefix. */
function expiry(days: number, functions: readonly string[], { hasAny }: Assets): Json[] {
  const rule = { Status: "Enabled", ExpirationInDays: days };
  if (!hasAny) return [{ Id: "Expire", ...rule }];
  return functions.map((name) => ({ Id: `Expire-${name}`, ...rule, Prefix: `${name}/` }));
}
