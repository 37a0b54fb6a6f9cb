import { dirname, extname, join, relative } from "node:path";
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
import { aliasPlugin, type BuildSettings } from "./build-settings.ts";
import { LAMBENT_DIRECTORY } from "./names.ts";
import type { OutsidePackages } from "./packages/outside-packages.ts";
import { sourceFile } from "./tree-shaking/own-files.ts";
import { outsidePlugin, type OutsideImport, type OutsideImports } from "./packages/outside-plugin.ts";

/** A bundle, in memory. Its entry is `index.mjs`. */
export interface Bundle {
  readonly files: readonly BundleFile[];
  /** Source maps that are not among the files, by the path of the file that each is for. */
  readonly maps: ReadonlyMap<string, string>;
  /** Absolute paths of the source files it was made of. */
  readonly sources: readonly string[];
  /** Absolute paths of those that are CommonJS modules. */
  readonly commonJs: readonly string[];
  /** What each source file takes in the bundle, the largest first. */
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
  /** Relative to the root. */
  readonly path: string;
  readonly bytes: number;
  /** Whether it is in a chunk that is only loaded on first use (`import(…)`), and not before the first request. */
  readonly isLazy: boolean;
}

export interface BundleOptions {
  /** The project's directory: the author's imports are resolved from it. */
  readonly root: string;
  /** The oldest major version of Node that must run it, such as `20` or `24`. */
  readonly nodeVersion: number;
  readonly minify: boolean;
  /** Whether its files have source maps, and whether their sources are paths from the root or files of this machine. */
  readonly sourceMap: false | "relative" | "local";
  /** What "lambent" is in it: `whole` is sdk/index.ts, which traces workflows; `replica` is sdk/replica.ts. */
  readonly sdk: "whole" | "replica";
  /** The packages that are not part of it. */
  readonly outside: OutsidePackages;
  readonly settings: BuildSettings;
  /** Of esbuild. They come before those of this module. */
  readonly plugins?: readonly Plugin[];
}

/**
 * Bundle an entry for Lambda: as ES modules, with a chunk of its own for what `import(…)` imports, and with the names
 * of functions, which are the names of tasks and caches. Packages that cannot be part of a bundle are left out.
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
  const outputs = withoutUnusedChunks(built.metafile.outputs);
  const inputs = Object.entries(built.metafile.inputs).filter(
    ([path]) => path !== ENTRY && !/^[\w-]{2,}:/.test(path), // the others are files
  );
  const files = built.outputFiles
    .filter(({ path }) => Object.hasOwn(outputs, relative(root, path).replaceAll("\\", "/")))
    .map((file) => ({ path: relative(virtualDirectory(root), file.path), file }));
  function isAside(path: string): boolean {
    return options.sourceMap === false && path.endsWith(".map");
  }
  return {
    files: files
      .filter(({ path }) => !isAside(path))
      .map(({ path, file }) => ({ path, contents: contentsOf(file, options) }))
      .toSorted((left, right) => (left.path < right.path ? -1 : 1)),
    maps: new Map(
      files.filter(({ path }) => isAside(path)).map(({ path, file }) => [path.slice(0, -".map".length), file.text]),
    ),
    sources: inputs.map(([path]) => join(root, path)),
    commonJs: inputs.filter(([, { format }]) => format === "cjs").map(([path]) => join(root, path)),
    parts: partsOf(outputs),
    outside: { ...found, imports: keptImports(found, outputs) },
  };
}

/**
 * The files that the errors of a {@link bundle} are in, and those that these would import, if they were there. Absolute.
 * @param error what it threw
 */
export function filesOfErrors(error: unknown, root: string): string[] {
  const { errors = [] }: Partial<BuildFailure> = error instanceof Error && isFailure(error.cause) ? error.cause : {};
  return errors.flatMap(({ text, location }) => {
    if (location === null) return [];
    const file = join(root, location.file);
    const [, specifier] = /^Could not resolve "(\.[^"]*)"/.exec(text) ?? [];
    if (specifier === undefined) return [file];
    const missing = join(dirname(file), specifier);
    return extname(missing) === "" ? [file, missing, join(missing, "index")] : [file, missing];
  });
}

