interface LocalFile {
  readonly path: string;
  stored?: Promise<unknown> | undefined;
}

/** By address: files of this machine that the store may not have yet. */
const localFiles = new Map<string, LocalFile>();

/** Note where the content of an address is on this machine, so that the store gets it when it is first read. */
export function noteLocalFile(uri: string, path: string): void {
  if (localFiles.get(uri)?.path !== path) localFiles.set(uri, { path });
}

/**
 * Store what was noted for an address, once in this process.
 * @param put stores the file; if it fails, the next call tries again
 */
export async function storeLocalFile(uri: string, put: (path: string) => Promise<unknown>): Promise<void> {
  const local = localFiles.get(uri);
  if (local === undefined) return;
  local.stored ??= put(local.path).catch((error: unknown) => {
    local.stored = undefined;
    throw error;
  });
  await local.stored;
}
