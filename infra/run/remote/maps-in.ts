import type { Json } from "../../../sdk/base/json.ts";
import { allStates, fields } from "../../asl/states.ts";

/** The names of a definition's Map states, by which its other states are told to belong to a map. */
export function mapsIn(definition: string): string[] {
  if (definition === "") return [];
  const states = allStates(fields(JSON.parse(definition) as Json)); // what JSON has
  return states.filter(([, { Type }]) => Type === "Map").map(([name]) => name);
}
