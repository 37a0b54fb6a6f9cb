import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

/** How packages are installed, and how their programs are run. */
export interface PackageManager {
  readonly name: "npm" | "pnpm" | "yarn";
  readonly install: string;
  /** What a program of a package follows. */
  readonly run: string;
  /** Whether it puts packages into `node_modules` only if a setting says so. */
  readonly needsLinker: boolean;
  /** Whether it ends with an error until it is told of packages' scripts, none of which is needed here. */
  readonly refusesScripts: boolean;
}

const LOCKFILES = [
  ["pnpm-lock.yaml", "pnpm"],
  ["yarn.lock", "yarn"],
  ["package-lock.json", "npm"],
] as const;

/**
 * The one whose lockfile is in the directory or above it; or else the one by which this program was started, as it says
 * itself; or else npm.
 * @param userAgent `pnpm/10.1.0 npm/? node/v20.19.0 linux x64`
 */
export function packageManager(directory: string, userAgent: string = ""): PackageManager {
  const [, agent = "", major = ""] = /^(npm|pnpm|yarn)\/(\d+)/.exec(userAgent) ?? [];
  const name = lockedBy(directory) ?? (agent === "pnpm" || agent === "yarn" ? agent : "npm");
  const needsLinker =
    name === "yarn" && (agent === "yarn" ? Number(major) > 1 : existsSync(join(directory, ".yarnrc.yml")));
  const run = { npm: "npx", pnpm: "pnpm exec", yarn: "yarn" }[name];
  // pnpm 9 takes the file of the setting for that of a workspace.
  const refusesScripts =
    name === "pnpm" && !(agent === "pnpm" && Number(major) < 10) && !isThereOrAbove(directory, "pnpm-workspace.yaml");
  return { name, install: `${name} install`, run, needsLinker, refusesScripts };
}

function isThereOrAbove(directory: string, file: string): boolean {
  const above = dirname(directory);
  return existsSync(join(directory, file)) || (above !== directory && isThereOrAbove(above, file));
}

function lockedBy(directory: string): PackageManager["name"] | undefined {
  const found = LOCKFILES.find(([file]) => existsSync(join(directory, file)));
  if (found !== undefined) return found[1];
  const above = dirname(directory);
  return above === directory ? undefined : lockedBy(above);
}
