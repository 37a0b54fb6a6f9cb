import { INLINE_MAP_CONCURRENCY } from "../../sdk/base/aws-limits.ts";
import { fields, innerDefinitions, list, type Fields } from "../asl/states.ts";
import { dearestWay } from "../compile/dearest-way.ts";
import { visitsOf } from "../compile/loop-states.ts";
import type { States } from "../compile/history-events.ts";
import { isReplicaMap } from "../compile/replica-states.ts";
import { START, START_EXPRESS } from "../compile/start-states.ts";
import { isTry } from "../compile/try-states.ts";

/** What a run takes on one way through its state machine, if nothing fails but what the author catches. */
export interface RunCounts {
  /** States that are entered, by all of its executions of type STANDARD: what Step Functions bills. */
  readonly transitions: number;
  /** By the text that names the function in the definition. */
  readonly invocations: ReadonlyMap<string, Invocations>;
  /** Milliseconds from its first state to its last, if each call finds an idle replica. */
  readonly ms: number;
  /** Child executions of Distributed Maps, and those that are started one by one. */
  readonly children: ChildExecutions;
}

export interface ChildExecutions {
  readonly standard: number;
  readonly express: number;
  /** Milliseconds of those of type EXPRESS, added up. */
  readonly expressMs: number;
}

export interface Invocations {
  readonly count: number;
  /** Of all of them, added up. */
  readonly ms: number;
}

/** What no definition tells of its runs. */
export interface CountAssumptions {
  /** Iterations of a Map state, by its name. */
  readonly iterations: (map: string) => number;
  /**
   * Milliseconds of one invocation by a Task state.
   * @param maps the Map states that it is within
   */
  readonly ms: (task: string, state: Fields, maps: readonly string[]) => number;
  /** What an execution takes that a Task starts and waits for, by the ARN in the definition. Absent: nothing. */
  readonly started?: (stateMachineArn: string) => RunCounts;
}

export const NOTHING: RunCounts = {
  transitions: 0,
  invocations: new Map(),
  ms: 0,
  children: { standard: 0, express: 0, expressMs: 0 },
};

/**
 * Count what a run of a definition takes.
 * @param which of several ways that of the most transitions, or that of the fewest
 */
export function runCounts(definition: States, assumed: CountAssumptions, which: "most" | "fewest" = "most"): RunCounts {
  const counts = blockCounts(definition, { ...assumed, which, isCaught: false, maps: [] });
  // Iterations that differ are given as their mean, so that sums of them are whole but for what numbers cannot hold.
  const invocations = [...counts.invocations].map(
    ([name, { count, ms }]) => [name, { count: Math.round(count), ms }] as const,
  );
  return { ...counts, transitions: Math.round(counts.transitions), invocations: new Map(invocations) };
}

/** What counting a part needs to know of the whole. */
interface Counting extends CountAssumptions {
  readonly which: "most" | "fewest";
  /** Whether a Fail state ends no run, since its error is caught. */
  readonly isCaught: boolean;
  /** The Map states around, the innermost last. */
  readonly maps: readonly string[];
}

function blockCounts({ StartAt, States }: States, counting: Counting): RunCounts {
  const { which, isCaught } = counting;
  const sign = which === "most" ? 1 : -1;
  const counts = new Map<string, RunCounts>();
  function countsOf(name: string): RunCounts {
    // A run that fails is none of those that are asked about.
    if (States[name]?.["Type"] === "Fail" && !isCaught)
      return { ...NOTHING, transitions: -sign * Number.POSITIVE_INFINITY };
    const found = counts.get(name) ?? stateCounts(name, States[name] ?? {}, counting);
    counts.set(name, found);
    return found;
  }
  return dearestWay(StartAt, {
    rounds: (head) => visitsOf(States[head] ?? {})?.[which] ?? 1,
    next: (name) => [...nextStates(States[name] ?? {}), ...handlersOf(States[name] ?? {})],
    cost: countsOf,
    costs: { nothing: NOTHING, add: after, times: repeated, weight: ({ transitions }) => sign * transitions },
  }).cost;
}

/** The states that may come next if the state does not fail. */
export function nextStates(state: Fields): string[] {
  const choices = list(state["Choices"]).map((choice) => fields(choice)["Next"]);
  return [state["Next"], state["Default"], ...choices].filter((next) => typeof next === "string");
}

/** The states that an author's catcher goes to. */
function handlersOf(state: Fields): string[] {
  if (!isTry(state)) return [];
  return list(state["Catch"]).map((catcher) => String(fields(catcher)["Next"]));
}

function stateCounts(name: string, state: Fields, counting: Counting): RunCounts {
  const entered = { ...NOTHING, transitions: 1 };
  switch (state["Type"]) {
    case "Task": {
      if (state["Resource"] === START || state["Resource"] === START_EXPRESS)
        return after(entered, counting.started?.(String(fields(state["Arguments"])["StateMachineArn"])) ?? NOTHING);
      const invoked = invokedFunction(state);
      if (invoked === undefined) return entered;
      const ms = counting.ms(name, state, counting.maps);
      return { ...entered, invocations: new Map([[invoked, { count: 1, ms }]]), ms };
    }
    case "Parallel":
      return after(entered, isTry(state) ? triedCounts(state, counting) : within(state, counting));
    case "Map":
      return after(entered, mapCounts(name, state, counting));
    case "Wait":
      return { ...entered, ms: typeof state["Seconds"] === "number" ? state["Seconds"] * 1000 : 0 };
    default:
      return entered;
  }
}

