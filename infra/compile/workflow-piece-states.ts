import type { Json } from "../../sdk/base/json.ts";
import type { TaskAddress, WorkflowMapNode } from "../../sdk/graph/graph.ts";
import { readsOfMember } from "./reads.ts";
import type { InPieces } from "./distributed-map.ts";
import { literal, query, readStep } from "./expression.ts";
import { invocation, type Invoked } from "./invocation-state.ts";
import { replicaOfPiece } from "./list-replica.ts";
import { mapLists } from "./map-lists.ts";
import { eventsOfItem } from "./map-mode.ts";
import { OUTPUTS_BYTES, errorsRoom, type PieceResult } from "./piece-states.ts";
import { workflowPieces } from "./pieces.ts";
import type { Plan, WorkflowInPieces } from "./plan.ts";
import { renameGraph } from "./rename-plan.ts";
import { ERRORS_SHOWN } from "./shown-errors.ts";
import { branchOf } from "./shared-ends.ts";
import { type State } from "./states.ts";
import type { Compilation } from "./target.ts";
import { inputTemplates, itemsMap, outputBytes, type GraphStates } from "./workflow-items.ts";

/** The variables of a piece beside those of its items: a child execution has no others. */
const PIECE = "piece";
const COUNT = "items"; // $count is a function

/**
 * A map of a workflow in pieces: the child execution of each reads the elements of its items from the store, runs the
 * items one after the other by an Inline Map, and has their outputs collected.
 */
export function workflowInPieces(
  node: WorkflowMapNode<Plan>,
  map: string,
  address: TaskAddress,
  { graph: plan, elements, outputs: budget }: WorkflowInPieces,
  compilation: Compilation,
  graphStates: GraphStates,
): InPieces {
  const { names, target } = compilation;
  const worker: Invoked = { name: node.name, address, options: {} };
  const start = names.fresh(`${map}Piece`);
  const items = names.fresh(`${map}Items`);
  const collected = names.fresh(`${map}Collected`);
  const columns = new Map(Object.keys(node.lists).map((input) => [input, names.fresh(`${node.variable}_elements`)]));
  const local: WorkflowMapNode<Plan> = {
    ...node,
    concurrency: 1, // as many pieces are at work as items may be
    lists: Object.fromEntries([...columns].map(([input, variable]) => [input, { kind: "ref", variable, path: [] }])),
  };
  const graph = renameGraph(plan, (name) => names.fresh(`${node.name}_${name}`));
  const lists = mapLists(local, names);
  const { given, each } = inputTemplates(node, graph, lists.inputs, () => true);
  const { map: inner, body } = itemsMap(
    local,
    { items: lists.items, graph, each, counts: [`$${COUNT}`], budget },
    { ...compilation, counts: [], visits: [] },
    graphStates,
  );
  const answer = "$states.result.Payload.output";
  const range = `$states.input.${PIECE}`;
  const list: Json = {
    kind: "elements",
    lists: query("$states.input.lists"),
    from: query(`${range}.from`),
    to: query(`${range}.to`),
  };
  const read: State = {
    ...invocation(worker, {}, elements, target, replicaOfPiece(address, range), {
      list,
      execution: "$states.input.execution",
    }),
    Assign: {
      [PIECE]: query(range),
      [COUNT]: query(`${range}.to - ${range}.from`),
      ...Object.fromEntries([...columns].map(([input, variable]) => [variable, query(readStep(answer, input))])),
      ...Object.fromEntries(
        Object.keys(given).map((variable) => [variable, query(readStep("$states.input.bound", variable))]),
      ),
    },
    Output: {},
    Next: items,
  };
  const run: State = { ...inner, Output: resultsOf(node), Next: collected };
  const bytes = query(`$floor(${OUTPUTS_BYTES} / $${PIECE}.pieces)`);
  const result: Record<keyof PieceResult, Json> = {
    from: query(`$${PIECE}.from`),
    outputs: query(answer),
    lost: query("$states.input.lost"),
    errors: query("$states.input.errors"),
  };
  const collect: State = {
    ...invocation(worker, {}, { bytes }, target, replicaOfPiece(address, `$${PIECE}`), {
      list: {
        kind: "collect",
        first: query(`$${PIECE}.from`),
        count: query(`$${COUNT}`),
        done: query("$states.input.done"),
      },
    }),
    Output: result,
    End: true,
  };
  const form = workflowPieces({
    name: node.name,
    ...(node.concurrency === undefined ? {} : { concurrency: node.concurrency }),
    events: eventsOfItem(plan, body),
    fewestEvents: eventsOfItem(plan, body, "one"),
    outputBytes: outputBytes(plan),
    elementBytes: elements.bytes,
    lists: columns.size,
    areRead: [...columns.keys()].some((input) => readsOfMember(elements.reads, input)?.items !== undefined),
  });
  const processor = branchOf({
    entry: start,
    states: [
      [start, read],
      [items, run],
      [collected, collect],
    ],
  });
  return { worker, form, piecesAtOnce: node.concurrency, bound: given, processor };
}

/** What the items of a piece have come to: their outputs by index, how many have failed, and what is told of these. */
function resultsOf({ name, minSuccessRatio }: WorkflowMapNode<Plan>): Record<string, Json> {
  const results = "$states.result";
  const index = `$${PIECE}.from + $position`;
  function done(of: string, output: string): Json {
    return query(`$map(${of}, function($item, $position) { {$string(${index}): ${output}} })[]`);
  }
  if (minSuccessRatio === undefined) return { done: done(results, "$item"), lost: 0, errors: query(literal("")) };
  const failures = `$map(${results}, function($item, $position) { $exists($item.error) ? ${literal(`${name}[`)} & (${index}) & "]: " & $item.error })`;
  return {
    done: done(results, "$exists($item.output) ? $item.output : null"),
    lost: query(`$count($filter(${results}, function($item) { $exists($item.error) }))`),
    errors: query(
      `"" & $substring($join([${failures}][[0..${ERRORS_SHOWN - 1}]], "; "), 0, ${errorsRoom(`$${PIECE}.pieces`)})`,
    ),
  };
}
