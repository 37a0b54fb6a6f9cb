import { existsSync, readFileSync, statSync } from "node:fs";
import { readFile, realpath } from "node:fs/promises";
import { basename, dirname, extname, isAbsolute, join, relative } from "node:path";
import type { Loader } from "esbuild";
import { glob } from "tinyglobby";
import { withEsbuild } from "./esbuild.ts";
import type { PlacedFile } from "./packages/layout.ts";
import { writtenPaths } from "./written-paths.ts";

const LOADERS: Readonly<Record<string, Loader>> = {
  ".ts": "ts",
  ".mts": "ts",
  ".cts": "ts",
  ".tsx": "tsx",
  ".jsx": "jsx",
};

/**
 * The data files that modules of the author's read: those whose paths their code works out from where it lies
 * (`new URL("./model.onnx", import.meta.url)`, `join(import.meta.dirname, "rows.csv")`) or from the working directory,
 * and those whose paths it writes down.
 * @param modules the author's modules in a bundle, absolute
 * @param root the project's directory, which is the working directory on Lambda too
 */
export async function dataFiles(modules: readonly string[], root: string): Promise<string[]> {
  const known = new Set(modules);
  const texts = new Map(modules.map((path) => [path, readFileSync(path, "utf8")]));
  const looking = [...texts].filter(([, text]) => LOOKS_FOR_FILES.test(text)).map(([path]) => path);
  const fileList = looking.length === 0 ? [] : await tracedFiles(looking, root);
  const written = [...texts].flatMap(([path, text]) => writtenPaths(text, path, root));
  const named = [...fileList, ...written];
  // By its own path and by its real one: a link may be in the path that is asked for, or on the way to the project.
  const real = await Promise.all(named.map((path) => realpath(path).catch(() => path)));
  const found = [...new Set([...named, ...real])];
  // Every tracer looks for manifests. Code that names one reads it.
  const readsManifest = [...texts.values()].some((text) => /package\.json["'`]/.test(text));
  const files = (await Promise.all(found.map(filesWithin))).flat();
  const data = files.filter(
    (file) =>
      !known.has(file) &&
      !file.includes("/node_modules/") &&
      isDataFile(file) &&
      (readsManifest || basename(file) !== "package.json"),
  );
  return [...new Set([...data, ...data.flatMap(manifestOfScript)])].toSorted();
}

/** Without any of these words no code works out where a file is. */
const LOOKS_FOR_FILES = /\b(?:fs|path|url|cwd|require|import\.meta)\b|__dirname|__filename/i;

async function tracedFiles(modules: readonly string[], root: string): Promise<string[]> {
  const { nodeFileTrace } = await import("./packages/file-tracer.ts"); // loading it takes as long as a small service takes to bundle
  const { fileList } = await nodeFileTrace([...modules], {
    base: "/",
    processCwd: root,
    readFile: readAsJavaScript,
    // What modules import is in the bundle, or beside it as a package.
    resolve: () => Promise.resolve("node:module"),
  });
  return [...fileList].map((path) => `/${path}`);
}

/** A path's files, if it is a directory's; hidden ones left out. */
async function filesWithin(path: string): Promise<string[]> {
  if (!existsSync(path) || !statSync(path).isDirectory()) return [path];
  return glob("**/*", { cwd: path, absolute: true, ignore: ["**/node_modules/**"] });
}

/** The manifest that tells Node.js whether a `.js` file is an ES module. */
function manifestOfScript(file: string): string[] {
  if (!file.endsWith(".js")) return [];
  for (let at = dirname(file); dirname(at) !== at; at = dirname(at)) {
    const manifest = join(at, "package.json");
    if (existsSync(manifest)) return [manifest];
  }
  return [];
}

async function readAsJavaScript(path: string): Promise<string | null> {
  const text = await readFile(path, "utf8").catch(() => null);
  const loader = LOADERS[extname(path)];
  if (text === null || loader === undefined) return text;
  return withEsbuild(async ({ transform }) => {
    const { code } = await transform(text, { loader, format: "esm", target: "esnext" }).catch(() => ({ code: text }));
    return code;
  });
}

function isDataFile(file: string): boolean {
  return existsSync(file) && statSync(file).isFile() && !/\.[cm]?tsx?$/.test(file);
}

/** What no glob means: what tools keep beside the sources. */
const TOOLS_OWN = ["**/.git/**", "**/.serverless/**", "**/.lambent/**", "**/.DS_Store"];

/**
 * An artifact's files as an author's globs change them, one after the other: they add files of the project, and one
 * with `!` in front takes away. Packages are only meant by a glob that names them: `!node_modules/sharp/**`.
 * @param patterns relative to the root
 */
export async function withPatterns(
  placed: readonly PlacedFile[],
  patterns: readonly string[],
  { root, layout }: { readonly root: string; readonly layout: AuthorLayout },
): Promise<PlacedFile[]> {
  const files = new Map(placed.map((one) => [one.path, one]));
  for (const pattern of patterns) {
    const isAdded = !pattern.startsWith("!");
    const meant = isAdded ? pattern : pattern.slice(1);
    const ignore = [...TOOLS_OWN, ...(namesPackage(meant) ? [] : [PACKAGES])];
    const named = await glob(meant, { cwd: root, absolute: true, dot: true, ignore });
    if (isAdded) for (const one of layout.place(named)) files.set(one.path, one);
    if (isAdded) continue;
    const taken = new Set((await Promise.all(named.map((file) => realpath(file)))).concat(named));
    for (const [path, { source }] of files) if (taken.has(source)) files.delete(path);
  }
  return [...files.values()];
}

const PACKAGES = "**/node_modules/**";

function namesPackage(pattern: string): boolean {
  return /(?:^|\/)node_modules\/[@\w]/.test(pattern);
}

/**
 * Where files of the author's lie in an artifact: as they do below the project's directory. Where modules lie outside of
 * it, as in a monorepo, they and all files keep their places relative to each other below the directory that has them
 * all, and those of the project stand at its own place too, for code that looks from the working directory.
 */
export class AuthorLayout {
  readonly #root: string;
  /** The directory that has them all. */
  readonly base: string;

  /** @param modules the author's modules and data files, absolute */
  constructor(root: string, modules: readonly string[]) {
    this.#root = root;
    this.base = modules.reduce((base, file) => commonDirectory(base, file), root);
  }

  /** Where a module lies, relative to the artifact. */
  pathOf(file: string): string {
    return relative(this.base, file).replaceAll("\\", "/");
  }

  place(files: readonly string[]): PlacedFile[] {
    return files.flatMap((source) => {
      const paths = new Set([this.pathOf(source)]);
      const below = relative(this.#root, source).replaceAll("\\", "/");
      if (!below.startsWith("..") && !isAbsolute(below)) paths.add(below);
      return [...paths].map((path) => ({ path, source }));
    });
  }
}

function commonDirectory(directory: string, file: string): string {
  for (let at = directory; ; at = dirname(at)) {
    const below = relative(at, file);
    if ((!below.startsWith("..") && !isAbsolute(below)) || dirname(at) === at) return at;
  }
}
