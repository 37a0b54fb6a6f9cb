// The last step of `npm run build`: puts packages into the built package that are many, or large, for the little of them
// that runs. What users install gets 46 packages and 20 MB smaller, and nothing that works is left to be installed.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { bundleEmulator } from "./bundle-emulator.mjs";

/** Modules that pass on what they import of such packages, and nothing else. */
const MODULES = ["infra/lint/parser", "infra/project/packages/file-tracer"];

/** What finds a compiled addon. The rest of node-pre-gyp are commands, which download, compile and publish. */
const FINDS_ADDONS =
  /[\\/]lib[\\/](?:node-pre-gyp|pre-binding|util[\\/](?:log|napi|s3_setup|versioning)|mock[\\/]http)\.js$/;

const withoutCommands = {
  name: "node-pre-gyp-without-commands",
  setup({ onLoad, onResolve }) {
    onLoad({ filter: /node-pre-gyp[\\/]lib[\\/]/ }, ({ path }) =>
      FINDS_ADDONS.test(path) ? undefined : { contents: "" },
    );
    onResolve({ filter: /^(?:aws-sdk|mock-aws-s3|nock)$/ }, ({ path }) => ({ path, external: true }));
  },
};

const packages = await build({
  entryPoints: MODULES.map((path) => `${path}.ts`),
  outbase: ".",
  outdir: "dist",
  allowOverwrite: true,
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20.19",
  minifySyntax: true,
  minifyWhitespace: true,
  metafile: true,
  // Packages of CommonJS require what Node.js itself has.
  banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
  plugins: [withoutCommands],
});

const outputs = [packages.metafile, ...(await bundleEmulator())].flatMap(({ outputs }) => Object.values(outputs));
/** The directories of the packages that are in the bundles. */
const directories = outputs.flatMap(({ inputs }) =>
  Object.keys(inputs).flatMap((path) => path.match(/^.*node_modules\/(?:@[^/]+\/)?[^/]+/)?.[0] ?? []),
);

const notices = [...new Set(directories)].toSorted().map((directory) => {
  const { name, version, license } = JSON.parse(readFileSync(join(directory, "package.json"), "utf8"));
  const texts = readdirSync(directory).filter((file) => /^licen[cs]e/i.test(file));
  return [`${name} ${version} (${license})`, ...texts.map((file) => readFileSync(join(directory, file), "utf8"))]
    .map((text) => text.trim())
    .join("\n\n");
});
writeFileSync("dist/THIRD-PARTY-LICENSES.txt", `${notices.join(`\n\n${"-".repeat(80)}\n\n`)}\n`);
