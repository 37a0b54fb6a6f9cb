import { readFileSync } from "node:fs";

// The page size of 64-bit Linux. Some arm64 kernels have larger pages: there the result is too low, and the limit late.
const PAGE_BYTES = 4096;

/** Bytes of memory that a process has; undefined if it is gone, or on another system than Linux. */
export function residentBytes(pid: number): number | undefined {
  try {
    const [, pages] = readFileSync(`/proc/${pid}/statm`, "utf8").split(" ");
    return pages === undefined ? undefined : Number(pages) * PAGE_BYTES;
  } catch {
    return undefined;
  }
}
