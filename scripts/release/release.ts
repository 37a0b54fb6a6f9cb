/**
 * `npm run release -- VERSION [--dry-run]`: checks, tests, packs, and puts the version and its date into package.json, the
 * lock file and the changelog, as a commit with a tag. With `--dry-run` all of that but the writing, which is printed.
 * Publishing is done by the workflow `release` of GitHub Actions when the tag is pushed: npm's provenance says of which
 * commit a package was built, and only a build there can prove it.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { releaseChangelog } from "./changelog.ts";
import { isLater } from "./version.ts";

/** The checkout: npm runs scripts there. */
const root = process.cwd();
const CHANGELOG = join(root, "CHANGELOG.md");

function read(path: string): string {
  return readFileSync(path, "utf8");
}

/** What a command printed; its own errors go where ours do. */
function output(command: string, ...args: string[]): string {
  return execFileSync(command, args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
}

function run(command: string, ...args: string[]): void {
  execFileSync(command, args, { cwd: root, stdio: ["ignore", "inherit", "inherit"] });
}

/** What stands in the way of a release, in words. */
function obstacles(version: string, before: string): string[] {
  const tags = output("git", "tag", "--list", `v${version}`).trim();
  return [
    ...(isLater(version, before) ? [] : [`${version} does not come after ${before}, which package.json has`]),
    ...(tags === "" ? [] : [`the tag v${version} is there already`]),
    ...(isDryRun || output("git", "status", "--porcelain") === "" ? [] : ["there are changes that are not committed"]),
  ];
}

/** A part of what `npm pack --json` prints. */
interface Packed {
  readonly filename: string;
  /** Bytes, packed and unpacked. */
  readonly size: number;
  readonly unpackedSize: number;
  readonly entryCount: number;
}

/** The tarball's files and size, as npm packs them. */
function pack(): Packed {
  const folder = mkdtempSync(join(tmpdir(), "lambent-release-"));
  try {
    const printed = output("npm", "pack", "--ignore-scripts", "--json", "--pack-destination", folder);
    const [packed] = JSON.parse(printed) as [Packed]; // what npm prints with --json
    return packed;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The part of package.json that a release looks at. */
interface Package {
  readonly version: string;
  readonly repository?: object;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { "dry-run": { type: "boolean", default: false } },
});
const isDryRun = values["dry-run"];
const { version: before, repository } = JSON.parse(read(join(root, "package.json"))) as Package;
const [version] = positionals;

if (version === undefined || positionals.length > 1) {
  console.error(
    `npm run release -- VERSION [--dry-run]\n\nVERSION comes after ${before}, as ${before.replace(/\d+$/, (patch) => String(Number(patch) + 1))}.`,
  );
  process.exitCode = 2;
} else {
  const found = obstacles(version, before);
  for (const one of found) console.error(one);
  if (found.length > 0) process.exitCode = 1;
  else release(version);
}

function release(version: string): void {
  const { text, section } = releaseChangelog(read(CHANGELOG), version, new Date().toISOString().slice(0, 10));
  run("npm", "run", "licences");
  run("npm", "run", "check");
  run("npm", "test");
  const { filename, size, unpackedSize, entryCount } = pack();
  console.log(
    `\n${filename}: ${entryCount} files, ${(size / 1e6).toFixed(2)} MB, ${(unpackedSize / 1e6).toFixed(2)} MB unpacked`,
  );
  if (repository === undefined)
    console.log("package.json names no repository: npm refuses a package with provenance without one");
  if (isDryRun) console.log(`\nCHANGELOG.md would begin with:\n\n${section}`);
  else {
    writeFileSync(CHANGELOG, text);
    run("npm", "version", version, "--no-git-tag-version");
    run("git", "commit", "--quiet", "--all", "--message", `Release ${version}`);
    run("git", "tag", `v${version}`);
    console.log(`\ncommitted, with the tag v${version}: git push --follow-tags publishes it`);
  }
}
