import { readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { build } from "esbuild";

/** All bundles lie here, so that what a module finds beside itself is found from each of them by the same path. */
const BUNDLES = "dist/bundled";
const PROGRAM = "dist/scripts/cli.js";
const COMMAND = "dist/scripts/commands/serve-emulator.js";

/** Packages of CommonJS: to import one from a file of its own, Node.js loads a lexer that takes 8 MB. */
const PACKAGES = new Set(["commander", "jsonata"]);

function fromBundles(path) {
  return relative(BUNDLES, path).replaceAll("\\", "/");
}

const packages = {
  name: "packages",
  setup({ onResolve }) {
    onResolve({ filter: /^[^.]/ }, ({ path, kind }) =>
      kind === "entry-point" || PACKAGES.has(path) ? undefined : { path, external: true },
    );
  },
};

const ownModules = {
  name: "own-modules",
  setup({ onLoad, onResolve }) {
    // The program knows usage that is wrong by its class, of which there must be one.
    onResolve({ filter: /\/usage\.js$/ }, ({ path, resolveDir }) => ({
      path: fromBundles(join(resolveDir, path)),
      external: true,
    }));
    // A module in a bundle still finds what lies beside it.
    onLoad({ filter: /[\\/]dist[\\/]/ }, ({ path }) => {
      const place = `new URL(${JSON.stringify(fromBundles(path))}, import.meta.url).href`;
      return { contents: readFileSync(path, "utf8").replaceAll("import.meta.url", place) };
    });
  },
};

/** What commands do is loaded from the files that it is in; the authors' modules share classes with it. */
const commandsApart = {
  name: "commands-apart",
  setup({ onResolve }) {
    onResolve({ filter: /^\./ }, ({ path, kind, resolveDir }) =>
      kind === "dynamic-import" ? { path: fromBundles(join(resolveDir, path)), external: true } : undefined,
    );
  },
};

async function bundle(file, plugins) {
  const { metafile } = await build({
    entryPoints: [file],
    outdir: BUNDLES,
    bundle: true,
    splitting: true,
    platform: "node",
    format: "esm",
    target: "node20.19",
    minifySyntax: true,
    minifyWhitespace: true,
    metafile: true,
    // Packages of CommonJS require what Node.js itself has.
    banner: {
      js: 'import { createRequire as requireOf } from "node:module"; const require = requireOf(import.meta.url);',
    },
    plugins: [packages, ownModules, ...plugins],
  });
  return metafile;
}

/**
 * Joins the program's modules, and those of `lambent emulator`, in a few files: 260 files take 0.2 s of the processor and
 * 10 MiB more (docs/decisions/0067-what-an-idle-emulator-takes.md). What the emulator loads when it is used stays apart.
 * @returns esbuild's metafiles
 */
export async function bundleEmulator() {
  const metafiles = [await bundle(PROGRAM, [commandsApart]), await bundle(COMMAND, [])];
  writeFileSync(PROGRAM, '#!/usr/bin/env node\nimport "../bundled/cli.js";\n');
  writeFileSync(COMMAND, 'export { serveEmulator } from "../../bundled/serve-emulator.js";\n');
  return metafiles;
}
