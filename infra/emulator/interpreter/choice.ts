import type { ChoiceState, Json } from "../../asl.ts";
import { runtimeError } from "../errors.ts";
import type { Dataflow, Eventually } from "../language/language.ts";
import type { Place, Work } from "./program.ts";
import type { Visit } from "./visit.ts";

export function choice(state: ChoiceState, { language }: Place): Work {
  const rules = state.Choices.map((rule, index) => ({
    next: rule.Next,
    holds: language.condition(rule, index),
    flow:
      rule.Assign === undefined && rule.Output === undefined
        ? undefined
        : language.branchOutput(rule, `Choices[${index}]`),
  }));
  const choose = (visit: Visit, from: number): Eventually<Json> => {
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
  };
  return { run: (visit) => choose(visit, 0) };
}

interface Rule {
  readonly next: string;
  /** The rule's own Assign and Output, when it has them. */
  readonly flow: Dataflow | undefined;
}

function take(visit: Visit, rule: Rule | undefined): Json {
  visit.next = rule?.next;
  visit.flow = rule?.flow ?? { ...visit.step.flow, assign: undefined };
  return visit.effective;
}
