import type { Receipt } from "../../../sdk/invocation/receipt.ts";
import type { Bar, Work } from "./model.ts";

/** A bar before it has its lane. Its times are in milliseconds since the epoch. */
export interface Draft extends Omit<Bar, "lane" | "row" | "receipt"> {
  readonly group: GroupKey;
  /** Bars of one group with the same key are on one lane. */
  readonly lane: string;
  /** Of an actor with a function for each replica, which of them ran it: from 0 on. */
  readonly replica?: number;
  readonly receipt?: Receipt;
}

export interface GroupKey {
  readonly kind: "workflow" | "actor" | "states" | "children";
  readonly name: string;
  /** How many replicas an actor with a function for each has. */
  readonly replicas?: number;
}

/** On this lane are attempts of which nobody knows the replica. */
export const WITHOUT_RECEIPT = "";

export function timesOf({ startedAt, durationMs }: Receipt): { readonly start: number; readonly end: number } {
  return { start: startedAt, end: startedAt + Math.max(0, durationMs) };
}

export function queued(scheduledAt: number, startedAt: number): { readonly queuedFrom?: number } {
  return startedAt > scheduledAt ? { queuedFrom: scheduledAt } : {};
}

export function texts(input: string | undefined, output: string | undefined): Pick<Draft, "input" | "output"> {
  return { ...(input === undefined ? {} : { input }), ...(output === undefined ? {} : { output }) };
}

export function workOf({ caches, items = 1, start, output, list }: Receipt): Work {
  function sum(numbers: readonly (number | undefined)[]): number {
    return numbers.reduce<number>((total, one) => total + (one ?? 0), 0);
  }
  return {
    items: list === undefined ? items : 0,
    isCold: start === "cold",
    isStored: output === "stored",
    loads: sum(caches.map(({ misses }) => misses)),
    loadMs: sum(caches.map(({ loadMs }) => loadMs)),
    hits: sum(caches.map(({ hits }) => hits)),
    joined: sum(caches.map(({ joined }) => joined)),
    preloads: sum(caches.map(({ preloads }) => preloads)),
  };
}
