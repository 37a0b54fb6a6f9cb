import type { Catcher, ChoiceRule, MapState, QueryLanguageName, State } from "../asl/definition.ts";
import type { NumberFieldName } from "../asl/number-fields.ts";
import type { Json, JsonObject } from "../../sdk/base/json.ts";

/** The variables that an expression may read, by name. */
export interface VariableReader {
  get(name: string): Json | undefined;
  /** All that can be read. */
  all(): JsonObject;
}

/** What an expression may read: one visit of one state. */
export interface View {
  /** The state's input, before any processing. */
  readonly input: Json;
  /** JSONPath: what InputPath leaves of the input; fields such as `TimeoutSecondsPath` look there. */
  readonly selected: Json;
  /** JSONPath: what `$` stands for once Parameters has been applied. */
  readonly effective: Json;
  readonly result: Json | undefined;
  readonly errorOutput: Json | undefined;
  readonly variables: VariableReader;
  /** Filled in when somebody wants to see the way of the data: TestState. */
  readonly inspection: Inspection | undefined;
  /** The context object, made when asked for. */
  context(): JsonObject;
  /** Milliseconds since the epoch, by the run's clock. */
  now(): number;
  random(): number;
  uuid(): string;
  /** Lets other executions run. Rejects when this one was stopped meanwhile. */
  giveWay(): Promise<void>;
  /**
   * Waits for work that goes on outside of this process; no wait of an execution is skipped meanwhile.
   * @param work Is told by the signal when this execution is stopped, and then rejects with `Cancelled`.
   */
  outside<T>(work: (stopped: AbortSignal) => Promise<T>): Promise<T>;
}

/** TestState's `inspectionData`, as values. */
export interface Inspection {
  input?: Json;
  afterInputPath?: Json;
  afterParameters?: Json;
  afterArguments?: Json;
  afterItemsPath?: Json;
  afterItemSelector?: Json;
  result?: Json;
  afterResultSelector?: Json;
  afterResultPath?: Json;
  http?: HttpTrace;
}

/** What an HTTP Task has sent and been answered with, as TestState tells it: all members are text. */
export interface HttpTrace {
  readonly request: JsonObject;
  /** Without what its connection has added. */
  readonly requestWithoutSecrets: JsonObject;
  readonly response: JsonObject;
}

export type Eventually<T> = T | Promise<T>;
export type Expression<T = Json> = (view: View) => Eventually<T>;

/** The way of one state's data, as its language has it. */
export interface Dataflow {
  /** The part of the input that the state sees; `view.selected` from then on. */
  readonly select: Expression;
  /** What the state works on; `view.effective` from then on. */
  readonly input: Expression;
  /** What the state hands on; `view.result` is what its work gave. */
  readonly output: Expression;
  /** The variables that the state assigns, by name; absent without `Assign`. */
  readonly assign: Expression<JsonObject> | undefined;
}

/**
 * A query language, as a value that states are given when a definition is compiled. Every method compiles one
 * part of a state, once; what it returns is evaluated per visit.
 */
export interface QueryLanguage {
  readonly name: QueryLanguageName;
  dataflow(state: State): Dataflow;
  /** A JSON value with expressions in it. `field` names it in errors. */
  template(value: Json, field: string): Expression;
  /** A number field, or its `…Path` in JSONPath, within the field's range; undefined when the state has neither. */
  number(state: object, field: NumberFieldName): Expression<number> | undefined;
  /** Likewise for a text. */
  text(state: object, field: string): Expression<string> | undefined;
  /** The rule's condition. */
  condition(rule: ChoiceRule, index: number): Expression<boolean>;
  /** What a rule or a catcher hands on and assigns, instead of its state. */
  branchOutput(rule: ChoiceRule | Catcher, field: string): Dataflow;
  /** The items of a Map without a reader. */
  items(state: MapState): Expression<readonly Json[]>;
  /** Likewise in DISTRIBUTED mode, where an object's fields are items too. */
  dataset(state: MapState): Expression<readonly Json[] | JsonObject>;
  /** What each iteration gets; undefined when that is the item itself. */
  itemSelector(state: MapState): Expression | undefined;
}
