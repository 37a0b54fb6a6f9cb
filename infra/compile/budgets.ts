import { CAUSE_CHARACTERS, DEFINITION_BYTES, PAYLOAD_BYTES, VARIABLES_BYTES } from "../../sdk/base/aws-limits.ts";
import type {
  ChoiceNode,
  ComputeNode,
  Expression,
  InputDeclaration,
  Failure,
  LoopNode,
  MapNode,
  TaskAddress,
  Test,
  TryNode,
  WorkflowMapNode,
  WorkflowNode,
} from "../../sdk/graph/graph.ts";
import { namedInputs, partsOf, signatureOf } from "../../sdk/graph/walk.ts";
import type { Budget, Reads } from "../../sdk/values/budget.ts";
import { variablesIn } from "./counted-variables.ts";
import { listWorker } from "./list-worker.ts";
import type { Branch, GraphPlan, NodeStep, Plan, Step, WorkflowInPieces } from "./plan.ts";
import { bothReads, readsOfMember, readsOfItems, readsOfList, readsOfPath, variableReads } from "./reads.ts";

/** Bytes that the values may take which cross in one piece: less what stands around them. */
const TOGETHER = PAYLOAD_BYTES - 16_384;
/** Bytes that the elements of a piece may take, which are in its state and in the items of its Map. */
const ELEMENTS_BYTES = 200_000;
/**
 * Bytes that outputs may take in variables: what an execution may have, less the most that its input, its output and the
 * literals of its definition can take of it.
 */
const VARIABLES = VARIABLES_BYTES - 2 * PAYLOAD_BYTES - DEFINITION_BYTES;

/**
 * A plan whose tasks know how much of their outputs they may leave to the state machine. An output that is only
 * passed on to tasks may be stored, and a mark crosses instead; what the state machine reads must cross as it is.
 * What meets in one place, a task's inputs or the results of parallel branches, shares that place's budget.
 */
export function withBudgets(plan: GraphPlan): GraphPlan {
  const budgets = new Budgets(Math.min(TOGETHER, Math.floor(VARIABLES / Math.max(1, variablesIn(plan.steps)))));
  const by = `the caller of workflow ${plan.workflow}`;
  budgets.share(by, TOGETHER, [{ expression: plan.result, reads: { by } }]);
  return { ...signatureOf(plan), ...budgetPlan(plan, budgets, "") };
}

/** Steps of a path in a loop's state that are followed from round to round. */
const LONGEST_PATH = 20;

/** What someone does with a value. */
interface Reading {
  readonly expression: Expression;
  /** Absent: passes it on to tasks. */
  readonly reads?: Reads | undefined;
}

/** Of each variable the budget that its readers leave it. */
class Budgets {
  /** Bytes of a variable that shares no place with others. */
  readonly most: number;
  readonly #budgets: Map<string, Budget>;

  constructor(most: number, known = new Map<string, Budget>()) {
    this.most = most;
    this.#budgets = known;
  }

  of(variable: string): Budget {
    const known = this.#budgets.get(variable);
    return known === undefined ? { bytes: this.most } : { ...known, bytes: Math.min(known.bytes, this.most) };
  }

