import { assetKey, type AssetStorage } from "../../sdk/values/asset-file.ts";
import type { ObjectStore } from "../../sdk/store/object-store.ts";
import type { AssetSource } from "../project/assets.ts";

/** Bytes: larger files take so long to copy that it is said. */
const TOLD = 100_000_000;

/** Put the assets of a service into this machine's store, each content once: what is there is not copied again. */
export async function storeAssets(
  assets: readonly AssetSource[],
  store: ObjectStore,
  storage: AssetStorage,
  say: (line: string) => void,
): Promise<void> {
  for (const { file, source } of assets) {
    const key = assetKey(file, storage);
    if ((await store.head(storage.bucket, key)) !== undefined) continue;
    if (file.size > TOLD) say(`copying ${file.path} (${Math.round(file.size / 1e6)} MB) to the store`);
    await store.put(storage.bucket, key, { file: source }, { ifAbsent: true });
  }
}
