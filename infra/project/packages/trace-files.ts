import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, extname, join } from "node:path";
import type { InstalledPackage, InstalledPackages } from "./installed-package.ts";
import type { OutsideImport } from "./outside-plugin.ts";

/** The files that packages are read from at run time, by the package that they belong to. */
export type PackageFiles = ReadonlyMap<InstalledPackage, ReadonlySet<string>>;

/** Packages as a program reads them. */
export interface TracedPackages {
  readonly files: PackageFiles;
  /** The packages that each imports, be they among the dependencies of its manifest or not. */
  readonly uses: ReadonlyMap<InstalledPackage, ReadonlySet<InstalledPackage>>;
}

/**
 * Find what is read of packages, and of those that they need: the modules that are required or imported, the files
 * whose paths the code works out, and those whose names it mentions. Of packages that an author has named all is found.
 * @param imports what a bundle imports of them
 * @param named packages that belong whole, whether or not something imports them
 * @param root the working directory on Lambda
 */
export async function traceFiles(
  imports: readonly OutsideImport[],
  named: readonly InstalledPackage[],
  packages: InstalledPackages,
  root: string,
): Promise<TracedPackages> {
  const found = new Map<InstalledPackage, Set<string>>();
  const uses = new Map<InstalledPackage, Set<InstalledPackage>>();
  const texts = new Map(imports.map((one, index) => [entryOf(one, index), textOf(one)]));
  const cache = {};
  const { nodeFileTrace } = await import("./file-tracer.ts"); // most services have no such packages
  let waiting = [...texts.keys(), ...(await wholly(named, packages))];
  while (waiting.length > 0) {
    const { fileList, reasons } = await nodeFileTrace(waiting, {
      base: "/",
      processCwd: root,
      cache,
      readFile: async (path) => texts.get(path) ?? readFile(path).catch(() => null),
    });
    const traced = [...fileList].map((path) => `/${path}`).filter((path) => !texts.has(path));
    for (const [path, { parents }] of reasons) noteUses(`/${path}`, parents, uses, packages);
    const fresh = await add(traced, found, packages);
    waiting = await mentionedFiles(fresh, found, packages);
  }
  return { files: found, uses };
}

function noteUses(
  path: string,
  parents: ReadonlySet<string>,
  uses: Map<InstalledPackage, Set<InstalledPackage>>,
  packages: InstalledPackages,
): void {
  const used = packages.ownerOf(path);
  if (used === undefined) return;
  for (const parent of parents) {
    const user = packages.ownerOf(`/${parent}`);
    if (user !== undefined && user !== used) uses.set(user, (uses.get(user) ?? new Set()).add(used));
  }
}

/** All files of packages, and of those that they depend on. */
async function wholly(named: readonly InstalledPackage[], packages: InstalledPackages): Promise<string[]> {
  const all = new Set(named);
  for (const { manifest, directory } of all) {
    for (const name of Object.keys(manifest.dependencies ?? {})) {
      const needed = packages.find(name, directory);
      if (needed !== undefined) all.add(needed);
    }
  }
  const files = await Promise.all([...all].map(({ directory }) => filesOf(directory)));
  return files.flat().filter(isRead);
}

/** The module that would import it, which no file holds. */
function entryOf(one: OutsideImport, index: number): string {
  return join(one.directory, `lambent-import-${index}.${one.isRequired ? "cjs" : "mjs"}`);
}

function textOf({ specifier, isRequired }: OutsideImport): string {
  const name = JSON.stringify(specifier);
  return isRequired ? `require(${name});` : `import * as imported from ${name};`;
}

/** @returns the files that were not known before */
async function add(
  files: readonly string[],
  found: Map<InstalledPackage, Set<string>>,
  packages: InstalledPackages,
): Promise<[InstalledPackage, string][]> {
  const fresh: [InstalledPackage, string][] = [];
  for (const path of files) {
    const file = await realpath(path);
    const owner = packages.ownerOf(file);
    if (owner === undefined || !(await stat(file)).isFile()) continue;
    const own = found.get(owner) ?? new Set();
    found.set(owner, own);
    if (own.has(file)) continue;
    own.add(file);
    fresh.push([owner, file]);
  }
  return fresh;
}

const CODE: ReadonlySet<string> = new Set([".js", ".mjs", ".cjs"]);

/** Files that no program reads: sources, types, documents, what a compiler left behind. */
const UNREAD =
  /\.(?:map|md|markdown|[cm]?ts|tsx|h|hpp|c|cc|cpp|o|a|d|gyp|gypi|mk|stamp)$|(?:^|\/)(?:licen[cs]e|readme|changelog|makefile)[^/]*$|\/obj\.target\//i;

/** Whether a program may read the file. */
export function isRead(file: string): boolean {
  return !UNREAD.test(file);
}

/**
 * What code mentions by name, so that how it is found need not be understood: files of its own package, as
 * `"ort-wasm-simd-threaded.wasm"`, and installed packages that it works with, as an ORM does with a driver.
 */
async function mentionedFiles(
  fresh: readonly [InstalledPackage, string][],
  found: ReadonlyMap<InstalledPackage, ReadonlySet<string>>,
  packages: InstalledPackages,
): Promise<string[]> {
  const mentioned: string[] = [];
  for (const owner of new Set(fresh.map(([one]) => one))) {
    const code = fresh.filter(([one, file]) => one === owner && CODE.has(extname(file)));
    const text = (await Promise.all(code.map(([, file]) => readFile(file, "utf8")))).join("\n");
    const others = (await filesOf(owner.directory)).filter(
      (file) => isRead(file) && found.get(owner)?.has(file) !== true,
    );
    mentioned.push(...others.filter((file) => isMentioned(basename(file), text)));
    const { dependencies, optionalDependencies, peerDependencies } = owner.manifest;
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies })) {
      const other = packages.find(name, owner.directory);
      if (other !== undefined && !found.has(other) && isMentioned(name, text)) mentioned.push(...entries(name, owner));
    }
  }
  return mentioned;
}

/** What `require` and `import` of a package give. */
function entries(name: string, { directory }: InstalledPackage): string[] {
  try {
    return [createRequire(join(directory, "package.json")).resolve(name)];
  } catch {
    return []; // it has types alone, or nothing for `require`
  }
}

function isMentioned(name: string, text: string): boolean {
  if (/^index\.|^package\.json$/.test(name)) return false; // every package has them, and the tracer understands these
  const at = text.indexOf(name);
  if (at < 0) return false;
  const escaped = name.replaceAll(/[$()*+.?[\\\]^{|}]/g, "\\$&");
  return new RegExp(`["'\`/]${escaped}["'\`?#]`).test(text);
}

/** All files of a package, those of packages installed within it left out. */
export async function filesOf(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true });
  const lists = await Promise.all(
    entries.map(async (entry): Promise<string[]> => {
      const path = join(directory, entry.name);
      if (entry.isDirectory()) return entry.name === "node_modules" ? [] : filesOf(path);
      return entry.isFile() ? [path] : [];
    }),
  );
  return lists.flat();
}
