import { createRequire } from "node:module";
import { LambentError } from "../../sdk/base/errors.ts";

/** A package that only some users need: an optional peer of this one. */
export interface PeerPackage {
  readonly name: string;
  /** What it is for, as the beginning of a sentence: `secret TOKEN of actor scoring is read`. */
  readonly use: string;
}

/** Whether a package can be imported by this one. */
export function isInstalled(name: string): boolean {
  try {
    createRequire(import.meta.url).resolve(name);
    return true;
  } catch {
    return false;
  }
}

/** @throws {LambentError} if the package is not installed: what needs it, and the command that installs it */
export function requirePeer({ name, use }: PeerPackage): void {
  if (isInstalled(name)) return;
  throw new LambentError(`${use} by ${name}, which is not installed: ${installCommand(name)}`);
}

/** The command that installs a package beside Lambent, by the package manager that has started this process. */
function installCommand(name: string): string {
  const [, manager = "npm"] = /^(pnpm|yarn|bun)\//.exec(process.env["npm_config_user_agent"] ?? "") ?? [];
  if (manager === "npm") return `npm install --save-dev ${name}`;
  return `${manager} add ${manager === "pnpm" ? "--save-dev" : "--dev"} ${name}`;
}
