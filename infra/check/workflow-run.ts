import type { GraphData } from "../../sdk/graph/graph.ts";
import { compile, type Definition, type Target } from "../compile/compile.ts";
import { functionNamed, type FunctionFacts } from "./function-facts.ts";
import { mapFacts, type MapFacts } from "./map-facts.ts";
import { ASSUMED_MS, type RunAssumptions } from "./run-assumptions.ts";
import { runCounts, type CountAssumptions, type RunCounts } from "./run-counts.ts";

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
  readonly #assumed: RunAssumptions;

  /** @throws {LambentError} if Step Functions would refuse the definition */
  constructor(graph: GraphData, { functions, target }: ServiceFacts, assumed: RunAssumptions) {
    this.graph = graph;
    this.functions = functions;
    this.definition = compile(graph, target);
    this.maps = mapFacts(graph, assumed);
    this.#assumed = assumed;
  }

  get isExpress(): boolean {
    return this.graph.options?.type === "EXPRESS";
  }

  /** Iterations of a Map state: its items, or its batches. */
  readonly iterations = (state: string): number => {
    const facts = this.#map(state);
    return facts?.batch?.batches ?? facts?.items ?? 1;
  };

  counts(which: "most" | "fewest" = "most", iterations: CountAssumptions["iterations"] = this.iterations): RunCounts {
    return runCounts(this.definition, { iterations, ms: (...task) => this.#ms(...task) }, which);
  }

  /** The function that a text in the definition names. */
  functionOf(text: string): FunctionFacts | undefined {
    return functionNamed(text, this.functions);
  }

  readonly #map = (state: string): MapFacts | undefined => this.maps.find((facts) => facts.state === state);

  /** Milliseconds of one invocation by a Task state, as they are billed. */
  #ms(task: string, state: Parameters<CountAssumptions["ms"]>[1], maps: readonly string[]): number {
    const { msOf = {}, itemMs = ASSUMED_MS } = this.#assumed;
    const name = taskName(state);
    const ms = msOf[task] ?? (name === undefined ? undefined : msOf[name]) ?? itemMs;
    const facts = this.#map(maps.at(-1) ?? "");
    if (facts?.batch === undefined || facts.batch.batches === 0) return Math.ceil(ms);
    const { concurrentItems = 1 } = facts.node.batch ?? {};
    // Items of a batch run side by side as many at a time, and batches have as many items on average.
    return Math.ceil((facts.items / facts.batch.batches / concurrentItems) * ms);
  }
}

/** The task's own name, as its invocations have it. */
function taskName(state: Parameters<CountAssumptions["ms"]>[1]): string | undefined {
  const argument = state["Arguments"];
  const payload = typeof argument === "object" && argument !== null && "Payload" in argument ? argument.Payload : null;
  const task = typeof payload === "object" && payload !== null && "task" in payload ? payload.task : undefined;
  return typeof task === "string" ? task : undefined;
}
