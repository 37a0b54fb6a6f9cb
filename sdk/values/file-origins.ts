import type { ObjectStore } from "../store/object-store.ts";
import type { FileReference } from "./file-reference.ts";

/** By file, the store that it was found in, where that is not the process's own. */
const origins = new WeakMap<FileReference, () => Promise<ObjectStore>>();

/** Have a file be read in another store than the process's own, which is opened when it is. */
export function readIn(file: FileReference, open: () => Promise<ObjectStore>): void {
  origins.set(file, open);
}

/** The store of a file, if it is another than the process's own. */
export async function originOf(file: FileReference): Promise<ObjectStore | undefined> {
  return origins.get(file)?.();
}
