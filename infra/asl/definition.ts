import type { Json, JsonObject } from "../../sdk/base/json.ts";

export type QueryLanguageName = "JSONPath" | "JSONata";

/** An Amazon States Language document. Field names are ASL's own; a field of one query language says so. */
export interface StateMachine extends States {
  readonly Comment?: string;
  readonly Version?: string;
  readonly QueryLanguage?: QueryLanguageName;
  /** Seconds. */
  readonly TimeoutSeconds?: number;
}

/** What a state machine, a branch of a Parallel state and an ItemProcessor have in common. */
export interface States {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}

export type State =
  | PassState
  | TaskState
  | ChoiceState
  | WaitState
  | SucceedState
  | FailState
  | ParallelState
  | MapState;

interface CommonState {
  readonly Comment?: string;
  readonly QueryLanguage?: QueryLanguageName;
  /** JSONPath. */
  readonly InputPath?: string | null;
  /** JSONPath. */
  readonly OutputPath?: string | null;
  /** JSONata. */
  readonly Output?: Json;
}

interface Transition {
  readonly Next?: string;
  readonly End?: boolean;
  readonly Assign?: JsonObject;
}

interface Recoverable {
  /** JSONPath. */
  readonly ResultSelector?: JsonObject;
  /** JSONPath. */
  readonly ResultPath?: string | null;
  readonly Retry?: readonly Retrier[];
  readonly Catch?: readonly Catcher[];
}

export interface PassState extends CommonState, Transition {
  readonly Type: "Pass";
  /** JSONPath. */
  readonly Result?: Json;
  /** JSONPath. */
  readonly ResultPath?: string | null;
  /** JSONPath. */
  readonly Parameters?: Json;
}

export interface TaskState extends CommonState, Transition, Recoverable {
  readonly Type: "Task";
  readonly Resource: string;
  /** JSONata. */
  readonly Arguments?: Json;
  /** JSONPath. */
  readonly Parameters?: Json;
  /** Seconds, or a JSONata expression. */
  readonly TimeoutSeconds?: number | string;
  readonly TimeoutSecondsPath?: string;
  /** Seconds, or a JSONata expression. */
  readonly HeartbeatSeconds?: number | string;
  readonly HeartbeatSecondsPath?: string;
  readonly Credentials?: JsonObject;
}

export interface ChoiceState extends CommonState {
  readonly Type: "Choice";
  readonly Choices: readonly ChoiceRule[];
  readonly Default?: string;
  readonly Assign?: JsonObject;
}

export interface ChoiceRule {
  readonly Next: string;
  readonly Assign?: JsonObject;
  readonly Output?: Json;
  /** JSONata. */
  readonly Condition?: string | boolean;
  /** JSONPath: `Variable` with one comparison, or `And`, `Or`, `Not`. */
  readonly [comparison: string]: Json | undefined;
}

export interface WaitState extends CommonState, Transition {
  readonly Type: "Wait";
  /** Seconds, or a JSONata expression. */
  readonly Seconds?: number | string;
  readonly Timestamp?: string;
  readonly SecondsPath?: string;
  readonly TimestampPath?: string;
}

export interface SucceedState extends CommonState {
  readonly Type: "Succeed";
}

export interface FailState extends CommonState {
  readonly Type: "Fail";
  readonly Error?: string;
  readonly Cause?: string;
  readonly ErrorPath?: string;
  readonly CausePath?: string;
}

export interface ParallelState extends CommonState, Transition, Recoverable {
  readonly Type: "Parallel";
  readonly Branches: readonly States[];
  /** JSONata. */
  readonly Arguments?: Json;
  /** JSONPath. */
  readonly Parameters?: Json;
}

export interface MapState extends CommonState, Transition, Recoverable {
  readonly Type: "Map";
  readonly ItemProcessor?: ItemProcessor;
  /** The former name of `ItemProcessor`. */
  readonly Iterator?: ItemProcessor;
  /** JSONata: an array, or an expression for one. */
  readonly Items?: Json;
  /** JSONPath. */
  readonly ItemsPath?: string;
  readonly ItemSelector?: Json;
  /** JSONPath: the former name of `ItemSelector`. */
  readonly Parameters?: Json;
  /** Zero is "as many as the mode allows". */
  readonly MaxConcurrency?: number | string;
  readonly MaxConcurrencyPath?: string;
  readonly ItemReader?: ItemReader;
  readonly ItemBatcher?: ItemBatcher;
  readonly ResultWriter?: ResultWriter;
  readonly ToleratedFailureCount?: number | string;
  readonly ToleratedFailureCountPath?: string;
  readonly ToleratedFailurePercentage?: number | string;
  readonly ToleratedFailurePercentagePath?: string;
  readonly Label?: string;
}

export interface ItemProcessor extends States {
  readonly ProcessorConfig?: {
    readonly Mode?: "INLINE" | "DISTRIBUTED";
    readonly ExecutionType?: "STANDARD" | "EXPRESS";
  };
}

export interface ItemReader {
  readonly Resource: string;
  readonly ReaderConfig?: JsonObject;
  readonly Arguments?: Json;
  readonly Parameters?: Json;
}

export interface ItemBatcher {
  readonly MaxItemsPerBatch?: number | string;
  readonly MaxItemsPerBatchPath?: string;
  readonly MaxInputBytesPerBatch?: number | string;
  readonly MaxInputBytesPerBatchPath?: string;
  readonly BatchInput?: Json;
}

export interface ResultWriter {
  readonly Resource?: string;
  readonly WriterConfig?: JsonObject;
  readonly Arguments?: Json;
  readonly Parameters?: Json;
}

export interface Retrier {
  readonly Comment?: string;
  readonly ErrorEquals: readonly string[];
  /** Seconds before the first retry. Default 1. */
  readonly IntervalSeconds?: number;
  /** Default 3; zero is "never". */
  readonly MaxAttempts?: number;
  /** Default 2. */
  readonly BackoffRate?: number;
  readonly MaxDelaySeconds?: number;
  readonly JitterStrategy?: "FULL" | "NONE";
}

export interface Catcher {
  readonly Comment?: string;
  readonly ErrorEquals: readonly string[];
  readonly Next: string;
  /** JSONPath. */
  readonly ResultPath?: string | null;
  /** JSONata. */
  readonly Output?: Json;
  readonly Assign?: JsonObject;
}
