import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { transform } from "esbuild";
import { defineConfig, type Plugin, type ViteUserConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

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
  "test/scripts/load.test.ts",
  "test/sdk/cache/heap.test.ts",
  "test/sdk/store/*.test.ts",
];

/** Files that take more than 40 s, the longest first. */
const LONGEST = [
  "scripts/simulate/family",
  "infra/serverless/deploy/assets",
  "infra/project/packages/real-packages",
  "infra/serverless/deploy/packaging",
  "infra/serverless/deploy/deploy",
  "tarball/npm",
  "tarball/yarn",
  "infra/serverless/deploy/template",
  "tarball/pnpm",
  "infra/serverless/deploy/package",
  "scripts/fuzz",
  "tutorial/everywhere",
].map((name) => source(`test/${name}.test.ts`));

/**
 * What takes longest begins first; of the others the largest files do, as without this. Else one of them begins when little
 * else is left, and the other workers wait for it.
 */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((a, b) => placeOf(a) - placeOf(b));
  }
}

function placeOf({ moduleId }: TestSpecification): number {
  const place = LONGEST.indexOf(moduleId);
  return place === -1 ? LONGEST.length : place;
}

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
    // So long that only what hangs is ended: nothing here measures time, and machines may be busy with other things.
    testTimeout: 120_000,
    hookTimeout: 180_000,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        extends: true,
        test: {
          name: "side by side",
          include: ["test/**/*.test.ts", ...MEASURING.map((one) => `!${one}`)],
          // Vitest's own number is one less than there are cores. Half of a test's time is waiting for a process that it has
          // started: with two workers on two cores, half of what the cores could do was not used.
          maxWorkers: availableParallelism() + 1,
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
