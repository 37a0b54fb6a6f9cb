import type { Affinity, MapNode } from "../../sdk/graph/graph.ts";
import { keyOf } from "./affinity.ts";
import { elementOfEach, elementsOf } from "./batch-items.ts";
import { lanesExpression } from "./lane-expression.ts";
import type { ListSources } from "./map-lists.ts";
import { keyText } from "./replica-ranking.ts";
import type { StateNames } from "./state-names.ts";

/** JSONata of the lanes of a map's items: which replica handles which, of all rounds. */
export function lanesOfMap(node: MapNode, affinity: Affinity, lists: ListSources, names: StateNames): string {
  // What is the same for all items may be in a variable of any name, so that the parameter's must be no variable's.
  const element = `$${names.fresh(`${node.variable}_element`)}`;
  const key = keyOf(node.address, node.bound, Object.fromEntries(elementOfEach(lists, element)));
  const texts = `$map(${elementsOf(lists)}, function(${element}) { ${keyText(key)} })`;
  return `${lists.count} = 0 ? [] : ${lanesExpression(texts, affinity)}`;
}
