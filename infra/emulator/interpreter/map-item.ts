import type { Json, JsonObject } from "../../../sdk/base/json.ts";

/** `Map.Item` of the context object, but for the `Index`. */
export interface MapItem {
  /** Of an item that is an object's field. */
  readonly Key?: string;
  readonly Value: Json;
  /** `STATE_DATA`, or the URI in S3 of what the item was read from. */
  readonly Source: string;
}

/** The items of an array, or of an object one for each field. */
export function stateItems(dataset: readonly Json[] | JsonObject): readonly MapItem[] {
  if (isArray(dataset)) return itemsFrom(dataset, "STATE_DATA");
  return Object.entries(dataset).map(([Key, Value]) => ({ Key, Value, Source: "STATE_DATA" }));
}

export function itemsFrom(values: readonly Json[], Source: string): readonly MapItem[] {
  return values.map((Value) => ({ Value, Source }));
}

/** What an iteration gets when no ItemSelector says otherwise: of an object, a pair. */
export function inputOf({ Key, Value }: MapItem): Json {
  return Key === undefined ? Value : { Key, Value };
}

// Array.isArray does not tell a readonly array from an object.
function isArray(dataset: readonly Json[] | JsonObject): dataset is readonly Json[] {
  return Array.isArray(dataset);
}
