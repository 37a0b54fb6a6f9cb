import type { Json } from "../../sdk/base/json.ts";
import { query } from "./expression.ts";
import type { StateNames } from "./state-names.ts";
import { branchOf } from "./shared-ends.ts";
import { assigning, type State, type StateSequence } from "./states.ts";

// Child executions that run a graph. They see no variables of the execution that starts them, so what they need is in
// their input; and AWS tells of one that fails only that it has, so they return what it failed with.

/** Catches all that an item may fail with. */
export function catchAll(output: Json, next: string): Json {
  // AWS says that States.ALL, which has to stand alone, does not match States.DataLimitExceeded: a task that is given, or
  // returns, more than a state may carry.
  return [["States.DataLimitExceeded"], ["States.ALL"]].map((ErrorEquals) => ({
    ErrorEquals,
    Output: output,
    Next: next,
  }));
}

/** An item's states as one, which returns `{output}`, or what `caught` makes of an error. */
export function caughtItem(
  name: string,
  body: StateSequence,
  retriers: Json,
  caught: Readonly<Record<string, Json>>,
  names: StateNames,
): StateSequence {
  const failed = names.fresh(`${name}Failed`);
  const item: State = {
    Type: "Parallel",
    Branches: [branchOf(body)],
    ...(Array.isArray(retriers) && retriers.length > 0 ? { Retry: retriers } : {}),
    Output: { output: query("$states.result[0]") },
    Catch: catchAll(caught, failed),
    End: true,
  };
  return {
    entry: name,
    states: [
      [name, item],
      [failed, { Type: "Pass", End: true }],
    ],
  };
}

/** What a child execution returns of an error, so that the one that started it can fail with it. */
export function errorKept(mostCharacters: number): Record<string, Json> {
  const [error, cause] = ["$states.errorOutput.Error", "$states.errorOutput.Cause"];
  return { error: query(error), cause: query(`$exists(${cause}) ? $substring(${cause}, 0, ${mostCharacters}) : ""`) };
}

/** A Distributed Map of a child execution for each item. */
export function childMap(items: Json, selector: Json, child: StateSequence): State {
  return {
    Type: "Map",
    Items: items,
    ItemSelector: selector,
    ItemProcessor: { ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" }, ...branchOf(child) },
  };
}

/**
 * The Map of child executions, and the states that fail with the error of the first one that has failed.
 * @param assigned JSONata of what is assigned, if none has
 */
export function childrenStates(
  name: string,
  map: State,
  assigned: readonly { readonly variable: string; readonly value: string }[],
  next: string,
  names: StateNames,
): StateSequence {
  const ended = names.fresh(`${name}Ended`);
  const failed = names.fresh(`${name}ChildFailed`);
  const first = "$filter($states.result, function($child) { $exists($child.error) })[0]";
  return {
    entry: name,
    states: [
      [
        name,
        {
          ...map,
          ...assigning(Object.fromEntries(assigned.map(({ variable, value }) => [variable, query(value)]))),
          Output: query(`($failed := ${first}; $exists($failed) ? $failed : {})`),
          Next: ended,
        },
      ],
      [
        ended,
        {
          Type: "Choice",
          Choices: [{ Condition: query("$exists($states.input.error)"), Next: failed }],
          Default: next,
        },
      ],
      [failed, { Type: "Fail", Error: query("$states.input.error"), Cause: query("$states.input.cause") }],
    ],
  };
}
