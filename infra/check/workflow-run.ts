import type { GraphData } from "../../sdk/graph/graph.ts";
import { compile, type Definition, type Target } from "../compile/compile.ts";
import type { States } from "../compile/history-events.ts";
import { piecesFor, type Pieces } from "../compile/pieces.ts";
import { functionNamed, type FunctionFacts } from "./function-facts.ts";
import { ASK, functionsForRun, WAIT } from "../compile/replica-states.ts";
import { mapFacts, type MapFacts } from "./map-facts.ts";
import { mapWay, originalName, takenWays, type MapWay } from "./map-ways.ts";
import { ASSUMED_MS, type RunAssumptions } from "./run-assumptions.ts";
import { runCounts, type CountAssumptions, type RunCounts } from "./run-counts.ts";

/** Characters of an item as JSON, where they are not known. */
const ASSUMED_CHARACTERS = 100;

/** A service, as far as its limits and its cost go by it. */
export interface ServiceFacts {
  readonly workflows: readonly GraphData[];
  readonly functions: readonly FunctionFacts[];
  /** As the state machines will be deployed, with the functions' names in what calls them. */
  readonly target: Target;
  /** What a workflow's state machine is called. */
  machineName(graph: GraphData): string;
}

/** A workflow whose runs are counted before there are any. */
export class WorkflowRun {
  readonly graph: GraphData;
  readonly definition: Definition;
  readonly maps: readonly MapFacts[];
  readonly functions: readonly FunctionFacts[];
  /** The states that its runs may come to, by the number of its maps' items. */
  readonly taken: States;
  readonly #ways: ReadonlyMap<MapFacts, MapWay>;
  readonly #iterations = new Map<string, number>();
  readonly #assumed: RunAssumptions;

  /** @throws {LambentError} if Step Functions would refuse the definition */
  constructor(graph: GraphData, { functions, target }: ServiceFacts, assumed: RunAssumptions) {
    this.graph = graph;
    this.functions = functions;
    this.definition = compile(graph, target);
    this.maps = mapFacts(graph, assumed);
    this.#ways = new Map(this.maps.map((facts) => [facts, mapWay(facts, this.definition)]));
    this.taken = takenWays(this.definition, this.#ways);
    this.#assumed = assumed;
    for (const facts of this.maps) this.#addIterations(facts);
    for (const map of [ASK, WAIT]) this.#iterations.set(map, functionsForRun(graph, target).length);
  }

  /** How a map's items run. */
  wayOf(facts: MapFacts): MapWay {
    return this.#ways.get(facts) ?? { way: "inline" };
  }

  /** The child executions of a map; undefined for one that is inline. */
  piecesOf({ node, items, characters = items * ASSUMED_CHARACTERS }: MapFacts, { way }: MapWay): Pieces | undefined {
    return way !== "distributed" || node.kind === "workflowMap" ? undefined : piecesFor(node, items, characters);
  }

  /** Invocations of a map's task, if nothing fails. */
  requestsOf(facts: MapFacts): number {
    const pieces = this.piecesOf(facts, this.wayOf(facts));
    return pieces === undefined ? (facts.batch?.batches ?? facts.items) : Math.ceil(facts.items / pieces.size);
  }

  /** The iterations of the Map states that a map has, by their names (infra/compile/distributed-map.ts). */
  #addIterations(facts: MapFacts): void {
    const { state, node, items, batch } = facts;
    const way = this.wayOf(facts);
    const pieces = this.piecesOf(facts, way);
    const map = way.most === undefined ? state : `${state}Distributed`;
    this.#setBatches(node, [state, state], items, batch?.batches ?? items);
    if (node.kind === "workflowMap") this.#iterations.set(map, items);
    if (pieces === undefined) return;
    this.#iterations.set(`${state}Stored`, Object.keys(node.lists).length);
    this.#iterations.set(map, pieces.pieces);
    const [inPiece, most] = [items / Math.max(1, pieces.pieces), Math.ceil(items / pieces.size)];
    this.#setBatches(node, [`${map}Batches`, map], inPiece, most / Math.max(1, pieces.pieces), pieces.size);
  }

  /** Of a round's Map, and with affinity of the Map within it that a lane is: each replica has batches of its own. */
  #setBatches(node: MapFacts["node"], [round, map]: [string, string], items: number, batches: number, size = 1): void {
    const replicas = node.kind === "map" ? node.address.affinity?.replicas : undefined;
    if (replicas === undefined) return void this.#iterations.set(round, batches);
    const lanes = Math.max(1, Math.min(items, replicas));
    this.#iterations.set(round, lanes);
    this.#iterations.set(`${map}Lane`, size === 1 ? batches / lanes : Math.ceil(items / lanes / size));
  }

  get isExpress(): boolean {
    return this.graph.options?.type === "EXPRESS";
  }

  /** Iterations of a Map state: a map's items, its batches, or its pieces; where they differ, their mean. */
  readonly iterations = (state: string): number =>
    this.#iterations.get(state) ?? this.#iterations.get(originalName(state)) ?? 1;

  counts(which: "most" | "fewest" = "most", iterations: CountAssumptions["iterations"] = this.iterations): RunCounts {
    return runCounts(this.taken, { iterations, ms: (...task) => this.#ms(...task) }, which);
  }

  /** The function that a text in the definition names. */
  functionOf(text: string): FunctionFacts | undefined {
    return functionNamed(text, this.functions);
  }

  /** Milliseconds of one invocation by a Task state, as they are billed. */
  #ms(task: string, state: Parameters<CountAssumptions["ms"]>[1], maps: readonly string[]): number {
    const { msOf = {}, itemMs = ASSUMED_MS } = this.#assumed;
    const name = taskName(state);
    const ms = msOf[task] ?? (name === undefined ? undefined : msOf[name]) ?? itemMs;
    return Math.ceil(this.#itemsInTurn(maps.at(-1)) * ms);
  }

  /** Items that an invocation within a Map state handles one after the other, on average. */
  #itemsInTurn(map: string | undefined): number {
    for (const facts of this.maps) {
      const { state, node, items } = facts;
      if (node.kind === "workflowMap" || items === 0) continue;
      const isBatch =
        map === state ? facts.batch !== undefined : map === `${state}Batches` || map === `${state}DistributedBatches`;
      if (isBatch) return items / this.requestsOf(facts) / (node.batch?.concurrentItems ?? 1);
    }
    return 1;
  }
}

/** The task's own name, as its invocations have it. */
function taskName(state: Parameters<CountAssumptions["ms"]>[1]): string | undefined {
  const argument = state["Arguments"];
  const payload = typeof argument === "object" && argument !== null && "Payload" in argument ? argument.Payload : null;
  const task = typeof payload === "object" && payload !== null && "task" in payload ? payload.task : undefined;
  return typeof task === "string" ? task : undefined;
}
