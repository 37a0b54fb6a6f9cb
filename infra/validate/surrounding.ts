import type { QueryLanguageName } from "../asl/definition.ts";
import type { Scope } from "./variables.ts";

/** Where a state stands. */
export interface Surrounding {
  /** Of the whole state machine. */
  readonly language: QueryLanguageName;
  readonly type: "STANDARD" | "EXPRESS";
  readonly scope: Scope;
  /** The states of the whole state machine that have been met so far. */
  readonly names: Set<string>;
  /** The labels of its Distributed Maps. */
  readonly labels: Set<string>;
}
