import type { Ending, Expression, Failure } from "../../sdk/graph/graph.ts";
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

/** The last state of a block within a node: it assigns what the block comes to, or ends the execution. */
export function wayEnd({ result, failure }: Ending, variable: string, Next: string): State {
  return failure === undefined
    ? { Type: "Pass", Assign: { [variable]: template(result, "null") }, Next }
    : failState(failure);
}

export function failState({ error, cause }: Failure): State {
  return { Type: "Fail", Error: template(error, "null"), Cause: template(cause, "null") };
}
