import { createHash, randomUUID } from "node:crypto";
import { existsSync, statSync } from "node:fs";
import { copyFile, link, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Bundle } from "./bundle.ts";
import type { PlacedFile } from "./packages/layout.ts";

/** What Lambda gets of one function, in a directory of its own: a bundle, and beside it packages and data files. */
export interface Artifact {
  /** Named after its content; the entry is `index.mjs` in it. */
  readonly directory: string;
  readonly bundle: Bundle;
  /** The packages and data files beside the bundle. */
  readonly placed: readonly PlacedFile[];
  /** The author's modules in the bundle, relative to the project. */
  readonly modules: readonly string[];
  /** Bytes of all of its files. */
  readonly bytes: number;
}

const HASH_LENGTH = 16;

/**
 * Put an artifact's files where they can be run or zipped. What is there already of the same content stays.
 * @param outDir the directory in which it gets one of its own
 * @param modules the author's modules in the bundle, for messages
 */
export async function writeArtifact(
  bundle: Bundle,
  placed: readonly PlacedFile[],
  outDir: string,
  modules: readonly string[] = [],
): Promise<Artifact> {
  const hash = createHash("sha256");
  let bytes = 0;
  for (const { path, contents } of bundle.files) {
    hash.update(`${path}\0${contents.byteLength}\0`).update(contents);
    bytes += contents.byteLength;
  }
  const files = placed.toSorted((left, right) => (left.path < right.path ? -1 : 1));
  for (const { path, source } of files) {
    // Not by their content: hundreds of megabytes would be read at every reload.
    const { size, mtimeMs } = statSync(source);
    hash.update(`${path}\0${source}\0${size}\0${mtimeMs}\0`);
    bytes += size;
  }
  const directory = join(outDir, hash.digest("hex").slice(0, HASH_LENGTH));
  if (!existsSync(directory)) await writeWhole(directory, bundle, files);
  return { directory, bundle, placed: files, modules, bytes };
}

/** What is cut short leaves nothing under the artifact's name. */
async function writeWhole(directory: string, bundle: Bundle, placed: readonly PlacedFile[]): Promise<void> {
  const part = `${directory}.${randomUUID()}`;
  await mkdir(part, { recursive: true });
  const directories = new Set([...bundle.files, ...placed].map(({ path }) => dirname(join(part, path))));
  for (const one of directories) await mkdir(one, { recursive: true });
  for (const { path, contents } of bundle.files) await writeFile(join(part, path), contents);
  for (const { path, source } of placed) await place(source, join(part, path));
  await rename(part, directory).catch(async (error: NodeJS.ErrnoException) => {
    await rm(part, { recursive: true, force: true });
    if (!existsSync(directory)) throw error; // else another process wrote the same
  });
}

/** Packages may take hundreds of megabytes, and no code writes to them; data files are copied, in case it does to those. */
async function place(source: string, target: string): Promise<void> {
  if (!target.includes("/node_modules/")) return copyFile(source, target);
  await link(source, target).catch(() => copyFile(source, target)); // another file system, or one without links
}
