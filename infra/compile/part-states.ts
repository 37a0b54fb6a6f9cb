import type { Json } from "../../sdk/base/json.ts";
import { CAUSE_CHARACTERS } from "../../sdk/base/aws-limits.ts";
import { caughtItem, childMap, childrenStates, errorKept } from "./child-states.ts";
import { query, readStep } from "./expression.ts";
import { TRACE } from "./invocation-state.ts";
import { eventsOfMaps, UNLIMITED } from "./map-mode.ts";
import { machineStates } from "./machine-states.ts";
import { UNCOUNTED_PARTS } from "./part-machines.ts";
import type { PartStep } from "./plan.ts";
import { haveMaps } from "./plan-variables.ts";
import { renameVariables } from "./rename-plan.ts";
import type { StateNames } from "./state-names.ts";
import { assigning, type StateSequence } from "./states.ts";
import type { StatesOf } from "./states-of.ts";
import type { Compilation, MapEvents, PartMachines } from "./target.ts";
import { VariableNames } from "./variable-names.ts";

/** Steps in an execution of their own. */
export function partStates(part: PartStep, next: string, compilation: Compilation, statesOf: StatesOf): StateSequence {
  return part.isMachine === true
    ? machineStates(part, next, compilation, statesOf)
    : childStates(part, next, compilation, statesOf);
}

/**
 * Steps in a child execution, so that their events are not in the history of the one that starts it: a Distributed Map
 * of one item. What they read is in its input, under names of its own, and what is read later is in its output.
 */
function childStates(part: PartStep, next: string, compilation: Compilation, statesOf: StatesOf): StateSequence {
  const { names, variables, counts } = compilation;
  const name = names.fresh("Part");
  const inner = new Map<string, string>();
  const steps = renameVariables(part.steps, (variable) => {
    const known = inner.get(variable) ?? names.fresh(`${variables.of(variable)}_part`);
    inner.set(variable, known);
    return known;
  });
  const count = counts.length === 0 ? undefined : names.fresh(`${name}_count`);
  const given = Object.fromEntries(
    part.reading.map((variable) => [inner.get(variable) ?? variable, `$${variables.of(variable)}`]),
  );
  const inputs: Record<string, Json> = {
    ...Object.fromEntries(Object.keys(given).map((variable) => [variable, query(`$states.input.given.${variable}`)])),
    ...(count === undefined ? {} : { [count]: query("$states.input.count") }),
  };
  const output = Object.fromEntries(
    part.leaving.map((variable) => [variables.of(variable), query(`$${inner.get(variable) ?? variable}`)]),
  );
  const [start, end] = [names.fresh(`${name}Inputs`), names.fresh(`${name}Output`)];
  function body(own: StateNames, events: MapEvents, machines: PartMachines): StateSequence {
    const within = {
      ...compilation,
      names: own,
      machines,
      variables: new VariableNames(), // the steps have their new ones already
      counts: count === undefined ? [] : [`$${count}`],
      eventsOfMaps: events,
      visits: [], // it is an execution of its own
    };
    const { entry, states } = statesOf(steps, { Next: end }, within);
    return {
      entry: start,
      states: [
        [start, { Type: "Pass", ...assigning(inputs), Next: entry }],
        ...states,
        [end, { Type: "Pass", Output: output, End: true }],
      ],
    };
  }
  // With a draft of each part within a part, the innermost would be made twice as often for each one around it.
  const events = haveMaps(steps) ? eventsOfMaps({ steps }, body(names.copy(), UNLIMITED, UNCOUNTED_PARTS)) : UNLIMITED;
  const own = body(names, events, compilation.machines);
  const child = caughtItem(`${name}Steps`, own, [], errorKept(CAUSE_CHARACTERS), names);
  const selector = {
    given: Object.fromEntries(Object.entries(given).map(([variable, value]) => [variable, query(value)])),
    ...(count === undefined ? {} : { count: query(counts.join(" * ")) }),
    traceparent: query(TRACE),
  };
  const values = part.leaving.map((own) => {
    const variable = variables.of(own);
    const value = readStep("$states.result[0].output", variable);
    return { variable, value: `$exists(${value}) ? ${value} : null` };
  });
  return childrenStates(name, childMap([0], selector, child), values, next, names);
}
