import type { Expression } from "../../sdk/graph/graph.ts";
import { literal, query, template } from "./expression.ts";
import type { StateNames } from "./state-names.ts";
import { after, single, type State, type StateSequence } from "./states.ts";

/** The state that ends a graph with its result. */
export function resultStates(name: string, result: Expression, state: State, names: StateNames): StateSequence {
  if (result.kind === "list") {
    // Validators in the field take no list for Output, so it goes through a variable.
    const variable = names.fresh(`${name}List`);
    const assign: State = { Type: "Pass", Assign: { [variable]: template(result, "null") } };
    return after([variable, assign], single(name, { ...state, Output: query(`$${variable}`) }));
  }
  const plain = result.kind === "literal" && typeof result.value !== "string";
  return single(name, { ...state, Output: plain ? query(literal(result.value)) : template(result, "null") });
}
