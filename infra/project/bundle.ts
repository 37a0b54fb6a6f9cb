import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import {
  build,
  type BuildFailure,
  type BuildOptions,
  type Message,
  type Metafile,
  type OutputFile,
  type Plugin,
} from "esbuild";
import { LambentError } from "../../sdk/base/errors.ts";
import type { BuildSettings } from "./build-settings.ts";
import type { OutsidePackages } from "./packages/outside-packages.ts";
import { sourceFile } from "./tree-shaking/own-files.ts";
import { outsidePlugin, type OutsideImport, type OutsideImports } from "./packages/outside-plugin.ts";

/** A bundle, in memory. Its entry is `index.mjs`. */
export interface Bundle {
  readonly files: readonly BundleFile[];
  /** The source files it was made of, absolute. */
  readonly sources: readonly string[];
  /** The source files that are CommonJS, absolute. */
  readonly commonJs: readonly string[];
  /** Bytes that each source takes in the bundle, the largest first; paths relative to the root. */
  readonly parts: readonly BundlePart[];
  /** What it imports of packages that lie beside it. */
  readonly outside: OutsideImports;
}

export interface BundleFile {
  /** Relative to the bundle, with `/`. */
  readonly path: string;
  readonly contents: Uint8Array;
}

export interface BundlePart {
  readonly path: string;
  readonly bytes: number;
  /** Whether it loads when it is first used, and not before the first request. */
  readonly isLazy: boolean;
}

export interface BundleOptions {
  /** Where to resolve the author's imports from. */
  readonly root: string;
  /** Oldest Node that must run it, such as `20` or `24`. */
  readonly nodeVersion: number;
  readonly minify: boolean;
  /** Whether there are source maps, and what they name sources from: the root, or sources that lie on this machine. */
  readonly sourceMap: false | "relative" | "local";
  /** What "lambent" is in it: all of it, to trace and describe, or what runs tasks alone. */
  readonly sdk: "whole" | "replica";
  /** The packages that are not part of it. */
  readonly outside: OutsidePackages;
  readonly settings: BuildSettings;
  /** Asked before this module's own. */
  readonly plugins?: readonly Plugin[];
}

/**
 * Bundle an entry as Lambda gets it: ESM, split so that what is imported lazily is loaded lazily, function
 * names kept (tasks and caches are known by them). Packages that cannot be part of a bundle are left out.
 * @param entry the entry's source text
 * @throws {LambentError} with file and line, if the author's code does not bundle
 */
export async function bundle(entry: string, options: BundleOptions): Promise<Bundle> {
  for (;;) {
    const made = await bundleOnce(entry, options);
    // With packages left out, their own dependencies are no part of it either, so it is made anew.
    if (made !== undefined && !options.outside.learn(made.sources, made.outside.imports)) return made;
  }
}

/** @returns `undefined` if a package stood in the way, which is left out from now on */
async function bundleOnce(entry: string, options: BundleOptions): Promise<Bundle | undefined> {
  const { root, outside } = options;
  const found: OutsideImports = { imports: [], missing: new Set() };
  const built = await build({
    ...esbuildOptions(options, found),
    stdin: { contents: entry, resolveDir: root, sourcefile: ENTRY },
  }).catch((failure: BuildFailure) => {
    if (outside.learnFromFailure(failure, root)) return undefined;
    throw new LambentError((failure.errors ?? []).map(printMessage).join("\n") || failure.message, { cause: failure });
  });
  if (built === undefined) return undefined;
  const outputs = withoutOrphans(built.metafile.outputs);
  const inputs = Object.entries(built.metafile.inputs).filter(
    ([path]) => path !== ENTRY && !/^[\w-]{2,}:/.test(path), // files alone
  );
  return {
    files: built.outputFiles
      .filter(({ path }) => Object.hasOwn(outputs, relative(root, path).replaceAll("\\", "/")))
      .map((file) => ({ path: relative(virtualDirectory(root), file.path), contents: withoutNeedlessBanner(file) }))
      .toSorted((left, right) => (left.path < right.path ? -1 : 1)),
    sources: inputs.map(([path]) => join(root, path)),
    commonJs: inputs.filter(([, { format }]) => format === "cjs").map(([path]) => join(root, path)),
    parts: partsOf(outputs),
    outside: { ...found, imports: keptImports(found, outputs) },
  };
}

const ENTRY = "lambent-entry.js";
const LIGHT = "light-builtins";

/** CommonJS dependencies call require() for Node's own modules, which an ES module has to make itself. */
const REQUIRE = 'const require = process.getBuiltinModule("node:module").createRequire(import.meta.url);';

/** Most files call nothing by require(), and making one takes time in each. The line stays, for the source map's sake. */
function withoutNeedlessBanner({ text, contents }: OutputFile): Uint8Array {
  if (!text.startsWith(REQUIRE)) return contents;
  const rest = text.slice(REQUIRE.length);
  return /\brequire\b/.test(rest) ? contents : Buffer.from(rest);
}

/** Where the bundle is to esbuild, which writes nothing: source maps name sources from there, wherever the files go. */
function virtualDirectory(root: string): string {
  return join(root, ".lambent", "bundle");
}

/** Those that are left when what no task uses is gone. */
function keptImports({ imports }: OutsideImports, outputs: Metafile["outputs"]): OutsideImport[] {
  const kept = new Set(
    Object.values(outputs).flatMap((output) =>
      output.imports.filter(({ external }) => external).map(({ path }) => path),
    ),
  );
  return imports.filter(({ specifier }) => kept.has(specifier));
}

