/**
 * `npm run release -- VERSION [--dry-run]`: checks, tests, packs, and puts the version and its date into package.json, the
 * lock file and the changelog, as a commit with a tag. With `--dry-run` all of that but the writing, which is printed, and
 * so is what a release would be refused for; the version may then be left out. Nothing is changed by a release that fails.
 * Publishing is done by the workflow `release` of GitHub Actions when the tag is pushed: npm's provenance says of which
 * commit a package was built, and only a build there can prove it.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { releaseChangelog } from "./changelog.ts";
import { repositoryFaults } from "./repository.ts";
import { nextVersion, versionFaults } from "./version.ts";

/** The checkout: npm runs scripts there. */
const root = process.cwd();
const CHANGELOG = join(root, "CHANGELOG.md");
/** What a release writes. */
const WRITTEN = ["CHANGELOG.md", "package.json", "package-lock.json"];

function read(path: string): string {
  return readFileSync(path, "utf8");
}

/** What a command prints; its own errors go where ours do. */
function output(command: string, ...args: string[]): string {
  return execute(command, args, ["ignore", "pipe", "inherit"]);
}

function run(command: string, ...args: string[]): void {
  execute(command, args, ["ignore", "inherit", "inherit"]);
}

function execute(command: string, args: readonly string[], stdio: ("ignore" | "pipe" | "inherit")[]): string {
  try {
    return execFileSync(command, args, { cwd: root, encoding: "utf8", stdio });
  } catch (error) {
    throw new Error(`${[command, ...args].join(" ")} failed: nothing was changed`, { cause: error });
  }
}

/** Where git pushes to; undefined if it has no such place. */
function remote(): string | undefined {
  const names = output("git", "remote").split("\n");
  return names.includes("origin") ? output("git", "remote", "get-url", "--push", "origin").trim() : undefined;
}

function changes(): string[] {
  const files = output("git", "status", "--porcelain").split("\n").filter(Boolean);
  return files.length === 0 ? [] : [`there are changes that are not committed:\n${files.join("\n")}`];
}

/** The tarball's files and size, as npm packs them. */
function pack(): string {
  const folder = mkdtempSync(join(tmpdir(), "lambent-release-"));
  try {
    const printed = output("npm", "pack", "--ignore-scripts", "--json", "--pack-destination", folder);
    const [{ filename, size, unpackedSize, entryCount }] = JSON.parse(printed) as [Packed]; // what npm prints with --json
    return `${filename}: ${entryCount} files, ${(size / 1e6).toFixed(2)} MB, ${(unpackedSize / 1e6).toFixed(2)} MB unpacked`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A part of what `npm pack --json` prints. */
interface Packed {
  readonly filename: string;
  /** Bytes, packed and unpacked. */
  readonly size: number;
  readonly unpackedSize: number;
  readonly entryCount: number;
}

/** The part of package.json that a release looks at. */
interface Package {
  readonly version: string;
  readonly repository?: unknown;
}

/**
 * Writes the version, commits and tags it; all or nothing.
 * @param head the commit that was checked
 */
function write(version: string, changelog: string, head: string): void {
  try {
    writeFileSync(CHANGELOG, changelog);
    run("npm", "version", version, "--no-git-tag-version", "--ignore-scripts");
    run("git", "commit", "--quiet", "--message", `Release ${version}`, "--", ...WRITTEN);
    // With a message, since `git push --follow-tags` pushes no other tags.
    run("git", "tag", "--annotate", "--message", `Release ${version}`, `v${version}`);
  } catch (error) {
    run("git", "reset", "--quiet", head);
    run("git", "checkout", "--quiet", head, "--", ...WRITTEN);
    throw error;
  }
}

/** @param given absent: the least version that comes after package.json's */
function release(given: string | undefined, isDryRun: boolean): void {
  const { version: before, repository } = JSON.parse(read(join(root, "package.json"))) as Package; // npm reads it, too
  const version = given ?? nextVersion(before);
  const faults = versionFaults(version, before);
  if (faults.length > 0) throw new Error(faults.join("\n"));
  if (output("git", "tag", "--list", `v${version}`) !== "") throw new Error(`the tag v${version} is there already`);
  const { text, section } = releaseChangelog(read(CHANGELOG), version, new Date().toISOString().slice(0, 10));
  const head = output("git", "rev-parse", "HEAD").trim();
  const obstacles = [...changes(), ...repositoryFaults(repository, remote())];
  if (obstacles.length > 0 && !isDryRun) throw new Error(obstacles.join("\n"));

  run("npm", "run", "licences");
  run("npm", "run", "check");
  run("npm", "test");
  console.log(`\n${pack()}`);
  if (isDryRun) {
    console.log(`\nCHANGELOG.md would begin with:\n\n${section}`);
    for (const one of obstacles) console.log(`without --dry-run this is refused: ${one}`);
    return;
  }
  // The checks take many minutes, in which somebody may have worked on.
  const since = [
    ...changes(),
    ...(output("git", "rev-parse", "HEAD").trim() === head
      ? []
      : ["what was checked is no longer what is checked out"]),
  ];
  if (since.length > 0) throw new Error(since.join("\n"));
  write(version, text, head);
  console.log(`\ncommitted, with the tag v${version}: git push --follow-tags publishes it`);
}

const USAGE =
  "npm run release -- VERSION, or npm run release -- [VERSION] --dry-run, where VERSION comes after package.json's, as 0.2.0";

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { "dry-run": { type: "boolean", default: false } },
  });
  const [version, ...others] = positionals;
  const isDryRun = values["dry-run"];
  if ((version === undefined && !isDryRun) || others.length > 0) throw new Error(USAGE);
  release(version, isDryRun);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
