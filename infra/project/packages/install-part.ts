import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { LambentError } from "../../../sdk/base/errors.ts";
import { InstalledPackages, type InstalledPackage } from "./installed-package.ts";
import { lockedIntegrity } from "./lock-file.ts";
import { printPlatform, type TargetPlatform } from "./target-platform.ts";

const run = promisify(execFile);

/** How long the package manager may take. */
const INSTALL_LIMIT_MS = 120_000;

/**
 * Install a package's part for another platform into a cache of Lambent's own: by the version that the package asks
 * for and, where a lock file has that version, of the content that was locked. Nothing in the project changes.
 * @throws {LambentError} with the command to run, if it cannot be had
 */
export async function installPart(
  owner: InstalledPackage,
  name: string,
  platform: TargetPlatform,
  { root, cache }: { readonly root: string; readonly cache: string },
): Promise<InstalledPackage> {
  const wanted = owner.manifest.optionalDependencies?.[name];
  // Most packages name their parts by exact versions. By a range, it is the version that the project has locked.
  const isExact = wanted !== undefined && /^\d/.test(wanted);
  const version = isExact ? wanted : (lockedIntegrity(root, name)?.version ?? wanted);
  if (version === undefined)
    throw new LambentError(`${owner.name} ${owner.version} names no version of its part ${name}: install it yourself`);
  const directory = join(cache, [platform.os, platform.cpu, platform.libc ?? "any"].join("-"), `${name}@${version}`);
  const flags = [
    `--os=${platform.os}`,
    `--cpu=${platform.cpu}`,
    ...(platform.libc === undefined ? [] : [`--libc=${platform.libc}`]),
  ];
  const installed = join(directory, "node_modules", name);
  if (!existsSync(join(directory, "complete"))) {
    await rm(directory, { recursive: true, force: true });
    await mkdir(directory, { recursive: true });
    await writeFile(join(directory, "package.json"), '{ "private": true }\n');
    // npm refuses a package for another platform that is asked for by name, unless it is forced.
    const options = ["--force", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"];
    const npm = process.platform === "win32" ? "npm.cmd" : "npm";
    await run(npm, ["install", ...options, ...flags, `${name}@${version}`], {
      cwd: directory,
      timeout: INSTALL_LIMIT_MS,
    }).catch((cause: unknown) => {
      throw new LambentError(
        `${owner.name} ${owner.version} needs its part for ${printPlatform(platform)}, ${name}@${version}, which is not installed and could not be: ` +
          `run \`npm install --no-save --force ${flags.join(" ")} ${name}@${version}\`, or install ${owner.name} on that platform`,
        { cause },
      );
    });
    checkIntegrity(name, directory, root);
    await writeFile(join(directory, "complete"), "");
  }
  const part = new InstalledPackages().at(installed);
  if (part === undefined)
    throw new LambentError(`${name}@${version} has nothing in ${directory}: delete that directory`);
  return part;
}

/** @throws {LambentError} if what was installed is not what the project's lock file names */
function checkIntegrity(name: string, directory: string, root: string): void {
  const got = lockedIntegrity(directory, name);
  const locked = lockedIntegrity(root, name, got?.version);
  if (got === undefined || locked === undefined || got.integrity === locked.integrity || got.version !== locked.version)
    return;
  throw new LambentError(
    `${name}@${got.version} was installed with integrity ${got.integrity}, but the project's lock file has ${locked.integrity}: install the project anew, or delete the entry`,
  );
}
