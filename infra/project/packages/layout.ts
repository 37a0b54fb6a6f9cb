import { relative } from "node:path";
import type { InstalledPackage, InstalledPackages } from "./installed-package.ts";
import type { TracedPackages } from "./trace-files.ts";

/** Where a file goes in an artifact, and where it is now. */
export interface PlacedFile {
  /** Relative to the artifact, with `/`. */
  readonly path: string;
  readonly source: string;
}

/**
 * Lay packages out in one `node_modules`, so that each finds the very packages that it finds now: as far up as they go,
 * and below the package that needs them where another version stands above.
 * @param direct what the bundle imports, by the name it imports it by
 */
export function layOut(
  traced: TracedPackages,
  direct: ReadonlyMap<string, InstalledPackage>,
  packages: InstalledPackages,
): PlacedFile[] {
  const placed = new Map<string, InstalledPackage>();
  const waiting: { readonly one: InstalledPackage; readonly at: string }[] = [];
  function place(one: InstalledPackage, at: string): void {
    placed.set(at, one);
    waiting.push({ one, at });
  }
  for (const [name, one] of direct) place(one, `node_modules/${name}`);
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    for (const [name, needed] of neededBy(next.one, traced, packages)) {
      const seen = visible(name, next.at, placed);
      if (seen === needed) continue;
      place(needed, seen === undefined ? `node_modules/${name}` : `${next.at}/node_modules/${name}`);
    }
  }
  return [...placed].flatMap(([at, one]) =>
    [...(traced.files.get(one) ?? [])].map((source) => ({
      path: `${at}/${relative(one.directory, source).replaceAll("\\", "/")}`,
      source,
    })),
  );
}

/** The packages that a package imports, as far as files of theirs are read at all, by the name it imports them by. */
function neededBy(
  one: InstalledPackage,
  { files, uses }: TracedPackages,
  packages: InstalledPackages,
): Map<string, InstalledPackage> {
  const { manifest, directory } = one;
  const needed = new Map([...(uses.get(one) ?? [])].filter((used) => files.has(used)).map((used) => [used.name, used]));
  const declared = { ...manifest.dependencies, ...manifest.optionalDependencies, ...manifest.peerDependencies };
  for (const name of Object.keys(declared)) {
    // A part for another platform lies in no directory above.
    const found = packages.find(name, directory) ?? [...files.keys()].find((other) => other.name === name);
    if (found !== undefined && files.has(found)) needed.set(name, found);
  }
  return needed;
}

/** The package that code which lies at `at` would find by `name`: the nearest `node_modules` that has it. */
function visible(
  name: string,
  at: string,
  placed: ReadonlyMap<string, InstalledPackage>,
): InstalledPackage | undefined {
  for (let directory = at; directory !== ""; directory = parentPackage(directory)) {
    const found = placed.get(`${directory}/node_modules/${name}`);
    if (found !== undefined) return found;
  }
  return placed.get(`node_modules/${name}`);
}

/** `node_modules/a` of `node_modules/a/node_modules/b`; "" of the first. */
function parentPackage(directory: string): string {
  return directory.slice(0, Math.max(0, directory.lastIndexOf("/node_modules/")));
}
