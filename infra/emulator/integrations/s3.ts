import type { S3ClientConfig } from "@aws-sdk/client-s3";
import type { Json } from "../../../sdk/base/json.ts";
import { ApiError } from "../kernel/api-error.ts";
import { serviceError } from "./aws-error.ts";
import type { Integration } from "./integrations.ts";

/** The actions of S3 that a Task may call as `aws-sdk:s3:…`. */
export const S3_ACTIONS: readonly string[] = [
  "copyObject",
  "createBucket",
  "deleteBucket",
  "deleteObject",
  "deleteObjects",
  "getObject",
  "headBucket",
  "headObject",
  "listBuckets",
  "listObjects",
  "listObjectsV2",
  "putObject",
];

/** Calls S3 with the AWS SDK, which is loaded at first use. */
export function s3Action(action: string, config: S3ClientConfig): Integration {
  return async (input, { cancellation }) => {
    const sdk = await import("@aws-sdk/client-s3");
    const client = new sdk.S3(config);
    const call: unknown = Reflect.get(client, action);
    if (typeof call !== "function") throw new ApiError("UnknownOperation", `S3 has no action ${action}`);
    const body = input.Body === undefined || typeof input.Body === "string" ? {} : { Body: JSON.stringify(input.Body) };
    try {
      const answer: unknown = await call.call(client, { ...input, ...body }, { abortSignal: cancellation.signal });
      return await plain(answer);
    } catch (error) {
      throw serviceError("S3", error);
    } finally {
      client.destroy();
    }
  };
}

/** The SDK's answer as JSON: streams read, times as ISO 8601, metadata left out. */
async function plain(value: unknown): Promise<Json> {
  if (value === null || typeof value === "string" || typeof value === "number" || typeof value === "boolean")
    return value;
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return Promise.all(value.map(plain));
  if (typeof value !== "object") return null;
  if ("transformToString" in value && typeof value.transformToString === "function")
    return String(await value.transformToString());
  const entries = Object.entries(value).filter(([key, part]) => key !== "$metadata" && part !== undefined);
  return Object.fromEntries(
    await Promise.all(entries.map(async ([key, part]): Promise<[string, Json]> => [key, await plain(part)])),
  );
}
