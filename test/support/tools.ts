import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { packageRoot } from "./project-directory.ts";

/** Where scripts/ci-tools.sh puts what is not an npm dependency. */
const TOOLS = join(packageRoot, ".tools");

/** The path of a program that scripts/ci-tools.sh installs, or of the machine's own. */
export function findTool(name: string): string | undefined {
  const places = [
    join(TOOLS, "bin"),
    join(TOOLS, "python", "bin"),
    ...["node", "managers"].map((folder) => join(TOOLS, folder, "node_modules", ".bin")),
  ];
  const found = [...places, ...(process.env["PATH"] ?? "").split(delimiter)]
    .map((place) => join(place, name))
    .find((path) => existsSync(path));
  if (found === undefined && process.env["CI"] !== undefined) {
    throw new Error(`${name} is not installed: run scripts/ci-tools.sh first`);
  }
  return found;
}

/** Why tests that need `name` do not run, for their title; empty if they do. */
export function unlessInstalled(name: string, found: string | undefined): string {
  return found === undefined ? ` (needs ${name}: run scripts/ci-tools.sh)` : "";
}

/** Run a program to its end. */
export function runTool(
  command: string,
  args: readonly string[],
  cwd: string = packageRoot,
): { readonly code: number; readonly output: string } {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: "utf8", maxBuffer: 1 << 26 });
  return { code: status ?? -1, output: stdout + stderr };
}
