import type { Catcher, QueryLanguageName, State, States } from "../../asl/definition.ts";
import { jsonataLanguage } from "../../language/jsonata.ts";
import { jsonpathLanguage } from "../../language/jsonpath.ts";
import type { QueryLanguage } from "../../language/language.ts";
import { choice } from "./choice.ts";
import { fail } from "./fail.ts";
import { interpret } from "./interpret.ts";
import { map } from "./map.ts";
import { parallel } from "./parallel.ts";
import { pass } from "./pass.ts";
import type { Place } from "./place.ts";
import { succeed } from "./succeed.ts";
import { task } from "./task.ts";
import type { Program } from "./thread.ts";
import type { Step, Work } from "./visit.ts";
import { wait } from "./wait.ts";

const LANGUAGES: Readonly<Record<QueryLanguageName, QueryLanguage>> = {
  JSONata: jsonataLanguage,
  JSONPath: jsonpathLanguage,
};

/**
 * Compiles every state once, and the blocks within it. The definition is one that passed the checks of `validate`.
 * @param outer The language of states that name none.
 */
export function compileProgram(states: States, outer: QueryLanguageName = "JSONPath"): Program {
  const steps = new Map<string, Step>();
  for (const [name, state] of Object.entries(states.States)) steps.set(name, compileStep(name, state, outer));
  return { run: (thread, input) => interpret(steps, thread, states.StartAt, input) };
}

/** The types of state that have something done for them, of which the result is told. */
const RESULTS: ReadonlySet<State["Type"]> = new Set(["Task", "Map", "Parallel"]);

/** The language of a state in a block whose own language is `outer`. */
export function languageOf(state: State, outer: QueryLanguageName): QueryLanguage {
  return LANGUAGES[state.QueryLanguage ?? outer];
}

/** Compiles one state, and the blocks within it. @param outer Its language, unless it names one. */
export function compileStep(name: string, state: State, outer: QueryLanguageName): Step {
  const language = languageOf(state, outer);
  const place: Place = { language, compile: (inner) => compileProgram(inner, outer) };
  return {
    name,
    type: state.Type,
    enteredEventType: `${state.Type}StateEntered`,
    exitedEventType: `${state.Type}StateExited`,
    flow: language.dataflow(state),
    work: workOf(name, state, place),
    givesResult: language.name === "JSONPath" || RESULTS.has(state.Type),
    next: "Next" in state ? state.Next : undefined,
    retry: ("Retry" in state ? state.Retry : undefined) ?? [],
    catch: (("Catch" in state ? state.Catch : undefined) ?? []).map((catcher: Catcher, index) => ({
      errors: catcher.ErrorEquals,
      next: catcher.Next,
      flow: language.branchOutput(catcher, `Catch[${index}]`),
    })),
  };
}

function workOf(name: string, state: State, place: Place): Work {
  switch (state.Type) {
    case "Pass":
      return pass(state);
    case "Task":
      return task(state, place);
    case "Choice":
      return choice(state, place);
    case "Wait":
      return wait(state, place);
    case "Succeed":
      return succeed;
    case "Fail":
      return fail(state, place);
    case "Parallel":
      return parallel(state, place);
    case "Map":
      return map(name, state, place);
  }
}
