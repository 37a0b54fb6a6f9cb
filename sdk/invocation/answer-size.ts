import type { Json } from "../base/json.ts";

/**
 * Whether an answer surely fits its budget: an estimate that needs no further code, of the output's bytes and 1,024 for
 * each cache in the receipt. What may be too large by it is measured exactly by sdk/values/large-value.ts, which is
 * loaded for that; so is a long list, of which no text is made.
 */
export function surelyFits(output: Json, caches: number, bytes: number): boolean {
  if (Array.isArray(output) && output.length > 10_000) return false;
  try {
    return Buffer.byteLength(JSON.stringify(output)) + 1024 * caches <= bytes;
  } catch {
    return false; // its text would be longer than a string can be
  }
}
