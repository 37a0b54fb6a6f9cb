import { PAYLOAD_BYTES } from "../../sdk/base/aws-limits.ts";
import type { Json } from "../../sdk/base/json.ts";
import { allStates, fields, innerDefinitions, list, type Fields } from "../asl/states.ts";
import type { States } from "../compile/history-events.ts";
import type { MapFacts } from "./map-facts.ts";
import { childType, nextStates } from "./run-counts.ts";

// A map whose items are in the workflow's own execution, or in child executions where there are many, has states for
// both and a Choice before them. How many items there are says which of them a run takes.

/** How a map runs: `refused`, a run fails before the map begins, since its author wants it inline and it is too long. */
export interface MapWay {
  readonly way: "inline" | "distributed" | "refused";
  /** Items up to which it is inline, if a run chooses, or is refused beyond. */
  readonly most?: number;
}

/** The Choice before a map's states (infra/compile/map-states.ts). */
function choiceName({ state }: MapFacts): string {
  return `${state}Size`;
}

/**
 * The name of the state that a state is like: where a map of a workflow has both forms, the workflow's states are there
 * twice, and those of the second have a number at the end of their node's name.
 */
export function originalName(state: string): string {
  return state.replace(/\d(?=(?:Size|Stored|(?:Distributed)?(?:Batches|Items|Lane)|Distributed)?\d*$)/, "");
}

/** What the Choice compares: infra/compile/map-mode.ts */
const COUNT_OVER = /\$count\(.*?\) > (\d+)/;

/** @param definition as it is compiled */
export function mapWay(facts: MapFacts, definition: States): MapWay {
  const states = new Map(allStates(definition as unknown as Fields)); // a State's fields are JSON
  const choice = states.get(choiceName(facts));
  if (choice === undefined) {
    const isDistributed = childType(states.get(facts.state) ?? {}) !== undefined;
    return { way: isDistributed ? "distributed" : "inline" };
  }
  const condition = String(fields(list(choice["Choices"])[0])["Condition"]);
  const most = COUNT_OVER.exec(condition)?.[1];
  const isStored = (facts.characters ?? 0) > PAYLOAD_BYTES && condition.includes("$type(");
  const isLarge = isStored || (most !== undefined && facts.items > Number(most));
  const large = states.get(String(fields(list(choice["Choices"])[0])["Next"]));
  const beyond = large?.["Type"] === "Fail" ? "refused" : "distributed";
  return { way: isLarge ? beyond : "inline", ...(most === undefined ? {} : { most: Number(most) }) };
}

/** The definition with those states alone that a run may come to, when each map runs as `ways` says. */
export function takenWays(definition: States, ways: ReadonlyMap<MapFacts, MapWay>): States {
  const choices = new Map([...ways].map(([facts, { way }]) => [choiceName(facts), way]));
  return takenBlock(definition as unknown as Fields, choices) as unknown as States; // as above
}

function takenBlock(block: Fields, choices: ReadonlyMap<string, MapWay["way"]>): Fields {
  const states = Object.fromEntries(
    Object.entries(fields(block["States"])).map(([name, state]) => [name, takenState(name, fields(state), choices)]),
  );
  const reached = new Set<string>();
  const waiting = [String(block["StartAt"])];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (reached.has(name)) continue;
    reached.add(name);
    const state = states[name] ?? {};
    waiting.push(...nextStates(state), ...catchers(state));
  }
  return { ...block, States: Object.fromEntries(Object.entries(states).filter(([name]) => reached.has(name))) as Json };
}

function takenState(name: string, state: Fields, choices: ReadonlyMap<string, MapWay["way"]>): Fields {
  const way = state["Type"] === "Choice" ? (choices.get(name) ?? choices.get(originalName(name))) : undefined;
  if (way !== undefined) {
    const large = fields(list(state["Choices"])[0])["Next"];
    return { ...state, Choices: [], Default: way === "distributed" ? large : state["Default"] };
  }
  if (innerDefinitions(state).length === 0) return state;
  const { Branches, ItemProcessor } = state;
  return {
    ...state,
    ...(Branches === undefined
      ? {}
      : { Branches: list(Branches).map((one) => takenBlock(fields(one), choices)) as Json }),
    ...(ItemProcessor === undefined ? {} : { ItemProcessor: takenBlock(fields(ItemProcessor), choices) as Json }),
  };
}

function catchers(state: Fields): string[] {
  return list(state["Catch"]).map((one) => String(fields(one)["Next"]));
}
