import { LambentError } from "../sdk/base/errors.ts";
import type { Json } from "../sdk/base/json.ts";
import { currentStore } from "../sdk/store/current-store.ts";
import { jsonBytes } from "../sdk/values/json-bytes.ts";
import { fetchDivided } from "../sdk/values/fetch-stored.ts";
import { storeList } from "../sdk/values/store-value.ts";
import type { Collect, Done, StoredValue } from "./payload.ts";

/**
 * The outputs of a range of items, in order.
 * @param most bytes of a list that need not be stored
 * @throws {LambentError} if an output is of another item, or what is stored is gone
 */
export async function collect({ first, count, done }: Collect, most: number = Infinity): Promise<Json> {
  const outputs: Json[] = Array.from({ length: count }, () => null);
  for (const batch of done) {
    for (const [index, output] of Object.entries(await outputsOf(batch))) {
      const position = Number(index) - first;
      if (!Number.isInteger(position) || position < 0 || position >= count) {
        throw new LambentError(`item ${index} is none of the ${count} from ${first} on whose outputs are collected`);
      }
      outputs[position] = output;
    }
  }
  return jsonBytes(outputs) <= most ? outputs : storeList(await currentStore(), outputs);
}

async function outputsOf(done: Done): Promise<Readonly<Record<string, Json>>> {
  // What a batch has stored is an object. Large outputs in it are in the store themselves, and stay there.
  return isStoredDone(done) ? ((await fetchDivided(done.$stored)) as Readonly<Record<string, Json>>) : done;
}

/** The keys of outputs are numbers. */
function isStoredDone(done: Done): done is StoredValue {
  return "$stored" in done;
}
