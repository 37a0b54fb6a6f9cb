import type { Budget } from "../values/budget.ts";
import { printPath, type Json } from "../base/json.ts";

/** A workflow's nodes in call order, and what it returns. Plain data, so that it can leave its process. */
export interface GraphData {
  readonly workflow: string;
  readonly inputs: readonly InputDeclaration[];
  readonly nodes: readonly Node[];
  readonly result: Expression;
  /** Absent: a STANDARD state machine without a schedule. */
  readonly options?: StateMachineOptions;
}

/** What an author says of a workflow's state machine. */
export interface StateMachineOptions {
  /** Default `STANDARD`. `EXPRESS` lasts five minutes at most, may run a state twice, and keeps no history but its log. */
  readonly type?: "STANDARD" | "EXPRESS";
  /** When it starts by itself: `rate(1 hour)`, `cron(0 6 * * ? *)` or `at(2027-01-01T00:00:00)`. */
  readonly schedule?: string | Schedule;
}

/** As EventBridge Scheduler has it. */
export interface Schedule {
  readonly expression: string;
  /** Default UTC. Such as `Europe/Berlin`. */
  readonly timezone?: string;
  /** The execution's input. Default: every input's default. */
  readonly input?: Readonly<Record<string, Json>>;
  /** Default true. */
  readonly enabled?: boolean;
}

/** {@link GraphData} that prints itself. */
export interface Graph extends GraphData {
  toString(): string;
}

export interface InputDeclaration {
  readonly name: string;
  /** The JSONata variable that holds it. */
  readonly variable: string;
  /** Absent: the caller must give it. */
  readonly default?: Json;
}

/** What a node is given: a tree of literals and of values known only at run time. */
export type Expression =
  | { readonly kind: "literal"; readonly value: Json }
  | { readonly kind: "ref"; readonly variable: string; readonly path: readonly (string | number)[] }
  | { readonly kind: "object"; readonly fields: Readonly<Record<string, Expression>> }
  | { readonly kind: "list"; readonly items: readonly Expression[] };

export type Node = TaskNode | MapNode | ChoiceNode | WorkflowNode;

/** Which function runs a task, and under what name it knows it. */
export interface TaskAddress {
  /** The actor's name; absent for a plain task. */
  readonly actor?: string;
  readonly task: string;
}

/** The fields of an ASL `Retry` entry, in this API's casing. */
export interface Retry {
  /** Retries after the first attempt. */
  readonly maxAttempts: number;
  /** Seconds before the first retry. Default 1. */
  readonly intervalSeconds?: number;
  /** Each wait is this many times the one before. Default 2. */
  readonly backoffRate?: number;
  readonly maxDelaySeconds?: number;
  readonly jitter?: boolean;
  /** Error names, as ASL's `ErrorEquals`. Default: `["States.ALL"]`. */
  readonly errors?: readonly string[];
}

export interface NodeOptions {
  /** A number is short for `{ maxAttempts }`. */
  readonly retries?: number | Retry;
  /** Seconds that one attempt may take. */
  readonly timeout?: number;
}

interface NodeBase {
  /** The state's name, its row in the timeline. */
  readonly name: string;
  /** The variable that holds its output: its name, as it is traced. */
  readonly variable: string;
}

export interface TaskNode extends NodeBase {
  readonly kind: "task";
  readonly address: TaskAddress;
  readonly inputs: Readonly<Record<string, Expression>>;
  readonly options: NodeOptions;
  /** What the compiler has found out; absent in a graph as it is traced. */
  readonly budget?: Budget;
}

export interface MapNode extends NodeBase {
  readonly kind: "map";
  readonly address: TaskAddress;
  /** The same for every item. */
  readonly bound: Readonly<Record<string, Expression>>;
  /** One element for each item. */
  readonly lists: Readonly<Record<string, Expression>>;
  /** ASL `MaxConcurrency`; absent: no limit. */
  readonly concurrency?: number;
  readonly minSuccessRatio?: number;
  readonly options: NodeOptions;
  /** As of a task; the outputs of all items share its bytes. */
  readonly budget?: Budget;
}

export interface ChoiceNode extends NodeBase {
  readonly kind: "choice";
  readonly condition: Test;
  readonly whenTrue: Block;
  readonly whenFalse: Block;
}

export interface WorkflowNode extends NodeBase {
  readonly kind: "workflow";
  readonly inputs: Readonly<Record<string, Expression>>;
  readonly graph: GraphData;
}

/** One branch of a choice. */
export interface Block {
  readonly nodes: readonly Node[];
  readonly result: Expression;
}

/** A condition that the state machine evaluates. */
export type Test =
  | {
      readonly kind: "compare";
      readonly operator: "=" | ">" | "<";
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly kind: "isTrue" | "isNull"; readonly value: Expression }
  | { readonly kind: "and" | "or"; readonly tests: readonly Test[] }
  | { readonly kind: "not"; readonly test: Test };

/** Print a graph as its author would read it: one line a node. */
export function printGraph(graph: GraphData): string {
  const inputs = graph.inputs.map(({ variable, default: value }) =>
    value === undefined ? variable : `${variable} = ${JSON.stringify(value)}`,
  );
  const body = printBlock({ nodes: graph.nodes, result: graph.result }, "  ");
  return [`${graph.workflow}(${inputs.join(", ")})`, ...body].join("\n");
}

function printBlock(block: Block, indent: string): string[] {
  const width = Math.max(0, ...block.nodes.map((node) => node.name.length));
  return [
    ...block.nodes.flatMap((node) => printNode(node, `${indent}${node.name.padEnd(width)} = `, indent)),
    `${indent}return ${printExpression(block.result)}`,
  ];
}

function printNode(node: Node, start: string, indent: string): string[] {
  switch (node.kind) {
    case "task":
      return [`${start}${printAddress(node.address)} ${printFields(node.inputs)}`];
    case "map": {
      const each = Object.entries(node.lists).map(([key, list]) => `${key} of ${printExpression(list)}`);
      const bound = Object.keys(node.bound).length === 0 ? "" : ` ${printFields(node.bound)}`;
      const options = [
        ...(node.concurrency === undefined ? [] : [`concurrency ${node.concurrency}`]),
        ...(node.minSuccessRatio === undefined ? [] : [`minSuccessRatio ${node.minSuccessRatio}`]),
      ];
      return [`${start}map ${printAddress(node.address)}${bound} for ${[each.join(", "), ...options].join(", ")}`];
    }
    case "choice":
      return [
        `${start}if ${printTest(node.condition)}`,
        ...printBlock(node.whenTrue, `${indent}  `),
        `${indent}else`,
        ...printBlock(node.whenFalse, `${indent}  `),
      ];
    case "workflow":
      return [`${start}workflow ${node.graph.workflow} ${printFields(node.inputs)}`];
  }
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
