import type { Json } from "../sdk/base/json.ts";
import { collect } from "./collect.ts";
import { elements, itemKeys } from "./item-range.ts";
import { join } from "./join.ts";
import type { Invocation, ListWork } from "./payload.ts";

/**
 * Work on the lists of a map, in the place of its task: the state machine cannot read the store.
 * @throws {LambentError} if what it reads is gone from the store
 */
export function workOnLists(work: ListWork, { inputs, budget }: Invocation): Promise<Json> {
  switch (work.kind) {
    case "elements":
      return elements(work, budget?.reads);
    case "keys":
      return itemKeys(work, inputs);
    case "collect":
      return collect(work, budget?.bytes);
    case "join":
      return join(work, budget);
  }
}
