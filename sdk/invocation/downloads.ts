import type { DownloadReceipt } from "./receipt.ts";
import type { Invocation } from "./scope.ts";

/** While the replica initialised, and that no receipt has told of. */
let untold: DownloadReceipt | undefined;

/** Note that a file was downloaded for an invocation, or for none: then the next receipt tells of it. */
export function noteDownload(invocation: Invocation | undefined, bytes: number, ms: number): void {
  if (invocation === undefined) untold = added(untold, { files: 1, bytes, ms });
  else invocation.downloads = added(invocation.downloads, { files: 1, bytes, ms });
}

/** What an invocation's receipt is to tell of; nothing if nothing was downloaded. */
export function takeDownloads({ downloads }: Invocation): DownloadReceipt | undefined {
  const waiting = untold;
  untold = undefined;
  return waiting === undefined ? downloads : added(downloads, waiting);
}

function added(one: DownloadReceipt | undefined, other: DownloadReceipt): DownloadReceipt {
  const { files = 0, bytes = 0, ms = 0 } = one ?? {};
  return { files: files + other.files, bytes: bytes + other.bytes, ms: Math.round((ms + other.ms) * 1000) / 1000 };
}
