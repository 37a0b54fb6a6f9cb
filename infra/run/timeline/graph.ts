import { isObject, type JsonObject } from "../../../sdk/base/json.ts";
import { isReplicaMap } from "../../compile/replica-states.ts";
import { layOut, type Way, type Shape } from "./layout.ts";
import type { Graph } from "./model.ts";
import { isOf } from "./nodes.ts";
import { shownName } from "./shown-name.ts";

/** A state of a definition, as far as a graph needs it. Whoever wrote the definition may have left out anything. */
interface State {
  readonly Type: string;
  /** Whether it calls an AWS service by the SDK's name of the action, as of what authors write only a hand-written one does. */
  readonly callsService: boolean;
  readonly next: readonly string[];
  /** The blocks within it: a Map's processor, a Parallel's branches. */
  readonly inner: readonly Block[];
}

interface Block {
  readonly start: string;
  readonly states: ReadonlyMap<string, State>;
}

const CHARACTER_WIDTH = 7;
/** Around a name in its box, with room for how often it ran. */
const BOX_MARGIN = 56;
const BOX_HEIGHT = 30;

/**
 * The graph of a definition. Of Lambent's own, the states between an author's nodes are left out.
 * @param definition as text
 */
export function graphOf(definition: string, isLambent: boolean): Graph | undefined {
  const block = readBlock(JSON.parse(definition));
  return block === undefined ? undefined : laidOut(block, isLambent);
}

/** @param map the Map that it is in */
function laidOut(block: Block, isLambent: boolean, map?: string): Graph {
  return layOut(shapesOf(block, isLambent, map), waysOf(block, isLambent, map));
}

function shapesOf({ states }: Block, isLambent: boolean, map?: string): Shape[] {
  return [...states]
    .filter(([name, state]) => isShown(name, state, states, isLambent, map))
    .map(([name, state]) => {
      const width = Math.max(104, shownName(name).length * CHARACTER_WIDTH + BOX_MARGIN);
      const within = state.inner.map((block) => innerGraph(block, isLambent, name));
      return {
        node: name,
        type: state.Type,
        width,
        height: BOX_HEIGHT,
        within: within.filter(({ boxes }) => boxes.length > 0),
      };
    });
}

/** What is in a Map or a Parallel; if all that is there is the compiler's, what is in that. */
function innerGraph(block: Block, isLambent: boolean, map: string): Graph {
  const graph = laidOut(block, isLambent, map);
  const [only] = [...block.states.values()].flatMap(({ inner }) => inner);
  return graph.boxes.length > 0 || only === undefined ? graph : innerGraph(only, isLambent, map);
}

/** The ways between states that are shown, through those that are not. */
function waysOf({ states }: Block, isLambent: boolean, map?: string): Way[] {
  const ways = new Map<string, Way>();
  function isVisible(name: string): boolean {
    const state = states.get(name);
    return state !== undefined && isShown(name, state, states, isLambent, map);
  }
  function follow(from: string, name: string, passed: ReadonlySet<string>): void {
    if (passed.has(name)) return;
    if (isVisible(name)) {
      if (from !== name) ways.set(`${from}\n${name}`, { from, to: name });
      return;
    }
    for (const next of states.get(name)?.next ?? []) follow(from, next, new Set([...passed, name]));
  }
  for (const [name, { next }] of states) {
    if (isVisible(name)) for (const one of next) follow(name, one, new Set());
  }
  return [...ways.values()];
}

function isShown(
  name: string,
  { Type, callsService }: State,
  states: ReadonlyMap<string, State>,
  isLambent: boolean,
  around: string | undefined,
): boolean {
  if (!isLambent) return true;
  if (around !== undefined && isOf(around, name)) return false;
  if ([...states].some(([map, state]) => state.Type === "Map" && isOf(map, name))) return false;
  if (callsService || ["Pass", "Fail", "Succeed"].includes(Type)) return false;
  if (Type !== "Choice") return true;
  // What counts a map's results, or begins its next round, is a Choice that is named after the Map.
  const isOfMap = [...states].some(([map, state]) => state.Type === "Map" && name.startsWith(map) && name !== map);
  return name !== "Inputs" && !isOfMap;
}

function readBlock(value: unknown): Block | undefined {
  const { StartAt: start, States: states } = fields(value);
  if (typeof start !== "string" || !isObject(states)) return undefined;
  return { start, states: new Map(Object.entries(states).map(([name, state]) => [name, readState(state)])) };
}

function readState(value: unknown): State {
  const { Type, Resource, Next, Default, Choices, Catch, ItemProcessor, Iterator, Branches } = fields(value);
  const next = [Next, ...listed(Choices).map(nextOf), Default, ...listed(Catch).map(nextOf)];
  return {
    Type: String(Type),
    callsService: String(Resource).includes(":states:::aws-sdk:"),
    next: next.filter((one) => typeof one === "string"),
    inner: isReplicaWait(value)
      ? []
      : [ItemProcessor, Iterator, ...listed(Branches)].map(readBlock).filter((block) => block !== undefined),
  };
}

/** Whether it is the Map that waits for replicas which come up for a run: one box, whatever it does for that. */
function isReplicaWait(value: unknown): boolean {
  return isReplicaMap(fields(value) as JsonObject); // it was parsed from JSON
}

function nextOf(value: unknown): unknown {
  return fields(value)["Next"];
}

function listed(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function fields(value: unknown): Readonly<Record<string, unknown>> {
  return isObject(value) ? { ...value } : {};
}
