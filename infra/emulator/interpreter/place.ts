import type { States } from "../../asl/definition.ts";
import type { QueryLanguage } from "../../language/language.ts";
import type { Program } from "./thread.ts";

/** What compiling a state needs to know of where it stands. */
export interface Place {
  /** The state's own. */
  readonly language: QueryLanguage;
  /** Compiles a block within the state: a branch, an ItemProcessor. */
  compile(states: States): Program;
}
