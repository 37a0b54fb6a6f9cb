import { createWriteStream } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { Transform } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { LambentError } from "../base/errors.ts";
import type { ByteRange, ObjectStore } from "../store/object-store.ts";

const MIB = 1024 * 1024;

/** An object of one content. */
export interface StoredObject {
  readonly store: ObjectStore;
  readonly bucket: string;
  readonly key: string;
  readonly version: string;
  /** Bytes. */
  readonly size: number;
}

/** Bytes: an object that is larger comes in parts, several at a time, since S3 limits the speed of each connection. */
const LARGE = 16 * MIB;
const PART = 8 * MIB;
const PARTS_AT_ONCE = 8;

/** How many times in a row a part is asked for in vain before the download fails. */
const ATTEMPTS = 5;

/**
 * Write an object to a file that is not there yet. Memory does not grow with the object.
 * @param received is told of bytes as they come
 * @throws {LambentError} if the object is gone or was overwritten, or the disk is full
 */
export async function downloadObject(
  object: StoredObject,
  path: string,
  received: (bytes: number) => void,
): Promise<void> {
  try {
    await (object.size > LARGE ? downloadParts(object, path, received) : downloadWhole(object, path, received));
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOSPC")) throw error;
    throw new LambentError(
      `s3://${object.bucket}/${object.key}: the disk is full: raise the actor's ephemeralStorageSize, which other files in the temporary directory take from, too`,
      { cause: error },
    );
  }
}

/** In one piece: the client then compares its checksum. */
async function downloadWhole(
  { store, bucket, key, version }: StoredObject,
  path: string,
  received: (bytes: number) => void,
): Promise<void> {
  const counting = new Transform({
    transform(chunk: Buffer, _, done) {
      received(chunk.byteLength);
      done(null, chunk);
    },
  });
  await pipeline(await store.stream(bucket, key, version), counting, createWriteStream(path));
}

async function downloadParts(object: StoredObject, path: string, received: (bytes: number) => void): Promise<void> {
  const file = await open(path, "w");
  try {
    await file.truncate(object.size);
    const parts = partsOf(object.size);
    const stopped = new AbortController();
    async function worker(): Promise<void> {
      for (const part of parts) await new PartDownload(object, file, received, stopped.signal).run(part);
    }
    // The first that fails ends the others, and all have to have ended before the file is closed.
    const workers = Array.from({ length: PARTS_AT_ONCE }, () =>
      worker().catch((error: unknown) => stopped.abort(error)),
    );
    await Promise.all(workers);
    stopped.signal.throwIfAborted();
  } finally {
    await file.close();
  }
}

function* partsOf(size: number): Generator<Required<ByteRange>> {
  for (let start = 0; start < size; start += PART) yield { start, end: Math.min(start + PART, size) - 1 };
}

/** One part of an object on its way to its place in a file. */
class PartDownload {
  readonly #object: StoredObject;
  readonly #file: FileHandle;
  readonly #received: (bytes: number) => void;
  readonly #stopped: AbortSignal;

  constructor(object: StoredObject, file: FileHandle, received: (bytes: number) => void, stopped: AbortSignal) {
    this.#object = object;
    this.#file = file;
    this.#received = received;
    this.#stopped = stopped;
  }

  /** What breaks off goes on from where it broke. */
  async run({ start, end }: Required<ByteRange>): Promise<void> {
    let at = start;
    let failure: unknown;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      if (attempt > 0) await sleep(Math.random() * 100 * 2 ** attempt);
      const before = at;
      try {
        for await (const chunk of this.#chunks({ start: at, end })) {
          await this.#file.write(chunk, 0, chunk.byteLength, at);
          at += chunk.byteLength;
          this.#received(chunk.byteLength);
        }
      } catch (error) {
        if (isFinal(error)) throw error;
        failure = error;
      }
      if (at > end || this.#stopped.aborted) return;
      if (at > before) attempt = 0;
    }
    const { bucket, key } = this.#object;
    throw new LambentError(
      `s3://${bucket}/${key}: bytes ${at} to ${end} did not come, ${ATTEMPTS} times: ${String(failure)}`,
      { cause: failure },
    );
  }

  async *#chunks(range: ByteRange): AsyncGenerator<Buffer> {
    const { store, bucket, key, version } = this.#object;
    for await (const chunk of await store.stream(bucket, key, version, range)) {
      if (this.#stopped.aborted) return;
      yield chunk as Buffer; // stores stream bytes
    }
  }
}

/** What a store says in our words has been tried often enough; what the disk refuses is no use to try again. */
function isFinal(error: unknown): boolean {
  if (error instanceof LambentError) return true;
  return error instanceof Error && "syscall" in error && error.syscall === "write";
}