/** esbuild makes a chunk of what is imported lazily before it finds that nothing is left which would import it. */
function withoutOrphans(outputs: Metafile["outputs"]): Metafile["outputs"] {
  const loaded = loadedBy(outputs, () => true);
  function isLost(path: string): boolean {
    return path.endsWith(".mjs") && !loaded.has(path);
  }
  return Object.fromEntries(Object.entries(outputs).filter(([path]) => !isLost(path.replace(/\.map$/, ""))));
}

/** The outputs that the entry leads to by the imports that are followed. */
function loadedBy(outputs: Metafile["outputs"], isFollowed: (kind: string) => boolean): Set<string> {
  const loaded = new Set<string>();
  function visit(path: string): void {
    if (loaded.has(path)) return;
    loaded.add(path);
    for (const { path: imported, kind } of outputs[path]?.imports ?? []) if (isFollowed(kind)) visit(imported);
  }
  for (const [path, { entryPoint }] of Object.entries(outputs)) if (entryPoint === ENTRY) visit(path);
  return loaded;
}

function partsOf(outputs: Metafile["outputs"]): BundlePart[] {
  const eager = loadedBy(outputs, (kind) => kind === "import-statement");
  return Object.entries(outputs)
    .flatMap(([output, { inputs }]) =>
      Object.entries(inputs).map(([path, part]) => ({ path, bytes: part.bytesInOutput, isLazy: !eager.has(output) })),
    )
    .toSorted((left, right) => right.bytes - left.bytes);
}

function esbuildOptions(
  options: BundleOptions,
  found: OutsideImports,
): BuildOptions & { readonly write: false; readonly metafile: true } {
  const { root, nodeVersion, minify, sourceMap, sdk, outside, settings, plugins = [] } = options;
  return {
    absWorkingDir: root,
    outdir: virtualDirectory(root),
    entryNames: "index",
    chunkNames: "chunk-[hash]",
    outExtension: { ".js": ".mjs" },
    bundle: true,
    write: false,
    metafile: true,
    format: "esm",
    platform: "node",
    target: `node${nodeVersion}`,
    mainFields: ["module", "main"],
    splitting: true,
    keepNames: true,
    minify,
    sourcemap: sourceMap === false ? false : "linked",
    ...(sourceMap === "local" ? { sourceRoot: `${pathToFileURL(virtualDirectory(root)).href}/` } : {}),
    // Stack traces need positions alone; the texts would double what Lambda unzips at a cold start.
    sourcesContent: !minify,
    legalComments: "none",
    logLevel: "silent",
    plugins: [
      ...plugins,
      ownModules(OWN_MODULES[sdk]),
      LIGHT_BUILTINS_PLUGIN,
      outsidePlugin(outside.packages, (one) => outside.has(one), found),
    ],
    banner: { js: REQUIRE },
    conditions: [...(settings.conditions ?? []), "module"],
    alias: { ...settings.alias },
    // Whoever imports these is left out of the bundle, unless the author says what they are.
    loader: { ".node": "empty", ".wasm": "empty", ...settings.loader },
  };
}

const OWN_MODULES: Readonly<Record<BundleOptions["sdk"], ReadonlyMap<string, string>>> = {
  whole: new Map([
    ["lambent", "sdk/index"],
    ["lambent/handler", "handlers/handler"],
  ]),
  replica: new Map([
    ["lambent", "sdk/replica"],
    ["lambent/handler", "handlers/replica"],
  ]),
};

/** This package by its name is this very copy of it: the plugin and what it bundles are of one version. */
function ownModules(files: ReadonlyMap<string, string>): Plugin {
  return {
    name: "lambent",
    setup({ onResolve }) {
      onResolve({ filter: /^lambent(\/.*)?$/ }, ({ path }) => {
        const file = files.get(path);
        if (file !== undefined) return { path: sourceFile(file) };
        return {
          errors: [{ text: `"${path}" is for scripts and tests; a workflow's module imports "lambent" alone` }],
        };
      });
    },
  };
}

/**
 * What middy imports of Node's: streams, for handlers that stream their responses, as ours does not, and timers, which
 * bring promises of them along. Loading these would cost more than all of middy and Lambent, 5 ms of a cold start on
 * Node 24. `test/infra/project.test.ts` runs a bundle, so a middy that needs more of them is told there.
 */
const LIGHT_BUILTINS: Readonly<Record<string, string>> = {
  "node:stream": "export const Readable = undefined;",
  "node:stream/promises": "export const pipeline = undefined;",
  "node:stream/web": "export const ReadableStream = undefined;",
  "node:timers": "export const setTimeout = globalThis.setTimeout;",
};

const LIGHT_BUILTINS_PLUGIN: Plugin = {
  name: LIGHT,
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:/ }, ({ path, importer }) =>
      Object.hasOwn(LIGHT_BUILTINS, path) && /[\\/]@middy[\\/]core[\\/]/.test(importer)
        ? { path, namespace: LIGHT }
        : undefined,
    );
    onLoad({ filter: /.*/, namespace: LIGHT }, ({ path }) => ({ contents: LIGHT_BUILTINS[path] ?? "" }));
  },
};

function printMessage({ text, location }: Message): string {
  return location === null
    ? text
    : `${location.file}:${location.line}:${location.column + 1}: ${text}\n    ${location.lineText.trim()}`;
}
