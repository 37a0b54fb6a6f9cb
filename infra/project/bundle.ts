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
  /** Its own directory, named after its content; the entry is `index.mjs` in it. */
  readonly directory: string;
  /** The source files it was made of, absolute. */
  readonly sources: readonly string[];
  /** The source files that are CommonJS, absolute. */
  readonly commonJs: readonly string[];
  /** Bytes that each source takes in the bundle, the largest first; paths relative to the root. */
  readonly parts: readonly BundlePart[];
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
  /** The directory under which the bundle gets one of its own. */
  readonly outDir: string;
  /** Oldest Node that must run it, such as `20` or `24`. */
  readonly nodeVersion: number;
  readonly minify: boolean;
  readonly sourceMap: boolean;
  /** What "lambent" is in it: all of it, to trace and describe, or what runs tasks alone. */
  readonly sdk: "whole" | "replica";
  /** Asked before this module's own. */
  readonly plugins?: readonly Plugin[];
}

/**
 * Bundle an entry as Lambda gets it: ESM, split so that what is imported lazily is loaded lazily, function
 * names kept (tasks and caches are known by them).
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
  const outputs = withoutOrphans(metafile.outputs);
  const files = outputFiles
    .filter(({ path }) => Object.hasOwn(outputs, relative(options.root, path).replaceAll("\\", "/")))
    .map((file) => ({ path: relative(outdir(options), file.path), contents: withoutNeedlessBanner(file) }))
    .toSorted((left, right) => (left.path < right.path ? -1 : 1));
  const hash = createHash("sha256");
  for (const { path, contents } of files) hash.update(`${path}\0${contents.byteLength}\0`).update(contents);
  const directory = join(options.outDir, hash.digest("hex").slice(0, HASH_LENGTH));
  if (!existsSync(directory)) await writeWhole(directory, files);
  const inputs = Object.entries(metafile.inputs).filter(
    ([path]) => path !== ENTRY && !/^(lambent|light-builtins):/.test(path), // files alone
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

/** CommonJS dependencies call require() for Node's own modules, which an ES module has to make itself. */
const REQUIRE = 'const require = process.getBuiltinModule("node:module").createRequire(import.meta.url);';

/** Most files call nothing by require(), and making one takes time in each. The line stays, for the source map's sake. */
function withoutNeedlessBanner({ text, contents }: OutputFile): Uint8Array {
  if (!text.startsWith(REQUIRE)) return contents;
  const rest = text.slice(REQUIRE.length);
  return /\brequire\b/.test(rest) ? contents : Buffer.from(rest);
}
const HASH_LENGTH = 16;

/** Source maps name sources relative to it, so it stands as deep as the directory that the content's hash will name. */
function outdir({ outDir }: BundleOptions): string {
  return join(outDir, "0".repeat(HASH_LENGTH));
}

/** What is cut short leaves nothing under the bundle's name. */
async function writeWhole(directory: string, files: readonly { path: string; contents: Uint8Array }[]): Promise<void> {
  const part = `${directory}.${randomUUID()}`;
  await mkdir(part, { recursive: true });
  for (const { path, contents } of files) await writeFile(join(part, path), contents);
  await rename(part, directory).catch(async (error: NodeJS.ErrnoException) => {
    await rm(part, { recursive: true, force: true });
    if (!existsSync(directory)) throw error; // else another process wrote the same
  });
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
    // Stack traces need positions alone; the texts would double what Lambda unzips at a cold start.
    sourcesContent: !minify,
    legalComments: "none",
    logLevel: "silent",
    plugins: [...plugins, ownModules(OWN_MODULES[sdk]), LIGHT_BUILTINS_PLUGIN],
    banner: { js: REQUIRE },
    // CommonJS dependencies may ask where they lie: in the bundle, and beside them the add-ons that they load.
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
 * Node 24. `test/infra/project/load-project.test.ts` runs a bundle, so a middy that needs more of them is told there.
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

/** A file of this package: TypeScript or JavaScript, as this one is. One copy of the SDK serves all modules. */
export function sourceFile(path: string): string {
  const here = fileURLToPath(import.meta.url);
  return join(dirname(here), `${path}${here.endsWith(".ts") ? ".ts" : ".js"}`);
}

function printMessage({ text, location }: Message): string {
  return location === null
    ? text
    : `${location.file}:${location.line}:${location.column + 1}: ${text}\n    ${location.lineText.trim()}`;
}
