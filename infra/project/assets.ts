import { join } from "node:path";
import type { Plugin } from "esbuild";
import type { TracedAsset } from "../../sdk/authoring/asset.ts";
import type { AssetFile, AssetFiles, AssetStorage } from "../../sdk/values/asset-file.ts";
import { sourceFile } from "./tree-shaking/own-files.ts";

/** An asset, and where its content is on this machine. */
export interface AssetSource {
  readonly file: AssetFile;
  /** Absolute. */
  readonly source: string;
}

/** The files of all calls of `asset`, each content under one name once. */
export function sourcesOf(traced: readonly TracedAsset[], root: string): AssetSource[] {
  const byContent = new Map<string, AssetSource>();
  for (const file of traced.flatMap(({ files }) => files)) {
    const name = file.path.slice(file.path.lastIndexOf("/") + 1);
    byContent.set(`${file.version}/${name}`, { file, source: join(root, file.path) });
  }
  return [...byContent.values()];
}

/** Gives a function's bundle what tracing has found, in the place of the SDK's empty module. */
export function packagedAssets(traced: readonly TracedAsset[], { keyPrefix }: AssetStorage): Plugin {
  const files: AssetFiles = Object.fromEntries(
    traced.map(({ written, files, isPattern }): [string, AssetFile | readonly AssetFile[]] => {
      const [first] = files;
      return [written, isPattern || first === undefined ? files : first];
    }),
  );
  const module = sourceFile("sdk/values/packaged-assets");
  return {
    name: "lambent-assets",
    setup({ onLoad }) {
      onLoad({ filter: /[\\/]packaged-assets\.[jt]s$/, namespace: "file" }, ({ path }) =>
        path === module
          ? { contents: `export const PACKAGED_ASSETS = ${JSON.stringify({ keyPrefix, files })};` }
          : undefined,
      );
    },
  };
}
