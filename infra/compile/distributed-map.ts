import type { Json } from "../../sdk/base/json.ts";
import type { MapNode, WorkflowMapNode } from "../../sdk/graph/graph.ts";
import type { ReplicaChoice } from "./affinity.ts";
import { joined, literal, query, readStep } from "./expression.ts";
import { invocation, TRACE, type BudgetTemplate, type Invoked } from "./invocation-state.ts";
import { failedPieceStates, givenLabel, mapLabel, TOO_MANY_FAILURES } from "./failed-piece.ts";
import { listTemplate } from "./map-lists.ts";
import { replicaOfMap } from "./list-replica.ts";
import type { PieceInput } from "./piece-states.ts";
import { piecesOf, type PieceForm } from "./pieces.ts";
import { tooFewSucceeded } from "./rounds.ts";
import { branchOf } from "./shared-ends.ts";
import { single, type State, type StateSequence } from "./states.ts";
import type { Compilation, Target } from "./target.ts";

/** What is to be known of a map whose items are to run in pieces. */
export interface InPieces {
  /** The task whose function works on the map's lists. */
  readonly worker: Invoked;
  readonly executionType?: MapNode["executionType"];
  readonly form: PieceForm;
  /** Pieces at work at once; absent: as many as Step Functions allows. */
  readonly piecesAtOnce?: number | undefined;
  /** What is the same for all items, as a template. */
  readonly bound: Json;
  /** The `ItemProcessor`, but for its configuration. */
  readonly processor: Record<string, Json>;
}

/**
 * A map in child executions, one for each piece of its lists. The lists are stored, if they are not yet, and the items
 * read them from the store; a piece stores its outputs, and what all have stored becomes one list. So what states carry
 * does not grow with the items.
 * @param map the name of the Distributed Map
 * @param budget of the list of outputs
 */
export function distributedStates(
  node: MapNode | WorkflowMapNode<unknown>,
  map: string,
  { worker, executionType = "STANDARD", form, piecesAtOnce, bound, processor }: InPieces,
  budget: BudgetTemplate,
  next: string,
  { target, names }: Compilation,
): StateSequence {
  const { name, variable, minSuccessRatio } = node;
  const lists = names.fresh(`${variable}_stored`);
  const pieces = names.fresh(`${variable}_pieces`);
  const state = {
    stored: names.fresh(`${name}Stored`),
    store: names.fresh(`${name}Store`),
    ratio: names.fresh(`${name}Ratio`),
    joined: names.fresh(`${name}Joined`),
    tooFew: names.fresh(`${name}TooFewSucceeded`),
  };
  const marks = Object.keys(node.lists).map((input) => markOf(lists, input));
  const [[, mark] = ["", ""]] = marks;
  const selector: Record<keyof PieceInput, Json> = {
    piece: query("$states.context.Map.Item.Value"),
    lists: query(`$${lists}`),
    bound,
    execution: query("$states.context.Execution.Id"),
    traceparent: query(TRACE),
  };
  const label = mapLabel(map, names);
  const failed = failedPieceStates(executionType, names);
  const distributed: State = {
    Type: "Map",
    Label: label,
    Items: query(itemsOf(name, form, marks)),
    ItemSelector: selector,
    ...(piecesAtOnce === undefined ? {} : { MaxConcurrency: piecesAtOnce }),
    ItemProcessor: {
      ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: executionType },
      ...processor,
    },
    Catch: [{ ErrorEquals: [TOO_MANY_FAILURES], Output: givenLabel(label), Next: failed.entry }],
    // Those that AWS lists first need not be the first.
    Assign: {
      [pieces]: query(
        "$count($states.result) = 0 ? [] : $sort($states.result, function($one, $other) { $one.from > $other.from })[]",
      ),
    },
    Output: {},
    Next: minSuccessRatio === undefined ? state.joined : state.ratio,
  };
  const outputs = `$count($${pieces}) = 0 ? [] : $map($${pieces}, function($piece) { $piece.outputs })[]`;
  const joined: State = {
    ...joining(worker, query(outputs), budget, target, replicaOfMap(worker.address, name)),
    Assign: { [variable]: query("$states.result.Payload.output") },
    Output: {},
    Next: next,
  };
  const sequence: StateSequence["states"] = [
    [state.stored, storedState(node, worker, lists, state.store, map, target)],
    [map, distributed],
    ...(minSuccessRatio === undefined ? [] : ratioStates(name, minSuccessRatio, state, pieces, `${mark}.count`)),
    [state.joined, joined],
    ...failed.states,
  ];
  return { entry: state.stored, states: sequence };
}

