import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { zipSync, type Zippable } from "fflate";

/** The files' time, the earliest that zip can store. Zip stores local time, so it is the same in every time zone. */
const EPOCH = new Date(1980, 0, 1);

/** The files' mode: a regular file that all users may read, since Lambda runs the code as another user. */
const READABLE = 0o100_644 << 16;

/**
 * Write the files of a directory to a zip file. Equal files give equal bytes on any machine at any time, which is why
 * it is compressed by a library in JavaScript: the output of Node's zlib differs from version to version.
 * @returns the bytes of the files, unzipped
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
