import { LambentError } from "../../sdk/base/errors.ts";
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
 * Directories that Lambent has for itself: in the bucket or, on one machine, in the store. A function's name is the
 * directory of all that it stores, cached results and large values among it.
 */
const RESERVED = new Set([FILES, ASSETS, "values/", "results/"]);

/**
 * What the addresses begin with by which whoever starts an execution may name files: in the service's bucket what lies
 * under `files/`, what its functions made by `S3File.from`, and its assets; and whatever is in a bucket that
 * `lambent.buckets` lists. Large values and cached results, which lie in the same bucket, are none of these.
 * @throws {LambentError} if a function or a granted bucket is called so that they would be
 */
export function callerFiles(owner: FileOwner): string[] {
  const { bucket, keyPrefix, functions, granted } = owner;
  for (const name of functions) checkName(name, owner);
  if (granted.includes(bucket)) throw ownBucketGranted(bucket);
  const keys = [FILES, ...functions.map((name) => `${name}/${FILES}`), `${keyPrefix}${ASSETS}`];
  return [...keys.map((key) => `s3://${bucket}/${key}`), ...granted.map((name) => `s3://${name}/`)];
}

/**
 * The keys in the service's bucket of what {@link callerFiles} lets through, as IAM's patterns. Each function has one
 * of its own: `*` matches slashes, too, so that one for all would let through what others store.
 */
export function callerKeyPatterns({ keyPrefix, functions }: FileOwner): string[] {
  return [FILES, ...functions.map((name) => `${name}/${FILES}`), `${keyPrefix}${ASSETS}`].map((key) => `${key}*`);
}

/** For a service's own bucket among those in which callers may name all objects. */
export function ownBucketGranted(bucket: string): LambentError {
  return new LambentError(
    `lambent.buckets lists ${bucket}, which is the service's own bucket: whoever starts an execution could have large values and cached results of all functions read there. Leave it out: files that callers may name lie under ${FILES} there, or in another bucket`,
  );
}

function checkName(name: string, { bucket, keyPrefix }: FileOwner): void {
  // Without regard to case, as file systems of macOS and Windows are.
  const directory = `${name.toLowerCase()}/`;
  if (!RESERVED.has(directory) && directory !== keyPrefix.toLowerCase()) return;
  throw new LambentError(
    `a function is named ${name}, and what it stores would lie under s3://${bucket}/${name}/, a directory of Lambent's own: ` +
      `callers may name files in it, or in ${FILES} or ${ASSETS} there. Give it another name in \`functions\` of serverless.yml, or leave the name out`,
  );
}
