import { createHash, randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, extname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
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

/** A bundle on disk. */
export interface Bundle {
  /**
   * A directory that is named after the hash of the files in it; the entry is `index.mjs`. A reload that changes
   * nothing so gets the same directory, and replicas that still run never see their chunks change.
   */
  readonly directory: string;
  /** Absolute paths of the source files it was made of. */
  readonly sources: readonly string[];
  /** Absolute paths of those that are CommonJS modules. */
  readonly commonJs: readonly string[];
  /** What each source file takes in the bundle, the largest first. */
  readonly parts: readonly BundlePart[];
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
  /** The directory in which the bundle's own directory is made. */
  readonly outDir: string;
  /** The oldest major version of Node that must run it, such as `20` or `24`. */
  readonly nodeVersion: number;
  readonly minify: boolean;
  readonly sourceMap: boolean;
  /** What "lambent" is in it: `whole` is sdk/index.ts, which traces workflows; `replica` is sdk/replica.ts. */
  readonly sdk: "whole" | "replica";
  /** Of esbuild. They come before those of this module. */
  readonly plugins?: readonly Plugin[];
}

/**
 * Bundle an entry for Lambda: as ES modules, with a chunk of its own for what `import(…)` imports, and with the names
 * of functions, which are the names of tasks and caches.
 * @param entry the entry's source text
 * @throws {LambentError} with file and line, if the author's code does not bundle
 */
export async function bundle(entry: string, options: BundleOptions): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    ...settings(options),
    stdin: { contents: entry, resolveDir: options.root, sourcefile: ENTRY },
  }).catch((failure: BuildFailure) => {
    throw new LambentError((failure.errors ?? []).map(printMessage).join("\n") || failure.message, { cause: failure });
  });
  const outputs = withoutUnusedChunks(metafile.outputs);
  const files = outputFiles
    .filter(({ path }) => Object.hasOwn(outputs, relative(options.root, path).replaceAll("\\", "/")))
    .map((file) => ({ path: relative(outdir(options), file.path), contents: withoutUnusedRequire(file) }))
    .toSorted((left, right) => (left.path < right.path ? -1 : 1));
  const hash = createHash("sha256");
  for (const { path, contents } of files) hash.update(`${path}\0${contents.byteLength}\0`).update(contents);
  const directory = join(options.outDir, hash.digest("hex").slice(0, HASH_LENGTH));
  if (!existsSync(directory)) await writeWhole(directory, files);
  const inputs = Object.entries(metafile.inputs).filter(
    ([path]) => path !== ENTRY && !/^(lambent|light-builtins):/.test(path), // the others are files
  );
  function absolute(path: string): string {
    return join(options.root, path);
  }
  return {
    directory,
    sources: inputs.map(([path]) => absolute(path)),
    commonJs: inputs.filter(([, { format }]) => format === "cjs").map(([path]) => absolute(path)),
    parts: partsOf(outputs),
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
const HASH_LENGTH = 16;

/**
 * The output directory for esbuild. Nothing is written to it: the final one is known once the files are hashed.
 * Source maps have paths relative to it, so it is as deep as the final one.
 */
function outdir({ outDir }: BundleOptions): string {
  return join(outDir, "0".repeat(HASH_LENGTH));
}

/** Write all files or none: if it is interrupted, there is no directory of the final name. */
async function writeWhole(directory: string, files: readonly { path: string; contents: Uint8Array }[]): Promise<void> {
  const temporary = `${directory}.${randomUUID()}`;
  await mkdir(temporary, { recursive: true });
  for (const { path, contents } of files) await writeFile(join(temporary, path), contents);
  await rename(temporary, directory).catch(async (error: NodeJS.ErrnoException) => {
    await rm(temporary, { recursive: true, force: true });
    if (!existsSync(directory)) throw error; // if it exists, another process has written the same files
  });
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

function settings(options: BundleOptions): BuildOptions & { readonly write: false; readonly metafile: true } {
  const { root, nodeVersion, minify, sourceMap, sdk, plugins = [] } = options;
  return {
    absWorkingDir: root,
    outdir: outdir(options),
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
    sourcemap: sourceMap ? "linked" : false,
    // Stack traces only need positions. With the sources' texts, Lambda would unzip twice as much in a cold start.
    sourcesContent: !minify,
    legalComments: "none",
    logLevel: "silent",
    plugins: [...plugins, ownModules(OWN_MODULES[sdk]), LIGHT_BUILTINS_PLUGIN],
    banner: { js: REQUIRE },
    // What CommonJS dependencies have as these two is the bundle's own directory, which is also where native add-ons
    // are copied to (`loader` below).
    define: { __dirname: "import.meta.dirname", __filename: "import.meta.filename" },
    loader: { ".node": "copy" },
  };
}

const OWN_MODULES: Readonly<Record<BundleOptions["sdk"], ReadonlyMap<string, string>>> = {
  whole: new Map([
    ["lambent", "../../sdk/index"],
    ["lambent/handler", "../../handlers/handler"],
  ]),
  replica: new Map([
    ["lambent", "../../sdk/replica"],
    ["lambent/handler", "../../handlers/replica"],
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

/** The path of a file of this package, given relative to this one and without extension: that of this file is added. */
export function sourceFile(path: string): string {
  const here = fileURLToPath(import.meta.url);
  return join(dirname(here), `${path}${here.endsWith(".ts") ? ".ts" : ".js"}`);
}

function printMessage({ text, location }: Message): string {
  return location === null
    ? text
    : `${location.file}:${location.line}:${location.column + 1}: ${text}\n    ${location.lineText.trim()}`;
}
