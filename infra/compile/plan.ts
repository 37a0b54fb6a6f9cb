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
  const read = endingReads(block)
    .flatMap(referencesIn)
    .map(({ variable }) => variable);
  const reads = new Map(block.nodes.map((node) => [node, variablesOf(node)]));
  const steps = planStages(schedule(block.nodes), new Set(read), reads);
  return { ...mapEnding(block, (expression) => expression), steps };
}

/** Of each node of a block the variables that it reads. */
type ReadsOfNodes = ReadonlyMap<Node, ReadonlySet<string>>;

/** @param uses the variables that are read after these stages */
function planStages(stages: readonly Stage[], uses: ReadonlySet<string>, reads: ReadsOfNodes): Step[] {
  const usedLater = new Set(uses);
  const planned = stages.toReversed().map((stage) => {
    const step = planStage(stage, usedLater, reads);
    for (const node of nodesOf([stage])) for (const variable of reads.get(node) ?? []) usedLater.add(variable);
    return step;
  });
  return planned.toReversed();
}

function planStage(stage: Stage, uses: ReadonlySet<string>, reads: ReadsOfNodes): Step {
  switch (stage.kind) {
    case "node":
      return planNode(stage.node);
    case "parallel":
      return { kind: "parallel", branches: stage.branches.map((stages) => planBranch(stages, uses, reads)) };
  }
}

function planNode(node: Node): NodeStep {
  return { kind: "node", node: mapNode<Block, Plan>(node, { block: planBlock, graph: planGraph }) };
}

function planBranch(stages: readonly Stage[], uses: ReadonlySet<string>, reads: ReadsOfNodes): Branch {
  const leaving = nodesOf(stages)
    .map(({ variable }) => variable)
    .filter((variable) => uses.has(variable));
  const [only, ...others] = stages;
  if (only?.kind === "node" && others.length === 0 && canEndBranch(only.node)) {
    return { kind: "node", step: planNode(only.node), isRead: leaving.length > 0 };
  }
  return { kind: "steps", steps: planStages(stages, new Set(leaving), reads), leaving };
}

/** Whether a node is one state, or begins with one that all others are within, so that its output can end a branch. */
function canEndBranch(node: Node): boolean {
  switch (node.kind) {
    case "task":
      return node.answer === undefined; // the answer is looked at after it
    case "wait":
    case "compute":
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
