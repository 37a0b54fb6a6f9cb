import { HISTORY_EVENTS } from "../../sdk/base/aws-limits.ts";
import { LambentError } from "../../sdk/base/errors.ts";
import type { Node } from "../../sdk/graph/graph.ts";
import { endingReads, referencesIn } from "../../sdk/graph/walk.ts";
import type { Branch, GraphPlan, NodeStep, ParallelStep, PartStep, Plan, Step } from "./plan.ts";
import { assignedIn, variablesRead } from "./plan-variables.ts";

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
  return fitPlan(plan, countingOnce(count), most);
}

/**
 * Counts each step once, and those of branches one by one: with all around them they would be counted anew for each level
 * of branches. Steps that follow each other have the events of all of them.
 */
function countingOnce(count: CountEvents): CountEvents {
  const ofExecution = count([]);
  const known = new Map<Step, number>();
  function eventsOf(step: Step): number {
    const events = known.get(step) ?? (step.kind === "parallel" ? eventsOfParallel(step) : count([step]) - ofExecution);
    known.set(step, events);
    return events;
  }
  function eventsOfParallel({ branches }: ParallelStep): number {
    const ends = branches.flatMap(({ kind }): Branch[] => (kind === "node" ? [] : [{ kind, steps: [], leaving: [] }]));
    const own = count([{ kind: "parallel", branches: ends }]) - ofExecution;
    return branches.flatMap(stepsOf).reduce((total, step) => total + eventsOf(step), own);
  }
  return (steps) => steps.reduce((total, step) => total + eventsOf(step), ofExecution);
}

function fitPlan<P extends Plan>(plan: P, count: CountEvents, most: number = MOST): P {
  const read = endingReads(plan)
    .flatMap(referencesIn)
    .map(({ variable }) => variable);
  return { ...plan, steps: fitSteps(plan.steps, new Set(read), count, most) };
}

/** @param uses the variables that are read after the steps */
function fitSteps(
  steps: readonly Step[],
  uses: ReadonlySet<string>,
  count: CountEvents,
  most: number = MOST,
): readonly Step[] {
  if (count(steps) <= most) return steps;
  const lighter = steps.map((step) => (count([step]) > OF_PART ? lighterStep(step, uses, count) : step));
  const groups = grouped(lighter, count);
  let total = groups.reduce((sum, { events }) => sum + events, 0);
  const heaviest = groups.toSorted((left, right) => right.events - left.events);
  const parts = new Set<Group>();
  for (const group of heaviest) {
    if (total <= most) break;
    parts.add(group);
    total += EVENTS_OF_PART - group.events;
  }
  return groups.flatMap((group, index) => {
    if (!parts.has(group)) return group.steps;
    const after = groups.slice(index + 1).flatMap((later) => later.steps);
    return [partOf(group.steps, new Set([...uses, ...variablesRead(after)]))];
  });
}

/** Of the Map, and of the states that look whether the child has failed. */
const EVENTS_OF_PART = 10;

interface Group {
  readonly steps: readonly Step[];
  readonly events: number;
}

/** Steps that follow each other, as many as a part may have. */
function grouped(steps: readonly Step[], count: CountEvents): Group[] {
  const groups: Group[] = [];
  for (const step of steps) {
    const events = count([step]);
    const last = groups.at(-1);
    if (last !== undefined && last.events + events <= OF_PART) {
      groups[groups.length - 1] = { steps: [...last.steps, step], events: last.events + events };
    } else groups.push({ steps: [step], events });
  }
  return groups;
}

function partOf(steps: readonly Step[], usedLater: ReadonlySet<string>): PartStep {
  const assigned = assignedIn(steps);
  return {
    kind: "part",
    steps,
    reading: [...variablesRead(steps)].filter((variable) => !assigned.has(variable)),
    leaving: [...assigned].filter((variable) => usedLater.has(variable)),
  };
}

/** A step of which as much runs in child executions as may, if it is too much for a part. */
function lighterStep(step: Step, uses: ReadonlySet<string>, count: CountEvents): Step {
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

/** The heaviest branches become parts, until the rest is light enough. */
function lighterParallel(step: ParallelStep, count: CountEvents): ParallelStep {
  const events = new Map(step.branches.map((branch) => [branch, count(stepsOf(branch))]));
  let total = [...events.values()].reduce((sum, one) => sum + one, 0);
  const parts = new Set<Branch>();
  for (const [branch, own] of [...events].toSorted((left, right) => right[1] - left[1])) {
    if (total <= OF_PART) break;
    parts.add(branch);
    total += EVENTS_OF_PART - own;
  }
  return {
    ...step,
    branches: step.branches.map((branch) => {
      if (!parts.has(branch)) return branch;
      const leaving = leavingOf(branch);
      const uses = new Set(leaving);
      return { kind: "steps", steps: [partOf(fitSteps(stepsOf(branch), uses, count), uses)], leaving };
    }),
  };
}

function stepsOf(branch: Branch): readonly Step[] {
  return branch.kind === "node" ? [branch.step] : branch.steps;
}

function leavingOf(branch: Branch): readonly string[] {
  if (branch.kind === "steps") return branch.leaving;
  return branch.isRead ? [branch.step.node.variable] : [];
}
