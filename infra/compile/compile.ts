import { DEFINITION_BYTES } from "../../sdk/base/aws-limits.ts";
import { LambentError } from "../../sdk/base/errors.ts";
import type { GraphData } from "../../sdk/graph/graph.ts";
import { allNodes } from "../../sdk/graph/walk.ts";
import { withAwaitedErrors } from "./awaited-errors.ts";
import { withBudgets } from "./budgets.ts";
import { inputsStates } from "./input-states.ts";
import { withFailurePolicy } from "./failure-policy.ts";
import { eventsThatFit, withinHistories, type CountEvents } from "./histories.ts";
import { eventsOfMaps, eventsOfStates, forItsType, inlineWherePossible, UNLIMITED } from "./map-mode.ts";
import { withinDefinitions } from "./machine-parts.ts";
import {
  definitionOfStates,
  NumberedParts,
  UNCOUNTED_PARTS,
  type Definition,
  type PartMachine,
} from "./part-machines.ts";
import type { Weigh } from "./part-steps.ts";
import { planGraph, type GraphPlan, type Step } from "./plan.ts";
import { replicaEvents, replicaStates } from "./replica-states.ts";
import { resultStates } from "./result-state.ts";
import { StateNames } from "./state-names.ts";
import type { StateSequence } from "./states.ts";
import { statesOf } from "./step-states.ts";
import type { MapEvents, Target } from "./target.ts";
import { VariableNames } from "./variable-names.ts";
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
  /** Those that it starts, and that these start, where the graph is too large for one definition. */
  readonly parts: readonly PartMachine[];
}

/** The definition of a workflow's state machine: where its graph is too large for one, that of the one that is started. */
export function compile(graph: GraphData, target: Target): Definition {
  return compileWorkflow(graph, target).definition;
}

/**
 * Compile a workflow's graph into the definitions that are deployed and emulated alike.
 * @param most bytes of a definition up to which it is not divided
 * @throws {LambentError} if Step Functions would refuse one
 */
export function compileWorkflow(graph: GraphData, target: Target, most: number = MOST_BYTES): CompiledWorkflow {
  const ofType = forItsType(withAwaitedErrors(withFailurePolicy(withWarmedReplicas(graph)), target.workflows));
  const planned = planGraph(ofType);
  const whole = fitting(ofType, planned, target);
  const bytes = bytesOf(whole.definition);
  if (bytes <= most) return whole;
  if (graph.options?.type === "EXPRESS" || target.partArn === undefined) {
    if (bytes <= DEFINITION_BYTES) return whole;
    const inline = compiledInline(ofType, target);
    if (bytesOf(inline.definition) <= DEFINITION_BYTES) return inline;
    throw tooLarge(graph, bytes, target.partArn === undefined ? "" : EXPRESS_IS_ONE);
  }
  const frame = drafted(ofType, { ...planned, steps: [] }, target, UNLIMITED).definition;
  const divided = withinDefinitions(planned, bytesOfSteps(ofType, target), most, bytesOf(frame));
  const inParts = fitting(ofType, divided, target);
  checkNames(graph, inParts.parts.length, target);
  const largest = Math.max(...[inParts, ...inParts.parts].map(({ definition }) => bytesOf(definition)));
  if (largest > DEFINITION_BYTES) throw tooLarge(graph, largest, "and what is left of it cannot be divided: ");
  return inParts;
}

/** @throws {LambentError} if another workflow has the name of a further state machine */
function checkNames({ workflow }: GraphData, parts: number, { workflows = [] }: Target): void {
  const names = new Set(Array.from({ length: parts }, (_, index) => `${workflow}-part${index + 1}`));
  const other = workflows.find((one) => names.has(one.workflow));
  if (other === undefined) return;
  throw new LambentError(
    `workflows ${workflow} and ${other.workflow}: the graph of the first is too large for one definition, and one of its further state machines ` +
      "would be called as that of the second: give one of them another { name }",
  );
}

/** A map that may be either has the states of both. */
function compiledInline(graph: GraphData, target: Target): CompiledWorkflow {
  const inline = inlineWherePossible(graph);
  return fitting(inline, planGraph(inline), target);
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
  const whole = withBudgets(planned);
  const draft = drafted(graph, whole, target, UNLIMITED);
  if (graph.options?.type === "EXPRESS") return draft;
  const { asking, waiting } = replicaEvents(graph, target);
  const most = eventsThatFit(asking + waiting);
  const bodies = [draft.body, ...draft.parts.map(({ definition }) => statesIn(definition))];
  if (bodies.every((body) => eventsOfStates(body) <= most))
    return withFittingMaps(graph, whole, draft, target, waiting);
  const plan = withBudgets(withinHistories(planned, eventsOf(graph, target), most));
  return withFittingMaps(graph, plan, drafted(graph, plan, target, UNLIMITED), target, waiting);
}

/** @param waiting events of the wait for replicas */
function withFittingMaps(
  graph: GraphData,
  plan: GraphPlan,
  draft: Draft,
  target: Target,
  waiting: number,
): CompiledWorkflow {
  if (!hasMaps(graph)) return draft;
  return drafted(graph, plan, target, eventsOfMaps(plan, statesIn(draft.definition), waiting));
}

function statesIn({ StartAt, States }: Definition): StateSequence {
  return { entry: StartAt, states: Object.entries(States) };
}

/** Counts by states in which each map is in all forms that it may have. */
function eventsOf(graph: GraphData, target: Target): CountEvents {
  const counted = countedStates(graph, target);
  return (steps) => eventsOfStates(counted(steps));
}

function bytesOfSteps(graph: GraphData, target: Target): Weigh {
  const counted = countedStates(graph, target);
  return (steps) => bytesOf(Object.fromEntries(counted(steps).states));
}

/** Makes states that no definition has, so that their names need not be those that they would have there. */
function countedStates(graph: GraphData, target: Target): (steps: readonly Step[]) => StateSequence {
  const names = StateNames.of(graph);
  return (steps) => {
    const variables = new VariableNames();
    const compilation = { target, names, variables, counts: [], visits: [], eventsOfMaps: UNLIMITED };
    return statesOf(steps, { Next: "Output" }, { ...compilation, machines: UNCOUNTED_PARTS });
  };
}

interface Draft extends CompiledWorkflow {
  /** The states of the plan's steps. */
  readonly body: StateSequence;
}

function drafted(graph: GraphData, plan: GraphPlan, target: Target, events: MapEvents): Draft {
  const { timeout } = graph.options ?? {};
  const names = StateNames.of(graph);
  const end = resultStates("Output", plan.result, { Type: "Succeed" }, names);
  const variables = new VariableNames();
  const machines = new NumberedParts(graph.workflow, target);
  const compilation = { target, names, variables, machines, counts: [], visits: [], eventsOfMaps: events };
  const body = statesOf(plan.steps, { Next: end.entry }, compilation);
  const replicas = replicaStates(graph, body.entry, names, target) ?? { entry: body.entry, states: [] };
  const inputs = inputsStates(graph, replicas.entry, names, target);
  const states = [...inputs.states, ...replicas.states, ...body.states, ...end.states];
  const definition = definitionOfStates(`workflow ${graph.workflow}`, { entry: "Inputs", states }, timeout);
  return { definition, parts: machines.all, body };
}
