import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type {
  GetObjectCommandOutput,
  HeadObjectCommandOutput,
  PutObjectCommandOutput,
  S3ClientConfig,
} from "@aws-sdk/client-s3";
import { LambentError } from "../base/errors.ts";
import type { ByteRange, ObjectBody, ObjectInfo, ObjectStore, PutOptions } from "./object-store.ts";
import {
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from "./s3-client.ts";

/** How often a request that fails is sent in all. */
const ATTEMPTS = 5;

/**
 * The client warns that it does not send a stream again after a failure; `#send` below does so. Errors are thrown
 * whether they are logged or not.
 */
const SILENT = { debug: ignore, info: ignore, warn: ignore, error: ignore };

function ignore(): void {}

/** Bytes that S3 takes in one PutObject request. */
const PUT_LIMIT = 5 * 1024 ** 3;

/** An object was not read to its end: another attempt may read it. */
export class DownloadFailed extends LambentError {
  override readonly name = "DownloadFailed";
}

/** Objects in S3. A request that is throttled, gets a 5xx answer or loses its connection is tried 5 times in all. */
export class S3Store implements ObjectStore {
  readonly #client: S3Client;

  /** @param config of the AWS SDK's `S3Client`. Default: region and credentials from the environment */
  constructor(config: S3ClientConfig = {}) {
    this.#client = new S3Client({ maxAttempts: ATTEMPTS, logger: SILENT, ...config });
  }

  async head(bucket: string, key: string): Promise<ObjectInfo | undefined> {
    const found = await this.#head(bucket, key);
    return found === undefined ? undefined : { version: found.ETag ?? "", size: found.ContentLength ?? 0 };
  }

  async writtenAt(bucket: string, key: string): Promise<Date | undefined> {
    return (await this.#head(bucket, key))?.LastModified;
  }

  async #head(bucket: string, key: string): Promise<HeadObjectCommandOutput | undefined> {
    try {
      return await this.#client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
    } catch (error) {
      if (await this.#isMissing(error, bucket, key)) return undefined;
      throw error;
    }
  }

  async get(bucket: string, key: string): Promise<Buffer | undefined> {
    try {
      const first = await this.#open(bucket, key);
      const chunks: Uint8Array[] = [];
      for await (const chunk of this.#bytes(bucket, key, first, 0)) chunks.push(chunk);
      return Buffer.concat(chunks);
    } catch (error) {
      if (await this.#isMissing(error, bucket, key)) return undefined;
      throw error;
    }
  }

  async stream(bucket: string, key: string, version?: string, range?: ByteRange): Promise<Readable> {
    if (version !== undefined && !isEntityTag(version)) throw otherVersion(bucket, key);
    try {
      const first = await this.#open(bucket, key, version, range);
      return Readable.from(this.#bytes(bucket, key, first, range?.start ?? 0), { objectMode: false });
    } catch (error) {
      if (statusOf(error) === 412) throw otherVersion(bucket, key, error);
      if (await this.#isMissing(error, bucket, key)) {
        throw new LambentError(`s3://${bucket}/${key}: no such object`, { cause: error });
      }
      throw error;
    }
  }

  /**
   * Whether a request has failed because there is no such object. S3 answers 403 for that to whoever may not list the
   * object's bucket. Functions may list the keys that they may read, and no others, and S3 sees no such limit in a request
   * for one object. So the key is looked for.
   */
  async #isMissing(error: unknown, bucket: string, key: string): Promise<boolean> {
    if (statusOf(error) !== 403) return statusOf(error) === 404;
    try {
      const { Contents = [] } = await this.#client.send(
        new ListObjectsV2Command({ Bucket: bucket, Prefix: key, MaxKeys: 1 }),
      );
      return Contents[0]?.Key !== key;
    } catch {
      return false; // it is the first request that was not allowed
    }
  }

  async put(bucket: string, key: string, body: ObjectBody, options: PutOptions = {}): Promise<ObjectInfo> {
    const size = Buffer.isBuffer(body) ? body.byteLength : (await stat(body.file)).size;
    if (size > PUT_LIMIT) {
      throw new LambentError(
        `s3://${bucket}/${key} would have ${size} bytes, S3 takes ${PUT_LIMIT} at once: write several files`,
      );
    }
    for (let attempt = 1; ; attempt++) {
      try {
        const { ETag = "" } = await this.#send(bucket, key, body, size, options);
        return { version: ETag, size };
      } catch (error) {
        // 412: the object is there. 409: another writer is putting it now, which may still fail.
        if (options.ifAbsent !== true || ![409, 412].includes(statusOf(error) ?? 0)) throw error;
        const info = await this.head(bucket, key);
        if (info !== undefined) return info;
        if (attempt === ATTEMPTS) throw error;
        await sleep(Math.random() * 100 * 2 ** attempt);
      }
    }
  }

  async swap(bucket: string, key: string, body: Buffer, from: string | undefined): Promise<ObjectInfo | undefined> {
    try {
      const { ETag = "" } = await this.#client.send(
        new PutObjectCommand({
          Bucket: bucket,
          Key: key,
          Body: body,
          ...(from === undefined ? { IfNoneMatch: "*" } : { IfMatch: from }),
        }),
      );
      return { version: ETag, size: body.byteLength };
    } catch (error) {
      // 412: another version is there. 409: another writer is putting one now. 404: there is none any more, or no bucket.
      const isBucket = error instanceof S3ServiceException && error.name === "NoSuchBucket";
      if (isBucket || ![404, 409, 412].includes(statusOf(error) ?? 0)) throw error;
      return undefined;
    }
  }

  /** The client cannot send a stream again after a failure. A file can be opened again, which is done here. */
  async #send(
    bucket: string,
    key: string,
    body: ObjectBody,
    size: number,
    { ifAbsent }: PutOptions,
  ): Promise<PutObjectCommandOutput> {
    for (let attempt = 1; ; attempt++) {
      const Body = Buffer.isBuffer(body) ? body : createReadStream(body.file);
      try {
        return await this.#client.send(
          new PutObjectCommand({
            Bucket: bucket,
            Key: key,
            Body,
            ContentLength: size,
            ...(ifAbsent === true ? { IfNoneMatch: "*" } : {}),
          }),
        );
      } catch (error) {
        if (Buffer.isBuffer(Body) || attempt === ATTEMPTS || !isTransient(error)) throw error;
        await sleep(Math.random() * 100 * 2 ** attempt);
      } finally {
        if (!Buffer.isBuffer(Body)) Body.destroy();
      }
    }
  }

  /**
   * The bytes of an answer's body. When the connection is cut, the rest of the same version is requested; the download
   * fails after 5 requests in a row that brought no byte.
   * @param start the offset of the body's first byte in the object
   */
  async *#bytes(
    bucket: string,
    key: string,
    answer: GetObjectCommandOutput,
    start: number,
  ): AsyncGenerator<Uint8Array> {
    const { ContentLength: size = 0, ETag } = answer;
    const version = ETag === "" ? undefined : ETag;
    let received = 0;
    let cause: unknown;
    let current = answer;
    for (let failures = 0; failures < ATTEMPTS; failures++) {
      cause = undefined;
      const body = current.Body as Readable; // in Node the client's body is always a Readable
      const chunks: AsyncIterator<Uint8Array, undefined> = body[Symbol.asyncIterator]();
      try {
        for (;;) {
          // Only errors of the download are caught: one that the reader of this stream throws comes out of `yield`.
          const next = await chunks.next().catch((error: unknown) => {
            cause = error;
            return { done: true, value: undefined } as const;
          });
          if (next.done === true) break;
          received += next.value.byteLength;
          failures = 0;
          yield next.value;
        }
      } finally {
        body.destroy();
      }
      if (received === size) {
        if (cause === undefined) return;
        // All bytes are there and yet it failed: the client has compared the checksum, which it does after the last
        // byte.
        throw new DownloadFailed(`s3://${bucket}/${key}: the download is not what was stored: ${String(cause)}`, {
          cause,
        });
      }
      const rest = { start: start + received, end: start + size - 1 };
      current = await this.#open(bucket, key, version, rest).catch((error: unknown) => {
        if (![404, 412].includes(statusOf(error) ?? 0)) throw error;
        throw new DownloadFailed(`s3://${bucket}/${key} was overwritten or deleted while it was downloaded`, {
          cause: error,
        });
      });
    }
    throw new DownloadFailed(
      `s3://${bucket}/${key}: the download ended ${size - received} bytes early, ${ATTEMPTS} times`,
      { cause },
    );
  }

  async #open(bucket: string, key: string, version?: string, range?: ByteRange): Promise<GetObjectCommandOutput> {
    const answer = await this.#client.send(
      new GetObjectCommand({
        Bucket: bucket,
        Key: key,
        ...(version === undefined ? {} : { IfMatch: version }),
        ...(range === undefined ? {} : { Range: `bytes=${range.start}-${range.end ?? ""}` }),
      }),
    );
    // If the connection is cut before anybody reads, the next read fails. Without a listener for the event that comes
    // at once, Node would end the process.
    (answer.Body as Readable | undefined)?.on("error", ignore); // in Node the client's body is always a Readable
    return answer;
  }
}

/**
 * Whether a text is the `ETag` of one content. S3 would take `*` for any content, several for any of them, and nothing
 * for no condition at all.
 */
function isEntityTag(version: string): boolean {
  return /^(?:W\/)?"[^"\s,*]+"$|^[\w+/=.-]+$/.test(version);
}

function otherVersion(bucket: string, key: string, cause?: unknown): LambentError {
  return new LambentError(`s3://${bucket}/${key} was overwritten, or never had the version that is asked for`, {
    cause,
  });
}

/** Whether to try again: it was throttled, the server failed, or there was no answer. */
function isTransient(error: unknown): boolean {
  const status = statusOf(error);
  if (status !== undefined) return status === 429 || status >= 500;
  return (
    error instanceof Error &&
    "code" in error &&
    ["ECONNRESET", "ECONNREFUSED", "EPIPE", "ETIMEDOUT"].includes(String(error.code))
  );
}

function statusOf(error: unknown): number | undefined {
  return error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
}
