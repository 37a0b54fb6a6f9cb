import type { Json } from "../../../sdk/base/json.ts";
import type { State } from "../../asl/definition.ts";
import type { StateError } from "../../language/state-error.ts";

/** The execution that something happened in. */
export interface WatchedExecution {
  readonly arn: string;
  readonly name: string;
  readonly stateMachineArn: string;
  readonly stateMachineName: string;
  /** It works on items of a Distributed Map, and this is the execution that the Map is in. */
  readonly root?: WatchedExecution;
}

/** What becomes of a state when an attempt has failed. */
export type Consequence =
  /** `attempt` is the number of the retry, from 1. */
  | { readonly kind: "retried"; readonly attempt: number; readonly delayMs: number }
  /** A catcher takes it, and goes on at the state `next`. */
  | { readonly kind: "caught"; readonly next: string }
  | { readonly kind: "failed" };

/** What happens in an execution. */
export type ProgressDetail =
  | { readonly type: "execution-started" }
  | {
      readonly type: "execution-ended";
      readonly status: "SUCCEEDED" | "FAILED" | "TIMED_OUT" | "ABORTED";
      readonly durationMs: number;
      readonly failure?: StateError;
    }
  /** `where` is the state; in an item of a Map the item, as in `score[3]`. */
  | {
      readonly type: "task-succeeded";
      readonly where: string;
      readonly durationMs: number;
      /** What was called answered this. */
      readonly result?: Json;
    }
  /** A failure that nothing catches is told again, with the same `failure`, by each Map and Parallel that it ends. */
  | {
      readonly type: "attempt-failed";
      readonly where: string;
      readonly stateType: State["Type"];
      readonly failure: StateError;
      readonly outcome: Consequence;
    };

/**
 * What is told to those who watch a service: not of AWS's API.
 * @example
 * const onProgress = (event: Progress): void => {
 *   if (event.type === "execution-ended") console.log(event.execution.name, event.status, event.durationMs);
 * };
 * const states = new StepFunctions({ functions: httpFunctions("http://127.0.0.1:3002"), onProgress });
 */
export type Progress = ProgressDetail & { readonly execution: WatchedExecution };

/** The item of a Map that a line of states works on. */
export interface ItemPlace {
  readonly map: string;
  /** With the items of the Maps around it: `score[3]`, `pages[2].words[0]`. */
  readonly label: string;
}

export function itemPlace(around: ItemPlace | undefined, map: string, index: number): ItemPlace {
  const label = `${map}[${index}]`;
  return { map, label: around === undefined ? label : `${around.label}.${label}` };
}

/** How a state is named to people. The state of an item that the compiler names `<map>Item` is the item itself. */
export function labelOf(state: string, item: ItemPlace | undefined): string {
  if (item === undefined) return state;
  return state.replace(/Item\d*$/, "") === item.map ? item.label : `${item.label} ${state}`;
}
