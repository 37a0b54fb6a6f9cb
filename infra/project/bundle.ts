import { dirname, extname, join, relative } from "node:path";
import type { BuildFailure, Message, Metafile, OnLoadResult, OutputFile, Plugin } from "esbuild";
import { LambentError } from "../../sdk/base/errors.ts";
import { aliasPlugin, type BuildSettings } from "./build-settings.ts";
import type { Bundled, BundleJob, Bundler } from "./bundler.ts";
import { BESIDE, clientsPlugin, type ClientsPlace } from "./clients-plugin.ts";
import { LAMBENT_DIRECTORY } from "./names.ts";
import type { OutsidePackages } from "./packages/outside-packages.ts";
import { isOwnFile, sourceFile } from "./tree-shaking/own-files.ts";
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
  /** What the author's modules import, as text: another one means that an import leads to another file. */
  readonly graph: string;
  /** Whether it imports AWS clients that are in files of their own. */
  readonly needsClients: boolean;
}

export interface BundleFile {
  /** Relative to the bundle, with `/`. */
  readonly path: string;
  readonly contents: Uint8Array;
  /** Whether all of it is Lambent's own, or of AWS's clients for that: such files need no look at in each function. */
  readonly isOwn: boolean;
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
  /** The author's. */
  readonly authorsPlugins: readonly Plugin[];
  /** They come after the author's, and before those of this module. */
  readonly plugins: readonly Plugin[];
  /** Where the AWS clients are that Lambent's own code may load. */
  readonly clients: ClientsPlace;
  /** Bundles with the same one share what is parsed. */
  readonly bundler: Bundler;
}

/**
 * Bundle an entry for Lambda: as ES modules, with a chunk of its own for what `import(…)` imports, and with the names
 * of functions, which are the names of tasks and caches. Packages that cannot be part of a bundle are left out.
 * @param entry the entry's source text, for `index.mjs`; or several entries' files, absolute, each with its name
 * @throws {LambentError} with file and line, if the author's code does not bundle
 */
export async function bundle(entry: Entry, options: BundleOptions): Promise<Bundle> {
  for (;;) {
    const made = await bundleOnce(entry, options);
    if (made !== undefined) return made;
  }
}

/** @returns `undefined` if a package stood in the way, which is left out from now on */
async function bundleOnce(entry: Entry, options: BundleOptions): Promise<Bundle | undefined> {
  const { root, outside, bundler } = options;
  const found: OutsideImports = { imports: [], missing: new Set() };
  const built = await bundler.make(jobOf(entry, options, found)).catch((failure: BuildFailure) => {
    if (outside.learnFromFailure(failure, root)) return undefined;
    throw new LambentError((failure.errors ?? []).map(printMessage).join("\n") || failure.message, { cause: failure });
  });
  if (built === undefined) return undefined;
  outside.learnMissing(found.missing);
  const made = bundleOf(built, entryPoints(entry, root), options, found);
  // With packages left out, their own dependencies are no part of it either, so it is made anew.
  return outside.learn(made.sources, made.outside.imports) ? undefined : made;
}

function bundleOf(
  { metafile, outputFiles }: Bundled,
  entries: ReadonlySet<string>,
  options: BundleOptions,
  found: OutsideImports,
): Bundle {
  const { root } = options;
  const outputs = withoutUnusedChunks(metafile.outputs, entries);
  const inputs = Object.entries(metafile.inputs).filter(([path]) => !/^[\w-]{2,}:/.test(path)); // the others are no files
  const files = outputFiles
    .map((file) => ({ file, output: outputs[relative(root, file.path).replaceAll("\\", "/")] }))
    .flatMap(({ file, output }) =>
      output === undefined ? [] : [{ path: relative(virtualDirectory(root), file.path), file, output }],
    );
  function isAside(path: string): boolean {
    return options.sourceMap === false && path.endsWith(".map");
  }
  return {
    files: files
      .filter(({ path }) => !isAside(path))
      .map(({ path, file, output }) => ({ path, contents: contentsOf(file, options), isOwn: isOwn(output, root) }))
      .toSorted((left, right) => (left.path < right.path ? -1 : 1)),
    maps: new Map(
      files.filter(({ path }) => isAside(path)).map(({ path, file }) => [path.slice(0, -".map".length), file.text]),
    ),
    sources: inputs.map(([path]) => join(root, path)),
    commonJs: inputs.filter(([, { format }]) => format === "cjs").map(([path]) => join(root, path)),
    parts: partsOf(outputs, entries),
    outside: { ...found, imports: keptImports(found, outputs) },
    graph: graphOf(metafile.inputs),
    needsClients: Object.values(outputs).some(({ imports }) => imports.some(isClients)),
  };
}

