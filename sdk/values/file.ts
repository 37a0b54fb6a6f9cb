import type { Readable } from "node:stream";
import { fileUser } from "../invocation/file-user.ts";
import type { FileReference } from "./file-reference.ts";

/** Loaded on first use: a task without files does not need hashing and streams. */
function transfer(): Promise<typeof import("./file-transfer.ts")> {
  return import("./file-transfer.ts");
}

/**
 * A file in the bucket (on one machine: in the store's directory). Tasks pass it to each other as its address and the
 * version of its content, never as the content, so it may be of any size. It never changes: if the object is
 * overwritten, reading it fails. In cache keys two are equal if address and version are. `Format` is the type of its
 * extension, without the dot.
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
  /** The version of the content: the `ETag` that S3 answers to PutObject and HeadObject. */
  readonly version: string;
  /** The extension, without the dot. */
  readonly format: Format;

  /** Refer to an object that is in the bucket already. To upload a file use {@link S3File.from}. */
  constructor({ uri, version, format }: FileReference<Format>) {
    this.uri = uri;
    this.version = version;
    this.format = format;
    Object.freeze(this);
  }

  /**
   * Upload a local file to the bucket, up to 5 GiB. Equal contents under one name are stored once.
   * @param localPath the file's path; its extension is the format
   * @throws {LambentError} if the file cannot be read, is too large, or the environment names no store
   */
  static from(localPath: string): Promise<S3File>;
  /**
   * The same, with the type of the extension that is given.
   * @param localPath the file's path
   * @param format its extension, without the dot
   */
  static from<F extends string>(localPath: string, format: F): Promise<S3File<F>>;
  static async from(localPath: string, format?: string): Promise<S3File> {
    return new S3File(await (await transfer()).upload(localPath, format));
  }

  /**
   * The content as UTF-8 text.
   * @throws {LambentError} if the object is gone or was overwritten since this `S3File` was made
   */
  async text(): Promise<string> {
    return (await transfer()).text(this);
  }

  /**
   * The content parsed as JSON.
   * @throws {LambentError} if the object is gone or was overwritten since this `S3File` was made
   * @throws {SyntaxError} if the content is no JSON
   */
  async json(): Promise<unknown> {
    return JSON.parse(await this.text());
  }

  /**
   * The content as a stream, which fails if it ends early.
   * @throws {LambentError} if the object is gone or was overwritten since this `S3File` was made
   */
  async stream(): Promise<Readable> {
    return (await transfer()).open(this);
  }

  /**
   * Download the file to the disk, once per replica and version; a large one in parts, several at a time. Ask where you
   * open it, and do not keep the path: a copy that no running task and no loading cache has asked for may have to go.
   * @returns the path of the copy, the same for all calls in the replica: do not write to it
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

  /** Whether `other` is an `S3File` with the same address and version. */
  equals(other: unknown): boolean {
    return other instanceof S3File && this.uri === other.uri && this.version === other.version;
  }

  /** The same for equal files, so that they are one key of a cache. */
  hashCode(): string {
    return `${this.uri}#${this.version}`;
  }

  /** Its address. */
  toString(): string {
    return this.uri;
  }
}
