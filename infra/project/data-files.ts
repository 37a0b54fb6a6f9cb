import { existsSync, statSync } from "node:fs";
import { readFile, realpath } from "node:fs/promises";
import { dirname, extname, isAbsolute, join, relative } from "node:path";
import { nodeFileTrace } from "@vercel/nft";
import { transform, type Loader } from "esbuild";
import { glob } from "tinyglobby";
import type { PlacedFile } from "./packages/layout.ts";

const LOADERS: Readonly<Record<string, Loader>> = {
  ".ts": "ts",
  ".mts": "ts",
  ".cts": "ts",
  ".tsx": "tsx",
  ".jsx": "jsx",
};

/**
 * The data files that modules of the author's read: those whose paths their code works out from where it lies
 * (`new URL("./model.onnx", import.meta.url)`, `join(import.meta.dirname, "rows.csv")`) or from the working directory.
 * @param modules the author's modules in a bundle, absolute
 * @param root the project's directory, which is the working directory on Lambda too
 */
export async function dataFiles(modules: readonly string[], root: string): Promise<string[]> {
  const known = new Set(modules);
  const { fileList } = await nodeFileTrace([...modules], {
    base: "/",
    processCwd: root,
    readFile: readAsJavaScript,
    // What modules import is in the bundle, or beside it as a package.
    resolve: () => Promise.resolve("node:module"),
  });
  const found = await Promise.all([...fileList].map((path) => realpath(`/${path}`).catch(() => `/${path}`)));
  return found
    .filter((file) => !known.has(file) && !file.includes("/node_modules/") && isDataFile(file, root))
    .toSorted();
}

async function readAsJavaScript(path: string): Promise<string | null> {
  const text = await readFile(path, "utf8").catch(() => null);
  const loader = LOADERS[extname(path)];
  if (text === null || loader === undefined) return text;
  const { code } = await transform(text, { loader, format: "esm", target: "esnext" }).catch(() => ({ code: text }));
  return code;
}

/** The project's manifest is looked for by every tracer, and read by nobody's code. */
function isDataFile(file: string, root: string): boolean {
  return (
    existsSync(file) && statSync(file).isFile() && file !== join(root, "package.json") && !/\.[cm]?tsx?$/.test(file)
  );
}

/** The files that globs name, relative to the root; one with `!` in front takes away. */
export async function includedFiles(patterns: readonly string[], root: string): Promise<string[]> {
  if (patterns.length === 0) return [];
  const files = await glob([...patterns], { cwd: root, absolute: true, dot: true, expandDirectories: true });
  return files.map((file) => file.replace(/\/$/, "")).toSorted();
}

/**
 * Where files of the author's lie in an artifact: as they do below the project's directory. Where modules lie outside of
 * it, as in a monorepo, they and all files keep their places relative to each other below the directory that has them
 * all, and those of the project stand at its own place too, for code that looks from the working directory.
 */
export class AuthorLayout {
  readonly #root: string;
  readonly #base: string;

  /** @param modules the author's modules and data files, absolute */
  constructor(root: string, modules: readonly string[]) {
    this.#root = root;
    this.#base = modules.reduce((base, file) => commonDirectory(base, file), root);
  }

  /** Where a module lies, relative to the artifact. */
  pathOf(file: string): string {
    return relative(this.#base, file).replaceAll("\\", "/");
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
