import { expect, test } from "vitest";
import { allNodes, expressionsOf, mapNode, namedNodes, referencesIn, variablesOf } from "../../../sdk/graph/walk.ts";
import { chosen, mapped, nested, workflows } from "../../support/definitions.ts";

function names(nodes: readonly { readonly name: string }[]): string[] {
  return nodes.map(({ name }) => name);
}

test("all nodes are those of branches and of nested workflows too; named ones share their block's names", () => {
  expect(names(allNodes(chosen.graph))).toEqual(["user", "choice", "choice2", "add", "choice3", "choice4"]);
  expect(names(namedNodes(chosen.graph))).toEqual(["user", "choice", "choice2", "add", "choice3", "choice4"]);
  expect(names(allNodes(nested.graph)).slice(0, 5)).toEqual(["chain", "double", "double2", "double3", "diamond"]);
  expect(names(namedNodes(nested.graph))).toEqual(["chain", "diamond"]);
});

test("a node reads what it is given, and what the blocks within it read from outside of them", () => {
  const [, choice] = chosen.graph.nodes;
  expect(choice && [...variablesOf(choice)]).toEqual(["n", "label", "flag", "user"]);
  const [add] = mapped.graph.nodes;
  expect(add && expressionsOf(add).flatMap(referencesIn)).toEqual([{ kind: "ref", variable: "values", path: [] }]);
});

test.each(Object.entries(workflows))("%s: a node of whose parts none changes stays as it is", (_, { graph }) => {
  for (const node of allNodes(graph)) {
    expect(mapNode(node, { block: (block) => block, graph: (inner) => inner })).toEqual(node);
  }
});
