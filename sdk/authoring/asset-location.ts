import { storeBucket } from "../store/store-bucket.ts";
import type { AssetStorage } from "../values/asset-file.ts";

/** Where assets are found, and where they will be stored. */
export interface AssetLocation extends AssetStorage {
  /** The project's directory: assets' paths are relative to it. */
  readonly root: string;
  /** The directory for hashes of contents, which are computed again when a file changes. Absent: each time. */
  readonly hashes?: string;
}

/** The variable that tells the thread which traces a service: an {@link AssetLocation} as JSON. */
export const ASSET_LOCATION = "LAMBENT_ASSETS";

let hashes: string | undefined;

/** Keep hashes of contents in this directory if the environment does not say where. */
export function keepHashesIn(directory: string): void {
  hashes = directory;
}

/** Where the environment says, or else the directory in which the process was started. */
export function assetLocation(): AssetLocation {
  const written = process.env[ASSET_LOCATION];
  if (written !== undefined) return JSON.parse(written) as AssetLocation; // loadProject writes it
  const root = process.cwd();
  return { root, bucket: storeBucket(), keyPrefix: "", ...(hashes === undefined ? {} : { hashes }) };
}
