import type { FileReference } from "./file-reference.ts";

/** A file of the project that tasks may get, with the content that it had when the service was traced. */
export interface AssetFile {
  /** Relative to the project's directory, with `/`. */
  readonly path: string;
  /** The SHA-256 of the content, in hexadecimal digits: the `version` of its `S3File`. */
  readonly version: string;
  /** Its extension, without the dot. */
  readonly format: string;
  /** Bytes. */
  readonly size: number;
}

/** Where the assets of a service are stored. */
export interface AssetStorage {
  readonly bucket: string;
  /** What the keys begin with: empty, or the service's own part of the bucket, with a `/` at the end. */
  readonly keyPrefix: string;
}

/** By the path or pattern that `asset` was called with: a pattern stands for a list. */
export type AssetFiles = Readonly<Record<string, AssetFile | readonly AssetFile[]>>;

/** The directory of all assets, below the key prefix. */
export const ASSETS = "assets/";

/** The key of an asset names its content, so that an upload never replaces what executions may still read. */
export function assetKey({ path, version }: AssetFile, { keyPrefix }: AssetStorage): string {
  return `${keyPrefix}${ASSETS}${version}/${path.slice(path.lastIndexOf("/") + 1)}`;
}

/** What `asset` makes an `S3File` of. */
export function assetReference(file: AssetFile, storage: AssetStorage): FileReference {
  const { version, format } = file;
  return { uri: `s3://${storage.bucket}/${assetKey(file, storage)}`, version, format };
}
