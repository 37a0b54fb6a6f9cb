import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * A digest of every file in a bundle, by which a reload tells which functions changed. A directory that cannot be read
 * has an empty one: its replicas will say what is wrong with it.
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
