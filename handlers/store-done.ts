import type { Json } from "../sdk/base/json.ts";
import { currentStore } from "../sdk/store/current-store.ts";
import { jsonBytes } from "../sdk/values/json-bytes.ts";
import { storeValue } from "../sdk/values/store-value.ts";
import type { Done } from "./payload.ts";

/**
 * Bytes from which on an output is stored alone: whoever collects the outputs of a thousand items has all that are not
 * in memory at once.
 */
const ALONE_BYTES = 65_536;

/** The outputs of a batch, or the mark of one object in which they are, if they have more than so many bytes. */
export async function storeDone(done: Readonly<Record<string, Json>>, most: number): Promise<Done> {
  if (jsonBytes(done) <= most) return done;
  return storeValue(await currentStore(), done, ALONE_BYTES) as Promise<Done>; // the mark of an object
}
