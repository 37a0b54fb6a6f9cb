import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { access, mkdir, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, extname, join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { LambentError } from "./errors.ts";
import { currentStore } from "./current-store.ts";

/** How an `S3File` crosses between two Lambdas. */
export interface FileReference<Format extends string = string> {
  readonly uri: string;
  readonly version: string;
  readonly format: Format;
}

/**
 * A file in S3 that tasks pass on by name. It is immutable: a name and the version of the content it had.
 * `Format` is its extension, without the dot.
 *
 * @example
 * const report = task(async function report() {
 *   const path = join(currentContext().workingDirectory, "report.txt");
 *   await writeFile(path, "all is well");
 *   return S3File.from(path, "txt");
 * });
 */
export class S3File<out Format extends string = string> {
  /** `s3://bucket/key` */
  readonly uri: string;
  /** The content's version: what S3 calls its ETag. */
  readonly version: string;
  readonly format: Format;

  /** Use {@link S3File.from} to upload a file; this names one that is there. */
  constructor({ uri, version, format }: FileReference<Format>) {
    this.uri = uri;
    this.version = version;
    this.format = format;
    Object.freeze(this);
  }

  /**
   * Upload a local file to the store's bucket. Equal contents under one name are stored once.
   * @param localPath where it is now
   * @param format its extension, without the dot; default: that of `localPath`
   * @throws {LambentError} if there is no file at `localPath`
   */
  static from(localPath: string): Promise<S3File>;
  static from<F extends string>(localPath: string, format: F): Promise<S3File<F>>;
  static async from(localPath: string, format: string = extname(localPath).slice(1)): Promise<S3File> {
    const hash = createHash("sha256");
    await pipeline(createReadStream(localPath), hash).catch((cause: unknown) => {
      throw new LambentError(`S3File.from("${localPath}"): cannot read the file`, { cause });
    });
    const { store, bucket, prefix } = await currentStore();
    const key = `${prefix}files/${hash.digest("hex")}/${basename(localPath)}`;
    const { version } = await store.put(bucket, key, { file: localPath }, { ifAbsent: true });
    return new S3File({ uri: `s3://${bucket}/${key}`, version, format });
  }

  /** The content as UTF-8 text. */
  async text(): Promise<string> {
    const chunks: Buffer[] = [];
    for await (const chunk of await this.stream()) chunks.push(Buffer.from(chunk));
    return Buffer.concat(chunks).toString("utf8");
  }

  /** The content parsed as JSON. */
  async json(): Promise<unknown> {
    return JSON.parse(await this.text());
  }

  /**
   * The content as it arrives.
   * @throws {LambentError} if the object is gone or was overwritten since this `S3File` was made
   */
  async stream(): Promise<Readable> {
    const { store } = await currentStore();
    return store.stream(...this.#address(), this.version);
  }

  /**
   * Download the file, once per replica and version.
   * @returns the path of the copy, the same for every call; treat it as read-only
   */
  async download(): Promise<string> {
    const directory = createHash("sha256")
      .update(JSON.stringify([this.uri, this.version]))
      .digest("hex")
      .slice(0, 32);
    const path = join(tmpdir(), "lambent-files", directory, basename(this.#address()[1]));
    let copy = downloads.get(path);
    if (copy === undefined) {
      copy = this.#downloadTo(path);
      downloads.set(path, copy);
      copy.then(undefined, () => downloads.delete(path));
    }
    return copy;
  }

  /** By bucket, key and version of the content. */
  equals(other: unknown): boolean {
    return other instanceof S3File && this.uri === other.uri && this.version === other.version;
  }

  hashCode(): string {
    return `${this.uri}#${this.version}`;
  }

  toString(): string {
    return this.uri;
  }

  async #downloadTo(path: string): Promise<string> {
    const present = await access(path).then(
      () => true,
      () => false,
    );
    if (present) return path;
    const part = `${path}.${process.pid}.part`;
    await mkdir(join(path, ".."), { recursive: true });
    try {
      await pipeline(await this.stream(), createWriteStream(part));
      await rename(part, path);
    } finally {
      await rm(part, { force: true });
    }
    return path;
  }

  #address(): [bucket: string, key: string] {
    const match = /^s3:\/\/([^/]+)\/(.+)$/s.exec(this.uri);
    if (match?.[1] === undefined || match[2] === undefined) {
      throw new LambentError(`"${this.uri}" is not the address of a file: it must read s3://bucket/key`);
    }
    return [match[1], match[2]];
  }
}

/** Downloads begun in this process, by the path they end at. */
const downloads = new Map<string, Promise<string>>();
