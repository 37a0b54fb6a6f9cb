import type { Block, Expression, GraphData, Node, Test } from "../../sdk/graph/graph.ts";

/**
 * A graph with every node and input under another name, so that it can stand within another graph.
 * @param rename called once for each name
 */
export function prefixed(graph: GraphData, rename: (name: string) => string): GraphData {
  const names = new Map<string, string>();
  function renamed(name: string): string {
    const known = names.get(name) ?? rename(name);
    names.set(name, known);
    return known;
  }
  return {
    workflow: graph.workflow,
    inputs: graph.inputs.map((input) => ({ ...input, variable: renamed(input.variable) })),
    nodes: graph.nodes.map((node) => renameNode(node, renamed, renamed)),
    result: renameRefs(graph.result, renamed),
  };
}

type Rename = (name: string) => string;

/** A node whose output, and what it reads, is in other variables. Its state keeps its name. */
export function renameVariables(node: Node, rename: Rename): Node {
  return renameNode(node, rename, (name) => name);
}

function renameNode(node: Node, rename: Rename, renameState: Rename): Node {
  const names = { name: renameState(node.name), variable: rename(node.variable) };
  switch (node.kind) {
    case "task":
    case "workflow":
      return { ...node, ...names, inputs: renameFields(node.inputs, rename) };
    case "map":
      return { ...node, ...names, bound: renameFields(node.bound, rename), lists: renameFields(node.lists, rename) };
    case "choice": {
      function block({ nodes, result }: Block): Block {
        return {
          nodes: nodes.map((inner) => renameNode(inner, rename, renameState)),
          result: renameRefs(result, rename),
        };
      }
      return {
        ...node,
        ...names,
        condition: renameTest(node.condition, rename),
        whenTrue: block(node.whenTrue),
        whenFalse: block(node.whenFalse),
      };
    }
  }
}

function renameFields(fields: Readonly<Record<string, Expression>>, rename: Rename): Record<string, Expression> {
  return Object.fromEntries(Object.entries(fields).map(([key, field]) => [key, renameRefs(field, rename)]));
}

function renameRefs(expression: Expression, rename: Rename): Expression {
  switch (expression.kind) {
    case "literal":
      return expression;
    case "ref":
      return { ...expression, variable: rename(expression.variable) };
    case "object":
      return { kind: "object", fields: renameFields(expression.fields, rename) };
    case "list":
      return { kind: "list", items: expression.items.map((item) => renameRefs(item, rename)) };
  }
}

function renameTest(test: Test, rename: Rename): Test {
  switch (test.kind) {
    case "compare":
      return { ...test, left: renameRefs(test.left, rename), right: renameRefs(test.right, rename) };
    case "isTrue":
    case "isNull":
      return { ...test, value: renameRefs(test.value, rename) };
    case "and":
    case "or":
      return { ...test, tests: test.tests.map((one) => renameTest(one, rename)) };
    case "not":
      return { ...test, test: renameTest(test.test, rename) };
  }
}
