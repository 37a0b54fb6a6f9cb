import { PLAIN_TASKS } from "../../sdk/base/function-names.ts";
import type { Affinity, GraphData } from "../../sdk/graph/graph.ts";
import { allNodes, invokingNode } from "../../sdk/graph/walk.ts";
import { allStates, type Fields } from "../asl/states.ts";
import { compileWorkflow, type Definition, type Target } from "../compile/compile.ts";
import type { States } from "../compile/history-events.ts";
import { wholeDefinition } from "../compile/whole-definition.ts";
import { piecesFor, workflowPiecesFor, type Pieces } from "../compile/pieces.ts";
import { actorsOf, functionNamed, type ActorFacts, type FunctionFacts } from "./function-facts.ts";
import { ASK, functionsForRun, WAIT } from "../compile/replica-states.ts";
import { laneBatches, mapFacts, type MapFacts } from "./map-facts.ts";
import { mapWay, originalName, takenWays, type MapWay } from "./map-ways.ts";
import { ASSUMED_CHARACTERS, ASSUMED_MS, type RunAssumptions } from "./run-assumptions.ts";
import { peakCalls, type PeakCalls } from "./peak-calls.ts";
import { NOTHING, runCounts, type CountAssumptions, type Invocations, type RunCounts } from "./run-counts.ts";

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
  /** Of its state machine, and of the further ones of a graph that is too large for one definition. */
  readonly definitions: readonly Definition[];
  readonly maps: readonly MapFacts[];
  readonly actors: readonly ActorFacts[];
  /** The states that its runs may come to, by the number of its maps' items. */
  readonly taken: States;
  /** The same of each state machine, whose executions have histories of their own. */
  readonly histories: readonly States[];
  readonly #ways: ReadonlyMap<MapFacts, MapWay>;
  readonly #states: ReadonlyMap<string, Fields>;
  readonly #iterations = new Map<string, number>();
  /** Of what is in a piece, in the largest one. */
  readonly #inLargestPiece = new Map<string, number>();
  readonly #functions: readonly FunctionFacts[];
  readonly #assumed: RunAssumptions;
  readonly #service: ServiceFacts;
  /** The workflows that start it, each started by the one before it. */
  readonly #around: readonly string[];
  /** By the ARN of the state machine, the workflows that it starts. */
  readonly #started = new Map<string, WorkflowRun>();

  /** @throws {LambentError} if Step Functions would refuse the definition */
  constructor(graph: GraphData, service: ServiceFacts, assumed: RunAssumptions, around: readonly string[] = []) {
    const { functions, target } = service;
    this.#service = service;
    this.#around = [...around, graph.workflow];
    this.graph = graph;
    this.#functions = functions;
    this.actors = actorsOf(functions);
    const { definition, parts } = compileWorkflow(graph, target);
    this.definitions = [definition, ...parts.map((one) => one.definition)];
    const byArn = new Map(parts.map((one) => [target.partArn?.(graph.workflow, one.part), one.definition]));
    // A State's fields are JSON.
    const whole = wholeDefinition(definition as unknown as Fields, (arn) => byArn.get(arn) as Fields | undefined);
    this.#states = new Map(allStates(whole));
    this.maps = mapFacts(graph, assumed);
    this.#ways = new Map(this.maps.map((facts) => [facts, mapWay(facts, whole as unknown as States)]));
    this.taken = takenWays(whole as unknown as States, this.#ways);
    this.histories = this.definitions.map((one) => takenWays(one, this.#ways));
    this.#assumed = assumed;
    for (const facts of this.maps) this.#addIterations(facts);
    for (const map of [ASK, WAIT]) this.#iterations.set(map, functionsForRun(graph, target).length);
  }

  /** How a map's items run. */
  wayOf(facts: MapFacts): MapWay {
    return this.#ways.get(facts) ?? { way: "inline" };
  }

  /** The child executions of a map; undefined for one that is inline. */
  piecesOf(facts: MapFacts, way: MapWay): Pieces | undefined {
    if (way.way !== "distributed") return undefined;
    const { node, items, characters = items * ASSUMED_CHARACTERS } = facts;
    if (node.kind === "map") return piecesFor(node, items, characters);
    const map = this.#states.get(distributedName(facts, way));
    return workflowPiecesFor(String(map?.["Items"]), node, items, characters);
  }

  /** Invocations of a map's task, if nothing fails. */
  requestsOf(facts: MapFacts): number {
    const { node, items, batch } = facts;
    const pieces = this.piecesOf(facts, this.wayOf(facts));
    if (pieces === undefined) return batch?.batches ?? items;
    const inPiece = items / Math.max(1, pieces.pieces);
    return affinityOf(node) === undefined
      ? Math.ceil(items / pieces.size)
      : pieces.pieces * this.#batchesOf(node, inPiece, pieces.size).batches;
  }

  /** The batches of a piece, and with affinity its lanes. */
  #batchesOf(
    node: MapFacts["node"],
    items: number,
    size: number,
  ): { readonly lanes?: number; readonly batches: number } {
    const replicas = affinityOf(node)?.replicas;
    return replicas === undefined ? { batches: Math.ceil(items / size) } : laneBatches(items, replicas, size);
  }

  /** The iterations of the Map states that a map has, by their names (infra/compile/distributed-map.ts). */
  #addIterations(facts: MapFacts): void {
    const { state, node, items, batch } = facts;
    const way = this.wayOf(facts);
    const pieces = this.piecesOf(facts, way);
    const map = distributedName(facts, way);
    this.#setBatches(this.#iterations, [state, state], batch ?? { batches: items });
    if (pieces === undefined) return;
    this.#iterations.set(`${state}Stored`, Object.keys(node.lists).length);
    this.#iterations.set(map, pieces.pieces);
    const batches = this.requestsOf(facts) / Math.max(1, pieces.pieces);
    const { lanes } = this.#batchesOf(node, items / Math.max(1, pieces.pieces), pieces.size);
    const names: [string, string] = [node.kind === "map" ? `${map}Batches` : `${map}Items`, map];
    this.#setBatches(this.#iterations, names, { batches, ...(lanes === undefined ? {} : { lanes }) });
    this.#setBatches(this.#inLargestPiece, names, this.#batchesOf(node, Math.min(items, pieces.items), pieces.size));
  }

  /** Of a round's Map, and with affinity of the Map within it that a lane is: each replica has batches of its own. */
  #setBatches(
    iterations: Map<string, number>,
    [round, map]: [string, string],
    { lanes, batches }: { readonly lanes?: number; readonly batches: number },
  ): void {
    iterations.set(round, lanes ?? batches);
    if (lanes !== undefined) iterations.set(`${map}Lane`, batches / Math.max(1, lanes));
  }

  get isExpress(): boolean {
    return this.graph.options?.type === "EXPRESS";
  }

  /** Iterations of a Map state: a map's items, its batches, or its pieces; where they differ, their mean. */
  readonly iterations = (state: string): number =>
    this.#iterations.get(state) ?? this.#iterations.get(originalName(state)) ?? 1;

  /** As {@link iterations}, but of the largest piece in the place of the mean. */
  readonly mostIterations = (state: string): number =>
    this.#inLargestPiece.get(state) ?? this.#inLargestPiece.get(originalName(state)) ?? this.iterations(state);

  /** Whether some of its numbers are such as they are at most, since only a run knows how many items a replica gets. */
  get isBound(): boolean {
    return this.maps.some((facts) =>
      this.wayOf(facts).way === "distributed"
        ? (affinityOf(facts.node)?.replicas ?? 1) > 1
        : facts.batch?.isBound === true,
    );
  }

  /** @param iterations default: with the fewest, no replicas to wait for */
  counts(
    which: "most" | "fewest" = "most",
    iterations: CountAssumptions["iterations"] = (state) =>
      which === "fewest" && state === WAIT ? 0 : this.iterations(state),
  ): RunCounts {
    const started = (arn: string): RunCounts => this.#startedCounts(arn, which);
    return runCounts(this.taken, { iterations, ms: (...task) => this.#ms(...task), started }, which);
  }

  /** Whether a run starts a workflow that is around it already, of which only the first execution is counted. */
  get isRecursive(): boolean {
    return allNodes(this.graph).some((node) => node.kind === "start" && this.#around.includes(node.workflow));
  }

  /** Of one execution that it starts; how deep a recursion goes is known only when it runs. */
  #startedCounts(arn: string, which: "most" | "fewest"): RunCounts {
    const { target, workflows } = this.#service;
    const graph = workflows.find(({ workflow }) => target.stateMachineArn?.(workflow) === arn);
    if (graph === undefined || this.#around.includes(graph.workflow)) return withChild(NOTHING, graph);
    const run = this.#started.get(arn) ?? new WorkflowRun(graph, this.#service, this.#assumed, this.#around);
    this.#started.set(arn, run);
    const counts = run.counts(which);
    return withChild(counts, graph);
  }

  /** The invocations of each actor's functions, whichever of them a call chooses. */
  invocations(which: "most" | "fewest" = "most"): (readonly [ActorFacts, Invocations])[] {
    const { invocations } = this.counts(which);
    return this.actors.flatMap((actor) => {
      const own = [...invocations].filter(([text]) => this.#actorNamed(text) === actor.key).map(([, one]) => one);
      const count = own.reduce((sum, one) => sum + one.count, 0);
      return count === 0 ? [] : [[actor, { count, ms: own.reduce((sum, one) => sum + one.ms, 0) }] as const];
    });
  }

  /** How many calls of each actor's functions may be under way at once in one run. */
  peaks(): (readonly [ActorFacts, PeakCalls])[] {
    const peaks = peakCalls(this.taken, this.iterations, (text) => this.#actorNamed(text));
    return [...peaks].flatMap(([key, peak]) => {
      const actor = this.actorOf(key);
      return actor === undefined ? [] : [[actor, peak] as const];
    });
  }

  /** The actors whose replicas come up for a run. */
  actorsForRun(): ActorFacts[] {
    const called = new Set(allNodes(this.graph).map((node) => invokingNode(node)?.address.actor));
    return this.actors.filter(
      ({ key, replicas, functions: [{ ttlSeconds }] }) => called.has(key) && ttlSeconds !== undefined && replicas > 0,
    );
  }

  /** @param key an actor's name; absent: the plain tasks */
  actorOf(key: string = PLAIN_TASKS): ActorFacts | undefined {
    return this.actors.find((actor) => actor.key === key);
  }

  /** The actor whose function a text in the definition names, or the text. */
  #actorNamed(text: string): string {
    return functionNamed(text, this.#functions)?.actor ?? text;
  }

  /** Milliseconds of one invocation by a Task state, as they are billed. */
  #ms(task: string, state: Parameters<CountAssumptions["ms"]>[1], maps: readonly string[]): number {
    const { msOf = {}, itemMs = ASSUMED_MS } = this.#assumed;
    const name = taskName(state);
    const ms = msOf[task] ?? (name === undefined ? undefined : msOf[name]) ?? itemMs;
    const items = this.#itemsInTurn(maps.at(-1));
    // A mean says nothing of what a single invocation is rounded up from.
    return Number.isInteger(items) ? Math.ceil(items * ms) : items * ms;
  }

  /** Items that an invocation within a Map state handles one after the other, on average. */
  #itemsInTurn(map: string | undefined): number {
    if (map === undefined) return 1;
    for (const facts of this.maps) {
      const { state, node, items, batch } = facts;
      if (node.kind === "workflowMap" || items === 0) continue;
      const inline = batch === undefined ? [] : [state, `${state}Lane`];
      const inPiece = [state, `${state}Distributed`].flatMap((one) => [`${one}Batches`, `${one}Lane`]);
      const names = this.wayOf(facts).way === "distributed" ? inPiece : inline;
      if (names.includes(map) || names.includes(originalName(map)))
        return items / this.requestsOf(facts) / (node.batch?.concurrentItems ?? 1);
    }
    return 1;
  }
}

/** The name of the Map of a map's pieces. */
function distributedName({ state }: MapFacts, { most }: MapWay): string {
  return most === undefined ? state : `${state}Distributed`;
}

function affinityOf(node: MapFacts["node"]): Affinity | undefined {
  return node.kind === "map" ? node.address.affinity : undefined;
}

/** The task's own name, as its invocations have it. */
function taskName(state: Parameters<CountAssumptions["ms"]>[1]): string | undefined {
  const argument = state["Arguments"];
  const payload = typeof argument === "object" && argument !== null && "Payload" in argument ? argument.Payload : null;
  const task = typeof payload === "object" && payload !== null && "task" in payload ? payload.task : undefined;
  return typeof task === "string" ? task : undefined;
}

/** What an execution has with that of a workflow that it starts; one of type EXPRESS is billed by its time instead. */
function withChild(counts: RunCounts, started: GraphData | undefined): RunCounts {
  const { standard, express, expressMs } = counts.children;
  return started?.options?.type === "EXPRESS"
    ? { ...counts, transitions: 0, children: { standard, express: express + 1, expressMs: expressMs + counts.ms } }
    : { ...counts, children: { standard: standard + 1, express, expressMs } };
}
