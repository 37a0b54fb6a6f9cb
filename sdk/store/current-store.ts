import { LambentError } from "../base/errors.ts";
import type { ObjectStore } from "./object-store.ts";
import type { LOCAL_BUCKET } from "./store-bucket.ts";

/** Where this process keeps its objects. */
export interface StoreLocation {
  readonly store: ObjectStore;
  readonly bucket: string;
  /** What the keys of all that this process writes begin with: its function's own part of the bucket. */
  readonly prefix: string;
}

// Its type alone is imported: a module that the handler shares would become one more file of a cold start.
const LOCAL: typeof LOCAL_BUCKET = "local";

let location: Promise<StoreLocation> | undefined;
let fallback: string | undefined;

/** Keep objects in `directory` if the environment names no store: until one has been opened, from then on nothing changes. */
export function keepObjectsIn(directory: string): void {
  fallback = directory;
}

/**
 * The store that the environment names: `LAMBENT_STORE` is a directory; without it, `LAMBENT_BUCKET` is an
 * S3 bucket. Each implementation loads on first use, so that a task that touches neither pays for neither. One that
 * has been opened is kept; a failure is not, and the next call tries again.
 * @throws {LambentError} if neither the environment nor {@link keepObjectsIn} names a store
 */
export function currentStore(): Promise<StoreLocation> {
  location ??= openStore(
    process.env["LAMBENT_STORE"] ?? (process.env["LAMBENT_BUCKET"] === undefined ? fallback : undefined),
    process.env["LAMBENT_BUCKET"],
  ).catch((error: unknown) => {
    location = undefined;
    throw error;
  });
  return location;
}

async function openStore(directory: string | undefined, bucket: string | undefined): Promise<StoreLocation> {
  // Set by Lambda, where a function may write nothing but what lies under its own name.
  const owner = process.env["AWS_LAMBDA_FUNCTION_NAME"];
  const prefix = owner === undefined ? "" : `${owner}/`;
  if (directory !== undefined) {
    const { DirectoryStore } = await import("./directory-store.ts");
    return { store: new DirectoryStore(directory), bucket: bucket ?? LOCAL, prefix };
  }
  if (bucket !== undefined) {
    const { S3Store } = await import("./s3-store.ts");
    return { store: new S3Store(), bucket, prefix };
  }
  throw new LambentError(
    'no object store: set LAMBENT_BUCKET to an S3 bucket, or LAMBENT_STORE to a directory, in the environment; a script or a test may import "lambent/local" instead, which keeps objects in .lambent/store',
  );
}
