import { mkdir, symlink } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { LambentError } from "../../../sdk/base/errors.ts";
import { type InstalledPackage, packageName } from "./installed-package.ts";
import { layOut, type PlacedFile } from "./layout.ts";
import type { OutsideImport } from "./outside-plugin.ts";
import type { OutsidePackages } from "./outside-packages.ts";
import { keepPlatform } from "./platform-parts.ts";
import type { TargetPlatform } from "./target-platform.ts";
import { type TracedPackages, traceFiles } from "./trace-files.ts";

/** The packages beside one bundle. */
export interface BundlePackages {
  /** What the bundle imports, or its author names, by the name it is imported by. */
  readonly direct: ReadonlyMap<string, InstalledPackage>;
  /** What is read of these and of what they need. */
  readonly traced: TracedPackages;
}

/**
 * Find the packages beside a bundle.
 * @param imports what it imports of them
 * @param sources the bundle's files, absolute
 * @returns `undefined` if the bundle has to be made again, for there must not be two copies of one package: in the
 * bundle and beside it
 * @throws {LambentError} if a named package is not installed, or two of one name would lie beside the bundle
 */
export async function findPackages(
  imports: readonly OutsideImport[],
  sources: readonly string[],
  outside: OutsidePackages,
  root: string,
): Promise<BundlePackages | undefined> {
  const { packages } = outside;
  const direct = new Map<string, InstalledPackage>();
  for (const { specifier, target, importer } of imports) {
    const name = packageName(specifier);
    const other = direct.get(name);
    if (other === undefined || other === target) {
      direct.set(name, target);
      continue;
    }
    const owner = packages.ownerOf(importer);
    if (owner === undefined) throw twoVersions(other, target, importer, root);
    outside.leaveOut(owner, `it needs ${target.name} ${target.version}, and the bundle ${other.version}`);
    return undefined;
  }
  const named = outside.named(root);
  for (const one of named) if (!direct.has(one.name)) direct.set(one.name, one);
  const traced = await tracedOnce(imports, named, outside, root);
  const bundled = new Set(sources.map((source) => packages.ownerOf(source)));
  const twice = [...traced.files.keys()].filter((one) => bundled.has(one));
  for (const one of twice) outside.leaveOut(one, "a package beside the bundle needs it");
  return twice.length === 0 ? { direct, traced } : undefined;
}

/** What was traced of the same imports before: for another function, or when the project was loaded last. */
const TRACED = new WeakMap<OutsidePackages, Map<string, Promise<TracedPackages>>>();

function tracedOnce(
  imports: readonly OutsideImport[],
  named: readonly InstalledPackage[],
  outside: OutsidePackages,
  root: string,
): Promise<TracedPackages> {
  const known = TRACED.get(outside) ?? new Map<string, Promise<TracedPackages>>();
  TRACED.set(outside, known);
  const asked = imports.map(({ specifier, isRequired, directory }) => `${specifier} ${isRequired} ${directory}`);
  const key = JSON.stringify([[...new Set(asked)].toSorted(), named.map(({ directory }) => directory), root]);
  const traced =
    known.get(key) ??
    (imports.length + named.length === 0
      ? Promise.resolve({ files: new Map(), uses: new Map() })
      : traceFiles(imports, named, outside.packages, root));
  known.set(key, traced);
  traced.catch(() => known.delete(key));
  return traced;
}

function twoVersions(one: InstalledPackage, other: InstalledPackage, importer: string, root: string): LambentError {
  const [first, second] = [one, other].map(({ version, directory }) => `${version} in ${relative(root, directory)}`);
  return new LambentError(
    `${other.name} cannot be bundled, so that a function has one version of it, and the author's modules import two: ` +
      `${first} and ${second} (${relative(root, importer)}): give both the same version`,
  );
}

/**
 * The files of packages that run on a platform, and where they lie beside a bundle.
 * @param cache the directory for parts of packages that are not installed here
 */
export async function placePackages(
  { direct, traced }: BundlePackages,
  outside: OutsidePackages,
  platform: TargetPlatform,
  directories: { readonly root: string; readonly cache: string },
): Promise<PlacedFile[]> {
  const kept = await keepPlatform(traced.files, platform, outside.packages, directories);
  return layOut({ files: kept, uses: traced.uses }, direct, outside.packages);
}

/** Let a bundle that runs in the project find the packages that it imports, wherever they lie. */
export async function linkPackages(directory: string, { direct }: BundlePackages): Promise<void> {
  for (const [name, { directory: target }] of direct) {
    const path = join(directory, "node_modules", name);
    await mkdir(dirname(path), { recursive: true });
    await symlink(target, path, "junction").catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
  }
}
