import type { Json } from "../../sdk/base/json.ts";
import type { GraphData, LaunchPlanData } from "../../sdk/graph/graph.ts";
import { fields } from "../asl/states.ts";

const PLANS = "launch plans: ";

/** What a workflow's launch plans are, for those who start one by its name: it stands in the state `Inputs`. */
export function plansComment({ workflow, plans = [] }: Pick<GraphData, "workflow" | "plans">): {
  readonly Comment?: string;
} {
  if (plans.length === 0) return {};
  const told = plans.map(({ name, input, fixed, maxConcurrent }): [string, ToldPlan] => [
    name,
    {
      workflow,
      input,
      ...(fixed === undefined ? {} : { fixed }),
      ...(maxConcurrent === undefined ? {} : { isLaunched: true }),
    },
  ]);
  return { Comment: `${PLANS}${JSON.stringify(Object.fromEntries(told))}` };
}

/** A launch plan as a definition tells of it. */
export interface ToldPlan extends Pick<LaunchPlanData, "input" | "fixed"> {
  readonly workflow: string;
  /** Whether the state machine `<plan>-launcher` starts it. Absent: the workflow's own is started. */
  readonly isLaunched?: true;
}

/** The launch plan of this name that a definition tells of. @param definition as text */
export function planIn(definition: string, name: string): ToldPlan | undefined {
  if (!definition.includes(PLANS)) return undefined;
  const { Comment } = fields(fields(fields(JSON.parse(definition) as Json)["States"])["Inputs"]);
  if (typeof Comment !== "string" || !Comment.startsWith(PLANS)) return undefined;
  const plans = JSON.parse(Comment.slice(PLANS.length)) as Readonly<Record<string, ToldPlan>>; // as it was written above
  return Object.hasOwn(plans, name) ? plans[name] : undefined;
}
