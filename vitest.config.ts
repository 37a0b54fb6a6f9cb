import { availableParallelism } from "node:os";
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

/** Tests that measure time, or memory of this process: nothing runs beside them. */
const MEASURING = [
  "test/handlers/examples.test.ts",
  "test/infra/emulator/interpreter/{fairness,scale}.test.ts",
  "test/infra/run/timeline/page.test.ts",
  "test/sdk/cache/heap.test.ts",
  "test/sdk/store/*.test.ts",
];

const config: ViteUserConfig = defineConfig({
  plugins: [typescript],
  esbuild: false,
  resolve: {
    alias: [
      { find: /^lambent$/, replacement: source("sdk/index.ts") },
      { find: /^lambent\/handler$/, replacement: source("handlers/handler.ts") },
      { find: /^lambent\/local$/, replacement: source("infra/run/local.ts") },
      { find: /^lambent\/testing$/, replacement: source("infra/testing/testing.ts") },
      { find: /^lambent\/client$/, replacement: source("infra/client/client.ts") },
      { find: /^lambent\/emulator$/, replacement: source("infra/emulator/index.ts") },
      { find: /^lambent\/plugin$/, replacement: source("infra/serverless/plugin.ts") },
    ],
  },
  test: {
    setupFiles: ["test/support/checked-definitions.ts"],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: "side by side",
          include: ["test/**/*.test.ts", ...MEASURING.map((one) => `!${one}`)],
          // Vitest's own number is one less than there are cores. Of two cores one would wait: half of a test's time is
          // waiting for a process that it has started.
          maxWorkers: Math.max(2, availableParallelism() - 1),
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: { name: "measuring", include: MEASURING, maxWorkers: 1, sequence: { groupOrder: 2 } },
      },
    ],
  },
});
export default config;