function isFailure(value: unknown): value is BuildFailure {
  return value instanceof Error && "errors" in value;
}

const ENTRY = "lambent-entry.js";
const LIGHT = "light-builtins";

/**
 * Bundled CommonJS dependencies call `require` for Node's own modules. An ES module does not have it and has to make
 * it.
 */
const REQUIRE = 'const require = process.getBuiltinModule("node:module").createRequire(import.meta.url);';

/** Most files do not call `require`, and making it takes time. The line stays, empty, so that source maps are right. */
function withoutUnusedRequire({ text, contents }: OutputFile): Uint8Array {
  if (!text.startsWith(REQUIRE)) return contents;
  const rest = text.slice(REQUIRE.length);
  return /\brequire\b/.test(rest) ? contents : Buffer.from(rest);
}

/** A file as it is written: a source map of this machine's names its sources by where they really are. */
function contentsOf(file: OutputFile, { sourceMap, root }: BundleOptions): Uint8Array {
  if (sourceMap !== "local" || !file.path.endsWith(".map")) return withoutUnusedRequire(file);
  const map = JSON.parse(file.text) as { readonly sources: readonly string[] }; // as esbuild writes it
  const sources = map.sources.map((source) => join(virtualDirectory(root), source));
  return Buffer.from(JSON.stringify({ ...map, sources }));
}

/** The source file of a path in a source map, relative to the root. */
export function sourceInMap(path: string): string {
  return join(LAMBENT_DIRECTORY, "bundle", path).replaceAll("\\", "/");
}

/** The output directory for esbuild, which writes nothing to it. Source maps have paths relative to it. */
function virtualDirectory(root: string): string {
  return join(root, LAMBENT_DIRECTORY, "bundle");
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

/**
 * Without the chunks that nothing imports: esbuild makes a chunk for each `import(…)`, also for one in code it drops.
 */
function withoutUnusedChunks(outputs: Metafile["outputs"]): Metafile["outputs"] {
  const used = reachable(outputs, () => true);
  function isUnused(path: string): boolean {
    return path.endsWith(".mjs") && !used.has(path);
  }
  return Object.fromEntries(Object.entries(outputs).filter(([path]) => !isUnused(path.replace(/\.map$/, ""))));
}

/** The entry, and all files that it reaches by imports of the kinds that are followed. */
function reachable(outputs: Metafile["outputs"], isFollowed: (kind: string) => boolean): Set<string> {
  const found = new Set<string>();
  function visit(path: string): void {
    if (found.has(path)) return;
    found.add(path);
    for (const { path: imported, kind } of outputs[path]?.imports ?? []) if (isFollowed(kind)) visit(imported);
  }
  for (const [path, { entryPoint }] of Object.entries(outputs)) if (entryPoint === ENTRY) visit(path);
  return found;
}

function partsOf(outputs: Metafile["outputs"]): BundlePart[] {
  const eager = reachable(outputs, (kind) => kind === "import-statement");
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
    sourcemap: sourceMap === false ? "external" : "linked",
    // Stack traces only need positions. With the sources' texts, Lambda would unzip twice as much in a cold start.
    sourcesContent: !minify,
    legalComments: "none",
    logLevel: "silent",
    plugins: [
      ...plugins,
      aliasPlugin(settings, root),
      ownModules(OWN_MODULES[sdk]),
      LIGHT_BUILTINS_PLUGIN,
      outsidePlugin(outside.packages, (one) => outside.has(one), found),
    ],
    banner: { js: REQUIRE },
    conditions: [...(settings.conditions ?? []), "module"],
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

/** Resolves "lambent" to this copy of the package, so that the plugin and the bundled code are of the same version. */
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
 * Stand-ins for modules of Node that middy imports: streams, which only handlers that stream their responses need, and
 * timers, whose module loads that of timers' promises too. Loading the real ones takes 5 ms of a cold start on Node 24,
 * more than all of middy and Lambent. test/infra/project/load-project.test.ts runs a bundle: it fails if a later
 * version of middy needs more than these.
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
