import type { Readable } from "node:stream";
import { LambentError } from "./errors.ts";

/** What a store knows of one object. */
export interface ObjectInfo {
  /** Changes whenever the content does (S3: the ETag). */
  readonly version: string;
  /** Bytes. */
  readonly size: number;
}

/**
 * Where files, cached outputs and large values live: a bucket on AWS, a directory on one machine.
 * Both implementations pass the same test suite.
 */
export interface ObjectStore {
  /** The object's version and size; `undefined` if there is none. */
  head(bucket: string, key: string): Promise<ObjectInfo | undefined>;
  /** The whole object; `undefined` if there is none. */
  get(bucket: string, key: string): Promise<Buffer | undefined>;
  /**
   * The object as a stream that fails if it ends before `size` bytes have come.
   * @throws {LambentError} if there is no such object, or it is not of `version`.
   */
  stream(bucket: string, key: string, version?: string): Promise<Readable>;
  /**
   * Write an object whole: a reader sees the old content or the new, never a part.
   * With `ifAbsent` an existing object stays as it is, and its info is returned.
   */
  put(bucket: string, key: string, body: Buffer | { readonly file: string }, options?: PutOptions): Promise<ObjectInfo>;
}

export interface PutOptions {
  readonly ifAbsent?: boolean;
}

/** Where this process keeps its objects. */
export interface StoreLocation {
  readonly store: ObjectStore;
  readonly bucket: string;
}

let location: Promise<StoreLocation> | undefined;

/**
 * The store that the environment names: `LAMBENT_STORE` is a directory; without it, `LAMBENT_BUCKET` is an
 * S3 bucket. Each implementation loads on first use, so that a task that touches neither pays for neither.
 * @throws {LambentError} if the environment names no store.
 */
export function currentStore(): Promise<StoreLocation> {
  location ??= openStore(process.env["LAMBENT_STORE"], process.env["LAMBENT_BUCKET"]);
  return location;
}

async function openStore(directory: string | undefined, bucket: string | undefined): Promise<StoreLocation> {
  if (directory !== undefined) {
    const { DirectoryStore } = await import("./directory-store.ts");
    return { store: new DirectoryStore(directory), bucket: bucket ?? "local" };
  }
  if (bucket !== undefined) {
    const { S3Store } = await import("./s3-store.ts");
    return { store: new S3Store(), bucket };
  }
  throw new LambentError(
    "no object store: set LAMBENT_BUCKET to an S3 bucket, or LAMBENT_STORE to a directory, in the function's environment",
  );
}
