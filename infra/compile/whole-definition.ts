import { fields, innerDefinitions, list, type Fields } from "../asl/states.ts";
import type { Json } from "../../sdk/base/json.ts";
import { START, startOf } from "./start-states.ts";

/**
 * A definition in which the parts of a workflow that are state machines of their own stand where they are started, as the
 * one branch of a Parallel: for whoever draws or counts the workflow as a whole.
 * @param partOf the definition of a part, by its state machine's ARN as it is in the definition; undefined for any other
 */
export function wholeDefinition(definition: Fields, partOf: (stateMachineArn: string) => Fields | undefined): Fields {
  function whole(block: Fields): Fields {
    const states = Object.entries(fields(block["States"])).map(([name, state]) => [
      name,
      wholeState(name, fields(state)),
    ]);
    return { ...block, States: Object.fromEntries(states) as Json }; // of JSON, it is JSON
  }
  function wholeState(name: string, state: Fields): Fields {
    // The state that starts a part once more stays as it is: with both, parts within parts would double for each level.
    if (state["Resource"] === START && startOf(name) === undefined) {
      const part = partOf(String(fields(state["Arguments"])["StateMachineArn"]));
      if (part === undefined) return state;
      return { Type: "Parallel", Branches: [whole(part) as Json], Next: state["Next"] ?? null };
    }
    if (innerDefinitions(state).length === 0) return state;
    const { Branches, ItemProcessor } = state;
    return {
      ...state,
      ...(Branches === undefined ? {} : { Branches: list(Branches).map((one) => whole(fields(one))) as Json }),
      ...(ItemProcessor === undefined ? {} : { ItemProcessor: whole(fields(ItemProcessor)) as Json }),
    };
  }
  return whole(definition);
}
