import type { ChoiceState } from "../../asl/definition.ts";
import type { Json } from "../../../sdk/base/json.ts";
import { runtimeError } from "../../language/state-error.ts";
import type { Dataflow, Eventually, Expression } from "../../language/language.ts";
import type { Place } from "./place.ts";
import type { Visit, Work } from "./visit.ts";

export function choice(state: ChoiceState, { language }: Place): Work {
  const rules = state.Choices.map((rule, index): Rule => {
    const { assign, output } = language.branchOutput(rule, `Choices[${index}]`);
    // The state's own Assign and Output are those of its Default; an OutputPath is for every way out.
    const leaving = language.name === "JSONata" ? { assign, output } : { assign };
    return { next: rule.Next, holds: language.condition(rule, index), leaving };
  });
  function choose(visit: Visit, from: number): Eventually<Json> {
    for (let index = from; index < rules.length; index++) {
      const rule = rules[index];
      const holds = rule?.holds(visit);
      if (holds instanceof Promise) return holds.then((held) => (held ? take(visit, rule) : choose(visit, index + 1)));
      if (holds === true) return take(visit, rule);
    }
    if (state.Default === undefined) {
      throw runtimeError("Failed to transition out of the state. The state does not point to a next state.");
    }
    visit.next = state.Default;
    return visit.effective;
  }
  return { run: (visit) => choose(visit, 0) };
}

interface Rule {
  readonly next: string;
  readonly holds: Expression<boolean>;
  readonly leaving: Partial<Dataflow>;
}

function take(visit: Visit, rule: Rule | undefined): Json {
  visit.next = rule?.next;
  visit.flow = { ...visit.step.flow, ...rule?.leaving };
  return visit.effective;
}
