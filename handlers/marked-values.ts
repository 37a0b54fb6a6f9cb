import type { Json } from "../sdk/base/json.ts";
import { isStored } from "../sdk/values/mark-names.ts";

export { valueClasses } from "../sdk/values/value-classes.ts";

/**
 * A task's inputs with what is stored in the places of its marks.
 * @param left the marks that were found in them
 */
export async function withStored(inputs: Json, left: readonly Json[]): Promise<Json> {
  return left.some(isStored) ? (await import("../sdk/values/fetch-stored.ts")).fetchStored(inputs) : inputs;
}
