import type { MapNode, WorkflowMapNode } from "../../sdk/graph/graph.ts";
import { LambentError } from "../../sdk/base/errors.ts";
import type { Json } from "../../sdk/base/json.ts";
import type { Budget } from "../../sdk/values/budget.ts";
import { PAYLOAD_BYTES } from "../../sdk/base/aws-limits.ts";
import { keyOf } from "./affinity.ts";
import { batchStates } from "./batch-states.ts";
import { distributedStates, type InPieces } from "./distributed-map.ts";
import { catchAll } from "./child-states.ts";
import { query, templates } from "./expression.ts";
import { budgetTemplate, bytesOfEach, sharedBudget } from "./shared-budget.ts";
import { invocation } from "./invocation-state.ts";
import { checkExpressTime } from "./item-time.ts";
import { mapLists } from "./map-lists.ts";
import { modeChoice, mostInline, tooManyStates, UNLIMITED } from "./map-mode.ts";
import { pieceProcessor } from "./piece-states.ts";
import { atOnceOf, taskPieces } from "./pieces.ts";
import type { NodeStep } from "./plan.ts";
import type { StateNames } from "./state-names.ts";
import { causeOf, ERROR_SHOWN, ERRORS_SHOWN } from "./shown-errors.ts";
import { branchOf } from "./shared-ends.ts";
import { after, assign, nextName, single, type Next, type State, type StateSequence } from "./states.ts";
import type { Compilation } from "./target.ts";

/**
 * A map's states: those that run its items in the workflow's own execution, those that run them in child executions, or
 * both and a Choice between them.
 */
export function mapStates(
  node: MapNode,
  { budget, listBudget = { bytes: PAYLOAD_BYTES } }: Pick<NodeStep, "budget" | "listBudget">,
  next: Next,
  compilation: Compilation,
): StateSequence {
  function distributed(map: string): StateSequence {
    checkExpressTime(node);
    const { executionType } = node;
    const inPieces: InPieces = {
      worker: node,
      ...(executionType === undefined ? {} : { executionType }),
      form: taskPieces(node),
      piecesAtOnce: atOnceOf(node).pieces,
      bound: templates(node.bound, "absent"),
      processor: pieceProcessor(node, map, compilation),
    };
    const shared = sharedBudget(listBudget, compilation.counts);
    return distributedStates(node, map, inPieces, shared, nextName(next), compilation);
  }
  if (node.mode === "distributed") return distributed(node.name);
  const inline = inlineStates(node, budget, next, compilation);
  const choice = modeChoice(node, mostInline(node, inline, listBudget, compilation));
  switch (choice.kind) {
    case "inline":
      // Of a draft, whose history has no end, more maps are inline.
      if (compilation.eventsOfMaps !== UNLIMITED) checkExecutionType(node);
      return inline;
    case "distributed":
      return distributed(node.name);
    case "limited":
      return chosenStates(node, choice.isTooLarge, tooManyStates(node, choice.most, compilation), inline, compilation);
    case "either":
      return chosenStates(
        node,
        choice.isTooLarge,
        distributed(compilation.names.fresh(`${node.name}Distributed`)),
        inline,
        compilation,
      );
  }
}

/** @throws {LambentError} if child executions of a type are asked for, and there are none */
function checkExecutionType({ name, mode, executionType }: MapNode): void {
  if (executionType === undefined || mode !== undefined) return;
  throw new LambentError(
    `${name}: executionType is that of child executions, and its list is so short that it runs in the workflow's own: leave executionType out, or say mode: "distributed"`,
  );
}

/** Two forms of a map, and a Choice between them when it runs. */
export function chosenStates(
  { name }: MapNode | WorkflowMapNode<unknown>,
  isTooLarge: string,
  large: StateSequence,
  inline: StateSequence,
  { names }: Compilation,
): StateSequence {
  const size = names.fresh(`${name}Size`);
  const choice: State = {
    Type: "Choice",
    Choices: [{ Condition: query(isTooLarge), Next: large.entry }],
    Default: inline.entry,
  };
  return { entry: size, states: [[size, choice], ...inline.states, ...large.states] };
}

