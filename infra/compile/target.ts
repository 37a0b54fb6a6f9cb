import type { GraphData } from "../../sdk/graph/graph.ts";
import type { Cooling } from "./replica-schedules.ts";
import type { StateNames } from "./state-names.ts";
import type { StateSequence } from "./states.ts";
import type { VariableNames } from "./variable-names.ts";

/** What the compiler must know of the service that a workflow belongs to. */
export interface Target {
  /**
   * `FunctionName` for the function that runs an actor's tasks, or the plain ones: an alias's ARN.
   * @param replica of an actor with affinity, which has a function for each
   */
  functionName(actor: string | undefined, replica?: number): string;
  /** The ARN of the state machine of one of the service's workflows. Absent: none is started. */
  stateMachineArn?(workflow: string): string;
  /**
   * The ARN of a further state machine of a workflow whose graph is too large for one definition. Absent: there are none,
   * and such a graph is refused.
   * @param part its number, from 1
   */
  partArn?(workflow: string, part: number): string;
  /** All workflows of the service: those that start each other know of each other's inputs and errors. Default: none. */
  readonly workflows?: readonly GraphData[];
  /** Paths of the store's directory, as callers may write them to name a file in it. Absent on AWS. */
  readonly localStore?: readonly string[];
  /** What the addresses of files begin with that callers may name, such as `s3://bucket/files/`. Default: none. */
  readonly callerFiles?: readonly string[];
  /** Whether throttled calls should wait for a replica rather than give up soon. */
  queues(actor: string | undefined): boolean;
  /** The functions of an actor whose replicas come up for a run. Absent: of all actors they are always there. */
  replicasForRun?(actor: string): readonly ReplicasForRun[];
  /** What takes them back; needed if there are any. */
  readonly cooling?: Cooling;
}

/** A function whose replicas come up for a run, and go `ttlSeconds` after it. */
export interface ReplicasForRun {
  /** Stands for it in names of schedules and in messages. */
  readonly key: string;
  /** Without an alias. */
  readonly functionName: string;
  readonly replicas: number;
  readonly ttlSeconds: number;
  /** Whether a run waits until they are warm. */
  readonly warmStart: boolean;
}

/** Takes the further state machines that a workflow's states start. */
export interface PartMachines {
  /** @returns the ARN of one that has these states */
  add(make: () => StateSequence): string;
}

/** What compiling a part of a graph needs to know of the whole. */
export interface Compilation {
  readonly target: Target;
  readonly names: StateNames;
  /** Of the variables that the steps read and assign. */
  readonly variables: VariableNames;
  /** JSONata of the numbers of items of the maps around: what the items of one come to meets in one list. */
  readonly counts: readonly (string | number)[];
  readonly eventsOfMaps: MapEvents;
  readonly machines: PartMachines;
  /** JSONata of the items and rounds around, by which one visit of a state is told from another in the same execution. */
  readonly visits: readonly string[];
}

/** How many events of the history maps may have whose items run in the workflow's own execution. */
export interface MapEvents {
  /** If no other has any, and nothing is tried again. */
  readonly alone: number;
  /** Of each, so that there is room for all of them and for what is tried again. */
  readonly each: number;
}
