import { createHash } from "node:crypto";
import { closeSync, openSync, readdirSync, readFileSync, readSync, statSync, type BigIntStats } from "node:fs";
import { extname, isAbsolute, join, normalize } from "node:path";
import { LambentError } from "../base/errors.ts";
import { keepHash, keptHash } from "../store/kept-hash.ts";
import type { AssetFile } from "../values/asset-file.ts";
import type { AssetLocation } from "./asset-location.ts";

/** Whether a path stands for all files that match it. */
export function isPattern(path: string): boolean {
  return /[*?{]/.test(path);
}

/**
 * The file at a path, with the version of its content.
 * @param path relative to the project's directory
 * @param written the argument of `asset`, for messages
 * @throws {LambentError} if there is no such file
 */
export function assetFile(path: string, written: string, location: AssetLocation): AssetFile {
  const { root, hashes } = location;
  const refused = `asset(${JSON.stringify(written)})`;
  if (isAbsolute(path)) {
    throw new LambentError(`${refused}: the path must be relative to the project's directory, ${root}`);
  }
  const file = join(root, path);
  const stats = statSync(file, { bigint: true, throwIfNoEntry: false });
  if (stats === undefined) {
    throw new LambentError(
      `${refused}: there is no file ${file}: put it there, or correct the path, which is relative to the project's directory (where serverless.yml is; for run(), where the process was started)`,
    );
  }
  if (!stats.isFile()) throw new LambentError(`${refused}: ${file} is no file: name its files, as in "${path}/*"`);
  if (isUnfetched(file, stats)) {
    throw new LambentError(`${refused}: ${file} only stands for a file in Git LFS: run \`git lfs pull\``);
  }
  return {
    path: normalize(path).replaceAll("\\", "/"),
    version: contentHash(file, stats, hashes),
    format: extname(path).slice(1),
    size: Number(stats.size),
  };
}

/** What Git puts in the place of a large file until it is fetched: some 130 bytes that begin so. */
function isUnfetched(file: string, { size }: BigIntStats): boolean {
  return size < 1024n && readFileSync(file, "latin1").startsWith("version https://git-lfs.github.com/");
}

const READ_BYTES = 4 * 1024 * 1024;

/** The SHA-256 of a file's content, which is computed again only when the file has changed. */
function contentHash(file: string, stats: BigIntStats, directory: string | undefined): string {
  const known = directory === undefined ? undefined : keptHash(file, stats, directory);
  if (known !== undefined) return known;
  const hash = hashFile(file);
  if (directory !== undefined) keepHash(file, stats, directory, hash);
  return hash;
}

/** Piece by piece: the file may be larger than memory. */
function hashFile(file: string): string {
  const hash = createHash("sha256");
  const buffer = Buffer.alloc(READ_BYTES);
  const descriptor = openSync(file, "r");
  try {
    for (let read = readSync(descriptor, buffer); read > 0; read = readSync(descriptor, buffer)) {
      hash.update(buffer.subarray(0, read));
    }
  } finally {
    closeSync(descriptor);
  }
  return hash.digest("hex");
}

/**
 * The files that match a pattern, relative to the project's directory, in the order of their paths.
 * @throws {LambentError} if there are none
 */
export function matchingPaths(pattern: string, root: string): string[] {
  const segments = normalize(pattern).replaceAll("\\", "/").split("/");
  const wild = segments.findIndex(isPattern);
  const base = segments.slice(0, wild).join("/");
  const matches = new RegExp(`^${segments.slice(wild).map(segmentPattern).join("")}$`);
  const found = filesBelow(join(root, base), "").filter((path) => matches.test(`/${path}`));
  if (found.length === 0) {
    throw new LambentError(
      `asset(${JSON.stringify(pattern)}): no file in ${root} matches: patterns are relative to the project's directory`,
    );
  }
  return found.map((path) => (base === "" ? path : `${base}/${path}`)).toSorted();
}

/** Of paths with `/`, without hidden files and installed packages. */
function filesBelow(directory: string, prefix: string): string[] {
  let entries;
  try {
    entries = readdirSync(directory, { withFileTypes: true });
  } catch {
    return []; // no such directory
  }
  return entries
    .filter(({ name }) => !name.startsWith(".") && name !== "node_modules")
    .flatMap((entry) => {
      const path = `${prefix}${entry.name}`;
      if (entry.isDirectory()) return filesBelow(join(directory, entry.name), `${path}/`);
      return [path];
    });
}

/** A segment of a pattern as a regular expression that matches it with the `/` before it. */
function segmentPattern(segment: string): string {
  if (segment === "**") return "(?:/[^/]+)*";
  let depth = 0;
  const written = segment.replaceAll(/[\s\S]/gu, (character) => {
    switch (character) {
      case "*":
        return "[^/]*";
      case "?":
        return "[^/]";
      case "{":
        depth++;
        return "(?:";
      case "}":
        if (depth === 0) return "\\}";
        depth--;
        return ")";
      case ",":
        return depth > 0 ? "|" : ",";
      default:
        return character.replaceAll(/[$()+.[\\\]^|]/g, "\\$&");
    }
  });
  return `/${written}${")".repeat(depth)}`;
}
