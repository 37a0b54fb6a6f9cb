import type { Json } from "../../sdk/base/json.ts";
import type { Batching, MapNode } from "../../sdk/graph/graph.ts";
import { type Budget, RECEIPTS_BYTES } from "../../sdk/values/budget.ts";
import { batchItems, batchSize, keyLaneItems, laneItems } from "./batch-items.ts";
import { literalTemplate, query, templates } from "./expression.ts";
import { invocation } from "./invocation-state.ts";
import { lanesOfMap } from "./lane-states.ts";
import { listSources } from "./map-lists.ts";
import { failState, hasFailed, roundStates, roundVariables, type RoundVariables } from "./rounds.ts";
import { AROUND_BYTES } from "./shared-budget.ts";
import { after, type StateSequence } from "./states.ts";
import type { Compilation } from "./target.ts";

/**
 * A map of batches whose lists and outputs are in the workflow's own execution. With affinity the batches of a replica
 * follow each other in a lane of its own, in each round the same. Without it, those of a key that is more than one batch
 * do: the replica that has just handled one is the one that gets the next, as a rule.
 */
export function batchStates(
  node: MapNode,
  batching: Batching,
  budget: Budget | undefined,
  next: string,
  { target, names, counts }: Compilation,
): StateSequence {
  const { name, variable } = node;
  const { affinity } = node.address;
  // With `auto` all items of a key are one batch, as far as they fit.
  const hasLanes = affinity !== undefined || (batching.by !== undefined && batching.size !== "auto");
  const lists = listSources(node, names);
  const count = String(lists.count);
  const variables = roundVariables(variable, names);
  const start = names.fresh(`${name}Batches`);
  const outputs = names.fresh(`${name}Outputs`);
  const lanes = names.fresh(`${variable}_lanes`);
  const itemBytes = budget === undefined ? undefined : bytesOfItem(budget.bytes, [count, ...counts]);
  const bytes = budget === undefined || itemBytes === undefined ? undefined : { ...budget, bytes: query(itemBytes) };
  const { concurrentItems } = batching;
  function batch(failFast: boolean): Json {
    return {
      indices: query("$states.input.indices"),
      lists: query("$states.input.lists"),
      ...(concurrentItems === 1 ? {} : { concurrentItems }),
      ...(failFast ? { failFast: literalTemplate(name) } : {}),
    };
  }
  const rounds = roundStates(
    {
      node,
      map: name,
      start,
      variables,
      size: batchSize(batching, lists, affinity !== undefined),
      ...(affinity === undefined ? {} : { assigned: { [lanes]: query(lanesOfMap(node, affinity, lists, names)) } }),
      ...(hasLanes ? { lane: names.fresh(`${name}Lane`) } : {}),
      batches:
        affinity !== undefined
          ? laneItems(batching, lists, variables.size, variables.again, lanes)
          : hasLanes
            ? keyLaneItems(batching, lists, variables.size, variables.again)
            : batchItems(batching, lists, variables.size, variables.again),
      concurrency: node.concurrency,
      outputs: "merged",
      invoke: (failFast) =>
        invocation(
          node,
          templates(node.bound, "absent"),
          bytes,
          target,
          { ranking: "$states.input.replicas" },
          { batch: batch(failFast) },
        ),
      failureBytes: itemBytes ?? String(BYTES_ALONE),
      hasFailed: hasFailed(variables, node.minSuccessRatio, count),
      failed: failState(node, variables, count),
      names,
    },
    outputs,
  );
  return after(lists.assigned, {
    entry: rounds.entry,
    states: [
      ...rounds.states,
      [
        outputs,
        { Type: "Pass", Assign: { [variable]: query(orderedOutputs(variables, count)) }, Output: {}, Next: next },
      ],
    ],
  });
}

/** Of an item that has failed, where nobody bounds what all items come to. */
const BYTES_ALONE = 600;

/** JSONata of the outputs in the order of the lists, null where an item has none. */
function orderedOutputs({ done }: RoundVariables, count: string): string {
  const output = `$lookup($${done}, $string($index))`;
  // Only $map keeps elements apart that are lists, and [] keeps one element a list.
  return `${count} = 0 ? [] : $map([0..${count} - 1], function($index) { $exists(${output}) ? ${output} : null })[]`;
}

/** All outputs end in one object, and a batch answers with receipts too. */
function bytesOfItem(bytes: number, counts: readonly (string | number)[]): string {
  return `$floor(${bytes - RECEIPTS_BYTES} / $max([1, ${counts.join(" * ")}])) - ${AROUND_BYTES}`;
}
