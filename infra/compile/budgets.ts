import type { Block, Expression, GraphData, MapNode, Node, Test, WorkflowNode } from "../../sdk/graph/graph.ts";
import type { Look, Budget } from "../../sdk/values/budget.ts";
import { collect, schedule, type Step, variablesOf } from "./schedule.ts";

/** Bytes that the values may take which cross in one piece: Step Functions' 262,144, less what stands around them. */
const TOGETHER = 245_760;
/** Bytes of all of an execution's variables. */
const VARIABLES = 10 * 1024 * 1024;

/**
 * A graph whose tasks know how much of their outputs they may leave to the state machine. An output that is only
 * passed on to tasks may be stored, and a mark crosses instead; what the state machine reads must cross as it is.
 * What meets in one place, a task's inputs or the results of parallel branches, shares that place's budget.
 */
export function withBudgets(graph: GraphData): GraphData {
  const budgets = new Budgets(Math.min(TOGETHER, Math.floor(VARIABLES / Math.max(1, countVariables(graph.nodes)))));
  const by = `the caller of workflow ${graph.workflow}`;
  budgets.share(by, TOGETHER, [{ expression: graph.result, look: { by } }]);
  return { ...graph, nodes: planNodes({ nodes: graph.nodes, result: graph.result }, budgets, "") };
}

/** What someone does with a value. */
interface Reading {
  readonly expression: Expression;
  /** Absent: passes it on to tasks. */
  readonly look?: Look | undefined;
}

/** Of each variable the budget that its readers leave it. */
class Budgets {
  /** Bytes of a variable that shares no place with others. */
  readonly most: number;
  readonly #budgets = new Map<string, Budget>();

  constructor(most: number) {
    this.most = most;
  }

  of(variable: string): Budget {
    return this.#budgets.get(variable) ?? { bytes: this.most };
  }

  /** Someone reads all of these together, in a place of so many bytes. */
  share(by: string, bytes: number, readings: readonly Reading[]): void {
    const found = readings.flatMap(({ expression, look }) => refsIn(expression, look, by));
    const literals = readings.reduce((sum, { expression }) => sum + literalBytes(expression), 0);
    for (const [variable, look] of found) this.narrow(variable, Math.max(0, bytes - literals) / found.length, look);
  }

  narrow(variable: string, bytes: number, look?: Look): void {
    const known = this.of(variable);
    this.#budgets.set(variable, budget(Math.min(known.bytes, Math.floor(bytes)), merged(known.look, look)));
  }
}

/** Readers come after what they read, so the last node is planned first. */
function planNodes(block: Block, budgets: Budgets, within: string): Node[] {
  for (const leaving of meetings(schedule(block.nodes), readersOf(block))) {
    for (const variable of leaving) budgets.narrow(variable, TOGETHER / leaving.length);
  }
  const planned = block.nodes.toReversed().map((node) => planNode(node, budgets, within));
  return planned.toReversed();
}

function planNode(node: Node, budgets: Budgets, within: string): Node {
  const by = `${node.name}${within}`;
  const own = budgets.of(node.variable);
  switch (node.kind) {
    case "task":
      budgets.share(by, TOGETHER, passedOn(node.inputs));
      return { ...node, budget: own };
    case "map":
      budgets.share(by, TOGETHER, mapReadings(node, by));
      return { ...node, budget: budget(own.bytes, lookAtItems(own.look)) };
    case "choice": {
      budgets.share(by, Number.POSITIVE_INFINITY, testReadings(node.condition, { by }));
      function plan({ nodes, result }: Block): Block {
        budgets.share(by, own.bytes, [{ expression: result, look: own.look }]);
        return { nodes: planNodes({ nodes, result }, budgets, within), result };
      }
      return { ...node, whenTrue: plan(node.whenTrue), whenFalse: plan(node.whenFalse) };
    }
    case "workflow":
      return planWorkflow(node, by, own, budgets);
  }
}

/** A nested workflow's inputs are other names for what it is given, and its output is another name for its result. */
function planWorkflow(node: WorkflowNode, by: string, own: Budget, budgets: Budgets): WorkflowNode {
  const { graph } = node;
  const inner = new Budgets(budgets.most);
  inner.share(by, own.bytes, [{ expression: graph.result, look: own.look }]);
  const nodes = planNodes({ nodes: graph.nodes, result: graph.result }, inner, ` of workflow ${graph.workflow}`);
  for (const { name, variable } of graph.inputs) {
    const given = node.inputs[name];
    const { bytes, look } = inner.of(variable);
    if (given !== undefined) budgets.share(by, bytes, [{ expression: given, look }]);
  }
  return { ...node, graph: { ...graph, nodes } };
}

function passedOn(fields: Readonly<Record<string, Expression>>): Reading[] {
  return Object.values(fields).map((expression) => ({ expression }));
}

