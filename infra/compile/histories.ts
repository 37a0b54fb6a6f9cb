import { HISTORY_EVENTS } from "../../sdk/base/aws-limits.ts";
import { LambentError } from "../../sdk/base/errors.ts";
import type { Node } from "../../sdk/graph/graph.ts";
import { mapNode } from "../../sdk/graph/walk.ts";
import { endUses, grouped, heaviest, partOf, weighedOnce, withBranchParts, withParts } from "./part-steps.ts";
import type { GraphPlan, NodeStep, ParallelStep, Plan, Step } from "./plan.ts";

/** Events of an execution, less what Lambda's transient errors may add to them: 3 events for each attempt. */
const MOST = (HISTORY_EVENTS * 4) / 5;
/** Of a part that is put together from several steps: not many, and each far from the limit. */
const OF_PART = MOST / 2;

/** Counts the events of steps, with the attempts that their authors allow, and maps without items that are not known. */
export type CountEvents = (steps: readonly Step[]) => number;

/** The events that a plan may have in an execution which has so many before it. */
export function eventsThatFit(before: number): number {
  return MOST - before;
}

/**
 * A plan in which what would make the history too long runs in child executions, which have histories of their own.
 * @param most events that the workflow's own execution may have of it
 * @throws {LambentError} if a node alone may have more events than an execution may
 */
export function withinHistories(plan: GraphPlan, count: CountEvents, most: number): GraphPlan {
  const once = weighedOnce(count);
  const fitting = fitPlan(plan, once, most);
  return { ...fitting, steps: fitMachines(fitting.steps, once) };
}

/** The steps of each state machine within, which has a history of its own. */
function fitMachines(steps: readonly Step[], count: CountEvents): Step[] {
  function ofPlan<P extends Plan>(plan: P): P {
    return { ...plan, steps: fitMachines(plan.steps, count) };
  }
  function ofNode(step: NodeStep): NodeStep {
    return { ...step, node: mapNode<Plan, Plan>(step.node, { block: ofPlan, graph: ofPlan }) };
  }
  return steps.map((step): Step => {
    switch (step.kind) {
      case "node":
        return ofNode(step);
      case "parallel":
        return {
          ...step,
          branches: step.branches.map((branch) =>
            branch.kind === "node"
              ? { ...branch, step: ofNode(branch.step) }
              : { ...branch, steps: fitMachines(branch.steps, count) },
          ),
        };
      case "part": {
        const own = step.isMachine === true ? fitSteps(step.steps, new Set(step.leaving), count) : step.steps;
        return { ...step, steps: fitMachines(own, count) };
      }
    }
  });
}

function fitPlan<P extends Plan>(plan: P, count: CountEvents, most: number = MOST): P {
  return { ...plan, steps: fitSteps(plan.steps, endUses(plan), count, most) };
}

/** @param uses the variables that are read after the steps */
function fitSteps(
  steps: readonly Step[],
  uses: ReadonlySet<string>,
  count: CountEvents,
  most: number = MOST,
): readonly Step[] {
  if (count(steps) <= most) return steps;
  const lighter = steps.map((step) => (count([step]) > OF_PART ? lighterStep(step, count) : step));
  const groups = grouped(lighter, (step) => count([step]), OF_PART);
  return withParts(groups, heaviest(groups, most, EVENTS_OF_PART), uses, partOf);
}

/** Of the Map, and of the states that look whether the child has failed. */
const EVENTS_OF_PART = 10;

/** A step of which as much runs in child executions as may, if it is too much for a part. */
function lighterStep(step: Step, count: CountEvents): Step {
  switch (step.kind) {
    case "part":
      return step;
    case "parallel":
      return lighterParallel(step, count);
    case "node":
      return { ...step, node: lighterNode(step, count) };
  }
}

function lighterNode(step: NodeStep, count: CountEvents): Node<Plan> {
  const { node } = step;
  switch (node.kind) {
    case "compute":
      return node;
    case "task":
    case "awsCall":
    case "map":
    case "workflowMap": {
      const events = count([step]);
      if (events >= HISTORY_EVENTS) throw tooManyEvents(node.name, events, "for fewer retries or fewer items");
      return node;
    }
    case "choice":
      return {
        ...node,
        ways: node.ways.map(({ test, block }) => ({ test, block: fitPlan(block, count) })),
        otherwise: fitPlan(node.otherwise, count),
      };
    case "loop": {
      const events = count([step]);
      if (events >= HISTORY_EVENTS) throw tooManyEvents(node.name, events, "for fewer iterations");
      return node;
    }
    case "wait":
    case "input":
    case "start":
      return node;
    case "try": // the block may fail with its last event, and the handler runs after it
      return { ...node, block: fitPlan(node.block, count, MOST / 2), handler: fitPlan(node.handler, count, MOST / 2) };
    case "workflow": {
      const { retries = 0 } = node;
      const attempts = 1 + (typeof retries === "number" ? retries : retries.maxAttempts);
      const lighter = { ...node, graph: fitPlan(node.graph, count, MOST / attempts) };
      const events = count([{ ...step, node: lighter }]);
      if (events >= HISTORY_EVENTS) throw tooManyEvents(node.name, events, "for fewer retries");
      return lighter;
    }
  }
}

function tooManyEvents(name: string, events: number, remedy: string): LambentError {
  return new LambentError(
    `${name}: it may have ${events} events, its retries included, and Step Functions ends an execution whose history ` +
      `has ${HISTORY_EVENTS}: a node cannot be divided among executions, so ask ${remedy}`,
  );
}

function lighterParallel(step: ParallelStep, count: CountEvents): ParallelStep {
  const room = { weigh: count, inPart: OF_PART, ofPart: EVENTS_OF_PART };
  return withBranchParts(step, OF_PART, room, (steps, uses) => partOf(fitSteps(steps, uses, count), uses));
}
