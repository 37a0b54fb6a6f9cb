import type { S3Client } from "@aws-sdk/client-s3";
import { LambentError, messageOf } from "../../../sdk/base/errors.ts";
import { assetKey, ASSETS } from "../../../sdk/values/asset-file.ts";
import type { AssetSource } from "../../project/assets.ts";
import { SUPERSEDED } from "./bucket.ts";
import type { LambentConfig } from "./config.ts";
import type { PluginTools, Serverless } from "./framework.ts";
import { makeBucketFirst } from "./first-bucket.ts";
import { deployedBucket, s3Client } from "./stack.ts";
import { uploadObject } from "./upload-object.ts";

/** The service's assets, as they are deployed. */
export interface DeployedAssets {
  /** What all keys of the service begin with. */
  readonly keyPrefix: string;
  readonly files: readonly AssetSource[];
}

/** Bytes that S3 copies in one request. */
const COPY_LIMIT = 5 * 1024 ** 3;

/** Milliseconds between two lines about one upload. */
const INTERVAL = 3000;

/**
 * The assets of a service while it is deployed. They are in the bucket before the stack is updated, since provisioned
 * replicas load what they preload during that. What the new deployment no longer names is kept for executions that are
 * still running, and expires a year and two weeks later: then none can be left that was started with it.
 */
export class AssetDeployment {
  readonly #serverless: Serverless;
  readonly #config: LambentConfig;
  readonly #assets: DeployedAssets;
  readonly #log: PluginTools["log"];

  constructor(serverless: Serverless, config: LambentConfig, assets: DeployedAssets, log: PluginTools["log"]) {
    this.#serverless = serverless;
    this.#config = config;
    this.#assets = assets;
    this.#log = log;
  }

  /** Before the framework makes the stack, if there is none: the bucket has to be there before all the rest. */
  async makeBucket(): Promise<void> {
    if (this.#assets.files.length > 0 && this.#config.bucket?.name === undefined)
      await makeBucketFirst(this.#serverless);
  }

  /** Upload what is not there yet. */
  async upload(): Promise<void> {
    const { files } = this.#assets;
    if (files.length === 0) return;
    await this.#withBucket(async (client, bucket) => {
      await this.#checkPackaged(client, bucket);
      let uploaded = 0;
      for (const file of files) if (await this.#uploadOne(client, bucket, file)) uploaded++;
      this.#log.notice(
        `Lambent: ${files.length} ${files.length === 1 ? "asset" : "assets"}, ${uploaded} uploaded to bucket ${bucket}`,
      );
    });
  }

