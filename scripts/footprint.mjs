// What `npm install lambent` brings into an empty folder: packages, megabytes, seconds. `npm run footprint` builds first.
import { execFileSync } from "node:child_process";
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** How many of the largest packages are printed. */
const LARGEST = 12;

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "lambent-footprint-"));
const project = join(folder, "project");

function npm(cwd, ...args) {
  execFileSync("npm", args, { cwd, stdio: ["ignore", "ignore", "inherit"] });
}

/** Seconds that an install takes. @param cache where npm keeps what it downloads */
function install(cache) {
  rmSync(join(project, "node_modules"), { recursive: true, force: true });
  rmSync(join(project, "package-lock.json"), { force: true });
  const tarball = readdirSync(folder).find((name) => name.endsWith(".tgz"));
  const began = performance.now();
  npm(project, "install", "--no-audit", "--no-fund", "--loglevel", "error", "--cache", cache, join(folder, tarball));
  return (performance.now() - began) / 1000;
}

/** Files that have been counted: esbuild's program is in two packages and on the disk once. */
const counted = new Set();

/** Bytes of a package's files, those of packages within it left out. */
function bytesOf(path) {
  const found = lstatSync(path);
  if (!found.isDirectory()) return counted.size === counted.add(found.ino).size ? 0 : found.size;
  const names = readdirSync(path).filter((name) => name !== "node_modules");
  return names.reduce((sum, name) => sum + bytesOf(join(path, name)), 0);
}

function megabytes(bytes) {
  return (bytes / 1e6).toFixed(1).padStart(6);
}

try {
  npm(root, "pack", "--ignore-scripts", "--loglevel", "error", "--pack-destination", folder);
  mkdirSync(project);
  writeFileSync(join(project, "package.json"), "{}");
  const cache = join(folder, "cache");
  const first = install(cache);
  const second = install(cache);
  const { packages } = JSON.parse(readFileSync(join(project, "node_modules/.package-lock.json"), "utf8"));
  const sizes = Object.keys(packages).map((path) => ({ path, bytes: bytesOf(join(project, path)) }));
  const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0);
  console.log(
    `${sizes.length} packages, ${megabytes(total).trim()} MB, ${first.toFixed(1)} s; ${second.toFixed(1)} s when they are in npm's cache (load ${loadavg()[0]?.toFixed(1)})`,
  );
  const largest = sizes.toSorted((left, right) => right.bytes - left.bytes).slice(0, LARGEST);
  for (const { path, bytes } of largest) console.log(`${megabytes(bytes)} MB  ${path.replace("node_modules/", "")}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
