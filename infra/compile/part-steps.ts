import { endingReads, referencesIn } from "../../sdk/graph/walk.ts";
import type { Branch, ParallelStep, PartStep, Plan, Step } from "./plan.ts";
import { assignedIn, variablesRead } from "./plan-variables.ts";

/** How much steps take of what an execution, or a definition, may have. */
export type Weigh = (steps: readonly Step[]) => number;

/**
 * Weighs each step once, and those of branches one by one: with all around them they would be weighed anew for each level
 * of branches. Steps that follow each other have the weight of all of them.
 */
export function weighedOnce(weigh: Weigh): Weigh {
  const nothing = weigh([]);
  const known = new Map<Step, number>();
  function weightOf(step: Step): number {
    const weight = known.get(step) ?? (step.kind === "parallel" ? ofParallel(step) : weigh([step]) - nothing);
    known.set(step, weight);
    return weight;
  }
  function ofParallel({ branches }: ParallelStep): number {
    const ends = branches.flatMap(({ kind }): Branch[] => (kind === "node" ? [] : [{ kind, steps: [], leaving: [] }]));
    const own = weigh([{ kind: "parallel", branches: ends }]) - nothing;
    return branches.flatMap(stepsOf).reduce((total, step) => total + weightOf(step), own);
  }
  return (steps) => steps.reduce((total, step) => total + weightOf(step), nothing);
}

/** What is next to each other: steps, or branches. */
export interface Group<T> {
  readonly members: readonly T[];
  readonly weight: number;
}

/** Neighbours, as many as may be together. */
export function grouped<T>(all: readonly T[], weigh: (one: T) => number, most: number): Group<T>[] {
  const groups: { members: T[]; weight: number }[] = [];
  for (const one of all) {
    const weight = weigh(one);
    const last = groups.at(-1);
    if (last !== undefined && last.weight + weight <= most) {
      last.members.push(one);
      last.weight += weight;
    } else groups.push({ members: [one], weight });
  }
  return groups;
}

/**
 * The heaviest of some, until all together are light enough if each of those weighs as little as a part does.
 * @param most that all may weigh together
 * @param ofPart what a part weighs where it is started
 */
export function heaviest<T extends { readonly weight: number }>(
  all: readonly T[],
  most: number,
  ofPart: number,
): Set<T> {
  let total = all.reduce((sum, { weight }) => sum + weight, 0);
  const found = new Set<T>();
  for (const one of all.toSorted((left, right) => right.weight - left.weight)) {
    if (total <= most || one.weight <= ofPart) break;
    found.add(one);
    total += ofPart - one.weight;
  }
  return found;
}

/** @param usedLater the variables that are read after the steps */
export function partOf(steps: readonly Step[], usedLater: ReadonlySet<string>): PartStep {
  const assigned = assignedIn(steps);
  return {
    kind: "part",
    steps,
    reading: [...variablesRead(steps)].filter((variable) => !assigned.has(variable)),
    leaving: [...assigned].filter((variable) => usedLater.has(variable)),
  };
}

/** Makes a part of steps, of which some variables are read later. */
type MakePart = (steps: readonly Step[], usedLater: ReadonlySet<string>) => PartStep;

/** The groups in the steps' place, those that are chosen as parts. */
export function withParts(
  groups: readonly Group<Step>[],
  parts: ReadonlySet<Group<Step>>,
  uses: ReadonlySet<string>,
  make: MakePart,
): Step[] {
  const usedLater = new Set(uses);
  const made = groups.toReversed().map((group) => {
    const steps = parts.has(group) ? [make(group.members, usedLater)] : group.members;
    for (const variable of variablesRead(group.members)) usedLater.add(variable);
    return steps;
  });
  return made.toReversed().flat();
}

/** What parts weigh, and what all together may. */
export interface Room {
  readonly weigh: Weigh;
  /** Of what is within one part. */
  readonly inPart: number;
  /** Of a part, where it is started. */
  readonly ofPart: number;
}

/**
 * Branches of which the heaviest are parts, until the rest is light enough. Those that are light are one part together,
 * within which they run side by side.
 */
export function withBranchParts(
  { branches }: ParallelStep,
  most: number,
  { weigh, inPart, ofPart }: Room,
  make: MakePart,
): ParallelStep {
  const groups = grouped(branches, (branch) => weigh(stepsOf(branch)), inPart);
  const parts = heaviest(groups, most, ofPart);
  function ofGroup(group: Group<Branch>): readonly Branch[] {
    if (!parts.has(group)) return group.members;
    const leaving = group.members.flatMap(leavingOf);
    const [only, ...others] = group.members;
    const steps: readonly Step[] =
      only !== undefined && others.length === 0 ? stepsOf(only) : [{ kind: "parallel", branches: group.members }];
    return [{ kind: "steps", steps: [make(steps, new Set(leaving))], leaving }];
  }
  return { kind: "parallel", branches: groups.flatMap(ofGroup) };
}

/** The variables that are read once the steps of a plan have run. */
export function endUses(plan: Plan): Set<string> {
  return new Set(
    endingReads(plan)
      .flatMap(referencesIn)
      .map(({ variable }) => variable),
  );
}

function stepsOf(branch: Branch): readonly Step[] {
  return branch.kind === "node" ? [branch.step] : branch.steps;
}

/** The variables of a branch that are read after it. */
function leavingOf(branch: Branch): readonly string[] {
  if (branch.kind === "steps") return branch.leaving;
  return branch.isRead ? [branch.step.node.variable] : [];
}