  /** Once the stack is updated: mark what it does not name. In a bucket of the author's own nothing expires. */
  async expireOthers(): Promise<void> {
    if (this.#config.bucket?.name !== undefined) return;
    try {
      await this.#withBucket((client, bucket) => this.#markOthers(client, bucket));
    } catch (error) {
      // The service is deployed, and may have no assets at all; what could not be marked stays until the next time.
      this.#log.warning(`Lambent: old assets were not marked, and do not expire yet: ${messageOf(error)}`);
    }
  }

  async #markOthers(client: S3Client, Bucket: string): Promise<void> {
    const { GetObjectTaggingCommand, paginateListObjectsV2 } = await import("@aws-sdk/client-s3");
    const named = new Set([...this.#keys(), ...this.#packagedKeys()]);
    const Prefix = `${this.#assets.keyPrefix}${ASSETS}`;
    for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket, Prefix })) {
      for (const { Key = "", Size = 0 } of Contents) {
        if (named.has(Key)) continue;
        const { TagSet = [] } = await client.send(new GetObjectTaggingCommand({ Bucket, Key }));
        if (!isSuperseded(TagSet)) await this.#renew(client, Bucket, Key, Size, true);
      }
    }
  }

  #keys(): string[] {
    return this.#assets.files.map(({ file }) => assetKey(file, { ...this.#assets, bucket: "" }));
  }

  /** Those that the template names: where it was packaged earlier, the files may have changed since. */
  #packagedKeys(): string[] {
    const text = JSON.stringify(this.#serverless.service.provider.compiledCloudFormationTemplate ?? {});
    const prefix = `${this.#assets.keyPrefix}${ASSETS}`;
    return [...text.matchAll(/\/([\w.-]+\/assets\/[0-9a-f]{64}\/[^"\\]+)/g)]
      .map(([, key = ""]) => key)
      .filter((key) => key.startsWith(prefix));
  }

  /** @throws {LambentError} if a package needs a content that is neither here nor in the bucket */
  async #checkPackaged(client: S3Client, Bucket: string): Promise<void> {
    const { HeadObjectCommand } = await import("@aws-sdk/client-s3");
    const here = new Set(this.#keys());
    for (const Key of this.#packagedKeys().filter((key) => !here.has(key))) {
      if ((await client.send(new HeadObjectCommand({ Bucket, Key })).catch(ifNotFound)) !== undefined) continue;
      throw new LambentError(
        `the package was made with another content of ${Key.slice(Key.lastIndexOf("/") + 1)} than is here, which was never uploaded: package again`,
      );
    }
  }

  /** @returns whether it had to be uploaded */
  async #uploadOne(client: S3Client, bucket: string, { file, source }: AssetSource): Promise<boolean> {
    const { GetObjectTaggingCommand, HeadObjectCommand } = await import("@aws-sdk/client-s3");
    const key = assetKey(file, { ...this.#assets, bucket });
    const object = { Bucket: bucket, Key: key };
    const there = await client.send(new HeadObjectCommand(object)).catch(ifNotFound);
    if (there?.ContentLength === file.size) {
      if (this.#config.bucket?.name !== undefined) return false;
      const { TagSet = [] } = await client.send(new GetObjectTaggingCommand(object));
      if (isSuperseded(TagSet)) await this.#renew(client, bucket, key, file.size, false);
      return false;
    }
    const progress = new UploadProgress(file.path, file.size, (line) => this.#log.notice(`Lambent: ${line}`));
    await uploadObject(client, { source, bucket, key, hash: file.version, size: file.size }, (bytes) =>
      progress.sent(bytes),
    );
    return true;
  }

  /**
   * Copy an object onto itself, with the tag or without: its age, by which it expires, begins anew. What is too large to
   * be copied at once stays as it is, and so never expires.
   */
  async #renew(client: S3Client, Bucket: string, Key: string, size: number, superseded: boolean): Promise<void> {
    if (size > COPY_LIMIT) return;
    const { CopyObjectCommand } = await import("@aws-sdk/client-s3");
    await client.send(
      new CopyObjectCommand({
        Bucket,
        Key,
        CopySource: `${Bucket}/${encodeURIComponent(Key).replaceAll("%2F", "/")}`,
        MetadataDirective: "REPLACE", // without a change S3 refuses to copy an object onto itself
        TaggingDirective: "REPLACE",
        Tagging: superseded ? `${SUPERSEDED.Key}=${SUPERSEDED.Value}` : "",
      }),
    );
  }

  /** Nothing is done where there is no bucket. */
  async #withBucket(work: (client: S3Client, bucket: string) => Promise<void>): Promise<void> {
    const bucket = this.#config.bucket?.name ?? (await deployedBucket(this.#serverless));
    if (bucket === undefined) return;
    const client = await s3Client(this.#serverless);
    try {
      await work(client, bucket);
    } finally {
      client.destroy();
    }
  }
}

function isSuperseded(
  tags: readonly { readonly Key?: string | undefined; readonly Value?: string | undefined }[],
): boolean {
  return tags.some(({ Key, Value }) => Key === SUPERSEDED.Key && Value === SUPERSEDED.Value);
}

function ifNotFound(error: unknown): undefined {
  if (error instanceof Error && error.name === "NotFound") return undefined;
  throw error;
}

/** Lines about an upload that takes long. */
class UploadProgress {
  readonly #path: string;
  readonly #size: number;
  readonly #say: (line: string) => void;
  readonly #startedAt = Date.now();
  #bytes = 0;
  #saidAt = this.#startedAt;

  constructor(path: string, size: number, say: (line: string) => void) {
    this.#path = path;
    this.#size = size;
    this.#say = say;
  }

  sent(bytes: number): void {
    this.#bytes += bytes;
    const now = Date.now();
    const isDone = this.#bytes >= this.#size;
    if (!isDone && now - this.#saidAt < INTERVAL) return;
    this.#saidAt = now;
    const [sent, size] = [this.#bytes, this.#size].map((count) => (count / 1e6).toFixed(1));
    this.#say(
      isDone
        ? `${this.#path}: ${size} MB uploaded in ${((now - this.#startedAt) / 1000).toFixed(1)} s`
        : `${this.#path}: ${sent} of ${size} MB uploaded`,
    );
  }
}
