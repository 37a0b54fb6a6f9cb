import type { ASSETS } from "./asset-file.ts";
import type { FileReference } from "./file-reference.ts";

// Its type alone is imported: a module that the handler shares would become one more file of a cold start.
const ASSET_DIRECTORY: typeof ASSETS = "assets/";

/**
 * Whether the address of a file names its content, as an asset's does. The version of such a file is a hash and no
 * `ETag`, and is not compared with one: other content has another address.
 */
export function isNamedByContent({ uri, version }: FileReference): boolean {
  return /^[0-9a-f]{64}$/.test(version) && uri.includes(`/${ASSET_DIRECTORY}${version}/`);
}
