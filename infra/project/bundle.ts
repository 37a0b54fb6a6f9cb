import { dirname, extname, join, relative } from "node:path";
import type { BuildFailure, Message, Metafile, OutputFile } from "esbuild";
import { LambentError } from "../../sdk/base/errors.ts";
import { type BundleOptions, ENTRY, type Entry, jobOf, REQUIRE, virtualDirectory } from "./bundle-job.ts";
import type { Bundled } from "./bundler.ts";
import { BESIDE } from "./clients-plugin.ts";
import { LAMBENT_DIRECTORY } from "./names.ts";
import { isOwnFile } from "./tree-shaking/own-files.ts";
import type { OutsideImport, OutsideImports } from "./packages/outside-plugin.ts";

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

function printMessage({ text, location }: Message): string {
  return location === null
    ? text
    : `${location.file}:${location.line}:${location.column + 1}: ${text}\n    ${location.lineText.trim()}`;
}