/** What is caught may have failed anywhere; of the fewest states it is only asked where the block has no other end. */
function triedCounts(state: Fields, counting: Counting): RunCounts {
  const caught = within(state, { ...counting, isCaught: true });
  if (counting.which === "most") return caught;
  const ended = within(state, counting);
  return Number.isFinite(ended.transitions) ? ended : caught;
}

function mapCounts(name: string, state: Fields, counting: Counting): RunCounts {
  const { which } = counting;
  const iterations = counting.iterations(name);
  const one = within(state, { ...counting, maps: [...counting.maps, name] });
  const rounds = Math.ceil(iterations / Math.max(1, Math.min(iterations, atOnce(state))));
  const own = times(one, iterations);
  const all = {
    ...own,
    transitions: own.transitions + (which === "most" ? coldTransitions(state) : 0),
    ms: iterations === 0 ? 0 : one.ms * rounds,
  };
  const type = childType(state);
  if (type === undefined) return all;
  const { standard, express, expressMs } = all.children;
  return type === "STANDARD"
    ? { ...all, children: { ...all.children, standard: standard + iterations } }
    : {
        ...all,
        transitions: 0,
        children: { standard, express: express + iterations, expressMs: expressMs + one.ms * iterations },
      };
}

/** What is within a state, side by side: a Parallel's branches, or the one block of a Map. */
function within(state: Fields, counting: Counting): RunCounts {
  return innerBlocks(state)
    .map((block) => blockCounts(block, counting))
    .reduce(beside, NOTHING);
}

/** States that a run enters besides for a function whose replicas are not there: ScheduleCooling and StartReplicas. */
const COLD_START = 2;
/** And if it waits for them at least WaitForReplicas, LookForReplicas and AreReplicasReady once more. */
const LOOK = 3;

/** What the Map that brings up replicas takes more where none are there: that goes by what it catches. */
function coldTransitions(state: Fields): number {
  if (!isReplicaMap(state)) return 0;
  return list(state["Items"]).reduce<number>(
    (sum, item) => sum + COLD_START + (fields(item)["warmStart"] === false ? 0 : LOOK),
    0,
  );
}

/** Iterations of a Map that run at the same time, at most. */
export function atOnce(state: Fields): number {
  const most = childType(state) === undefined ? INLINE_MAP_CONCURRENCY : DISTRIBUTED_CONCURRENCY;
  const { MaxConcurrency } = state;
  return typeof MaxConcurrency === "number" && MaxConcurrency > 0 ? Math.min(MaxConcurrency, most) : most;
}

/** Child executions of a Distributed Map at once: dg/state-map-distributed.html */
const DISTRIBUTED_CONCURRENCY = 10_000;

/** The type of a Distributed Map's child executions; undefined for an Inline Map. */
export function childType(state: Fields): "STANDARD" | "EXPRESS" | undefined {
  const { Mode, ExecutionType } = fields(fields(state["ItemProcessor"])["ProcessorConfig"]);
  if (Mode !== "DISTRIBUTED") return undefined;
  return ExecutionType === "EXPRESS" ? "EXPRESS" : "STANDARD";
}

/** The text that names a Task's function; undefined for a Task that invokes none. */
export function invokedFunction(state: Fields): string | undefined {
  const { FunctionName } = fields(state["Arguments"]);
  return /^arn:aws:states:::lambda:invoke(?:\.waitForTaskToken)?$/.test(String(state["Resource"])) &&
    typeof FunctionName === "string"
    ? FunctionName
    : undefined;
}

/** What stands within a Parallel or a Map. */
export function innerBlocks(state: Fields): States[] {
  return innerDefinitions(state).map((inner) => ({
    StartAt: String(inner["StartAt"]),
    States: Object.fromEntries(Object.entries(fields(inner["States"])).map(([name, one]) => [name, fields(one)])),
  }));
}

function after(first: RunCounts, next: RunCounts): RunCounts {
  return { ...beside(first, next), ms: first.ms + next.ms };
}

function beside(left: RunCounts, right: RunCounts): RunCounts {
  const invocations = new Map(left.invocations);
  for (const [name, { count, ms }] of right.invocations) {
    const known = invocations.get(name) ?? { count: 0, ms: 0 };
    invocations.set(name, { count: known.count + count, ms: known.ms + ms });
  }
  return {
    transitions: left.transitions + right.transitions,
    invocations,
    ms: Math.max(left.ms, right.ms),
    children: {
      standard: left.children.standard + right.children.standard,
      express: left.children.express + right.children.express,
      expressMs: left.children.expressMs + right.children.expressMs,
    },
  };
}

/** So many times, one after the other. */
function repeated(one: RunCounts, factor: number): RunCounts {
  return { ...times(one, factor), ms: one.ms * factor };
}

function times(one: RunCounts, factor: number): RunCounts {
  const { transitions, invocations, children } = one;
  return {
    transitions: transitions * factor,
    invocations: new Map(
      [...invocations].map(([name, { count, ms }]) => [name, { count: count * factor, ms: ms * factor }]),
    ),
    ms: one.ms,
    children: {
      standard: children.standard * factor,
      express: children.express * factor,
      expressMs: children.expressMs * factor,
    },
  };
}
