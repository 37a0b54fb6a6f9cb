import { createHash } from "node:crypto";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type BuildFailure, type BuildOptions, type Message } from "esbuild";
import { LambentError } from "../sdk/errors.ts";

/** A bundle on disk. */
export interface Bundle {
  /** Its own directory, named after its content; the entry is `index.mjs` in it. */
  readonly directory: string;
  /** The source files it was made of, absolute. */
  readonly sources: readonly string[];
}

export interface BundleOptions {
  /** Where to resolve the author's imports from. */
  readonly root: string;
  /** The directory under which the bundle gets one of its own. */
  readonly outDir: string;
  /** Oldest Node that must run it, such as `20` or `24`. */
  readonly nodeVersion: number;
  readonly minify: boolean;
}

/**
 * Bundle an entry as Lambda gets it: ESM, split so that what is imported lazily is loaded lazily, function
 * names kept (tasks and caches are known by them).
 * @param entry the entry's source text
 * @throws {LambentError} with file and line, if the author's code does not bundle
 */
export async function bundle(entry: string, options: BundleOptions): Promise<Bundle> {
  const { outputFiles = [], metafile } = await build({
    ...settings(options),
    stdin: { contents: entry, resolveDir: options.root, sourcefile: "lambent-entry.js" },
  }).catch((failure: BuildFailure) => {
    throw new LambentError((failure.errors ?? []).map(printMessage).join("\n") || failure.message, { cause: failure });
  });
  const files = outputFiles
    .map((file) => ({ path: relative(OUT, file.path), contents: file.contents }))
    .toSorted((left, right) => (left.path < right.path ? -1 : 1));
  const hash = createHash("sha256");
  for (const { path, contents } of files) hash.update(`${path}\0${contents.byteLength}\0`).update(contents);
  const directory = join(options.outDir, hash.digest("hex").slice(0, 16));
  await mkdir(directory, { recursive: true });
  const present = new Set(await readdir(directory));
  for (const { path, contents } of files) {
    // A bundle that is there is in use: replicas may still load its chunks.
    if (!present.has(path)) await writeFile(join(directory, path), contents);
  }
  const sources = Object.keys(metafile?.inputs ?? {}).map((path) => join(options.root, path));
  return { directory, sources: sources.filter((path) => !path.endsWith("lambent-entry.js")) };
}

/** Output paths are made relative to it; nothing is written there. */
const OUT = "/bundle";

function settings({ root, nodeVersion, minify }: BundleOptions): BuildOptions {
  return {
    absWorkingDir: root,
    outdir: OUT,
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
    sourcemap: "linked",
    legalComments: "none",
    logLevel: "silent",
    alias: {
      lambent: sourceFile("../sdk/index"),
      "lambent/handler": sourceFile("../handlers/handler"),
    },
    // CommonJS dependencies call require() for Node's own modules, which an ES module has to make itself.
    banner: {
      js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
    },
  };
}

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
