import { createHash, randomUUID } from "node:crypto";
import { constants, createReadStream, type BigIntStats } from "node:fs";
import { copyFile, link, mkdir, readFile, readlink, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve, sep } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { LambentError } from "../base/errors.ts";
import { guarded } from "./guard-file.ts";
import { keepHash, keptHash } from "./kept-hash.ts";
import type { ByteRange, ObjectBody, ObjectInfo, ObjectStore, PutOptions } from "./object-store.ts";

/**
 * Objects as files: `<root>/<bucket>/<key>`. Several processes may write to the same root at once. Nothing outside of
 * the root is read or written, whatever a bucket or a key is called and wherever links lead.
 */
export class DirectoryStore implements ObjectStore {
  readonly #root: string;

  /** @param root the path of the directory, which is made by the first `put` */
  constructor(root: string) {
    this.#root = resolve(root);
  }

  async head(bucket: string, key: string): Promise<ObjectInfo | undefined> {
    return this.#describe(await this.#path(bucket, key));
  }

  async get(bucket: string, key: string): Promise<Buffer | undefined> {
    const path = await this.#path(bucket, key);
    try {
      return await readFile(path);
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  async stream(bucket: string, key: string, version?: string, range?: ByteRange): Promise<Readable> {
    const path = await this.#path(bucket, key);
    const info = await this.#describe(path);
    if (info === undefined) throw new LambentError(`s3://${bucket}/${key}: no such object in ${this.#root}`);
    if (version !== undefined && info.version !== version) {
      throw new LambentError(`s3://${bucket}/${key} was overwritten, or never had the version that is asked for`);
    }
    return createReadStream(path, range);
  }

  async put(bucket: string, key: string, body: ObjectBody, options: PutOptions = {}): Promise<ObjectInfo> {
    const path = await this.#path(bucket, key);
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
    if (info === undefined) {
      throw new LambentError(
        `s3://${bucket}/${key} was removed while it was written, or a directory or a link to nothing is in its place`,
      );
    }
    return info;
  }

  async swap(bucket: string, key: string, body: Buffer, from: string | undefined): Promise<ObjectInfo | undefined> {
    const path = await this.#path(bucket, key);
    await mkdir(dirname(path), { recursive: true });
    return guarded(join(dirname(path), `.${basename(path)}.guard`), async () => {
      if ((await this.#describe(path))?.version !== from) return undefined;
      return this.put(bucket, key, body);
    });
  }

  async writtenAt(bucket: string, key: string): Promise<Date | undefined> {
    const path = await this.#path(bucket, key);
    return stat(path).then(
      ({ mtime }) => mtime,
      (error: unknown) => {
        if (isMissing(error)) return undefined;
        throw error;
      },
    );
  }

  /** @throws {LambentError} if it is not within its bucket's directory */
  async #path(bucket: string, key: string): Promise<string> {
    const address = `s3://${bucket}/${key}`;
    if (!/^[A-Za-z0-9][\w.-]*$/.test(bucket)) {
      throw new LambentError(
        `${address}: a bucket's name has letters, digits, ".", "-" and "_", and begins with one of the first two`,
      );
    }
    // A backslash parts a path on Windows, and no operating system takes a NUL.
    if (/[\\\0]/.test(key) || key.split("/").some((step) => ["", ".", ".."].includes(step))) {
      throw new LambentError(
        `${address}: the key leaves its bucket, or is no file's; use a key without "..", ".", empty parts, backslashes and NUL`,
      );
    }
    const path = join(this.#root, bucket, key);
    const parent = await realOrWanted(this.#root);
    // A link within the root may lead to another place in it.
    const real = await realOrWanted(path).catch((error: unknown) => {
      if (!(error instanceof Error && "code" in error && error.code === "ELOOP")) throw error;
      throw new LambentError(`${address}: symbolic links lead in a circle there`);
    });
    if (!real.startsWith(parent + sep)) {
      throw new LambentError(`${address}: a symbolic link leads out of ${this.#root}; put the file itself there`);
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

/** Where a path leads once its links are followed; of what is not there yet, where it would be. */
async function realOrWanted(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (!isMissing(error) || dirname(path) === path) throw error;
    // A link that leads to nothing: writing would follow it.
    const target = await readlink(path).catch(() => undefined);
    if (target !== undefined) return realOrWanted(resolve(dirname(path), target));
    return join(await realOrWanted(dirname(path)), basename(path));
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
