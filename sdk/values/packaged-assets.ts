import type { AssetFiles } from "./asset-file.ts";

/**
 * The assets that the author's modules name. Where a function is bundled, this module is replaced by one with what
 * tracing has found, so that a replica reads no file and no variable for them, and a function that uses no asset has
 * none of this in its bundle.
 */
export const PACKAGED_ASSETS: { readonly keyPrefix: string; readonly files: AssetFiles } = { keyPrefix: "", files: {} };
