/** What the bucket of a directory is called. */
export const LOCAL_BUCKET = "local";

/** The bucket of the store that the environment names. A directory's is `local` unless the environment names one. */
export function storeBucket(): string {
  return process.env["LAMBENT_BUCKET"] ?? LOCAL_BUCKET;
}
