import type { ItemBatcher } from "../../asl/definition.ts";
import type { Json, JsonObject } from "../../../sdk/base/json.ts";
import type { QueryLanguage } from "../../language/language.ts";
import type { ItemBatch } from "./map-run.ts";
import type { Visit } from "./visit.ts";

/** Puts items together into the inputs of child executions. */
export type Batch = (visit: Visit, items: readonly Json[]) => Promise<readonly ItemBatch[]>;

export function compileBatcher(batcher: ItemBatcher | undefined, language: QueryLanguage): Batch {
  if (batcher === undefined) return (_visit, items) => Promise.resolve(items.map((input) => ({ input, items: 1 })));
  const most = language.number(batcher, "MaxItemsPerBatch");
  const bytes = language.number(batcher, "MaxInputBytesPerBatch");
  const batchInput =
    batcher.BatchInput === undefined ? undefined : language.template(batcher.BatchInput, "ItemBatcher/BatchInput");
  return async (visit, items) => {
    const maxItems = (await most?.(visit)) ?? Number.POSITIVE_INFINITY;
    const maxBytes = (await bytes?.(visit)) ?? Number.POSITIVE_INFINITY;
    const shared = await batchInput?.(visit);
    function inputFor(batch: readonly Json[]): JsonObject {
      return shared === undefined ? { Items: batch } : { BatchInput: shared, Items: batch };
    }
    const empty = Buffer.byteLength(JSON.stringify(inputFor([])));
    const batches: ItemBatch[] = [];
    let batch: Json[] = [];
    let size = empty;
    for (const item of items) {
      const itemBytes = maxBytes === Number.POSITIVE_INFINITY ? 0 : Buffer.byteLength(JSON.stringify(item)) + 1;
      if (batch.length > 0 && (batch.length >= maxItems || size + itemBytes > maxBytes)) {
        batches.push({ input: inputFor(batch), items: batch.length });
        batch = [];
        size = empty;
      }
      batch.push(item);
      size += itemBytes;
    }
    if (batch.length > 0) batches.push({ input: inputFor(batch), items: batch.length });
    return batches;
  };
}
