import { DEFINITION_BYTES } from "../../sdk/base/aws-limits.ts";
import { LambentError } from "../../sdk/base/errors.ts";
import type { GraphData } from "../../sdk/graph/graph.ts";
import { allNodes } from "../../sdk/graph/walk.ts";
import { withAwaitedErrors } from "./awaited-errors.ts";
import { withBudgets } from "./budgets.ts";
import { inputsStates } from "./input-states.ts";
import { withFailurePolicy } from "./failure-policy.ts";
import { withinHistories, type CountEvents } from "./histories.ts";
import { withinDefinitions } from "./machine-parts.ts";
import { eventsOfMaps, eventsOfStates, forItsType, inlineWherePossible, UNLIMITED } from "./map-mode.ts";
import {
  definitionOfStates,
  NumberedParts,
  UNCOUNTED_PARTS,
  type Definition,
  type PartMachine,
} from "./part-machines.ts";
import { planGraph, type GraphPlan, type Step } from "./plan.ts";
import { replicaEvents, replicaStates } from "./replica-states.ts";
import { resultStates } from "./result-state.ts";
import { StateNames } from "./state-names.ts";
import type { StateSequence } from "./states.ts";
import { statesOf } from "./step-states.ts";
import type { MapEvents, Target } from "./target.ts";
import { withWarmedReplicas } from "./warming.ts";

export type { Target } from "./target.ts";
export type { Definition, PartMachine } from "./part-machines.ts";

/**
 * Bytes of a definition up to which a workflow is one state machine. What AWS counts is more than what is written here:
 * CloudFormation puts an ARN of up to 130 characters in the place of each placeholder of some 30, and a state with one has
 * 900 bytes at least.
 */
const MOST_BYTES = (DEFINITION_BYTES * 7) / 8;

/** The state machines of a workflow. */
export interface CompiledWorkflow {
  /** Of the one that is started. */
  readonly definition: Definition;
  /** Those that it starts, where the graph is too large for one definition. */
  readonly parts: readonly PartMachine[];
}

/** The definition of a workflow's state machine: where its graph is too large for one, that of the one that is started. */
export function compile(graph: GraphData, target: Target): Definition {
  return compileWorkflow(graph, target).definition;
}

/**
 * Compile a workflow's graph into the definitions that are deployed and emulated alike.
 * @param most bytes that a definition may have
 * @throws {LambentError} if Step Functions would refuse one
 */
export function compileWorkflow(graph: GraphData, target: Target, most: number = MOST_BYTES): CompiledWorkflow {
  const ofType = forItsType(withAwaitedErrors(withFailurePolicy(withWarmedReplicas(graph))));
  const planned = planGraph(ofType);
  const whole = fitting(ofType, planned, target);
  const bytes = bytesOf(whole.definition);
  if (bytes <= most) return whole;
  if (graph.options?.type === "EXPRESS" || target.partArn === undefined) {
    if (bytes <= DEFINITION_BYTES) return whole;
    // A map that may be either has the states of both.
    const inline = inlineWherePossible(ofType);
    const smaller = fitting(inline, planGraph(inline), target);
    if (bytesOf(smaller.definition) <= DEFINITION_BYTES) return smaller;
    throw tooLarge(graph, bytes, target.partArn === undefined ? "" : EXPRESS_IS_ONE);
  }
  const frame = definitionsOf(ofType, { ...planned, steps: [] }, target, UNLIMITED).definition;
  const divided = withinDefinitions(planned, bytesOfSteps(ofType, target), most, bytesOf(frame));
  const inParts = fitting(ofType, divided, target);
  const largest = Math.max(...[inParts, ...inParts.parts].map(({ definition }) => bytesOf(definition)));
  if (largest > DEFINITION_BYTES) throw tooLarge(graph, largest, "and what is left of it cannot be divided: ");
  return inParts;
}

const EXPRESS_IS_ONE = 'and with type: "EXPRESS" it starts no others: leave out the type, or ';

function tooLarge({ workflow }: GraphData, bytes: number, why: string): LambentError {
  return new LambentError(
    `workflow ${workflow}: its definition has ${bytes} bytes, Step Functions takes ${DEFINITION_BYTES}${why === "" ? ": " : `, ${why}`}` +
      "move large literals into a task or a file, or part of it into another workflow",
  );
}

function hasMaps(graph: GraphData): boolean {
  return allNodes(graph).some(({ kind }) => kind === "map" || kind === "workflowMap");
}

function bytesOf(json: object): number {
  return Buffer.byteLength(JSON.stringify(json));
}

/** The definitions in which each map has as many items inline as there is room for, by the events of all that there is. */
function fitting(graph: GraphData, planned: GraphPlan, target: Target): CompiledWorkflow {
  if (graph.options?.type === "EXPRESS") return definitionsOf(graph, withBudgets(planned), target, UNLIMITED);
  const { asking, waiting } = replicaEvents(graph, target);
  const plan = withBudgets(withinHistories(planned, eventsOf(graph, target), asking + waiting));
  const draft = definitionsOf(graph, plan, target, UNLIMITED);
  if (!hasMaps(graph)) return draft;
  const { StartAt, States } = draft.definition;
  const events = eventsOfMaps(plan, { entry: StartAt, states: Object.entries(States) }, waiting);
  return definitionsOf(graph, plan, target, events);
}

/** Counts by states in which each map is in all forms that it may have. */
function eventsOf(graph: GraphData, target: Target): CountEvents {
  const counted = countedStates(graph, target);
  return (steps) => eventsOfStates(counted(steps));
}

function bytesOfSteps(graph: GraphData, target: Target): (steps: readonly Step[]) => number {
  const counted = countedStates(graph, target);
  return (steps) => bytesOf(Object.fromEntries(counted(steps).states));
}

/** Makes states that no definition has, so that their names need not be those that they would have there. */
function countedStates(graph: GraphData, target: Target): (steps: readonly Step[]) => StateSequence {
  const names = StateNames.of(graph);
  const compilation = { target, names, counts: [], eventsOfMaps: UNLIMITED, machines: UNCOUNTED_PARTS };
  return (steps) => statesOf(steps, { Next: "Output" }, compilation);
}

function definitionsOf(graph: GraphData, plan: GraphPlan, target: Target, events: MapEvents): CompiledWorkflow {
  const { timeout } = graph.options ?? {};
  const names = StateNames.of(graph);
  const machines = new NumberedParts(graph.workflow, (workflow, part) => target.partArn?.(workflow, part) ?? "");
  const end = resultStates("Output", plan.result, { Type: "Succeed" }, names);
  const body = statesOf(plan.steps, { Next: end.entry }, { target, names, counts: [], eventsOfMaps: events, machines });
  const replicas = replicaStates(graph, body.entry, names, target) ?? { entry: body.entry, states: [] };
  const inputs = inputsStates(graph, replicas.entry, names, target);
  const states = [...inputs.states, ...replicas.states, ...body.states, ...end.states];
  return {
    definition: definitionOfStates(`workflow ${graph.workflow}`, { entry: "Inputs", states }, timeout),
    parts: machines.all,
  };
}
