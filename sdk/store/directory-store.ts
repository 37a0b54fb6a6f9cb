import { createHash, randomUUID } from "node:crypto";
import { constants, createReadStream, type BigIntStats } from "node:fs";
import { copyFile, link, mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join, resolve, sep } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { LambentError } from "../base/errors.ts";
import { keepHash, keptHash } from "./kept-hash.ts";
import type { ByteRange, ObjectBody, ObjectInfo, ObjectStore, PutOptions } from "./object-store.ts";

/** Objects as files: `<root>/<bucket>/<key>`. Several processes may write to the same root at once. */
export class DirectoryStore implements ObjectStore {
  readonly #root: string;

  /** @param root the path of the directory, which is made by the first `put` */
  constructor(root: string) {
    this.#root = resolve(root);
  }

  async head(bucket: string, key: string): Promise<ObjectInfo | undefined> {
    return this.#describe(this.#path(bucket, key));
  }

  async get(bucket: string, key: string): Promise<Buffer | undefined> {
    try {
      return await readFile(this.#path(bucket, key));
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  async stream(bucket: string, key: string, version?: string, range?: ByteRange): Promise<Readable> {
    const path = this.#path(bucket, key);
    const info = await this.#describe(path);
    if (info === undefined) throw new LambentError(`s3://${bucket}/${key}: no such object in ${this.#root}`);
    if (version !== undefined && info.version !== version) {
      throw new LambentError(
        `s3://${bucket}/${key} was overwritten: version ${version} is wanted, ${info.version} is there`,
      );
    }
    return createReadStream(path, range);
  }

  async put(bucket: string, key: string, body: ObjectBody, options: PutOptions = {}): Promise<ObjectInfo> {
    const path = this.#path(bucket, key);
    await mkdir(dirname(path), { recursive: true });
    const partial = join(dirname(path), `.${randomUUID()}.part`);
    try {
      await (Buffer.isBuffer(body)
        ? writeFile(partial, body)
        : copyFile(body.file, partial, constants.COPYFILE_FICLONE));
      // If there is a file at `path`, link() fails and leaves it as it is, and rename() replaces it.
      await (options.ifAbsent === true ? link(partial, path).catch(unlessExists) : rename(partial, path));
    } finally {
      await rm(partial, { force: true });
    }
    const info = await this.#describe(path);
    if (info === undefined) throw new LambentError(`s3://${bucket}/${key} was removed while it was written`);
    return info;
  }

  #path(bucket: string, key: string): string {
    const path = join(this.#root, bucket, key);
    if (!path.startsWith(join(this.#root, bucket) + sep)) {
      throw new LambentError(`s3://${bucket}/${key}: the key leaves its bucket; use a key without ".."`);
    }
    return path;
  }

  async #describe(path: string): Promise<ObjectInfo | undefined> {
    try {
      const stats = await stat(path, { bigint: true });
      return { version: await this.#version(path, stats), size: Number(stats.size) };
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  async #version(path: string, stats: BigIntStats): Promise<string> {
    const kept = keptHash(path, stats, this.#hashes);
    if (kept !== undefined) return kept;
    const hash = createHash("sha256");
    await pipeline(createReadStream(path), hash);
    const version = hash.digest("hex");
    keepHash(path, stats, this.#hashes, version);
    return version;
  }

  /** Beside the buckets, none of which can be called so. */
  get #hashes(): string {
    return join(this.#root, ".hashes");
  }
}

function unlessExists(error: NodeJS.ErrnoException): void {
  if (error.code !== "EEXIST") throw error;
}

function isMissing(error: unknown): boolean {
  return (
    error instanceof Error &&
    "code" in error &&
    (error.code === "ENOENT" || error.code === "EISDIR" || error.code === "ENOTDIR")
  );
}
