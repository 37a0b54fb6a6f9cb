import type { TryNode } from "../../sdk/graph/graph.ts";
import type { Json } from "../../sdk/base/json.ts";
import type { Fields } from "../asl/states.ts";
import { query } from "./expression.ts";
import type { Plan } from "./plan.ts";
import { failState, resultStates, wayEnd } from "./result-state.ts";
import { branchOf } from "./shared-ends.ts";
import { messageIn } from "./shown-errors.ts";
import { single, type StateSequence } from "./states.ts";
import type { StatesOf } from "./states-of.ts";
import type { Compilation } from "./target.ts";

/**
 * A block whose errors are caught: a Parallel of one branch, whose catcher assigns the error and goes to the handler's
 * states. The branch's variables end with it, so the block's result is its output.
 */
export function tryStates(
  node: TryNode<Plan>,
  next: string,
  compilation: Compilation,
  statesOf: StatesOf,
): StateSequence {
  const { names } = compilation;
  const handled = names.fresh(`${node.name}Caught`);
  const handler = statesOf(node.handler.steps, { Next: handled }, compilation);
  return {
    entry: node.name,
    states: [
      [
        node.name,
        {
          Type: "Parallel",
          Comment: TRY_COMMENT,
          Branches: [branchOf(blockStates(node, compilation, statesOf))],
          Assign: { [node.variable]: query("$states.result[0]") },
          Output: {},
          Catch: catchers(node, handler.entry),
          Next: next,
        },
      ],
      ...handler.states,
      [handled, wayEnd(node.handler, node.variable, next)],
    ],
  };
}

const TRY_COMMENT = "What fails in here is caught, and the workflow goes on.";

/** Whether the state is that of a block whose errors the author catches. */
export function isTry({ Comment }: Fields): boolean {
  return Comment === TRY_COMMENT;
}

function blockStates({ name, block }: TryNode<Plan>, compilation: Compilation, statesOf: StatesOf): StateSequence {
  const { names } = compilation;
  const last = names.fresh(`${name}Output`);
  const end =
    block.failure === undefined
      ? resultStates(last, block.result, { Type: "Pass", End: true }, names)
      : single(last, failState(block.failure));
  const { entry, states } = statesOf(block.steps, { Next: end.entry }, compilation);
  return { entry, states: [...states, ...end.states] };
}

/** States.ALL, which has to stand alone, does not match States.DataLimitExceeded. */
function catchers({ errors = ["States.ALL"], error }: TryNode<unknown>, handler: string): Json {
  const own = errors.filter((name) => name !== "States.ALL");
  const isAll = own.length < errors.length;
  const caught = isAll ? [[...new Set([...own, "States.DataLimitExceeded"])], ["States.ALL"]] : [own];
  const [name, cause] = ["$states.errorOutput.Error", "$states.errorOutput.Cause"];
  const value = { name: query(name), message: query(messageIn(cause)), cause: query(`$string(${cause})`) };
  return caught.map((ErrorEquals) => ({ ErrorEquals, Assign: { [error]: value }, Output: {}, Next: handler }));
}
