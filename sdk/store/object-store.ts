import type { Readable } from "node:stream";

/** What a store knows of one object. */
export interface ObjectInfo {
  /** Changes whenever the content does (S3: the ETag). */
  readonly version: string;
  /** Bytes. */
  readonly size: number;
}

/**
 * Where files and cached outputs live: a bucket on AWS, a directory on one machine.
 * Both implementations pass the same test suite.
 */
export interface ObjectStore {
  /** The object's version and size; `undefined` if there is none. */
  head(bucket: string, key: string): Promise<ObjectInfo | undefined>;
  /** The whole object; `undefined` if there is none. */
  get(bucket: string, key: string): Promise<Buffer | undefined>;
  /**
   * The object, or a range of it, as a stream that fails if it ends before all bytes have come.
   * @throws {LambentError} if there is no such object, or it is not of `version`
   */
  stream(bucket: string, key: string, version?: string, range?: ByteRange): Promise<Readable>;
  /**
   * Write an object whole: a reader sees the old content or the new, never a part.
   * With `ifAbsent` an existing object stays as it is, and its info is returned.
   */
  put(bucket: string, key: string, body: ObjectBody, options?: PutOptions): Promise<ObjectInfo>;
}

/** What an object is to hold: bytes, or what is in a local file. */
export type ObjectBody = Buffer | { readonly file: string };

export interface PutOptions {
  readonly ifAbsent?: boolean;
}

/** Offsets of a part of an object, as HTTP counts them: both bytes belong to it. */
export interface ByteRange {
  readonly start: number;
  /** Absent: to the object's last byte. */
  readonly end?: number;
}
