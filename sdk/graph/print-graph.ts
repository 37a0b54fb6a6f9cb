import { printPath } from "../base/json.ts";
import type {
  Batching,
  Block,
  Expression,
  GraphData,
  InputDeclaration,
  InputNode,
  MapNode,
  Node,
  TaskAddress,
  TaskNode,
  Test,
  WorkflowMapNode,
} from "./graph.ts";

/** Print a graph as its author would read it: one line a node. */
export function printGraph(graph: GraphData): string {
  const inputs = graph.inputs.map(printInput);
  const body = printBlock(graph, "  ");
  return [`${graph.workflow}(${inputs.join(", ")})`, ...body].join("\n");
}

function printInput({ name, variable, default: value, isOptional }: InputDeclaration): string {
  if (isOptional === true) return `${printPath(variable, [name])}?`;
  return value === undefined ? variable : `${variable} = ${JSON.stringify(value)}`;
}

function printBlock(block: Block, indent: string): string[] {
  const width = Math.max(0, ...block.nodes.map((node) => node.name.length));
  return [
    ...block.nodes.flatMap((node) =>
      printNode(node, `${indent}${node.name.padEnd(width)} = ${printOrder(node)}`, indent),
    ),
    `${indent}${printEnd(block)}`,
  ];
}

function printEnd({ result, failure }: Block): string {
  if (failure === undefined) return `return ${printExpression(result)}`;
  return `fail ${printName(failure.error)}: ${printExpression(failure.cause)}`;
}

/** An error's name as it is written by `fail`, without quotation marks. */
function printName(error: Expression): string {
  return error.kind === "literal" ? String(error.value) : printExpression(error);
}

function printOrder({ after = [] }: Node): string {
  return after.length === 0 ? "" : `after ${after.join(", ")}: `;
}

function printNode(node: Node, start: string, indent: string): string[] {
  switch (node.kind) {
    case "task":
      return [`${start}${printAddress(node.address)} ${printInputs(node)}${printAnswer(node)}`];
    case "compute":
      return [`${start}${node.computation}(${node.operands.map(printExpression).join(", ")})`];
    case "awsCall":
      return [`${start}aws ${node.action} ${printFields(node.arguments)}`];
    case "map":
      return [`${start}map ${printAddress(node.address)}${printEach(node)}`];
    case "workflowMap":
      return [`${start}map ${startsOne(node) ? "start" : "workflow"} ${node.graph.workflow}${printEach(node)}`];
    case "choice":
      return [
        ...node.ways.flatMap(({ test, block }, index) => [
          `${index === 0 ? start : `${indent}else `}if ${printTest(test)}`,
          ...printBlock(block, `${indent}  `),
        ]),
        `${indent}else`,
        ...printBlock(node.otherwise, `${indent}  `),
      ];
    case "loop":
      return [
        `${start}loop ${node.state} from ${printExpression(node.initial)}, ${node.fewest} to ${node.most} times, while ${printTest(node.test)}`,
        ...printBlock(node.block, `${indent}  `),
      ];
    case "wait":
      return [`${start}${node.field === "Seconds" ? "sleep" : "sleepUntil"} ${printExpression(node.value)}`];
    case "try":
      return [
        `${start}try`,
        ...printBlock(node.block, `${indent}  `),
        `${indent}catch ${(node.errors ?? ["any error"]).join(", ")} as ${node.error}`,
        ...printBlock(node.handler, `${indent}  `),
      ];
    case "input":
      return [`${start}input${printAnswer(node)}`];
    case "start":
      return [`${start}start ${node.workflow} ${printFields(node.inputs)}`];
    case "workflow":
      return [`${start}workflow ${node.graph.workflow} ${printFields(node.inputs)}`];
  }
}

/** Whether each item is an execution of the workflow's own state machine. */
function startsOne({ graph: { nodes, workflow } }: WorkflowMapNode): boolean {
  const [node, ...others] = nodes;
  return node?.kind === "start" && node.workflow === workflow && others.length === 0;
}

function printInputs({ inputs, whole }: TaskNode): string {
  return whole === undefined ? printFields(inputs) : printExpression(whole);
}

/** That somebody is to answer, and in which time. */
function printAnswer({ answer, options: { timeout } }: TaskNode | InputNode): string {
  if (answer === undefined) return "";
  return timeout === undefined ? ", answered by its token" : `, answered by its token within ${timeout} s`;
}

/** What a map goes over, and how. */
function printEach(node: MapNode | WorkflowMapNode): string {
  const each = Object.entries(node.lists).map(([key, list]) => `${key} of ${printExpression(list)}`);
  const bound = Object.keys(node.bound).length === 0 ? "" : ` ${printFields(node.bound)}`;
  const options = [
    ...(node.concurrency === undefined ? [] : [`concurrency ${node.concurrency}`]),
    ...(node.minSuccessRatio === undefined ? [] : [`minSuccessRatio ${node.minSuccessRatio}`]),
    ...(node.kind === "workflowMap" || node.batch === undefined ? [] : [printBatching(node.batch)]),
    ...(node.mode === undefined ? [] : [node.mode]),
    ...(node.kind === "workflowMap" || node.executionType === undefined ? [] : [node.executionType]),
  ];
  return `${bound} for ${[each.join(", "), ...options].join(", ")}`;
}

function printBatching({ size, by, concurrentItems }: Batching): string {
  const together = by === undefined ? "" : ` by ${by.join(".")}`;
  return `batch ${size}${together}${concurrentItems === 1 ? "" : `, ${concurrentItems} items at once`}`;
}

function printAddress({ actor, task }: TaskAddress): string {
  return actor === undefined ? task : `${actor}/${task}`;
}

function printFields(fields: Readonly<Record<string, Expression>>): string {
  const printed = Object.entries(fields).map(([key, value]) => `${key}: ${printExpression(value)}`);
  return `{${printed.join(", ")}}`;
}

function printExpression(expression: Expression): string {
  switch (expression.kind) {
    case "literal":
      return JSON.stringify(expression.value);
    case "ref":
      return printPath(expression.variable, expression.path);
    case "object":
      return printFields(expression.fields);
    case "list":
      return `[${expression.items.map(printExpression).join(", ")}]`;
  }
}

function printTest(test: Test): string {
  switch (test.kind) {
    case "compare":
      return `${printExpression(test.left)} ${test.operator} ${printExpression(test.right)}`;
    case "isTrue":
      return printExpression(test.value);
    case "isNull":
      return `${printExpression(test.value)} is null`;
    case "and":
    case "or":
      return `(${test.tests.map(printTest).join(` ${test.kind} `)})`;
    case "not":
      return `not ${printTest(test.test)}`;
  }
}
