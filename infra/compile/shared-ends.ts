import type { Json } from "../../sdk/base/json.ts";
import { fields, list, type Fields } from "../asl/states.ts";
import type { State, StateSequence } from "./states.ts";

/** One of a Parallel's `Branches`, or the processor of a Map. */
export function branchOf(sequence: StateSequence): Record<string, Json> {
  const { entry, states } = withSharedEnds(sequence);
  return { StartAt: entry, States: Object.fromEntries(states) as Record<string, Json> }; // a State's fields are JSON
}

/**
 * The states of one block, in which those that can only end the execution with an error are there once, and not for each
 * map that comes to them.
 */
export function withSharedEnds({ entry, states }: StateSequence): StateSequence {
  const shared = sharedNames(states);
  if (shared.size === 0) return { entry, states };
  const left = states.filter(([name]) => !shared.has(name));
  // What led to states that were equal may be equal itself now.
  return withSharedEnds({
    entry: shared.get(entry) ?? entry,
    states: left.map(([name, state]) => [name, leadingTo(state, shared)]),
  });
}

/** By the name of a state, that of an equal one before it. */
function sharedNames(states: StateSequence["states"]): ReadonlyMap<string, string> {
  const ends = endsOf(states);
  const first = new Map<string, string>();
  const shared = new Map<string, string>();
  for (const [name, state] of states) {
    if (!ends.has(name)) continue;
    const text = JSON.stringify(state);
    const same = first.get(text);
    if (same === undefined) first.set(text, name);
    else shared.set(name, same);
  }
  return shared;
}

/** The states from which each way leads to a Fail state. */
function endsOf(states: StateSequence["states"]): ReadonlySet<string> {
  const ends = new Set<string>();
  for (let before = -1; before < ends.size;) {
    before = ends.size;
    for (const [name, state] of states.toReversed()) {
      const next = nextOf(state);
      if (state.Type === "Fail" || (next.length > 0 && next.every((one) => ends.has(one)))) ends.add(name);
    }
  }
  return ends;
}

function nextOf({ Next, Default, Choices, Catch }: State): string[] {
  const others = [...list(Choices), ...list(Catch)].map((one) => fields(one)["Next"]);
  return [Next, Default, ...others].filter((next) => typeof next === "string");
}

function leadingTo(state: State, shared: ReadonlyMap<string, string>): State {
  function changed<P extends State | Fields>(part: P): P {
    const next = ["Next", "Default"].flatMap((field) => {
      const name = shared.get(String(part[field]));
      return name === undefined ? [] : [[field, name]];
    });
    const others = ["Choices", "Catch"].flatMap((field) =>
      part[field] === undefined ? [] : [[field, list(part[field]).map((one) => changed(fields(one)))]],
    );
    return { ...part, ...(Object.fromEntries([...next, ...others]) as object) };
  }
  return changed(state);
}
