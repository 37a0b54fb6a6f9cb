import { fileURLToPath } from "node:url";
import { transform } from "esbuild";
import { defineConfig, type Plugin, type ViteUserConfig } from "vitest/config";

function source(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}

/** Vite's own step renames functions and leaves decorators, which no Node can parse yet. */
const typescript: Plugin = {
  name: "typescript-with-names",
  enforce: "pre",
  async transform(code, id) {
    if (!id.endsWith(".ts") || id.includes("node_modules")) return undefined;
    return transform(code, { loader: "ts", target: "node20", keepNames: true, sourcemap: true, sourcefile: id });
  },
};

const config: ViteUserConfig = defineConfig({
  plugins: [typescript],
  esbuild: false,
  resolve: {
    alias: [
      { find: /^lambent$/, replacement: source("sdk/index.ts") },
      { find: /^lambent\/handler$/, replacement: source("handlers/handler.ts") },
      { find: /^lambent\/local$/, replacement: source("infra/run/local.ts") },
      { find: /^lambent\/emulator$/, replacement: source("infra/emulator/index.ts") },
      { find: /^lambent\/plugin$/, replacement: source("infra/serverless/plugin.ts") },
    ],
  },
  test: {
    include: ["test/**/*.test.ts"],
    setupFiles: ["test/support/checked-definitions.ts"],
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
export default config;
