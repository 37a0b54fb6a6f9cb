import { LambentError } from "../base/errors.ts";
import type { GraphData, LaunchPlanData } from "../graph/graph.ts";
import { checkPlanName, launchPlanOf, type LaunchPlanDefinition } from "./launch-plan.ts";

/**
 * Workflows with the launch plans that modules export of them. One without a name has that of its first export.
 * @throws {LambentError} if a plan's export is no name for it, or two plans have one name
 */
export function withLaunchPlans(
  workflows: readonly GraphData[],
  modules: readonly Readonly<Record<string, unknown>>[],
): GraphData[] {
  const names = new Map<LaunchPlanDefinition, string>();
  for (const [exported, value] of modules.flatMap((module) => Object.entries(module))) {
    const plan = launchPlanOf(value);
    if (plan === undefined || names.has(plan)) continue;
    const { name = exported, definition } = plan;
    checkPlanName(`launchPlan(${definition.graph.workflow})`, name);
    if ([...names.values()].includes(name)) {
      throw new LambentError(`two launch plans are named ${name}: give one of them another { name }`);
    }
    names.set(plan, name);
  }
  return workflows.map((graph) => {
    const plans = [...names].flatMap(([{ definition, data }, name]): LaunchPlanData[] =>
      definition.graph === graph ? [{ name, ...data }] : [],
    );
    return plans.length === 0 ? graph : { ...graph, plans: plans.toSorted(byName) };
  });
}

function byName(one: LaunchPlanData, other: LaunchPlanData): number {
  return one.name < other.name ? -1 : 1;
}
