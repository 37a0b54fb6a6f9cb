import { LambentError } from "../../sdk/base/errors.ts";
import { EXPRESS_SECONDS, HISTORY_EVENTS } from "../../sdk/base/aws-limits.ts";
import { ALIAS, replicaName } from "../../sdk/base/function-names.ts";
import type { Json } from "../../sdk/base/json.ts";
import type { GraphData } from "../../sdk/graph/graph.ts";
import { allNodes, invokingNode } from "../../sdk/graph/walk.ts";
import type { Fields } from "../asl/states.ts";
import { historyEvents } from "./history-events.ts";
import { asking, PAUSE_EVENTS, waiting } from "./replica-processors.ts";
import { provisionedAction } from "./replica-schedules.ts";
import { StateNames } from "./state-names.ts";
import type { State, StateSequence } from "./states.ts";
import type { ReplicasForRun, Target } from "./target.ts";

/**
 * The states that bring up the replicas of all actors with `ttlSeconds` in the workflow, be it in a branch or a nested
 * workflow that may not run: a Map over their functions that asks for them, and one that waits. A run first says that it
 * is at work, by a lease, and only then asks for replicas, so that the cooling, which asks for leases last, cannot take
 * away what it waits for.
 * Undefined if there are no such actors.
 * @throws {LambentError} if the workflow's type leaves no time to wait for replicas
 */
export function replicaStates(
  graph: GraphData,
  next: string,
  names: StateNames,
  target: Target,
): StateSequence | undefined {
  const functions = functionsForRun(graph, target);
  if (functions.length === 0) return undefined;
  const { cooling } = target;
  if (cooling === undefined) throw new Error("actors have replicas for a run, and nothing takes them back");
  checkType(graph, functions);
  const [ask, wait] = [names.fresh(ASK), names.fresh(WAIT)];
  const Output = {};
  const states: StateSequence["states"] = [
    [ask, { Type: "Map", Items: functions.map(itemOf), ...asking(names, cooling), Next: wait }],
    [wait, { Type: "Map", ...waiting(names), Output, Next: next }],
  ];
  return { entry: ask, states };
}

/** The Map that asks for replicas, where no state of the author's is called so. */
export const ASK = "Replicas";

/** The Map that waits for them. */
export const WAIT = "ReplicasReady";

/**
 * The most events that the states of {@link replicaStates} have, if nothing that they call is throttled.
 * @throws {LambentError} if there are too many functions for one history
 */
export function replicaEvents(graph: GraphData, target: Target): { readonly asking: number; readonly waiting: number } {
  const names = StateNames.of(graph);
  const maps = replicaStates(graph, "", names, target);
  if (maps === undefined) return { asking: 0, waiting: 0 };
  const functions = functionsForRun(graph, target).length;
  function eventsOf([name, state]: readonly [string, State]): number {
    return historyEvents({ StartAt: name, States: { [name]: state as Fields } }, { items: () => functions }); // a State's fields are JSON
  }
  const [ask, wait] = maps.states as [readonly [string, State], readonly [string, State]]; // as they are written above
  const events = { asking: eventsOf(ask), waiting: eventsOf(wait) + PAUSE_EVENTS };
  const all = events.asking + events.waiting;
  if (all <= MOST_EVENTS) return events;
  throw new LambentError(
    `workflow ${graph.workflow}: its actors with ttlSeconds have ${functions} functions, and to bring them up takes up to ${all} events of its history, ` +
      `more than the ${MOST_EVENTS} there is room for: leave out ttlSeconds or affinity of some, or use them in another workflow`,
  );
}

/** Of a history, as much as a part of a workflow may have: the rest is for what the run is there for. */
const MOST_EVENTS = (HISTORY_EVENTS * 2) / 5;

/** The functions whose replicas come up for a run of the workflow, each once, in the order of their first call. */
export function functionsForRun(graph: GraphData, target: Target): readonly ReplicasForRun[] {
  const actors = new Set(allNodes(graph).map((node) => invokingNode(node)?.address.actor));
  return [...actors].flatMap((actor) => (actor === undefined ? [] : (target.replicasForRun?.(actor) ?? [])));
}

/** Whether it is a Map that {@link replicaStates} writes: items of the first name functions. */
export function isReplicaMap(state: { readonly [field: string]: Json | undefined }): boolean {
  return (
    state["Type"] === "Map" && JSON.stringify(state["ItemProcessor"] ?? null).includes(`"${provisionedAction("put")}"`)
  );
}

function checkType({ workflow, options }: GraphData, functions: readonly ReplicasForRun[]): void {
  if (options?.type !== "EXPRESS") return;
  const waiting = functions.find(({ warmStart }) => warmStart);
  if (waiting === undefined) return;
  throw new LambentError(
    `workflow ${workflow} is of type EXPRESS, which ends after ${EXPRESS_SECONDS} s, and it would wait minutes for the replicas of actor ${waiting.key}, which has ttlSeconds: ` +
      'give the actor warmStart: false, or leave out type: "EXPRESS"',
  );
}

function itemOf({ key, functionName, replicas, ttlSeconds, warmStart }: ReplicasForRun): Json {
  return { key, FunctionName: functionName, Qualifier: ALIAS, replicas, ttlSeconds, warmStart };
}

/** What the compiler's callers tell it of an actor, as `new ActorEnvironment` was told. */
interface Actor {
  readonly name: string;
  readonly replicaCount: number;
  readonly ttlSeconds?: number;
  readonly warmStart?: boolean;
  readonly affinity?: boolean;
}

/**
 * The functions of an actor whose replicas come up for a run; none if they are always there.
 * @param functionName the name of its function, or with affinity of that of one of its replicas, without an alias
 */
export function replicasForRun(
  actor: Actor | undefined,
  functionName: (replica: number | undefined) => string,
): readonly ReplicasForRun[] {
  if (actor?.ttlSeconds === undefined) return [];
  const { name, replicaCount, affinity = false, ttlSeconds, warmStart = true } = actor;
  const numbers = affinity ? Array.from({ length: replicaCount }, (_, replica) => replica) : [undefined];
  return numbers.map((replica) => {
    const key = replicaName(name, replica);
    return { key, functionName: functionName(replica), replicas: affinity ? 1 : replicaCount, ttlSeconds, warmStart };
  });
}
