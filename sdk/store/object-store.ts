import type { Readable } from "node:stream";

/** What `head` and `put` return of an object. */
export interface ObjectInfo {
  /** Another for each content: in S3 the object's `ETag`, in a directory the SHA-256 of the file. */
  readonly version: string;
  /** Bytes. */
  readonly size: number;
}

/**
 * Where files, large values and outputs of tasks with `cache: true` are kept: a bucket on AWS, a directory on one
 * machine. Both implementations pass the same tests (test/support/object-store-suite.ts).
 */
export interface ObjectStore {
  /** The object's version and size; `undefined` if there is none. */
  head(bucket: string, key: string): Promise<ObjectInfo | undefined>;
  /** The whole object; `undefined` if there is none. */
  get(bucket: string, key: string): Promise<Buffer | undefined>;
  /**
   * The object, or a range of it, as a stream, which fails if it ends before its last byte.
   * @param version refuse an object with another version. Default: any
   * @throws {LambentError} if there is no such object, or it has another version
   */
  stream(bucket: string, key: string, version?: string, range?: ByteRange): Promise<Readable>;
  /**
   * Write an object. Readers get the old content or the new one, never a part of it.
   * With `ifAbsent` an object that is there stays as it is, and its info is returned.
   */
  put(bucket: string, key: string, body: ObjectBody, options?: PutOptions): Promise<ObjectInfo>;
  /**
   * Write an object in the place of one version of it, or where there is none: of several that do so at once, one does.
   * @param from the version that is replaced; undefined: there is none
   * @returns undefined if something else was there, which has stayed
   */
  swap(bucket: string, key: string, body: Buffer, from: string | undefined): Promise<ObjectInfo | undefined>;
  /** When the object was written, by the clock of the store; undefined if there is none. */
  writtenAt(bucket: string, key: string): Promise<Date | undefined>;
}

/** What an object is to hold: bytes, or what is in a local file. */
export type ObjectBody = Buffer | { readonly file: string };

export interface PutOptions {
  readonly ifAbsent?: boolean;
}

/** A part of an object, from 0, as in HTTP's `Range`: the byte at `end` belongs to it. */
export interface ByteRange {
  readonly start: number;
  /** Default: the object's last byte. */
  readonly end?: number;
}
