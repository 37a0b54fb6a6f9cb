import type { Catcher, QueryLanguageName, Retrier, State, States } from "../../asl/definition.ts";
import type { StateError } from "../../language/state-error.ts";
import { jsonataLanguage } from "../../language/jsonata.ts";
import { jsonpathLanguage } from "../../language/jsonpath.ts";
import type { Dataflow, Eventually, QueryLanguage } from "../../language/language.ts";
import type { Json } from "../../../sdk/base/json.ts";
import { choice } from "./choice.ts";
import { map } from "./map.ts";
import { parallel } from "./parallel.ts";
import { fail, pass, succeed, wait } from "./simple-states.ts";
import { task } from "./task.ts";
import type { Visit } from "./visit.ts";

/** A compiled `States` block: of a state machine, a branch or an ItemProcessor. */
export interface Program {
  readonly startAt: string;
  readonly steps: ReadonlyMap<string, Step>;
}

/** A compiled state. */
export interface Step {
  readonly name: string;
  readonly type: State["Type"];
  /** The types of its events: `TaskStateEntered`, `TaskStateExited`. */
  readonly entered: string;
  readonly exited: string;
  readonly flow: Dataflow;
  readonly work: Work;
  /** What the work gives is a result of its own: in JSONata, only of a state that has others work. */
  readonly givesResult: boolean;
  readonly next: string | undefined;
  readonly retry: readonly Retrier[];
  readonly catch: readonly CompiledCatcher[];
}

export interface CompiledCatcher {
  readonly errors: readonly string[];
  readonly next: string;
  readonly flow: Dataflow;
}

/** The state's own doing, between its input and its output. */
export interface Work {
  /** Prepares an attempt, before its input is worked out. */
  begin?(visit: Visit): void;
  run(visit: Visit): Eventually<Json>;
  /** Records what the history says once no further attempt is made. */
  failed?(visit: Visit, failure: StateError): void;
}

/** What compiling a state needs to know of where it stands. */
export interface Place {
  readonly language: QueryLanguage;
  compile(states: States): Program;
}

const LANGUAGES: Readonly<Record<QueryLanguageName, QueryLanguage>> = {
  JSONata: jsonataLanguage,
  JSONPath: jsonpathLanguage,
};

/** Compiles every state once. The definition is one that passed the checks of `validate`. */
export function compileProgram(states: States, outer: QueryLanguageName = "JSONPath"): Program {
  const steps = new Map<string, Step>();
  for (const [name, state] of Object.entries(states.States)) steps.set(name, compileStep(name, state, outer));
  return { startAt: states.StartAt, steps };
}

const RESULTS: ReadonlySet<State["Type"]> = new Set(["Task", "Map", "Parallel"]);

/** The language that a state speaks within a block of the outer one. */
export function languageOf(state: State, outer: QueryLanguageName): QueryLanguage {
  return LANGUAGES[state.QueryLanguage ?? outer];
}

export function compileStep(name: string, state: State, outer: QueryLanguageName): Step {
  const language = languageOf(state, outer);
  const place: Place = { language, compile: (inner) => compileProgram(inner, outer) };
  return {
    name,
    type: state.Type,
    entered: `${state.Type}StateEntered`,
    exited: `${state.Type}StateExited`,
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
