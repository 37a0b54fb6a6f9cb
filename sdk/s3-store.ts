import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { Transform, type Readable } from "node:stream";
import {
  GetObjectCommand,
  HeadObjectCommand,
  NoSuchKey,
  NotFound,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
  type GetObjectCommandOutput,
  type S3ClientConfig,
} from "@aws-sdk/client-s3";
import { LambentError } from "./errors.ts";
import type { ObjectInfo, ObjectStore, PutOptions } from "./object-store.ts";

/** Objects in S3. Throttling, 5xx answers and reset connections are retried by the client. */
export class S3Store implements ObjectStore {
  readonly #client: S3Client;

  /** @param config as the S3 client takes it; by default region and credentials come from the environment. */
  constructor(config: S3ClientConfig = {}) {
    this.#client = new S3Client({ maxAttempts: 5, ...config });
  }

  async head(bucket: string, key: string): Promise<ObjectInfo | undefined> {
    try {
      const { ETag = "", ContentLength = 0 } = await this.#client.send(
        new HeadObjectCommand({ Bucket: bucket, Key: key }),
      );
      return { version: ETag, size: ContentLength };
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  async get(bucket: string, key: string): Promise<Buffer | undefined> {
    try {
      const chunks: Buffer[] = [];
      for await (const chunk of whole(bucket, key, await this.#open(bucket, key))) chunks.push(Buffer.from(chunk));
      return Buffer.concat(chunks);
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  async stream(bucket: string, key: string, version?: string): Promise<Readable> {
    try {
      return whole(bucket, key, await this.#open(bucket, key, version));
    } catch (error) {
      if (isMissing(error)) throw new LambentError(`s3://${bucket}/${key}: no such object`, { cause: error });
      if (statusOf(error) === 412) {
        throw new LambentError(`s3://${bucket}/${key} was overwritten: version ${version} is no longer there`, {
          cause: error,
        });
      }
      throw error;
    }
  }

  async put(
    bucket: string,
    key: string,
    body: Buffer | { readonly file: string },
    options: PutOptions = {},
  ): Promise<ObjectInfo> {
    const size = Buffer.isBuffer(body) ? body.byteLength : (await stat(body.file)).size;
    try {
      const { ETag = "" } = await this.#client.send(
        new PutObjectCommand({
          Bucket: bucket,
          Key: key,
          Body: Buffer.isBuffer(body) ? body : createReadStream(body.file),
          ContentLength: size,
          ...(options.ifAbsent === true ? { IfNoneMatch: "*" } : {}),
        }),
      );
      return { version: ETag, size };
    } catch (error) {
      // 412: it was there; 409: another writer is putting it now.
      if (options.ifAbsent !== true || ![409, 412].includes(statusOf(error) ?? 0)) throw error;
      const info = await this.head(bucket, key);
      if (info === undefined) throw error;
      return info;
    }
  }

  #open(bucket: string, key: string, version?: string): Promise<GetObjectCommandOutput> {
    return this.#client.send(
      new GetObjectCommand({ Bucket: bucket, Key: key, ...(version === undefined ? {} : { IfMatch: version }) }),
    );
  }
}

/** A connection cut in the middle of a body may end the stream without an error: count the bytes. */
function whole(bucket: string, key: string, output: GetObjectCommandOutput): Readable {
  let received = 0;
  const counter = new Transform({
    transform(chunk: Buffer, _, done) {
      received += chunk.byteLength;
      done(null, chunk);
    },
    flush(done) {
      const missing = (output.ContentLength ?? received) - received;
      done(missing === 0 ? null : new LambentError(`s3://${bucket}/${key}: the download ended ${missing} bytes early`));
    },
  });
  const body = output.Body as Readable; // in Node the client's body is always a Readable
  body.once("error", (error) => counter.destroy(error));
  counter.once("close", () => body.destroy());
  return body.pipe(counter);
}

function isMissing(error: unknown): boolean {
  return error instanceof NoSuchKey || error instanceof NotFound || statusOf(error) === 404;
}

function statusOf(error: unknown): number | undefined {
  return error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
}