  /** The same, in a part whose own execution has so many variables that no more is left for each. */
  within(most: number): Budgets {
    return new Budgets(Math.min(most, this.most), this.#budgets);
  }

  /** Someone reads all of these together, in a place of so many bytes. */
  share(by: string, bytes: number, readings: readonly Reading[]): void {
    const found = readings.flatMap(({ expression, reads }) => variableReads(expression, reads, by));
    const literals = readings.reduce((sum, { expression }) => sum + literalBytes(expression), 0);
    for (const [variable, reads] of found) this.narrow(variable, Math.max(0, bytes - literals) / found.length, reads);
  }

  /** What is given for an input of a graph within, which has budgets of its own. */
  giveInput(
    by: string,
    { name, variable, isOptional }: InputDeclaration,
    given: Expression | undefined,
    inner: Budgets,
  ) {
    if (given === undefined) return;
    const { bytes, reads } = inner.of(variable);
    const expression: Expression = isOptional === true ? { kind: "object", fields: { [name]: given } } : given;
    this.share(by, bytes, [{ expression, reads }]);
  }

  /** An input that is optional is a field of its variable. */
  readsOfInput({ name, variable, isOptional }: InputDeclaration): Reads | undefined {
    const { reads } = this.of(variable);
    return isOptional === true ? readsOfMember(reads, name) : reads;
  }

  narrow(variable: string, bytes: number, reads?: Reads): void {
    const known = this.of(variable);
    this.#budgets.set(variable, budget(Math.min(known.bytes, Math.floor(bytes)), bothReads(known.reads, reads)));
  }
}

function budgetPlan(plan: Plan, budgets: Budgets, within: string): Plan {
  return { ...plan, steps: budgetSteps(plan.steps, budgets, within) };
}

function budgetSteps(steps: readonly Step[], budgets: Budgets, within: string): Step[] {
  return mapFromLast(steps, (step) => budgetStep(step, budgets, within));
}

function budgetStep(step: Step, budgets: Budgets, within: string): Step {
  switch (step.kind) {
    case "node":
      return budgetNode(step, budgets, within);
    case "parallel": {
      // The outputs of all branches are one list, the Parallel's result.
      const meeting = step.branches.flatMap(outputVariables);
      for (const variable of meeting) budgets.narrow(variable, TOGETHER / meeting.length);
      return {
        kind: "parallel",
        branches: mapFromLast(step.branches, (branch) => budgetBranch(branch, budgets, within)),
      };
    }
    case "part": {
      // What leaves it is one output, and what it reads is one input; a state machine's result has both of them in it.
      const { leaving, reading, isMachine } = step;
      const crossing = leaving.length + reading.length;
      const own = budgets.within(Math.floor(VARIABLES / Math.max(1, variablesIn(step.steps) + reading.length)));
      for (const variable of leaving) own.narrow(variable, TOGETHER / (isMachine === true ? crossing : leaving.length));
      const steps = budgetSteps(step.steps, own, within);
      for (const variable of reading) own.narrow(variable, TOGETHER / (isMachine === true ? crossing : reading.length));
      return { ...step, steps };
    }
  }
}

/** Readers come after what they read, so what is last is seen first. */
function mapFromLast<T>(items: readonly T[], map: (item: T) => T): T[] {
  return items.toReversed().map(map).toReversed();
}

/** The variables whose values are in a branch's output. */
function outputVariables(branch: Branch): readonly string[] {
  switch (branch.kind) {
    case "node":
      return [branch.step.node.variable];
    case "steps":
      return branch.leaving;
  }
}

function budgetBranch(branch: Branch, budgets: Budgets, within: string): Branch {
  switch (branch.kind) {
    case "node":
      return { ...branch, step: budgetNode(branch.step, budgets, within) };
    case "steps":
      return { ...branch, steps: budgetSteps(branch.steps, budgets, within) };
  }
}

function budgetNode({ node }: NodeStep, budgets: Budgets, within: string): NodeStep {
  const by = `${node.name}${within}`;
  const own = budgets.of(node.variable);
  switch (node.kind) {
    case "task":
      budgets.share(by, TOGETHER, passedOn(namedInputs(node), by, node.address));
      if (node.whole !== undefined) budgets.share(by, TOGETHER, [{ expression: node.whole }]);
      return { kind: "node", node, budget: own };
    case "compute":
      budgets.share(by, own.bytes, computedReadings(node, own.reads, by));
      return { kind: "node", node };
    case "awsCall":
      budgets.share(
        by,
        TOGETHER,
        Object.values(node.arguments).map((expression) => ({ expression, reads: { by } })),
      );
      return { kind: "node", node, budget: own };
    case "map":
      budgets.share(by, TOGETHER, mapReadings(node, by));
      return { kind: "node", node, budget: budget(own.bytes, readsOfItems(own.reads)), listBudget: own };
    case "workflowMap":
      return { ...budgetWorkflowMap(node, by, budgets), budget: { bytes: own.bytes }, listBudget: own };
    case "choice":
      return { kind: "node", node: budgetChoice(node, by, budgets, within) };
    case "try":
      return { kind: "node", node: budgetTry(node, by, budgets, within) };
    case "loop":
      return { kind: "node", node: budgetLoop(node, by, budgets, within) };
    case "input":
      return { kind: "node", node };
    case "start":
      // It is another state machine's input, which has to be there as it is.
      budgets.share(
        by,
        TOGETHER,
        Object.values(node.inputs).map((expression) => ({ expression, reads: { by } })),
      );
      return { kind: "node", node };
    case "wait":
      budgets.share(by, Number.POSITIVE_INFINITY, [{ expression: node.value, reads: { by } }]);
      return { kind: "node", node };
    case "workflow":
      return { kind: "node", node: budgetWorkflow(node, by, budgets) };
  }
}

/** A choice's output is another name for the result of the branch that runs. */
function budgetChoice(node: ChoiceNode<Plan>, by: string, budgets: Budgets, within: string): ChoiceNode<Plan> {
  const own = budgets.of(node.variable);
  const tests = node.ways.flatMap(({ test }) => testReadings(test, { by }));
  budgets.share(by, Number.POSITIVE_INFINITY, tests);
  function budgetBlock(plan: Plan): Plan {
    return budgetWay(plan, own, by, budgets, within);
  }
  return {
    ...node,
    ways: node.ways.map(({ test, block }) => ({ test, block: budgetBlock(block) })),
    otherwise: budgetBlock(node.otherwise),
  };
}

/** As that of a choice; a block that fails has the handler's result. */
function budgetTry(node: TryNode<Plan>, by: string, budgets: Budgets, within: string): TryNode<Plan> {
  const own = budgets.of(node.variable);
  return {
    ...node,
    block: budgetWay(node.block, own, by, budgets, within),
    handler: budgetWay(node.handler, own, by, budgets, within),
  };
}

/** @param own the budget of what a way comes to */
function budgetWay(plan: Plan, { bytes, reads }: Budget, by: string, budgets: Budgets, within: string): Plan {
  budgets.share(by, bytes, [{ expression: plan.result, reads }]);
  if (plan.failure !== undefined) budgetFailure(plan.failure, by, budgets);
  return budgetPlan(plan, budgets, within);
}

/** What a Fail state reads. An error whose name is not the author's was caught, so that it is as short as errors are. */
function budgetFailure({ error, cause }: Failure, by: string, budgets: Budgets): void {
  const bytes = error.kind === "literal" ? CAUSE_CHARACTERS : Number.POSITIVE_INFINITY;
  for (const expression of [error, cause]) budgets.share(by, bytes, [{ expression, reads: { by } }]);
}

/**
 * What a round comes to is the next one's state, and at last the output: it is read as all of these are. Readers are
 * looked for until there are no more; of a state that is put into its own next one, all is read.
 */
function budgetLoop(node: LoopNode<Plan>, by: string, budgets: Budgets, within: string): LoopNode<Plan> {
  const { bytes, reads } = budgets.of(node.variable);
  budgets.narrow(node.state, bytes, reads);
  budgets.share(by, Number.POSITIVE_INFINITY, testReadings(node.test, { by }));
  let block = node.block;
  let known: string | undefined;
  for (let round = 0; ; round++) {
    if (round === LONGEST_PATH) budgets.narrow(node.state, bytes, { by });
    const { reads: ofState } = budgets.of(node.state);
    const text = JSON.stringify(ofState) ?? "";
    if (text === known) break;
    known = text;
    budgets.share(by, bytes, [{ expression: node.block.result, reads: ofState }]);
    block = budgetPlan(node.block, budgets, within);
  }
  budgets.share(by, bytes, [{ expression: node.initial, reads: budgets.of(node.state).reads }]);
  return { ...node, block };
}

/** A nested workflow's inputs are other names for what it is given, and its output is another name for its result. */
function budgetWorkflow(node: WorkflowNode<Plan>, by: string, budgets: Budgets): WorkflowNode<Plan> {
  const { inner, graph } = budgetGraph(node, by, budgets, budgets.of(node.variable).reads);
  for (const input of graph.inputs) budgets.giveInput(by, input, node.inputs[input.name], inner);
  return { ...node, graph };
}

/**
 * The items' results are one list, and each has variables of its own: the budgets within are those of all items
 * together, which share them when they run.
 */
function budgetWorkflowMap(node: WorkflowMapNode<Plan>, by: string, budgets: Budgets): NodeStep {
  const { inner, graph } = budgetGraph(node, by, budgets, readsOfItems(budgets.of(node.variable).reads));
  const pieces = mayBeInPieces(node) ? budgetInPieces(node, by, budgets) : undefined;
  const lists = graph.inputs.flatMap((input): Reading[] => {
    budgets.giveInput(by, input, node.bound[input.name], inner);
    const list = node.lists[input.name];
    if (list === undefined) return [];
    const reads = readsOfList(by, inner.readsOfInput(input));
    return [{ expression: list, reads: pieces === undefined ? reads : { ...reads, list: true } }];
  });
  budgets.share(by, TOGETHER, lists);
  return { kind: "node", node: { ...node, graph }, ...(pieces === undefined ? {} : { inPieces: pieces }) };
}

/** Child executions need a function that reads their elements from the store. */
function mayBeInPieces({ mode, graph }: WorkflowMapNode<Plan>): boolean {
  return mode !== "inline" && listWorker(graph) !== undefined;
}

/** What is read of the outputs is fetched when they are joined. */
function budgetInPieces(node: WorkflowMapNode<Plan>, by: string, budgets: Budgets): WorkflowInPieces {
  const inner = new Budgets(budgets.most);
  inner.share(by, TOGETHER, [{ expression: node.graph.result }]);
  const graph = { ...signatureOf(node.graph), ...budgetPlan(node.graph, inner, ` of workflow ${node.graph.workflow}`) };
  const fields: Record<string, Reads> = {};
  let bytes = ELEMENTS_BYTES;
  for (const input of graph.inputs) {
    budgets.giveInput(by, input, node.bound[input.name], inner);
    if (node.lists[input.name] === undefined) continue;
    fields[input.name] = readsOfList(by, inner.readsOfInput(input));
    bytes = Math.min(bytes, inner.of(input.variable).bytes);
  }
  return { graph, elements: { bytes, reads: { by, fields } }, outputs: { bytes: TOGETHER } };
}

interface BudgetedGraph {
  readonly inner: Budgets;
  readonly graph: GraphPlan;
}

/**
 * Of each graph its budgets, by what they follow from: each round of a loop asks for those of the graphs within it, and
 * where loops and graphs are within each other, each level would multiply the rounds.
 */
const BUDGETED = new WeakMap<GraphPlan, Map<string, BudgetedGraph>>();

/** @param ofResult what is read of the graph's result */
function budgetGraph(
  { variable, graph }: WorkflowNode<Plan> | WorkflowMapNode<Plan>,
  by: string,
  budgets: Budgets,
  ofResult: Reads | undefined,
): BudgetedGraph {
  const { bytes } = budgets.of(variable);
  const known = BUDGETED.get(graph) ?? new Map<string, BudgetedGraph>();
  BUDGETED.set(graph, known);
  const key = JSON.stringify([by, budgets.most, bytes, ofResult]);
  const found = known.get(key);
  if (found !== undefined) return found;
  const inner = new Budgets(budgets.most);
  inner.share(by, bytes, [{ expression: graph.result, reads: ofResult }]);
  const plan = budgetPlan(graph, inner, ` of workflow ${graph.workflow}`);
  const made = { inner, graph: { ...signatureOf(graph), ...plan } };
  known.set(key, made);
  return made;
}

/** What a task gets, of which the state machine reads the key by which a replica is chosen. */
function passedOn(fields: Readonly<Record<string, Expression>>, by: string, { affinity }: TaskAddress): Reading[] {
  return Object.entries(fields).map(([input, expression]) => {
    return { expression, reads: readsOfKeys(affinity?.paths ?? [], input, by) };
  });
}

/** What is read of an input at the paths that begin with it. */
function readsOfKeys(paths: readonly (readonly string[])[], input: string, by: string): Reads | undefined {
  return paths
    .filter(([first]) => first === input)
    .map(([, ...steps]) => readsOfPath(steps, undefined, by))
    .reduce<Reads | undefined>(bothReads, undefined);
}

/**
 * The state machine hands out a list's elements, so it needs the list, though not what is in them; child executions
 * read them from the store.
 */
function mapReadings(node: MapNode, by: string): Reading[] {
  const { address, bound, lists, mode } = node;
  const reads: Reads = mode === "inline" ? { by: `${by} (${WHY_INLINE})`, fields: {} } : { by, fields: {}, list: true };
  const ofLists = Object.entries(lists).map(([input, expression]) => {
    const items = readsOfKeys(keysOfItems(node), input, by);
    return { expression, reads: items === undefined ? reads : { ...reads, items } };
  });
  return [...passedOn(bound, by, address), ...ofLists];
}

/** Of a list that is counted or cut the elements may be in the store, unless they are read later. */
function computedReadings({ computation, operands }: ComputeNode, ofResult: Reads | undefined, by: string): Reading[] {
  const keepsElements = computation === "length" || (computation === "slice" && ofResult === undefined);
  return operands.map((expression, index) => ({
    expression,
    reads: keepsElements && index === 0 ? { by, fields: {} } : { by },
  }));
}

/** Why a list has to be in the state, for error messages, and what to do about it. */
const WHY_INLINE = 'a map of mode "inline" or of an EXPRESS workflow: without these its list may be of any size';

/** The paths in an item's inputs by which it is put into a batch, or given to a replica. */
function keysOfItems({ address: { affinity }, batch }: MapNode): readonly (readonly string[])[] {
  return [...(affinity?.paths ?? []), ...(batch?.by === undefined ? [] : [batch.by])];
}

/** A stored value is neither null nor true, as little as the mark that stands for it. */
function testReadings(test: Test, reads: Reads): Reading[] {
  switch (test.kind) {
    case "compare":
      return [test.left, test.right].map((expression) => ({ expression, reads }));
    case "isTrue":
    case "isNull":
      return [{ expression: test.value }];
    case "and":
    case "or":
      return test.tests.flatMap((one) => testReadings(one, reads));
    case "not":
      return testReadings(test.test, reads);
  }
}

function budget(bytes: number, reads: Reads | undefined): Budget {
  return reads === undefined ? { bytes } : { bytes, reads };
}

function literalBytes(expression: Expression): number {
  if (expression.kind === "literal") return Buffer.byteLength(JSON.stringify(expression.value));
  return partsOf(expression).reduce((sum, part) => sum + literalBytes(part), 0);
}
