import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * A hash over all files of a bundle, by which a reload sees which functions have changed. Empty if the directory cannot
 * be read: then its replicas fail to start, with an error that says why.
 */
export async function bundleFingerprint(directory: string): Promise<string> {
  const hash = createHash("sha256");
  try {
    const entries = await readdir(directory, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    for (const file of files.sort()) hash.update(file.slice(directory.length)).update(await readFile(file));
  } catch {
    return "";
  }
  return hash.digest("hex");
}
