import { DEFINITION_BYTES } from "../../sdk/base/aws-limits.ts";
import { LambentError } from "../../sdk/base/errors.ts";
import type { GraphData } from "../../sdk/graph/graph.ts";
import { withBudgets } from "./budgets.ts";
import { inputsStates } from "./input-states.ts";
import { withinHistories, type CountEvents } from "./histories.ts";
import { eventsOfMaps, eventsOfStates, forItsType } from "./map-mode.ts";
import { planGraph, type GraphPlan, type Step } from "./plan.ts";
import { resultStates } from "./result-state.ts";
import { StateNames } from "./state-names.ts";
import type { State, StateSequence } from "./states.ts";
import { statesOf } from "./step-states.ts";
import type { Target } from "./target.ts";

export type { Target } from "./target.ts";

/** An Amazon States Language document, as far as Lambent writes it: JSONata throughout. */
export interface Definition {
  readonly Comment: string;
  readonly QueryLanguage: "JSONata";
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}

/**
 * Compile a workflow's graph into the definition that is deployed and emulated alike.
 * @throws {LambentError} if Step Functions would refuse it
 */
export function compile(graph: GraphData, target: Target): Definition {
  const ofType = forItsType(graph);
  const isExpress = graph.options?.type === "EXPRESS"; // its history has no limit
  const plan = withBudgets(
    isExpress ? planGraph(ofType) : withinHistories(planGraph(ofType), eventsOf(ofType, target)),
  );
  // Of all states but for maps' items: how many of these there may be goes by it.
  const events = isExpress ? Infinity : eventsOfMaps(plan, draftOf(ofType, plan.steps, target));
  const definition = definitionOf(ofType, plan, target, events);
  const bytes = Buffer.byteLength(JSON.stringify(definition));
  if (bytes > DEFINITION_BYTES) {
    throw new LambentError(
      `workflow ${graph.workflow}: its definition has ${bytes} bytes, Step Functions takes ${DEFINITION_BYTES}: ` +
        "move large literals into a task or a file, or part of it into another workflow",
    );
  }
  return definition;
}

/** States that are only counted: each map is in all forms that it may have. */
function draftOf(graph: GraphData, steps: readonly Step[], target: Target): StateSequence {
  const compilation = { target, names: StateNames.of(graph), counts: [], eventsOfMap: Infinity };
  return statesOf(steps, { Next: "Output" }, compilation);
}

function eventsOf(graph: GraphData, target: Target): CountEvents {
  return (steps) => eventsOfStates(draftOf(graph, steps, target));
}

function definitionOf(graph: GraphData, plan: GraphPlan, target: Target, eventsOfMap: number): Definition {
  const names = StateNames.of(graph);
  const end = resultStates("Output", plan.result, { Type: "Succeed" }, names);
  const body = statesOf(plan.steps, { Next: end.entry }, { target, names, counts: [], eventsOfMap });
  const inputs = inputsStates(graph, body.entry, names, target);
  return {
    Comment: `workflow ${graph.workflow}, compiled by Lambent`,
    QueryLanguage: "JSONata",
    StartAt: "Inputs",
    States: Object.fromEntries([...inputs.states, ...body.states, ...end.states]),
  };
}