/** The name of an input, and JSONata of what is in the mark of its list. */
function markOf(lists: string, input: string): readonly [string, string] {
  return [input, readStep(readStep(`$${lists}`, input), "$list")];
}

/** Puts the marks of all lists into a variable; those that are not stored yet are stored. */
function storedState(
  { name, lists: expressions }: MapNode | WorkflowMapNode<unknown>,
  worker: Invoked,
  lists: string,
  store: string,
  next: string,
  target: Target,
): State {
  const { affinity } = worker.address;
  const replica = replicaOfMap(worker.address, name, "$states.context.Map.Item.Index");
  const task: State = {
    ...joining(worker, [query("$states.input.list")], { bytes: 0 }, target, replica),
    Output: query("$states.result.Payload.output"),
    End: true,
  };
  const marks = Object.keys(expressions).map((input, index) => [input, query(`$states.result[${index}]`)] as const);
  return {
    Type: "Map",
    Items: Object.entries(expressions).map(([input, list]) => ({ list: listTemplate({ name }, input, list) })),
    // With affinity they go to one replica after the other.
    ...(affinity === undefined ? {} : { MaxConcurrency: affinity.replicas }),
    ItemProcessor: { ProcessorConfig: { Mode: "INLINE" }, ...branchOf(single(store, task)) },
    Assign: { [lists]: Object.fromEntries(marks) },
    Output: {},
    Next: next,
  };
}

/** An invocation that makes one list of several. @param pieces a template of them */
function joining(worker: Invoked, pieces: Json, budget: BudgetTemplate, target: Target, replica: ReplicaChoice): State {
  return invocation(worker, {}, budget, target, replica, { list: { kind: "join", pieces } });
}

/** JSONata of the pieces. */
function itemsOf(name: string, form: PieceForm, marks: readonly (readonly [string, string])[]): string {
  const [[, first] = ["", ""], ...others] = marks;
  const pieces = piecesOf(
    form,
    `${first}.count`,
    joined(
      marks.map(([, mark]) => `${mark}.bytes`),
      "+",
    ),
  );
  if (others.length === 0) return pieces;
  const same = joined(
    others.map(([, mark]) => `${mark}.count = ${first}.count`),
    "and",
  );
  const lengths = joined(
    marks.map(([input, mark], index) => `${literal(`${index === 0 ? "" : ", "}${input} has `)} & ${mark}.count`),
    "&",
  );
  return `${same} ? ${pieces} : $error(${literal(`${name}: the lists differ in length: `)} & ${lengths})`;
}

/** AWS would count pieces as tolerated failures, and not items. */
function ratioStates(
  name: string,
  minSuccessRatio: number,
  state: { readonly ratio: string; readonly tooFew: string; readonly joined: string },
  pieces: string,
  count: string,
): (readonly [string, State])[] {
  const succeeded = `(${count} - $sum($${pieces}.lost))`;
  // A quotient rounds as the author's own division would; a product need not.
  const isTooFew = `${count} > 0 ? ${succeeded} / ${count} < ${minSuccessRatio} : false`;
  const errors = `$join($filter($${pieces}.errors, function($errors) { $errors != "" })[[0..4]], "; ")`;
  return [
    [
      state.ratio,
      { Type: "Choice", Choices: [{ Condition: query(isTooFew), Next: state.tooFew }], Default: state.joined },
    ],
    [state.tooFew, tooFewSucceeded(name, minSuccessRatio, succeeded, count, errors)],
  ];
}
