import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import {
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
  type GetObjectCommandOutput,
  type PutObjectCommandOutput,
  type S3ClientConfig,
} from "@aws-sdk/client-s3";
import { LambentError } from "../base/errors.ts";
import type { ByteRange, ObjectBody, ObjectInfo, ObjectStore, PutOptions } from "./object-store.ts";

/** How often a request is made before its failure is believed. */
const ATTEMPTS = 5;

/** The client would warn that it does not send a stream again, which is done here. Errors are thrown all the same. */
const SILENT = { debug: ignore, info: ignore, warn: ignore, error: ignore };

function ignore(): void {}

/** Bytes: S3 takes no more in one request. */
const PUT_LIMIT = 5 * 1024 ** 3;

/** Objects in S3. Throttling, 5xx answers, reset connections and downloads that end early are tried again. */
export class S3Store implements ObjectStore {
  readonly #client: S3Client;

  /** @param config as the S3 client takes it; by default region and credentials come from the environment */
  constructor(config: S3ClientConfig = {}) {
    this.#client = new S3Client({ maxAttempts: ATTEMPTS, logger: SILENT, ...config });
  }

  async head(bucket: string, key: string): Promise<ObjectInfo | undefined> {
    try {
      const { ETag = "", ContentLength = 0 } = await this.#client.send(
        new HeadObjectCommand({ Bucket: bucket, Key: key }),
      );
      return { version: ETag, size: ContentLength };
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
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
      if (statusOf(error) === 404) return undefined;
      throw error;
    }
  }

  async stream(bucket: string, key: string, version?: string, range?: ByteRange): Promise<Readable> {
    try {
      const first = await this.#open(bucket, key, version, range);
      return Readable.from(this.#bytes(bucket, key, first, range?.start ?? 0), { objectMode: false });
    } catch (error) {
      if (statusOf(error) === 404) throw new LambentError(`s3://${bucket}/${key}: no such object`, { cause: error });
      if (statusOf(error) === 412) {
        throw new LambentError(`s3://${bucket}/${key} was overwritten: version ${version} is no longer there`, {
          cause: error,
        });
      }
      throw error;
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
        // 412: it was there; 409: another writer is putting it now, and may yet fail.
        if (options.ifAbsent !== true || ![409, 412].includes(statusOf(error) ?? 0)) throw error;
        const info = await this.head(bucket, key);
        if (info !== undefined) return info;
        if (attempt === ATTEMPTS) throw error;
        await sleep(Math.random() * 100 * 2 ** attempt);
      }
    }
  }

  /** The client sends a stream once only, since it cannot rewind it; a file can be opened again. */
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
   * An answer's body, whole: where a connection is cut, the rest is asked for, of the same version.
   * @param start the offset of its first byte in the object
   */
  async *#bytes(
    bucket: string,
    key: string,
    answer: GetObjectCommandOutput,
    start: number,
  ): AsyncGenerator<Uint8Array> {
    const { ContentLength: size = 0, ETag: version } = answer;
    let received = 0;
    let cause: unknown;
    let open = answer;
    for (let fruitless = 0; fruitless < ATTEMPTS; fruitless++) {
      cause = undefined;
      const body = open.Body as Readable; // in Node the client's body is always a Readable
      const chunks: AsyncIterator<Uint8Array, undefined> = body[Symbol.asyncIterator]();
      try {
        for (;;) {
          // Caught here, so that what the reader of this stream throws passes.
          const next = await chunks.next().catch((error: unknown) => {
            cause = error;
            return { done: true, value: undefined } as const;
          });
          if (next.done === true) break;
          received += next.value.byteLength;
          fruitless = 0;
          yield next.value;
        }
      } finally {
        body.destroy();
      }
      if (received === size) {
        if (cause === undefined) return;
        // The client compares checksums after the last byte.
        throw new LambentError(`s3://${bucket}/${key}: the download is not what was stored: ${String(cause)}`, {
          cause,
        });
      }
      const rest = { start: start + received, end: start + size - 1 };
      open = await this.#open(bucket, key, version, rest).catch((error: unknown) => {
        if (![404, 412].includes(statusOf(error) ?? 0)) throw error;
        throw new LambentError(
          `s3://${bucket}/${key} was overwritten or deleted while it was downloaded: version ${version} is no longer there`,
          { cause: error },
        );
      });
    }
    throw new LambentError(
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
    // A connection that is cut while nobody reads is told to the next reader; without a listener it ends the process.
    (answer.Body as Readable | undefined)?.on("error", ignore); // in Node the client's body is always a Readable
    return answer;
  }
}

/** Throttling, a server's own fault, or no answer at all. */
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
