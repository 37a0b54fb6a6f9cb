import { readFileSync } from "node:fs";

// Fixed on every 64-bit Linux that Node supports but arm64 kernels built with larger pages, where it errs to leniency.
const PAGE_BYTES = 4096;

/** Bytes of memory that a process holds, or undefined where the system does not say (only Linux does). */
export function residentBytes(pid: number): number | undefined {
  try {
    const [, pages] = readFileSync(`/proc/${pid}/statm`, "utf8").split(" ");
    return pages === undefined ? undefined : Number(pages) * PAGE_BYTES;
  } catch {
    return undefined;
  }
}
