import { existsSync } from "node:fs";
import { relative } from "node:path";
import { LambentError } from "../../../sdk/base/errors.ts";
import type { InstalledPackage, InstalledPackages } from "./installed-package.ts";
import { installPart } from "./install-part.ts";
import {
  COMPILED,
  compiledFor,
  isFor,
  isPlatformPart,
  loadsOn,
  nodeOfAbi,
  platformInName,
  printPlatform,
  type TargetPlatform,
} from "./target-platform.ts";
import { filesOf, isRead, type PackageFiles } from "./trace-files.ts";

/**
 * Keep of traced files those that run on a platform: no compiled file of another one, and of packages that come in
 * parts for each platform the part for this one, whole. A part that is not installed is installed beside the project.
 * @param cache the directory for such parts
 * @throws {LambentError} with the remedy, if a package has nothing for the platform
 */
export async function keepPlatform(
  traced: PackageFiles,
  platform: TargetPlatform,
  packages: InstalledPackages,
  { root, cache }: { readonly root: string; readonly cache: string },
): Promise<PackageFiles> {
  const kept = new Map<InstalledPackage, ReadonlySet<string>>();
  for (const [one, files] of traced) {
    if (isFor(platformOf(one), platform)) kept.set(one, compiledKept(one, files, platform));
  }
  for (const one of kept.keys()) {
    for (const name of neededParts(one, platform, packages)) {
      const known = packages.find(name, one.directory) ?? [...kept.keys()].find((other) => other.name === name);
      const part = known ?? (await installPart(one, name, platform, { root, cache }));
      await addPart(part, kept, platform, packages);
    }
  }
  return kept;
}

/** A part belongs whole: a compiled file finds those beside it in ways that no tracer sees. */
async function addPart(
  part: InstalledPackage,
  kept: Map<InstalledPackage, ReadonlySet<string>>,
  platform: TargetPlatform,
  packages: InstalledPackages,
): Promise<void> {
  const files = new Set((await filesOf(part.directory)).filter(isRead));
  kept.set(part, compiledKept(part, files, platform));
  for (const name of Object.keys({ ...part.manifest.dependencies, ...part.manifest.optionalDependencies })) {
    const other = packages.find(name, part.directory);
    if (other !== undefined && !kept.has(other) && isFor(platformOf(other), platform))
      await addPart(other, kept, platform, packages);
  }
}

/** By its manifest, or by its name where that says nothing. */
function platformOf({ manifest, name }: InstalledPackage): InstalledPackage["manifest"] {
  return isPlatformPart(manifest) ? manifest : (platformInName(name) ?? {});
}

/** Of the parts that a package comes in, those for the platform. */
function neededParts(one: InstalledPackage, platform: TargetPlatform, packages: InstalledPackages): string[] {
  return Object.keys(one.manifest.optionalDependencies ?? {}).filter((name) => {
    const installed = packages.find(name, one.directory);
    const part = installed === undefined ? platformInName(name) : platformOf(installed);
    return part !== undefined && isPlatformPart(part) && isFor(part, platform);
  });
}

/** @throws {LambentError} if the package has compiled files, and none for the platform */
function compiledKept(
  one: InstalledPackage,
  files: ReadonlySet<string>,
  platform: TargetPlatform,
): ReadonlySet<string> {
  const compiled = [...files].flatMap((file) => {
    const made = COMPILED.test(file) ? compiledFor(file) : undefined;
    return made === undefined ? [] : [{ file, made, loads: loadsOn(made, platform) }];
  });
  const addons = compiled.filter(({ file }) => file.endsWith(".node"));
  const [first] = addons;
  if (first !== undefined && !addons.some(({ loads }) => loads)) throw wrongBuild(one, first, platform);
  const dropped = new Set(compiled.filter(({ loads }) => !loads).map(({ file }) => file));
  return new Set([...files].filter((file) => !dropped.has(file) && !(COMPILED.test(file) && !existsSync(file))));
}

function wrongBuild(
  { name, version, directory }: InstalledPackage,
  {
    file,
    made,
  }: { readonly file: string; readonly made: { readonly os: string; readonly cpu: string; readonly abi?: number } },
  platform: TargetPlatform,
): LambentError {
  const what = `${name} ${version}: ${relative(directory, file)} is compiled for ${made.os} ${made.cpu}${made.abi === undefined ? "" : `, ${nodeOfAbi(made.abi)}`}`;
  const isOtherNode = made.os === platform.os && made.cpu === platform.cpu && made.abi !== undefined;
  const remedy = isOtherNode
    ? `run \`npm rebuild ${name}\` with Node.js ${platform.node}, or set the function's runtime to nodejs${nodeOfAbi(made.abi).replace("Node.js ", "")}.x`
    : `run \`npm rebuild ${name}\` on ${platform.os} ${platform.cpu} with Node.js ${platform.node}, or set the actor's architecture to ${made.cpu === "arm64" ? "arm64" : "x86_64"}`;
  return new LambentError(`${what}; the function runs on ${printPlatform(platform)}: ${remedy}`);
}
