import { fileURLToPath } from "node:url";
import { defineConfig, type ViteUserConfig } from "vitest/config";

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url));

const config: ViteUserConfig = defineConfig({
  // Decorators are not yet in any Node's syntax; esbuild lowers them for this target.
  esbuild: { target: "node20" },
  resolve: {
    alias: [
      { find: /^lambent$/, replacement: source("sdk/index.ts") },
      { find: /^lambent\/handler$/, replacement: source("handlers/handler.ts") },
      { find: /^lambent\/local$/, replacement: source("infra/local.ts") },
      { find: /^lambent\/emulator$/, replacement: source("infra/emulator/index.ts") },
      { find: /^lambent\/plugin$/, replacement: source("infra/plugin.ts") },
    ],
  },
  test: { include: ["test/**/*.test.ts"], testTimeout: 30_000, hookTimeout: 60_000 },
});
export default config;
