import type { S3Client, S3ClientConfig } from "@aws-sdk/client-s3";
import { StateError } from "../../language/state-error.ts";
import { S3_NOWHERE } from "./s3-access.ts";

/** What a Distributed Map needs of S3. */
export interface Objects {
  /** @throws {StateError} `S3.NoSuchKeyException` and the like. */
  get(bucket: string, key: string): Promise<Buffer>;
  put(bucket: string, key: string, body: string): Promise<void>;
  /** All objects under a prefix, over all pages. */
  list(bucket: string, prefix: string): Promise<readonly ListedObject[]>;
}

export interface ListedObject {
  readonly Etag: string;
  readonly Key: string;
  /** Seconds since the epoch. */
  readonly LastModified: number;
  readonly Size: number;
  readonly StorageClass: string;
}

function sdk(): Promise<typeof import("@aws-sdk/client-s3")> {
  return import("@aws-sdk/client-s3");
}

/**
 * Objects in S3, or in what speaks its protocol. The client is loaded at first use.
 * @param config undefined: there is no S3, and each request fails
 */
export function s3Objects(config: S3ClientConfig | undefined): Objects {
  let client: S3Client | undefined;
  async function connect(): Promise<S3Client> {
    if (config === undefined) throw new StateError("States.Runtime", S3_NOWHERE);
    const { S3Client } = await sdk();
    return (client ??= new S3Client(config));
  }
  return {
    async get(Bucket, Key) {
      const { GetObjectCommand } = await sdk();
      const s3 = await connect();
      const { Body } = await translated(s3.send(new GetObjectCommand({ Bucket, Key })));
      return Buffer.from((await Body?.transformToByteArray()) ?? []);
    },
    async put(Bucket, Key, Body) {
      const { PutObjectCommand } = await sdk();
      const s3 = await connect();
      await translated(s3.send(new PutObjectCommand({ Bucket, Key, Body, ContentType: "application/json" })));
    },
    async list(Bucket, Prefix) {
      const { paginateListObjectsV2 } = await sdk();
      const found: ListedObject[] = [];
      const pages = paginateListObjectsV2({ client: await connect() }, { Bucket, Prefix });
      async function read(): Promise<void> {
        for await (const { Contents = [] } of pages) {
          for (const { ETag = "", Key = "", LastModified, Size = 0, StorageClass = "STANDARD" } of Contents) {
            found.push({ Etag: ETag, Key, LastModified: (LastModified?.getTime() ?? 0) / 1000, Size, StorageClass });
          }
        }
      }
      await translated(read());
      return found;
    },
  };
}

async function translated<T>(request: Promise<T>): Promise<T> {
  try {
    return await request;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new StateError(`S3.${error.name.replace(/(Exception)?$/, "Exception")}`, error.message);
  }
}