/** The Map itself, and where it may fail in part, the states that count. */
function inlineStates(node: MapNode, budget: Budget | undefined, next: Next, compilation: Compilation): StateSequence {
  const { target, names, counts } = compilation;
  if (node.batch !== undefined) return batchStates(node, node.batch, budget, nextName(next), compilation);
  const item = names.fresh(`${node.name}Item`);
  const lists = mapLists(node, names);
  const inputs = { ...templates(node.bound, "absent"), ...lists.inputs };
  const bytes = bytesOfEach(budget, [lists.count, ...counts]);
  const key = keyOf(node.address, node.bound, lists.elements);
  const task = invocation(node, inputs, budgetTemplate(budget, bytes), target, key, {
    item: "$states.context.Map.Item.Index",
  });
  const { minSuccessRatio } = node;
  if (minSuccessRatio === undefined) {
    const only = single(item, { ...task, Output: query("$states.result.Payload.output"), End: true });
    const map = mapState(node, lists.items, only);
    return after(lists.assigned, single(node.name, { ...map, ...assign(node, "$states.result", next) }));
  }
  const failed = names.fresh(`${node.name}Failed`);
  const caught: State = {
    ...task,
    Output: { output: query("$states.result.Payload.output") },
    Catch: catchAll({ error: errorOf(node.options.timeout, bytes) }, failed),
    End: true,
  };
  const map = mapState(node, lists.items, {
    entry: item,
    states: [
      [item, caught],
      [failed, { Type: "Pass", End: true }],
    ],
  });
  return after(lists.assigned, countedStates(node, minSuccessRatio, [node.name, map], nextName(next), names));
}

/** An Inline Map, without what becomes of its output. */
export function mapState(node: MapNode | WorkflowMapNode<unknown>, items: Json, item: StateSequence): State {
  return {
    Type: "Map",
    Items: items,
    ...(node.concurrency === undefined ? {} : { MaxConcurrency: node.concurrency }),
    ItemProcessor: { ProcessorConfig: { Mode: "INLINE" }, ...branchOf(item) },
  };
}

/**
 * What an item failed with, as a text that is no larger than the output which it stands for: a character takes six bytes
 * at most.
 */
export function errorOf(timeout: number | undefined, bytes: number | string | undefined): string {
  const [name, cause] = ["$states.errorOutput.Error", "$states.errorOutput.Cause"];
  const most = bytes === undefined ? `${ERROR_SHOWN}` : `$max([0, $min([${ERROR_SHOWN}, $floor((${bytes}) / 6)])])`;
  const late = timeout === undefined ? "" : `${name} = "States.Timeout" ? "longer than its timeout of ${timeout} s" : `;
  return query(`$substring(${name} & ": " & (${late}${causeOf(cause)}), 0, ${most})`);
}

/**
 * A Map each of whose results has an `output` if its item has succeeded and an `error` if not, and the states that count
 * those that have.
 * @param results JSONata of them in the order of the items
 */
export function countedStates(
  { name, variable }: MapNode | WorkflowMapNode<unknown>,
  minSuccessRatio: number,
  [mapName, map]: readonly [string, State],
  next: string,
  names: StateNames,
  results: string = "$states.result",
): StateSequence {
  const ratio = names.fresh(`${name}Ratio`);
  const tooFew = names.fresh(`${name}TooFewSucceeded`);
  const succeeded = names.fresh(`${name}_succeeded`);
  const errors = names.fresh(`${name}_errors`);
  // Elements may be lists, which JSONata would flatten: only $map keeps them apart, and [] keeps one element a list.
  const outputs = `$map(${results}, function($item) { $exists($item.output) ? $item.output : null })[]`;
  const failures = `$map(${results}, function($item, $index) { $exists($item.error) ? "${name}[" & $index & "]: " & $item.error })`;
  const assigned = {
    [variable]: query(`$count($states.result) = 0 ? [] : ${outputs}`),
    [succeeded]: query("$count($filter($states.result, function($item) { $exists($item.output) }))"),
    [errors]: query(`"" & $join([${failures}][[0..${ERRORS_SHOWN - 1}]], "; ")`),
  };
  // A quotient rounds as the author's own division would; a product need not.
  const count = `$count($${variable})`;
  const tooFewSucceeded = query(`${count} > 0 and $${succeeded} / ${count} < ${minSuccessRatio}`);
  const cause = query(
    `"${name}: " & $${succeeded} & " of " & ${count} & " items succeeded, minSuccessRatio is ${minSuccessRatio}; the first errors: " & $${errors}`,
  );
  return {
    entry: mapName,
    states: [
      [mapName, { ...map, Assign: assigned, Output: {}, Next: ratio }],
      [ratio, { Type: "Choice", Choices: [{ Condition: tooFewSucceeded, Next: tooFew }], Default: next }],
      [tooFew, { Type: "Fail", Error: "TooFewSucceeded", Cause: cause }],
    ],
  };
}
