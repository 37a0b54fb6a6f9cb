import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import type { S3Client } from "@aws-sdk/client-s3";
import { LambentError } from "../../../sdk/base/errors.ts";

const MIB = 1024 * 1024;

/** Bytes of one part. S3 takes 10,000 of them, so a file may have 156 GiB; 4 at once are 64 MiB of memory. */
const PART = 16 * MIB;
const PARTS_AT_ONCE = 4;

/** A local file, and where it is to lie. */
export interface Upload {
  readonly source: string;
  readonly bucket: string;
  readonly key: string;
  /** The SHA-256 that its content had, in hexadecimal digits. */
  readonly hash: string;
  /** Bytes. */
  readonly size: number;
}

/**
 * Upload a file, in parts that are sent side by side where it has several.
 * @param sent is told of bytes that have arrived
 * @throws {LambentError} if the file is no longer what it was; nothing is stored then
 */
export async function uploadObject(client: S3Client, upload: Upload, sent: (bytes: number) => void): Promise<void> {
  const parts = new FileParts(upload);
  if (upload.size <= PART) await uploadWhole(client, upload, parts);
  else await uploadParts(client, upload, parts, sent);
  if (upload.size <= PART) sent(upload.size);
}

async function uploadWhole(client: S3Client, { bucket, key }: Upload, parts: FileParts): Promise<void> {
  const { PutObjectCommand } = await import("@aws-sdk/client-s3");
  const part = (await parts.next())?.body ?? Buffer.alloc(0);
  await parts.next(); // the end, where the hash is compared
  await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: part }));
}

async function uploadParts(
  client: S3Client,
  { bucket, key }: Upload,
  parts: FileParts,
  sent: (bytes: number) => void,
): Promise<void> {
  const {
    AbortMultipartUploadCommand,
    CompleteMultipartUploadCommand,
    CreateMultipartUploadCommand,
    UploadPartCommand,
  } = await import("@aws-sdk/client-s3");
  const object = { Bucket: bucket, Key: key };
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(object));
  const done: { ETag: string | undefined; PartNumber: number }[] = [];
  async function worker(): Promise<void> {
    for (let part = await parts.next(); part !== undefined; part = await parts.next()) {
      const { number: PartNumber, body: Body } = part;
      const { ETag } = await client.send(new UploadPartCommand({ ...object, UploadId, PartNumber, Body }));
      done.push({ ETag, PartNumber });
      sent(Body.byteLength);
    }
  }
  try {
    // All have to have ended before the upload is: a part that arrived later would stay, and be paid for.
    const failed = new AbortController();
    const workers = Array.from({ length: PARTS_AT_ONCE }, () =>
      worker().catch((error: unknown) => {
        failed.abort(error); // the first one's reason is kept
        parts.stop();
      }),
    );
    await Promise.all(workers);
    failed.signal.throwIfAborted();
    const Parts = done.toSorted((left, right) => left.PartNumber - right.PartNumber);
    await client.send(new CompleteMultipartUploadCommand({ ...object, UploadId, MultipartUpload: { Parts } }));
  } catch (error) {
    // What cannot be taken back either goes by the bucket's rule for abandoned uploads.
    await client.send(new AbortMultipartUploadCommand({ ...object, UploadId })).catch(() => undefined);
    throw error;
  }
}

/** A file's parts, in order, whoever asks; the last comes only if the content is what it should be. */
class FileParts {
  readonly #upload: Upload;
  readonly #hash = createHash("sha256");
  readonly #chunks: AsyncIterator<Buffer>;
  readonly #close: () => void;
  #isStopped = false;
  #number = 0;
  #reading: Promise<unknown> = Promise.resolve();

  constructor(upload: Upload) {
    this.#upload = upload;
    const stream = createReadStream(upload.source, { highWaterMark: MIB });
    this.#close = () => void stream.destroy();
    this.#chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>; // no encoding is set
  }

  /** One after the other: a part begins where the one before ends. */
  next(): Promise<{ readonly number: number; readonly body: Buffer } | undefined> {
    const part = this.#reading.then(() => this.#read());
    this.#reading = part.catch(() => undefined);
    return part;
  }

  /** Give no more parts: one could not be sent. */
  stop(): void {
    this.#isStopped = true;
    this.#close();
  }

  async #read(): Promise<{ readonly number: number; readonly body: Buffer } | undefined> {
    if (this.#isStopped) return undefined;
    const chunks: Buffer[] = [];
    let bytes = 0;
    while (bytes < PART) {
      const { done, value } = await this.#chunks.next();
      if (done === true) break;
      this.#hash.update(value);
      chunks.push(value);
      bytes += value.byteLength;
    }
    if (bytes > 0) return { number: ++this.#number, body: Buffer.concat(chunks) };
    this.#isStopped = true;
    const { hash, source } = this.#upload;
    if (this.#hash.digest("hex") !== hash) {
      throw new LambentError(`${source} was changed while it was uploaded: deploy again`);
    }
    return undefined;
  }
}
