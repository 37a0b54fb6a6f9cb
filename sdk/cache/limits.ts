import { LambentError } from "../base/errors.ts";

/**
 * How much caches keep in one replica. Beyond it the least recently used entries are removed.
 * @example
 * const limits: CacheLimits = { maxEntries: 100, maxBytes: 512 * 1024 * 1024 };
 * const cached = new ActorEnvironment({ name: "cached", cache: limits });
 */
export interface CacheLimits {
  /** Default: one for each 1,024 bytes of half of the function's memory. */
  readonly maxEntries?: number;
  /**
   * Bytes of the values, estimated or as `sizeOf` returns them, and of large keys. Default: half of the function's
   * memory.
   */
  readonly maxBytes?: number;
}

const MEBIBYTE = 1024 * 1024;
/** Outside of Lambda, where AWS_LAMBDA_FUNCTION_MEMORY_SIZE is not set. */
const DEFAULT_MEMORY_MIB = 1024;
/** The default of `maxEntries` has one entry per so many bytes: an entry takes memory even if `sizeOf` returns 0. */
const BYTES_PER_ENTRY = 1024;

/**
 * Fill in the defaults.
 * @param owner whose limits they are, for error messages
 * @throws {LambentError} when a limit is not a positive number
 */
export function resolveLimits(limits: CacheLimits, owner: string): Required<CacheLimits> {
  const memory = Number(process.env["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]) || DEFAULT_MEMORY_MIB;
  const { maxBytes = (memory * MEBIBYTE) / 2 } = limits;
  const { maxEntries = Math.max(1, Math.ceil((memory * MEBIBYTE) / 2 / BYTES_PER_ENTRY)) } = limits;
  for (const [name, value] of Object.entries({ maxBytes, maxEntries })) {
    const isCount = name === "maxEntries";
    if (typeof value === "number" && value > 0 && !(isCount && value % 1 > 0)) continue;
    const wanted = isCount ? "a whole number" : "a number";
    throw new LambentError(`${owner}: ${name} is ${shown(value)}; give ${wanted} greater than 0, or leave it out`);
  }
  return { maxBytes, maxEntries };
}

/** An option's value, for error messages. */
export function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? "a list" : "an object";
  return typeof value === "function" ? "a function" : String(value);
}
