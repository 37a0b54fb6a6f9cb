import { ASSETS, type AssetStorage } from "../../sdk/values/asset-file.ts";

/** The directory of files, in a bucket and in each function's own part of it. */
export const FILES = "files/";

/** A service as far as it says where callers may name files. */
export interface FileOwner extends AssetStorage {
  /** The deployed names of its functions. */
  readonly functions: readonly string[];
  /** The names of the buckets in `lambent.buckets`. */
  readonly granted: readonly string[];
}

/**
 * What the addresses begin with by which whoever starts an execution may name files: in the service's bucket what lies
 * under `files/`, what its functions made by `S3File.from`, and its assets; and whatever is in a bucket that
 * `lambent.buckets` lists. Large values and cached results, which lie in the same bucket, are none of these.
 */
export function callerFiles({ bucket, keyPrefix, functions, granted }: FileOwner): string[] {
  const keys = [FILES, ...functions.map((name) => `${name}/${FILES}`), `${keyPrefix}${ASSETS}`];
  return [...keys.map((key) => `s3://${bucket}/${key}`), ...granted.map((name) => `s3://${name}/`)];
}

/**
 * The keys in the service's bucket of what {@link callerFiles} lets through, as IAM's patterns. Functions share one
 * where their names begin alike, since a role's policies have 10,240 characters.
 * @param common what the names of functions begin with unless their author has named them
 */
export function callerKeyPatterns({ keyPrefix, functions }: FileOwner, common: string): string[] {
  const names = new Set(functions.map((name) => (name.startsWith(common) ? `${common}*` : name)));
  return [`${FILES}*`, ...[...names].map((name) => `${name}/${FILES}*`), `${keyPrefix}${ASSETS}*`];
}
