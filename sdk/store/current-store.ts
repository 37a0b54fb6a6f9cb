import { LambentError } from "../base/errors.ts";
import type { ObjectStore } from "./object-store.ts";
import type { LOCAL_BUCKET } from "./store-bucket.ts";

/** The store of this process, and where in it the process writes. */
export interface StoreLocation {
  readonly store: ObjectStore;
  readonly bucket: string;
  /**
   * All keys that this process writes begin with it: on Lambda the function's name and a slash, since its role may
   * write nothing else, or the name that the functions of one actor have in common; elsewhere nothing.
   */
  readonly keyPrefix: string;
}

// Its type alone is imported: a module that the handler shares would become one more file of a cold start.
const LOCAL: typeof LOCAL_BUCKET = "local";

let location: Promise<StoreLocation> | undefined;
let defaultDirectory: string | undefined;

/** Use `directory` as the store if the environment names none. Without effect once a store has been opened. */
export function setDefaultStore(directory: string): void {
  defaultDirectory = directory;
}

/**
 * The store that the environment names: `LAMBENT_STORE` is the path of a directory; without it, `LAMBENT_BUCKET` is the
 * name of an S3 bucket. The code for either is loaded on first use, since most tasks need neither. A store that has been
 * opened is kept; if opening fails, the next call tries again.
 * @throws {LambentError} if neither the environment nor {@link setDefaultStore} names a store
 */
export function currentStore(): Promise<StoreLocation> {
  location ??= openStore(
    process.env["LAMBENT_STORE"] ?? (process.env["LAMBENT_BUCKET"] === undefined ? defaultDirectory : undefined),
    process.env["LAMBENT_BUCKET"],
  ).catch((error: unknown) => {
    location = undefined;
    throw error;
  });
  return location;
}

async function openStore(directory: string | undefined, bucket: string | undefined): Promise<StoreLocation> {
  const owner = process.env["LAMBENT_KEY_PREFIX"] ?? process.env["AWS_LAMBDA_FUNCTION_NAME"];
  const keyPrefix = owner === undefined ? "" : `${owner}/`;
  if (directory !== undefined) {
    const { DirectoryStore } = await import("./directory-store.ts");
    return { store: new DirectoryStore(directory), bucket: bucket ?? LOCAL, keyPrefix };
  }
  if (bucket !== undefined) {
    const { S3Store } = await import("./s3-store.ts");
    return { store: new S3Store(), bucket, keyPrefix };
  }
  throw new LambentError(
    'no object store: set LAMBENT_BUCKET to an S3 bucket, or LAMBENT_STORE to a directory, in the environment; a script or a test may import "lambent/local" instead, which keeps objects in .lambent/store',
  );
}
