import type { Block, ChoiceNode, Expression, Node, Reference, Signature, TryNode, Way } from "../../sdk/graph/graph.ts";
import { mapBlockReferences, mapNode, mapNodeReferences, needsOf } from "../../sdk/graph/walk.ts";
import { schedule } from "./schedule.ts";
import { StateNames } from "./state-names.ts";

/**
 * A graph whose workflows run by their failure policies. Where what can still run is to run when a node has failed, each
 * node's errors are caught; a node that needs a failed one does not run; and after the last node the first error is the
 * workflow's.
 */
export function withFailurePolicy<G extends Signature & Block>(graph: G): G {
  const names = StateNames.of(graph);
  const isDeferred = graph.options?.failurePolicy === "afterExecutable";

  function ofBlock(block: Block): Block {
    const nodes = block.nodes.map((node) => mapNode<Block, Block>(node, { block: ofBlock, graph: withFailurePolicy }));
    const inner = { ...block, nodes };
    return isDeferred && hasBranches(nodes) ? deferred(inner, names) : inner;
  }

  return { ...graph, ...ofBlock(graph) };
}

/** Whether anything runs beside a node that may fail. */
function hasBranches(nodes: readonly Node[]): boolean {
  return schedule(nodes).some(({ kind }) => kind === "parallel");
}

/** What a node comes to: `{value}`, or `{failed}` where it did not run, or that and its `error`. */
const [VALUE, FAILED, ERROR] = ["value", "failed", "error"];
const YES: Expression = { kind: "literal", value: true };
const NOTHING: Expression = { kind: "literal", value: null };

function deferred(block: Block, names: StateNames): Block {
  const ended = new Map(block.nodes.map(({ name, variable }) => [variable, names.fresh(`${name}Ended`)]));
  function outcome(reference: Reference): Reference {
    const { variable, path } = reference;
    const holder = ended.get(variable);
    return holder === undefined ? reference : { ...reference, variable: holder, path: [VALUE, ...path] };
  }
  const nodes = block.nodes.map((node) => {
    const needed = [...needsOf(node)].flatMap((variable) => ended.get(variable) ?? []);
    const { after: _, ...free } = mapNodeReferences(node, outcome);
    return outcomeNode(free, ended.get(node.variable) ?? node.variable, needed, names);
  });
  return {
    ...mapBlockReferences({ ...block, nodes: [] }, outcome),
    nodes: [...nodes, failureNode([...ended.values()], names)],
  };
}

/** @param holder the variable of what the node comes to @param needed those of the nodes that it needs */
function outcomeNode(node: Node, holder: string, needed: readonly string[], names: StateNames): TryNode | ChoiceNode {
  const own = names.fresh(`${node.name}Try`);
  const error = names.fresh(`${node.variable}_error`);
  const tried: TryNode = {
    kind: "try",
    name: own,
    variable: needed.length === 0 ? holder : own,
    block: { nodes: [node], result: object({ [VALUE]: reference(node.variable) }) },
    error,
    handler: {
      nodes: [],
      result: object({
        [FAILED]: YES,
        [ERROR]: object({ name: reference(error, "name"), cause: reference(error, "cause") }),
      }),
    },
  };
  if (needed.length === 0) return tried;
  return {
    kind: "choice",
    name: names.fresh(`${node.name}If`),
    variable: holder,
    ways: [
      {
        test: { kind: "or", tests: needed.map((one) => ({ kind: "isTrue", value: reference(one, FAILED) })) },
        block: { nodes: [], result: object({ [FAILED]: YES }) },
      },
    ],
    otherwise: { nodes: [tried], result: reference(own) },
  };
}

/** The last node: the first error, if there is one, is the block's. */
function failureNode(holders: readonly string[], names: StateNames): ChoiceNode {
  const name = names.fresh("Failures");
  return {
    kind: "choice",
    name,
    variable: name,
    ways: holders.map((holder): Way => ({
      test: { kind: "not", test: { kind: "isNull", value: reference(holder, ERROR) } },
      block: {
        nodes: [],
        result: NOTHING,
        failure: { error: reference(holder, ERROR, "name"), cause: reference(holder, ERROR, "cause") },
      },
    })),
    otherwise: { nodes: [], result: NOTHING },
  };
}

function reference(variable: string, ...path: readonly string[]): Reference {
  return { kind: "ref", variable, path };
}

function object(fields: Readonly<Record<string, Expression>>): Expression {
  return { kind: "object", fields };
}