/** The state machine hands out a list's elements, so it needs the list, though not what is in them. */
function mapReadings({ bound, lists }: MapNode, by: string): Reading[] {
  const look: Look = { by, fields: {} };
  return [...passedOn(bound), ...Object.values(lists).map((expression) => ({ expression, look }))];
}

/** What is read of a map's list, as what is read of any of its elements. */
function lookAtItems(look: Look | undefined): Look | undefined {
  if (look?.fields === undefined) return look;
  return Object.values(look.fields).reduce<Look | undefined>(merged, undefined);
}

/** A stored value is neither null nor true, as little as the mark that stands for it. */
function testReadings(test: Test, look: Look): Reading[] {
  switch (test.kind) {
    case "compare":
      return [test.left, test.right].map((expression) => ({ expression, look }));
    case "isTrue":
    case "isNull":
      return [{ expression: test.value }];
    case "and":
    case "or":
      return test.tests.flatMap((one) => testReadings(one, look));
    case "not":
      return testReadings(test.test, look);
  }
}

/** The variables in an expression, and what is read of each if `look` is read of the whole. */
function refsIn(expression: Expression, look: Look | undefined, by: string): [string, Look | undefined][] {
  switch (expression.kind) {
    case "literal":
      return [];
    case "ref": {
      const read = expression.path.reduceRight<Look | undefined>(
        (inner, step) => ({ by, fields: inner === undefined ? {} : { [step]: inner } }),
        look,
      );
      return [[expression.variable, read]];
    }
    case "object":
      return Object.entries(expression.fields).flatMap(([key, field]) => refsIn(field, lookWithin(look, key), by));
    case "list":
      return expression.items.flatMap((item, index) => refsIn(item, lookWithin(look, String(index)), by));
  }
}

function lookWithin(look: Look | undefined, field: string): Look | undefined {
  if (look?.fields === undefined) return look;
  return Object.hasOwn(look.fields, field) ? look.fields[field] : undefined;
}

function merged(left: Look | undefined, right: Look | undefined): Look | undefined {
  if (left === undefined || right === undefined) return left ?? right;
  if (left.fields === undefined || right.fields === undefined) return left.fields === undefined ? left : right;
  const fields = new Map(Object.entries(left.fields));
  for (const [key, look] of Object.entries(right.fields)) fields.set(key, merged(fields.get(key), look) ?? look);
  return { by: left.by, fields: Object.fromEntries(fields) };
}

function budget(bytes: number, look: Look | undefined): Budget {
  return look === undefined ? { bytes } : { bytes, look };
}

function literalBytes(expression: Expression): number {
  switch (expression.kind) {
    case "literal":
      return Buffer.byteLength(JSON.stringify(expression.value));
    case "ref":
      return 0;
    case "object":
      return Object.values(expression.fields).reduce((sum, field) => sum + literalBytes(field), 0);
    case "list":
      return expression.items.reduce((sum, item) => sum + literalBytes(item), 0);
  }
}

/** Of each variable the nodes that read it; `undefined` is the block's result. */
type Readers = ReadonlyMap<string, ReadonlySet<Node | undefined>>;

function readersOf({ nodes, result }: Block): Readers {
  const readers = new Map<string, Set<Node | undefined>>();
  function note(variables: ReadonlySet<string>, reader: Node | undefined): void {
    for (const variable of variables) readers.set(variable, (readers.get(variable) ?? new Set()).add(reader));
  }
  for (const node of nodes) note(variablesOf(node), node);
  note(collect(result), undefined);
  return readers;
}

/** For each Parallel state the variables whose values are in its result. */
function meetings(steps: readonly Step[], readers: Readers): string[][] {
  return steps.flatMap((step) => {
    if (step.kind === "node") return [];
    const leaving = step.branches.flatMap((branch) => {
      const nodes = nodesOf(branch);
      const inside = new Set<Node | undefined>(nodes);
      // A branch of one node has its output for its own, read or not.
      const variables = nodes.map(({ variable }) => variable);
      return variables.filter(
        (variable) => nodes.length === 1 || [...(readers.get(variable) ?? [])].some((reader) => !inside.has(reader)),
      );
    });
    return [leaving, ...step.branches.flatMap((branch) => meetings(branch, readers))];
  });
}

function nodesOf(steps: readonly Step[]): Node[] {
  return steps.flatMap((step) => (step.kind === "node" ? [step.node] : step.branches.flatMap(nodesOf)));
}

/** A variable that leaves a branch is there twice. */
function countVariables(nodes: readonly Node[]): number {
  return nodes.reduce((sum, node) => sum + 2 + countWithin(node), 0);
}

function countWithin(node: Node): number {
  switch (node.kind) {
    case "choice":
      return countVariables(node.whenTrue.nodes) + countVariables(node.whenFalse.nodes);
    case "workflow":
      return node.graph.inputs.length + countVariables(node.graph.nodes);
    default:
      return 0;
  }
}
