import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync, type BigIntStats } from "node:fs";
import { join } from "node:path";

/** Bytes: hashing less takes no longer than looking for a hash that was kept. */
const SMALLEST_KEPT = 8n * 1024n * 1024n;

/**
 * The hash of a file's content that {@link keepHash} kept, if the file is still as it was then. Hashing 1 GB takes a
 * second or more; whether a file was changed shows in its size and its times.
 * @param directory of hashes, each in a file of its own, so that processes do not wait for each other
 */
export function keptHash(file: string, stats: BigIntStats, directory: string): string | undefined {
  if (stats.size < SMALLEST_KEPT) return undefined;
  try {
    const kept = JSON.parse(readFileSync(keptAt(file, directory), "utf8")) as { state?: unknown; hash?: unknown };
    return kept.state === stateOf(file, stats) && typeof kept.hash === "string" ? kept.hash : undefined;
  } catch {
    return undefined; // there is none
  }
}

/** Keep the hash of a file of which `stats` were read before it was hashed. */
export function keepHash(file: string, stats: BigIntStats, directory: string, hash: string): void {
  // What was written within the last second may be written again with no other time: file systems' clocks are coarse.
  if (stats.size < SMALLEST_KEPT || Date.now() - Number(stats.ctimeMs) < 1000) return;
  const path = keptAt(file, directory);
  mkdirSync(directory, { recursive: true });
  writeFileSync(`${path}.${process.pid}`, JSON.stringify({ state: stateOf(file, stats), hash }));
  renameSync(`${path}.${process.pid}`, path);
}

function stateOf(file: string, { size, mtimeNs, ctimeNs, ino }: BigIntStats): string {
  return [file, size, mtimeNs, ctimeNs, ino].join("\n");
}

function keptAt(file: string, directory: string): string {
  return join(directory, `${createHash("sha256").update(file).digest("hex")}.json`);
}
