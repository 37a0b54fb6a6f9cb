import type { Readable } from "node:stream";
import { fileUser } from "../invocation/file-user.ts";
import type { FileReference } from "./file-reference.ts";

/** Hashing and streams, which a task that touches no file need not load. */
function transfer(): Promise<typeof import("./file-transfer.ts")> {
  return import("./file-transfer.ts");
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
  static async from(localPath: string, format?: string): Promise<S3File> {
    return new S3File(await (await transfer()).upload(localPath, format));
  }

  /** The content as UTF-8 text. */
  async text(): Promise<string> {
    return (await transfer()).text(this);
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
    return (await transfer()).open(this);
  }

  /**
   * Download the file to the disk, once per replica and version; a large one in parts, several at a time. Ask where you
   * open it, and do not keep the path: a copy that no running task and no loading cache has asked for may have to go.
   * @returns the path of the copy, the same for every call; treat it as read-only
   * @throws {LambentError} if the object is gone or was overwritten since this `S3File` was made, or the disk does not
   * hold it: the message names the actor's `ephemeralStorageSize`
   * @example
   * const open = actor.cache(async function open(model: S3File<"json">) {
   *   return JSON.parse(await readFile(await model.download(), "utf8")) as unknown;
   * });
   */
  async download(): Promise<string> {
    const user = fileUser(); // at once: another invocation may have begun when the module is loaded
    return (await transfer()).download(this, user);
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
}
