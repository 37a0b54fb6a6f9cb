import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { zipSync, type Zippable } from "fflate";

/** Zip stores local time: this is the same clock reading in every time zone, and the oldest that the format knows. */
const EPOCH = new Date(1980, 0, 1);

/** Unix, a regular file that all may read; Lambda runs the code as another user. */
const READABLE = 0o100_644 << 16;

/**
 * Write the files of a directory to a zip file: the same bytes for the same files, whoever zips them, when and where.
 * The compressor is JavaScript's own for that reason: zlib's output differs between versions of Node.
 * @returns bytes of the files, as they will be once unzipped
 */
export async function zipDirectory(directory: string, zipFile: string): Promise<number> {
  const names = (await readdir(directory)).toSorted();
  const entries: Zippable = {};
  let bytes = 0;
  for (const name of names) {
    const content = await readFile(join(directory, name));
    bytes += content.byteLength;
    entries[name] = [content, { mtime: EPOCH, os: 3, attrs: READABLE, level: 6 }];
  }
  await writeFile(zipFile, zipSync(entries));
  return bytes;
}