function graphOf(inputs: Metafile["inputs"]): string {
  const authors = Object.entries(inputs).filter(([path]) => !path.includes("node_modules"));
  const lines = authors.map(([path, { imports, format }]) =>
    JSON.stringify([path, format, imports.map((one) => one.path)]),
  );
  return lines.toSorted().join("\n");
}

type Output = Metafile["outputs"][string];

function isClients({ path, external }: Output["imports"][number]): boolean {
  return external === true && path.startsWith(BESIDE);
}

function isOwn({ inputs }: Output, root: string): boolean {
  return Object.keys(inputs).every((path) => isOwnFile(join(root, path)));
}

/** The text of the module that a bundle begins with; or the files of several, each by the name that it gets. */
export type Entry = string | Readonly<Record<string, string>>;

/** As esbuild names them. */
function entryPoints(entry: Entry, root: string): Set<string> {
  if (typeof entry === "string") return new Set([ENTRY]);
  return new Set(Object.values(entry).map((file) => relative(root, file).replaceAll("\\", "/")));
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

/** The module that a bundle begins with. */
const ENTRY = "lambent:entry";
/** A module that is in no file, at the name that a bundle imports. */
function virtualModule(name: string, result: OnLoadResult): Plugin {
  const [namespace = "", path = ""] = name.split(":");
  return {
    name,
    setup({ onResolve, onLoad }) {
      onResolve({ filter: new RegExp(`^${name}$`) }, () => ({ path, namespace }));
      onLoad({ filter: new RegExp(`^${path}$`), namespace }, () => result);
    },
  };
}

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
  // The list alone is parsed: a map may have megabytes.
  return Buffer.from(
    file.text.replace(SOURCES, (_, before: string, list: string) => {
      const sources = JSON.parse(list) as readonly string[]; // as esbuild writes it
      return before + JSON.stringify(sources.map((source) => join(virtualDirectory(root), source)));
    }),
  );
}

/** The sources in a map of esbuild's, which has a line for each of its fields. */
const SOURCES = /^(\{\s*"version": 3,\s*"sources": )(\[.*\])(?=,$)/m;

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
function withoutUnusedChunks(outputs: Metafile["outputs"], entries: ReadonlySet<string>): Metafile["outputs"] {
  const used = reachable(outputs, entries, () => true);
  function isUnused(path: string): boolean {
    return path.endsWith(".mjs") && !used.has(path);
  }
  return Object.fromEntries(Object.entries(outputs).filter(([path]) => !isUnused(path.replace(/\.map$/, ""))));
}

/** The entries, and all files that they reach by imports of the kinds that are followed. */
function reachable(
  outputs: Metafile["outputs"],
  entries: ReadonlySet<string>,
  isFollowed: (kind: string) => boolean,
): Set<string> {
  const found = new Set<string>();
  function visit(path: string): void {
    if (found.has(path)) return;
    found.add(path);
    for (const { path: imported, kind } of outputs[path]?.imports ?? []) if (isFollowed(kind)) visit(imported);
  }
  for (const [path, { entryPoint = "" }] of Object.entries(outputs)) if (entries.has(entryPoint)) visit(path);
  return found;
}

function partsOf(outputs: Metafile["outputs"], entries: ReadonlySet<string>): BundlePart[] {
  const eager = reachable(outputs, entries, (kind) => kind === "import-statement");
  return Object.entries(outputs)
    .flatMap(([output, { inputs }]) =>
      Object.entries(inputs).map(([path, part]) => ({ path, bytes: part.bytesInOutput, isLazy: !eager.has(output) })),
    )
    .toSorted((left, right) => right.bytes - left.bytes);
}

function jobOf(entry: Entry, options: BundleOptions, found: OutsideImports): BundleJob {
  const { root, sdk, outside, settings, clients, authorsPlugins, plugins } = options;
  return {
    options: { ...esbuildOptions(options), entryPoints: typeof entry === "string" ? { index: ENTRY } : entry },
    first: typeof entry === "string" ? [virtualModule(ENTRY, { contents: entry, resolveDir: root })] : [],
    authors: authorsPlugins,
    last: [
      ...plugins,
      aliasPlugin(settings, root),
      ownModules(OWN_MODULES[sdk]),
      clientsPlugin(clients),
      LIGHT_BUILTINS_PLUGIN,
      outsidePlugin(outside.packages, (one) => outside.has(one), found, outside.namesToAsk),
    ],
  };
}

function esbuildOptions({ root, nodeVersion, minify, sourceMap, settings }: BundleOptions): BundleJob["options"] {
  return {
    absWorkingDir: root,
    outdir: virtualDirectory(root),
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
    // Stack traces only need positions, and on this machine the sources are where the map says. With their texts, Lambda
    // would unzip twice as much in a cold start, and this machine write and read twice as much at each reload.
    sourcesContent: false,
    legalComments: "none",
    logLevel: "silent",
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
