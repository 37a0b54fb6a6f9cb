import type { GraphData, LaunchPlanData } from "./graph.ts";

/** What starts a workflow by itself. */
export interface Scheduled extends LaunchPlanData {
  readonly expression: string;
  /** Whether it is the workflow's own `schedule`, whose name is the workflow's. Absent: it is that of a launch plan. */
  readonly isOwn?: true;
}

/** A workflow's own schedule, and those of its launch plans. */
export function schedulesOf({ workflow, options, plans = [] }: GraphData): Scheduled[] {
  const schedule = options?.schedule;
  const { input = {}, ...when } = typeof schedule === "string" ? { expression: schedule } : (schedule ?? {});
  const own = { name: workflow, input, isOwn: true, ...when } as const;
  return [own, ...plans].filter((plan) => "expression" in plan && plan.expression !== undefined) as Scheduled[]; // these have one
}
