import type { ChoiceState } from "../../asl.ts";
import { runtimeError } from "../errors.ts";
import type { Place, Work } from "./program.ts";

export function choice(state: ChoiceState, { language }: Place): Work {
  const rules = state.Choices.map((rule, index) => ({
    next: rule.Next,
    holds: language.condition(rule, index),
    flow:
      rule.Assign === undefined && rule.Output === undefined
        ? undefined
        : language.branchOutput(rule, `Choices[${index}]`),
  }));
  return {
    async run(visit) {
      for (const rule of rules) {
        if (!(await rule.holds(visit))) continue;
        visit.next = rule.next;
        visit.flow = rule.flow ?? { ...visit.step.flow, assign: undefined };
        return visit.effective;
      }
      if (state.Default === undefined) {
        throw runtimeError("Failed to transition out of the state. The state does not point to a next state.");
      }
      visit.next = state.Default;
      return visit.effective;
    },
  };
}
