import { LambentError } from "../base/errors.ts";
import { storeBucket } from "../store/store-bucket.ts";
import { assetReference, type AssetFile } from "./asset-file.ts";
import type { AssetFunction } from "./asset-types.ts";
import { S3File } from "./file.ts";
import { PACKAGED_ASSETS } from "./packaged-assets.ts";

/**
 * `asset` in a replica: the `S3File` that tracing made of the same path.
 * @throws {LambentError} if tracing did not see this call
 */
export const asset: AssetFunction = ((path: string): S3File | S3File[] => {
  const { keyPrefix, files } = PACKAGED_ASSETS;
  const found = Object.hasOwn(files, path) ? files[path] : undefined;
  if (found === undefined) throw unseenAsset(path);
  const storage = { bucket: storeBucket(), keyPrefix };
  function made(file: AssetFile): S3File {
    return new S3File(assetReference(file, storage));
  }
  return isList(found) ? found.map(made) : made(found);
  // Whether the path is a pattern, and its extension, are in the call's type; here they are in what was traced.
}) as AssetFunction;

function isList(found: AssetFile | readonly AssetFile[]): found is readonly AssetFile[] {
  return Array.isArray(found);
}

/** The error of a call that is made while a task runs, and so was not made while the service was traced. */
export function unseenAsset(path: string): LambentError {
  return new LambentError(
    `asset(${JSON.stringify(path)}) was called in a task, where nobody saw that the file is needed: call it at the module's top level, and use what it returns`,
  );
}
