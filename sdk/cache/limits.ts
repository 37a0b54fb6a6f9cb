import { LambentError } from "../base/errors.ts";

/** Per replica. The least recently used entry goes first. */
export interface CacheLimits {
  readonly maxEntries?: number;
  /** Estimated bytes, or what `sizeOf` says. Default: half of the function's memory. */
  readonly maxBytes?: number;
}

const MEBIBYTE = 1024 * 1024;
/** Where Lambda does not say: outside of it. */
const DEFAULT_MEMORY_MIB = 1024;
/** By default one entry is let in for each of these bytes of `maxBytes`, as entries that claim no bytes take some too. */
const BYTES_PER_ENTRY = 1024;

/** @throws {LambentError} when a limit is not a positive number. */
export function resolveLimits(limits: CacheLimits, place: string): Required<CacheLimits> {
  const memory = Number(process.env["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]) || DEFAULT_MEMORY_MIB;
  const { maxBytes = (memory * MEBIBYTE) / 2 } = limits;
  const { maxEntries = Math.max(1, Math.ceil((memory * MEBIBYTE) / 2 / BYTES_PER_ENTRY)) } = limits;
  for (const [name, value] of Object.entries({ maxBytes, maxEntries })) {
    if (typeof value !== "number" || !(value > 0)) {
      throw new LambentError(`${place}: ${name} is ${String(value)}; give a number greater than 0, or leave it out`);
    }
  }
  return { maxBytes, maxEntries };
}
