import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";

/** Where version managers keep a Node.js: a directory with one for each version, and the program's path below that. */
function installations(environment: NodeJS.ProcessEnv): readonly (readonly [directory: string, program: string])[] {
  const home = environment["HOME"] ?? homedir();
  const data = environment["XDG_DATA_HOME"] ?? join(home, ".local", "share");
  const program = join("bin", "node");
  return [
    [join(environment["NVM_DIR"] ?? join(home, ".nvm"), "versions", "node"), program],
    [join(environment["FNM_DIR"] ?? join(data, "fnm"), "node-versions"), join("installation", program)],
    [join(environment["VOLTA_HOME"] ?? join(home, ".volta"), "tools", "image", "node"), program],
    [join(environment["MISE_DATA_DIR"] ?? join(data, "mise"), "installs", "node"), program],
    [join(environment["ASDF_DATA_DIR"] ?? join(home, ".asdf"), "installs", "nodejs"), program],
  ];
}

/**
 * A Node.js of a major version on this machine: this one, the one that `LAMBENT_NODE` names, `node24` on the PATH, or
 * one that a version manager has installed.
 * @returns its program's path; `undefined` if there is none
 */
export function findNode(major: number, environment: NodeJS.ProcessEnv = process.env): string | undefined {
  if (majorOf(process.versions.node) === major) return process.execPath;
  const named = environment["LAMBENT_NODE"];
  if (named !== undefined && versionOf(named) === major) return named;
  const onPath = (environment["PATH"] ?? "").split(delimiter).map((directory) => join(directory, `node${major}`));
  return [...onPath, ...installations(environment).flatMap((one) => installed(one, major))].find(
    (program) => existsSync(program) && versionOf(program) === major,
  );
}

/** The newest first. */
function installed([directory, program]: readonly [directory: string, program: string], major: number): string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory)
    .filter((version) => majorOf(version) === major)
    .toSorted((left, right) => right.localeCompare(left, undefined, { numeric: true }))
    .map((version) => join(directory, version, program));
}

/** `24` of `v24.1.0`. */
function majorOf(version: string): number {
  return Number.parseInt(version.replace(/^v/, ""));
}

function versionOf(program: string): number | undefined {
  const { status, stdout } = spawnSync(program, ["--version"], { encoding: "utf8" });
  return status === 0 ? majorOf(stdout) : undefined;
}
