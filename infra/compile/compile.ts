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
import { planGraph, type GraphPlan } from "./plan.ts";
import { replicaEvents, replicaStates } from "./replica-states.ts";
import { resultStates } from "./result-state.ts";
import { withSharedEnds } from "./shared-ends.ts";
import { StateNames } from "./state-names.ts";
import type { State, StateSequence } from "./states.ts";
import { statesOf } from "./step-states.ts";
import type { MapEvents, Target } from "./target.ts";
import { VariableNames } from "./variable-names.ts";
import { withWarmedReplicas } from "./warming.ts";

export type { Target } from "./target.ts";

/** An Amazon States Language document, as far as Lambent writes it: JSONata throughout. */
export interface Definition {
  readonly Comment: string;
  readonly QueryLanguage: "JSONata";
  readonly TimeoutSeconds?: number;
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}

/**
 * Compile a workflow's graph into the definition that is deployed and emulated alike.
 * @throws {LambentError} if Step Functions would refuse it
 */
export function compile(graph: GraphData, target: Target): Definition {
  const ofType = forItsType(withAwaitedErrors(withFailurePolicy(withWarmedReplicas(graph)), target.workflows));
  let definition = fittingDefinition(ofType, target);
  let bytes = bytesOf(definition);
  if (bytes > DEFINITION_BYTES && hasMaps(ofType)) {
    // A map that may be either has the states of both.
    definition = fittingDefinition(inlineWherePossible(ofType), target);
    bytes = bytesOf(definition);
  }
  if (bytes > DEFINITION_BYTES) {
    throw new LambentError(
      `workflow ${graph.workflow}: its definition has ${bytes} bytes, Step Functions takes ${DEFINITION_BYTES}: ` +
        "move large literals into a task or a file, or part of it into another workflow",
    );
  }
  return definition;
}

function hasMaps(graph: GraphData): boolean {
  return allNodes(graph).some(({ kind }) => kind === "map" || kind === "workflowMap");
}

function bytesOf(definition: Definition): number {
  return Buffer.byteLength(JSON.stringify(definition));
}

/** The definition in which each map has as many items inline as there is room for, by the events of all that there is. */
function fittingDefinition(graph: GraphData, target: Target): Definition {
  const planned = planGraph(graph);
  const whole = withBudgets(planned);
  const draft = drafted(graph, whole, target, UNLIMITED);
  if (graph.options?.type === "EXPRESS") return draft.definition;
  const { asking, waiting } = replicaEvents(graph, target);
  const most = eventsThatFit(asking + waiting);
  if (eventsOfStates(draft.body) <= most) return withFittingMaps(graph, whole, draft, target, waiting);
  const plan = withBudgets(withinHistories(planned, eventsOf(graph, target), most));
  return withFittingMaps(graph, plan, drafted(graph, plan, target, UNLIMITED), target, waiting);
}

/** @param waiting events of the wait for replicas */
function withFittingMaps(graph: GraphData, plan: GraphPlan, draft: Draft, target: Target, waiting: number): Definition {
  const { definition } = draft;
  if (!hasMaps(graph)) return definition;
  const states = { entry: definition.StartAt, states: Object.entries(definition.States) };
  return drafted(graph, plan, target, eventsOfMaps(plan, states, waiting)).definition;
}

/** Counts by states in which each map is in all forms that it may have. */
function eventsOf(graph: GraphData, target: Target): CountEvents {
  const names = StateNames.of(graph);
  return (steps) => {
    const variables = new VariableNames();
    const compilation = { target, names, variables, counts: [], visits: [], eventsOfMaps: UNLIMITED };
    return eventsOfStates(statesOf(steps, { Next: "Output" }, compilation));
  };
}

interface Draft {
  readonly definition: Definition;
  /** The states of the plan's steps. */
  readonly body: StateSequence;
}

function drafted(graph: GraphData, plan: GraphPlan, target: Target, events: MapEvents): Draft {
  const { timeout } = graph.options ?? {};
  const names = StateNames.of(graph);
  const end = resultStates("Output", plan.result, { Type: "Succeed" }, names);
  const variables = new VariableNames();
  const compilation = { target, names, variables, counts: [], visits: [], eventsOfMaps: events };
  const body = statesOf(plan.steps, { Next: end.entry }, compilation);
  const replicas = replicaStates(graph, body.entry, names, target) ?? { entry: body.entry, states: [] };
  const inputs = inputsStates(graph, replicas.entry, names, target);
  const all = withSharedEnds({
    entry: "Inputs",
    states: [...inputs.states, ...replicas.states, ...body.states, ...end.states],
  });
  const definition: Definition = {
    Comment: `workflow ${graph.workflow}, compiled by Lambent`,
    QueryLanguage: "JSONata",
    ...(timeout === undefined ? {} : { TimeoutSeconds: timeout }),
    StartAt: all.entry,
    States: Object.fromEntries(all.states),
  };
  return { definition, body };
}
