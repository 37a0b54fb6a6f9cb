import type { Block, Ending, Node, Signature } from "../../sdk/graph/graph.ts";
import { endingReads, mapEnding, mapNode, referencesIn, signatureOf, variablesOf } from "../../sdk/graph/walk.ts";
import type { Budget } from "../../sdk/values/budget.ts";
import { isSurelyInline } from "./surely-inline.ts";
import { schedule, type Stage } from "./schedule.ts";

/**
 * A block as it will run. Plain data, made once from the graph; the budgets go by it and add to it, and the states are
 * made from what then stands there.
 */
export interface Plan extends Ending {
  readonly steps: readonly Step[];
}

export type GraphPlan = Signature & Plan;

export type Step = NodeStep | ParallelStep | PartStep;

export interface NodeStep {
  readonly kind: "node";
  readonly node: Node<Plan>;
  /** Of what the node's function returns; a map's items share its bytes. Absent until `withBudgets` has seen it. */
  readonly budget?: Budget;
  /** Of a map's whole list, by which its items' is found. */
  readonly listBudget?: Budget;
  /** Of a map of a workflow whose items may run in pieces. */
  readonly inPieces?: WorkflowInPieces;
}

/** A workflow that is mapped, as it is in child executions, whose outputs are stored whatever is read of them later. */
export interface WorkflowInPieces {
  readonly graph: GraphPlan;
  /** Of the elements of a piece: by input, what is read of them. */
  readonly elements: Budget;
  /** Of the outputs of a piece. */
  readonly outputs: Budget;
}

/**
 * Steps that run in an execution of their own, since with theirs the history of the one around them would be too long, or
 * its definition too large.
 */
export interface PartStep {
  readonly kind: "part";
  /** Whether they are a state machine of their own. Absent: a Distributed Map's child execution runs them. */
  readonly isMachine?: true;
  readonly steps: readonly Step[];
  /** The variables around it that they read. */
  readonly reading: readonly string[];
  /** The variables that are read after them. */
  readonly leaving: readonly string[];
}

/** Branches that run at the same time. */
export interface ParallelStep {
  readonly kind: "parallel";
  readonly branches: readonly Branch[];
}

export type Branch = NodeBranch | StepsBranch;

/** One state, whose output is the branch's. */
export interface NodeBranch {
  readonly kind: "node";
  readonly step: NodeStep;
  /** Whether anything after the branches reads it. */
  readonly isRead: boolean;
}

/** Several states, or one that cannot end a branch. A branch's variables end with it, so it returns those read later. */
export interface StepsBranch {
  readonly kind: "steps";
  readonly steps: readonly Step[];
  /** The variables that are read after the branches: together they are the branch's output. */
  readonly leaving: readonly string[];
}

/** How a graph, and each one within it, will run. */
export function planGraph(graph: Signature & Block): GraphPlan {
  return { ...signatureOf(graph), ...planBlock(graph) };
}

function planBlock(block: Block): Plan {
  const stages = schedule(block.nodes);
  const { steps } = planStages(stages, { last: lastReads(block, stages), at: 0 });
  return { ...mapEnding(block, (expression) => expression), steps };
}

/** Of each variable the place of the last node that reads it, in the order of the stages; of the result's, after all. */
function lastReads(block: Block, stages: readonly Stage[]): ReadonlyMap<string, number> {
  const last = new Map<string, number>();
  for (const [place, node] of nodesOf(stages).entries()) {
    for (const variable of variablesOf(node)) last.set(variable, place);
  }
  for (const { variable } of endingReads(block).flatMap(referencesIn)) last.set(variable, Number.POSITIVE_INFINITY);
  return last;
}

/** Where the planning of a block has come to: `at` is the place of the next node. */
interface Progress {
  readonly last: ReadonlyMap<string, number>;
  at: number;
}

interface Planned<T> {
  readonly steps: T;
  /** The variables that may be read after them. What is read outside a branch leaves the branches within it too. */
  readonly variables: readonly string[];
}

function planStages(stages: readonly Stage[], progress: Progress): Planned<Step[]> {
  const variables: string[] = [];
  const steps = stages.map((stage): Step => {
    if (stage.kind === "node") {
      progress.at++;
      variables.push(stage.node.variable);
      return planNode(stage.node);
    }
    const branches = stage.branches.map((branch) => planBranch(branch, progress));
    for (const branch of branches) variables.push(...branch.variables);
    return { kind: "parallel", branches: branches.map((branch) => branch.steps) };
  });
  return { steps, variables };
}

function planBranch(stages: readonly Stage[], progress: Progress): Planned<Branch> {
  const { steps, variables } = planStages(stages, progress);
  const leaving = variables.filter((variable) => (progress.last.get(variable) ?? -1) >= progress.at);
  const [only, ...others] = steps;
  if (only?.kind === "node" && others.length === 0 && canEndBranch(only.node)) {
    return { steps: { kind: "node", step: only, isRead: leaving.length > 0 }, variables: leaving };
  }
  return { steps: { kind: "steps", steps, leaving }, variables: leaving };
}

function planNode(node: Node): NodeStep {
  return { kind: "node", node: mapNode<Block, Plan>(node, { block: planBlock, graph: planGraph }) };
}

/** Whether a node is one state, or begins with one that all others are within, so that its output can end a branch. */
function canEndBranch(node: Node<Plan>): boolean {
  switch (node.kind) {
    case "task":
      return node.answer === undefined; // the answer is looked at after it
    case "wait":
    case "compute":
    case "start":
    case "awsCall":
    case "workflow":
      return true;
    case "map":
      return node.minSuccessRatio === undefined && node.batch === undefined && isSurelyInline(node);
    case "workflowMap":
    case "choice":
    case "loop":
    case "try":
    case "input":
      return false;
  }
}

/** @param found where they are put: lists of the lists within would be copied once for each level of nesting */
function nodesOf(stages: readonly Stage[], found: Node[] = []): Node[] {
  for (const stage of stages) {
    switch (stage.kind) {
      case "node":
        found.push(stage.node);
        break;
      case "parallel":
        for (const branch of stage.branches) nodesOf(branch, found);
    }
  }
  return found;
}
